"""Each committed example is a message a consumer could really meet."""

import base64
import json
from typing import Any

import jsonschema_rs
import pytest

from contracts import catalog, samples
from contracts.base import Event, sensitive_fields
from contracts.registry.api import EnrolmentLine

EVENTS = list(catalog.events())


def committed(event: type[Event]) -> dict[str, Any]:
    text = (catalog.EXAMPLES / f"{event.type}.json").read_text(encoding="utf-8")
    body: dict[str, Any] = json.loads(text)
    return body


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: str(event.type))
def test_the_example_keeps_to_its_schema(event: type[Event]) -> None:
    schema = json.loads((catalog.SCHEMAS / f"{event.type}.json").read_text(encoding="utf-8"))
    validator = jsonschema_rs.validator_for(schema, validate_formats=True)
    assert list(validator.iter_errors(committed(event))) == []


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: str(event.type))
def test_the_example_decodes_once_its_sealed_fields_are_opened(event: type[Event]) -> None:
    clear = json.loads(samples.example(event).model_dump_json())
    opened = committed(event) | {name: clear[name] for name in sensitive_fields(event)}
    decoded = event.model_validate_json(json.dumps(opened))
    assert decoded.key == str(clear[event.key_field])


def test_what_is_sensitive_lies_sealed_in_the_example() -> None:
    sealed = [(event, name) for event in EVENTS for name in sensitive_fields(event)]
    assert sealed
    for event, name in sealed:
        assert base64.b64decode(committed(event)[name], validate=True)[0] == 1


def test_the_example_of_a_partners_line_is_a_valid_line() -> None:
    body = next(committed(e) for e in EVENTS if e.type == "erp.enrolment.reported.v1")
    assert EnrolmentLine.model_validate(body["line"]).enrolment is not None


def test_a_reader_ignores_fields_it_does_not_know() -> None:
    event = next(e for e in EVENTS if not sensitive_fields(e))
    assert event.model_validate({**committed(event), "tomorrow": 1}) == samples.example(event)
