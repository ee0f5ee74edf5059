"""One person from enrolment to signature, so that generated requests find open cases and sessions.

Every reply is judged like a generated one, and every operation reached here counts as reached.
"""

import json
import secrets
import threading
import time
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

import httpx
import schemathesis
from schemathesis.core.failures import Failure, FailureGroup

from tests.api.callers import Caller
from tests.api.formats import cpf
from tests.api.fuzzing import Ledger
from tests.api.ids import Pool

PATIENCE_SECONDS = 90
BIRTH = "1985-03-02"

Body = Mapping[str, Any]


class Silent(AssertionError):
    """What was waited for did not come."""


class Door:
    """One service, every reply of which is judged and remembered."""

    def __init__(self, openapi_url: str, pool: Pool) -> None:
        self.schema = schemathesis.openapi.from_url(openapi_url)
        self.http = httpx.Client(base_url=openapi_url.removesuffix("/openapi.json"), timeout=30)
        self.ledger, self.pool = Ledger(), pool

    def ask(self, label: str, caller: Caller, body: Body | None = None, **path: Any) -> Any:
        """The JSON of a reply that must be a success; `label` is the operation's."""
        method, template = label.split(" ")
        reply = self.http.request(
            method, template.format(**path), json=body, headers=dict(caller.headers)
        )
        self.ledger.heard(label, reply.status_code)
        self._judge(label, reply)
        reply.raise_for_status()
        told = reply.json() if reply.content[:1] in (b"{", b"[") else None
        self.pool.harvest(told)
        return told

    def _judge(self, label: str, reply: httpx.Response) -> None:
        operation = self.schema.find_operation_by_label(label)
        if operation is None:
            raise Silent(f"no such operation: {label}")
        try:
            operation.validate_response(reply)
        except FailureGroup as group:
            for failure in group.exceptions:
                if isinstance(failure, Failure):
                    self.ledger.breach(label, failure)


class Inbox:
    """The WhatsApp messages one telephone got, as the stand-in received them."""

    def __init__(self, sandbox: Door, driver: Caller, phone: str) -> None:
        self._sandbox, self._driver, self._phone = sandbox, driver, phone
        self._last = 0

    def next_value(self, parameter: str) -> str:
        """The value of that parameter in the next message that has one."""
        limit = time.monotonic() + PATIENCE_SECONDS
        pause = threading.Event()
        while time.monotonic() < limit:
            found = self._newer(parameter)
            if found:
                return found
            pause.wait(0.3)
        raise Silent(f"no message with {parameter}")

    def _newer(self, parameter: str) -> str:
        path = f"/raw/whatsapp?since_id={self._last}"
        reply = self._sandbox.http.get(path, headers=dict(self._driver.headers))
        for item in reply.raise_for_status().json()["items"]:
            self._last = item["id"]
            if item["recipient"] == self._phone and (value := _parameter(item["body"], parameter)):
                return value
        return ""


def _parameter(body: str, name: str) -> str:
    components = json.loads(body).get("template", {}).get("components", [])
    values = [p for component in components for p in component.get("parameters", ())]
    return next((str(p["text"]) for p in values if p.get("parameter_name") == name), "")


class Proponent:
    """Somebody who joins an individual contract and declares."""

    def __init__(self, doors: Mapping[str, Door], staff: Mapping[str, Caller]) -> None:
        number = f"{secrets.randbelow(10**9):09d}"
        self.phone = f"+55419{number[:8]}"
        self._registry, self._form = doors["registry"], doors["health_declaration"]
        self._inbox = Inbox(doors["sandbox"], staff["sandbox_driver"], self.phone)
        self._integration = staff["integration"]
        self._cpf, self._ref = cpf(number), f"F-{secrets.token_hex(6)}"

    def enrol(self) -> None:
        """Joins; the invitation follows by WhatsApp."""
        contract = {"contract_ref": self._ref, "kind": "individual", "signed_on": "2026-01-05"}
        contact = {"channel": "whatsapp", "value": self.phone, "preferred": True}
        person = {"full_name": "Rita Campos", "birth_on": BIRTH, "cpf": self._cpf}
        body = {
            "enrolment_ref": self._ref,
            "contract": contract | {"lives": 1},
            "person": person | {"contacts": [contact]},
            "requested_on": "2026-01-06",
            "joining_on": "2026-02-01",
        }
        self._registry.ask("POST /enrolments", self._integration, body)

    def open(self) -> Caller:
        """Link, birth date and code: the session that the form wants."""
        link = self._inbox.next_value("link_url").partition("#")[2]
        nobody = Caller("nobody", {}, "")
        challenge = self._form.ask(
            "POST /public/sessions", nobody, {"link": link, "birth_on": BIRTH}
        )
        session = self._form.ask(
            "POST /public/sessions/{challenge_id}/confirmations",
            nobody,
            {"code": self._inbox.next_value("code")},
            challenge_id=challenge["challenge_id"],
        )
        return Caller("proponent", {"Vinculo-Session": session["session"]}, "session")

    def acknowledge(self, me: Caller) -> None:
        form = self._form.ask("GET /public/declaration", me)
        body = {"version": form["letter"]["version"], "guidance": "waived"}
        self._form.ask("POST /public/declaration/letter", me, body)

    def declare(self, me: Caller, *, disease: bool) -> None:
        """Answers and signs; the first question with yes where there is a disease."""
        self.acknowledge(me)
        questions = self._form.ask("GET /public/declaration", me)["questions"]
        for place, question in enumerate(questions):
            self._form.ask(
                "PUT /public/declaration/answers/{question_id}",
                me,
                _answer(question, yes=disease and place == 0),
                question_id=question["id"],
            )
        self._form.ask("POST /public/declaration/signature-code", me)
        code = self._inbox.next_value("code")
        text_hash = self._form.ask("GET /public/declaration", me)["text_hash"]
        body = {"code": code, "text_hash": text_hash}
        self._form.ask("POST /public/declaration/signature", me, body)


def _answer(question: Mapping[str, Any], *, yes: bool) -> Body:
    if not yes:
        return {"answer": "no"}
    asked = [one["id"] for one in question["follow_ups"] if one["required"]]
    return {"answer": "yes", "details": dict.fromkeys(asked, "2019")}


def walk(openapi: Mapping[str, str], staff: Mapping[str, Caller], pool: Pool) -> "Walked":
    """Three people: one just invited, one who declared a disease, one with nothing to declare."""
    with ExitStack() as stack:
        doors = {name: Door(url, pool) for name, url in openapi.items()}
        for door in doors.values():
            stack.enter_context(door.http)
        sessions = [_walked(Proponent(doors, staff), disease) for disease in (None, True, False)]
    return Walked({name: door.ledger for name, door in doors.items()}, sessions)


def _walked(proponent: Proponent, disease: bool | None) -> Caller:
    proponent.enrol()
    session = proponent.open()
    if disease is not None:
        proponent.declare(session, disease=disease)
    return session


class Walked:
    """What the walk left: replies by service, and open sessions."""

    def __init__(self, ledgers: Mapping[str, Ledger], sessions: list[Caller]) -> None:
        self.ledgers, self.sessions = ledgers, sessions
