"""Answers of the Graph API as Meta documents them: errors, acceptance, status reports."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

TRACE = "AqSandboxTrace"
_DIGITS = range(8, 16)


@dataclass(frozen=True)
class GraphError:
    """HTTP status and the body's error object."""

    status: int
    code: int
    message: str
    kind: str = "OAuthException"
    details: str = ""
    transient: bool = False

    def body(self) -> dict[str, Any]:
        """As it goes on the wire."""
        error: dict[str, Any] = {"message": self.message, "type": self.kind, "code": self.code}
        if self.transient:
            error["is_transient"] = True
        if self.details:
            error["error_data"] = {"messaging_product": "whatsapp", "details": self.details}
        return {"error": {**error, "fbtrace_id": TRACE}}


BAD_TOKEN = GraphError(401, 190, "Invalid OAuth access token - Cannot parse access token")
NO_SUCH_NUMBER = GraphError(
    400,
    100,
    "Unsupported post request. Object does not exist or cannot be loaded",
    kind="GraphMethodException",
)
OUTAGE = GraphError(
    503, 2, "(#2) Service temporarily unavailable", details="try again later", transient=True
)
NOT_A_USER = GraphError(
    400,
    131026,
    "(#131026) Message undeliverable",
    details="The recipient phone number is not a WhatsApp phone number.",
)


def invalid(details: str) -> GraphError:
    """A parameter is missing or wrong."""
    return GraphError(400, 100, "(#100) Invalid parameter", details=details)


def wa_id(recipient: str) -> str:
    """The account id: the digits of the telephone."""
    return "".join(char for char in recipient if char.isdigit())


def problem(body: object) -> GraphError | None:
    """What the real API would refuse in a request to send a message."""
    if not isinstance(body, dict):
        return invalid("The request body must be a JSON object.")
    if body.get("messaging_product") != "whatsapp":
        return invalid("messaging_product must be 'whatsapp'.")
    recipient = body.get("to")
    if not isinstance(recipient, str) or len(wa_id(recipient)) not in _DIGITS:
        return invalid("Parameter 'to' is not a valid phone number.")
    return _content_problem(body)


def _content_problem(body: dict[str, Any]) -> GraphError | None:
    kind = body.get("type", "text")
    content = body.get(kind)
    if kind not in {"text", "template"} or not isinstance(content, dict):
        return invalid("The message has no content of its type.")
    if kind == "text":
        return None if content.get("body") else invalid("text.body is required.")
    language = content.get("language")
    named = bool(content.get("name")) and isinstance(language, dict) and "code" in language
    return None if named else invalid("template.name and template.language.code are required.")


def accepted(body: dict[str, Any], message_id: str) -> dict[str, Any]:
    """The answer to a message that was taken."""
    recipient = body["to"]
    message: dict[str, str] = {"id": message_id}
    if body.get("type") == "template":
        message["message_status"] = "accepted"
    return {
        "messaging_product": "whatsapp",
        "contacts": [{"input": recipient, "wa_id": wa_id(recipient)}],
        "messages": [message],
    }


@dataclass(frozen=True)
class Fate:
    """A message to report on."""

    message_id: str
    recipient: str
    callback_data: str
    fails: bool


def reports(phone_number_id: str, fates: Sequence[Fate], timestamp: int) -> list[dict[str, Any]]:
    """Webhook bodies, in order: each message was sent and then delivered, or failed.

    One status a body while messages come one by one; under load Meta puts many changes in one.
    """
    changes = [
        _change(phone_number_id, _status(fate, status, timestamp))
        for fate in fates
        for status in (("failed",) if fate.fails else ("sent", "delivered"))
    ]
    bodies = [[change] for change in changes] if len(fates) == 1 else [changes]
    return [
        {"object": "whatsapp_business_account", "entry": [{"id": "sandbox", "changes": body}]}
        for body in bodies
    ]


def _change(phone_number_id: str, status: dict[str, Any]) -> dict[str, Any]:
    metadata = {"display_phone_number": "550000000000", "phone_number_id": phone_number_id}
    value = {
        "messaging_product": "whatsapp",
        "metadata": metadata,
        "contacts": [{"wa_id": status["recipient_id"]}],
        "statuses": [status],
    }
    return {"field": "messages", "value": value}


def _status(fate: Fate, status: str, timestamp: int) -> dict[str, Any]:
    told: dict[str, Any] = {
        "id": fate.message_id,
        "status": status,
        "timestamp": str(timestamp),
        "recipient_id": wa_id(fate.recipient),
    }
    if fate.callback_data:
        told["biz_opaque_callback_data"] = fate.callback_data
    if status == "failed":
        told["errors"] = [
            {
                "code": NOT_A_USER.code,
                "title": "Message undeliverable",
                "message": "Message undeliverable",
                "error_data": {"details": NOT_A_USER.details},
                "href": "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/",
            }
        ]
    return told
