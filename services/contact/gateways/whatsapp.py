"""WhatsApp Cloud API: approved templates out, signed status reports in."""

import hashlib
import hmac

import httpx

from contracts.base import Message
from services.contact.gateways.base import Accepted, NotSent, Outcome, Outgoing, Unknown

API_VERSION = "v20.0"
LANGUAGE = "pt_BR"
# Graph error codes after which the same request may pass: unknown, service, and rate limits.
_AGAIN = {1, 2, 4, 80007, 130429, 131016, 131048, 131056}
_NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class WhatsApp:
    """Adapter of the messages endpoint of one business number."""

    def __init__(self, http: httpx.AsyncClient, phone_number_id: str, token: str) -> None:
        self._http = http
        self._path = f"/{API_VERSION}/{phone_number_id}/messages"
        self._headers = {"Authorization": f"Bearer {token}"}

    async def send(self, message: Outgoing) -> Outcome:
        """Ask once. What is lost after the connection opened has an unknown fate."""
        try:
            answer = await self._http.post(self._path, json=body(message), headers=self._headers)
        except _NEVER_LEFT:
            return NotSent("provedor fora do ar", again=True)
        except httpx.TransportError as lost:
            return Unknown(f"resposta perdida ({type(lost).__name__})")
        return read_answer(answer)


def body(message: Outgoing) -> dict[str, object]:
    """The request body: a template message with named parameters."""
    parameters = [
        {"type": "text", "parameter_name": name, "text": value}
        for name, value in message.values.items()
    ]
    return {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": message.to,
        "type": "template",
        "template": {
            "name": template_name(message.template, message.template_version),
            "language": {"code": LANGUAGE},
            "components": [{"type": "body", "parameters": parameters}] if parameters else [],
        },
        "biz_opaque_callback_data": message.reference,
    }


def template_name(name: str, version: int) -> str:
    """Meta accepts lower case letters, digits and underscores only."""
    return f"{name.replace('.', '_')}_v{version}"


def read_answer(answer: httpx.Response) -> Outcome:
    """Accepted with an id, refused in the shape of Graph errors, or unknown."""
    reply = _json(answer)
    if answer.is_success:
        messages = reply.get("messages")
        if isinstance(messages, list) and messages and isinstance(messages[0], dict):
            return Accepted(str(messages[0].get("id", "")))
        return Unknown("resposta sem identificador")
    error = reply.get("error")
    if isinstance(error, dict) and isinstance(error.get("code"), int):
        code = error["code"]
        return NotSent(f"WhatsApp recusou ({code})", again=code in _AGAIN)
    if answer.status_code < httpx.codes.INTERNAL_SERVER_ERROR:
        return NotSent(f"WhatsApp recusou (HTTP {answer.status_code})", again=False)
    return Unknown(f"resposta sem explicação (HTTP {answer.status_code})")


def _json(answer: httpx.Response) -> dict[str, object]:
    try:
        reply = answer.json()
    except ValueError:
        return {}
    return reply if isinstance(reply, dict) else {}


def signed(app_secret: str, payload: bytes, header: str) -> bool:
    """Whether `X-Hub-Signature-256` is the HMAC of the raw body under the app's secret.

    Without a secret anybody could sign: then nothing is.
    """
    if not app_secret:
        return False
    expected = "sha256=" + hmac.new(app_secret.encode(), payload, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), header.encode())


class StatusError(Message):
    """Why a message could not be delivered."""

    code: int = 0


class Status(Message):
    """What became of one message."""

    id: str
    status: str
    biz_opaque_callback_data: str = ""
    errors: tuple[StatusError, ...] = ()


class _Value(Message):
    statuses: tuple[Status, ...] = ()


class _Change(Message):
    value: _Value = _Value()


class _Entry(Message):
    changes: tuple[_Change, ...] = ()


class Report(Message):
    """A webhook delivery: only its statuses matter here."""

    entry: tuple[_Entry, ...] = ()

    def statuses(self) -> list[Status]:
        """Every status of every entry, in the order sent."""
        return [s for e in self.entry for change in e.changes for s in change.value.statuses]
