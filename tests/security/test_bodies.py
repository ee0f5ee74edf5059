"""What a body may not do: fill the memory, name a file elsewhere, set what is not its own."""

import base64
import json
import re
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi._compat import ModelField

from contracts.base import Message
from contracts.health_declaration.cpt import NoticeVersionIn
from deploy import openapi
from kit.body_limit import BodyLimit
from services.health_declaration.usecases import documents
from tests.security.attacks import attack, both
from tests.support.api import Served
from tests.support.clinic import Desk

TENANT = 65
PDF = base64.b64encode(b"%PDF-1.7 laudo").decode()


async def pieces(content: bytes) -> AsyncIterator[bytes]:
    """A body whose length is not told."""
    for start in range(0, len(content), 65_536):
        yield content[start : start + 65_536]


@attack("corpo grande demais")
@both
@pytest.mark.parametrize("told", [True, False], ids=["length told", "in pieces"])
async def test_an_oversized_body_is_not_taken_in(
    registry: Served, monkeypatch: pytest.MonkeyPatch, told: bool, planted: bool
) -> None:
    large = b'{"name": "' + b"a" * 400_000 + b'"}'
    if planted:

        async def no_limit(self: BodyLimit, scope: object, size: int) -> int:
            return 2**40

        monkeypatch.setattr(BodyLimit, "_raised", no_limit)
    headers = registry.as_(TENANT, "desk") | {"Content-Type": "application/json"}
    content = large if told else pieces(large)
    answer = await registry.http.post("/people/search", content=content, headers=headers)
    assert (answer.status_code != 413) is planted


@attack("caminho no nome do documento")
@both
@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "..\\..\\win.ini", "/etc/cron.d/x", "a\r\nSet-Cookie: x=1"]
)
async def test_a_documents_name_leads_nowhere(
    served: Served, monkeypatch: pytest.MonkeyPatch, name: str, planted: bool
) -> None:
    desk = Desk(served, TENANT)
    phone, case = await desk.analysed("Q10")
    await desk.done("ana", case, "document-requests", items=["Laudo"])
    if planted:
        monkeypatch.setattr(documents, "safe_name", lambda name: name)
    body = {"name": name, "media_type": "application/pdf", "content_base64": PDF}
    assert (await phone.post("/declaration/documents", body)).status_code == 201
    [row] = await served.rows("select * from document where declaration_id = $1", case)
    keyring = served.app.state.resources.keyring
    kept = await keyring.open(TENANT, phone.respondent_id, row["name_sealed"])
    assert any(sign in kept for sign in "/\\\r\n") is planted
    assert planted or kept.strip(".") == kept


def loosen(monkeypatch: pytest.MonkeyPatch) -> None:
    """A text's body is taken with whatever it holds."""

    class Loose(NoticeVersionIn):
        approver: str | None = None
        published_at: datetime | None = None

    strict = ModelField.validate

    def validate(field: ModelField, value: Any, *rest: Any, **more: Any) -> Any:
        if field.field_info.annotation is NoticeVersionIn:
            return Loose.model_validate(value), []
        return strict(field, value, *rest, **more)

    monkeypatch.setattr(ModelField, "validate", validate)


@attack("campos a mais no corpo")
@both
async def test_nobody_publishes_their_own_text_by_a_field_too_many(
    served: Served, monkeypatch: pytest.MonkeyPatch, planted: bool
) -> None:
    if planted:
        loosen(monkeypatch)
    body = {
        "kind": "letter",
        "version": f"carta-{planted}",
        "title": "Carta",
        "text": "Texto que ninguém mais leu.",
        "approver": "rosa",
        "published_at": "2026-01-01T00:00:00Z",
    }
    answer = await Desk(served, TENANT).post("raul", "/notices", body)
    assert answer.status_code == 201, answer.text
    [row] = await served.rows("select * from notice where version = $1", body["version"])
    assert (row["approver"], row["published_at"] is not None) == (
        ("rosa", True) if planted else (None, False)
    )


def taking_more(app: FastAPI) -> set[str]:
    """Bodies that keep fields nobody declared, however deep they lie."""
    schemas = app.openapi().get("components", {}).get("schemas", {})
    sent = re.findall(r"#/components/schemas/([^\"]+)", json.dumps(_bodies(app)))
    seen: set[str] = set()
    while sent:
        name = sent.pop()
        if name not in seen:
            seen.add(name)
            sent += re.findall(r"#/components/schemas/([^\"]+)", json.dumps(schemas[name]))
    return {name for name in seen if schemas[name].get("additionalProperties") is True}


def _bodies(app: FastAPI) -> list[Any]:
    paths = app.openapi()["paths"].values()
    return [one.get("requestBody", {}) for methods in paths for one in methods.values()]


@attack("campos a mais no corpo")
@both
def test_no_body_of_any_service_keeps_what_it_does_not_declare(planted: bool) -> None:
    apps = {process.name: openapi.app_of(process) for process in openapi.served()}
    if planted:

        class Anything(Message, extra="allow"):
            name: str

        async def take(body: Anything) -> None: ...

        apps["registry.app"].post("/anything")(take)
    told = {one for app in apps.values() for one in taking_more(app)}
    assert told == ({"Anything"} if planted else set())
