"""The topics as an AsyncAPI 3.0 document, made from the registry of topics and the events."""

from collections.abc import Iterable, Sequence
from typing import Any

from contracts.base import Event, sensitive_fields
from contracts.topics import TOPICS, Topic

Document = dict[str, Any]
_HOUR_MS = 3_600_000
HEADERS: Document = {
    "type": "object",
    "required": ["ce_specversion", "ce_id", "ce_type", "ce_source", "ce_time", "content-type"],
    "properties": {
        "ce_specversion": {"type": "string", "const": "1.0"},
        "ce_id": {
            "type": "string",
            "description": "The id of the fact: a consumer does one id of a topic once.",
        },
        "ce_type": {"type": "string", "description": "The event type, its version included."},
        "ce_source": {"type": "string", "description": "Whose topic it was recorded for."},
        "ce_tenantid": {"type": "string", "pattern": "^[0-9]+$"},
        "ce_time": {"type": "string", "format": "date-time"},
        "content-type": {"type": "string", "const": "application/json"},
        "traceparent": {
            "type": "string",
            "description": "W3C trace context of whoever recorded the fact.",
        },
    },
}


def document(events: Iterable[type[Event]], topics: Sequence[Topic] = TOPICS) -> Document:
    """The AsyncAPI document of these events on these topics."""
    by_topic: dict[str, list[type[Event]]] = {topic.name: [] for topic in topics}
    for event in events:
        by_topic[event.topic].append(event)
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Vínculo",
            "version": "1.0.0",
            "description": "Facts on Kafka: CloudEvents 1.0 in binary mode, JSON bodies.",
        },
        "defaultContentType": "application/json",
        "channels": {topic.name: _channel(topic, by_topic[topic.name]) for topic in topics},
        "operations": _operations(topics),
        "components": {
            "schemas": {"CloudEventsHeaders": HEADERS},
            "messages": {
                event.type: _message(event) for group in by_topic.values() for event in group
            },
        },
    }


def _channel(topic: Topic, events: Sequence[type[Event]]) -> Document:
    return {
        "address": topic.name,
        "description": f"Key: {topic.key}. {_kept(topic)}.",
        "messages": {
            event.type: {"$ref": f"#/components/messages/{event.type}"} for event in events
        },
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "partitions": topic.partitions,
                "topicConfiguration": _configuration(topic),
                "bindingVersion": "0.5.0",
            }
        },
        "x-owner": topic.owner,
        "x-consumers": list(topic.consumers),
        "x-personal-data": topic.personal_data,
    }


def _kept(topic: Topic) -> str:
    if topic.retention_hours is None:
        return "Compacted: the last fact of a key stays"
    return f"Kept for {topic.retention_hours} hours"


def _configuration(topic: Topic) -> Document:
    if topic.retention_hours is None:
        return {"cleanup.policy": ["compact"]}
    return {"cleanup.policy": ["delete"], "retention.ms": topic.retention_hours * _HOUR_MS}


def _operations(topics: Sequence[Topic]) -> Document:
    sending = {
        f"{topic.owner} sends {topic.name}": _operation("send", topic.name) for topic in topics
    }
    receiving = {
        f"{consumer} receives {topic.name}": _operation("receive", topic.name)
        for topic in topics
        for consumer in topic.consumers
    }
    return sending | receiving


def _operation(action: str, topic: str) -> Document:
    return {"action": action, "channel": {"$ref": f"#/channels/{topic}"}}


def _message(event: type[Event]) -> Document:
    return {
        "name": event.type,
        "title": event.__name__,
        "summary": (event.__doc__ or event.__name__).strip().splitlines()[0],
        "headers": {"$ref": "#/components/schemas/CloudEventsHeaders"},
        "payload": {"$ref": f"./{event.type}.json"},
        "bindings": {"kafka": {"key": {"type": "string"}, "bindingVersion": "0.5.0"}},
        "x-key-field": event.key_field,
        "x-sealed-fields": list(sensitive_fields(event)),
    }
