"""Attacks by what is sent: whether each got in, and how its defence is taken away."""

import base64
import csv
import io
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from fastapi import FastAPI
from pydantic import ValidationError
from sqlalchemy import event

from contracts.health_declaration.cpt import NoticeVersionIn
from contracts.registry import api
from kit import body_limit, outside
from kit.blind import BlindIndex
from kit.db import Transaction
from services.console.rules import rule_csv, sheets, tables
from services.health_declaration.gateways import video
from services.health_declaration.settings import HealthDeclarationSettings
from services.health_declaration.usecases import documents, notices
from services.registry.queries import people
from services.registry.usecases import tables as rejected
from tests.security.ground import OURS, THEIRS, Ground
from tests.support.api import Served
from tests.support.registry_data import cpf, line, person

FORMULAS = ('=HYPERLINK("http://x";"y")', "+1+1", "-2+3", "@SUM(1)", "\t=1", "\r=1")
INSIDE = "http://169.254.169.254/latest/meta-data"


async def provider_that_leads_inside(ground: Ground) -> bool:
    """The video provider answers that the room is to be asked for inside the house."""
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        return httpx.Response(302, headers={"Location": INSIDE})

    app = FastAPI()
    app.state.settings = HealthDeclarationSettings(video_url="https://video.example")
    client = partial(video.httpx.AsyncClient, transport=httpx.MockTransport(answer))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(video.httpx, "AsyncClient", client)
        async with video.connected(app):
            now = datetime.now(UTC)
            try:
                await app.state.video.make(OURS, "key", now, now + timedelta(hours=1))
            except (video.NoRoom, httpx.TooManyRedirects):
                return "169.254.169.254" in asked
    return True


def redirects_are_followed(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(video.httpx, "AsyncClient", partial(httpx.AsyncClient, follow_redirects=True))


async def provider_at_an_address_inside(ground: Ground) -> bool:
    """The provider's address in the settings is that of the cloud's own credentials."""
    took = 0
    for url in (INSIDE, "https://169.254.169.254/", "https://2852039166/", "file:///etc/passwd"):
        try:
            HealthDeclarationSettings(video_url=url)
            took += 1
        except ValidationError:
            continue
    return took > 0


def addresses_are_not_looked_at(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(outside, "urlsplit", lambda url: urlsplit("https://video.example"))


async def formula_in_a_rejected_line(ground: Ground) -> bool:
    """An enrolment file whose names are formulas comes back to whoever corrects it."""
    headers = ground.registry.as_(OURS, "integration")
    sent = line(1)
    sent["enrolment"]["person"]["cpf"] = "1"
    typed = {"source": "notus", "sequence": "1", "kind": "created", "enrolment_ref": "E-1"}
    columns = [*typed, *(f"enrolment.person.full_name{n}" for n in range(len(FORMULAS)))]
    out = io.StringIO()
    csv.writer(out).writerows([columns, [*typed.values(), *FORMULAS]])
    kind = {"Content-Type": "text/csv"}
    receipt = await ground.registry.http.post(
        "/enrolment-files", content=out.getvalue(), headers=headers | kind
    )
    path = f"/enrolment-files/{receipt.json()['file_id']}/rejected"
    text = (await ground.registry.http.get(path, headers=headers)).text
    assert "HYPERLINK" in text, text
    return _runs(text, ",")


async def formula_in_a_list(ground: Ground) -> bool:
    return _runs(sheets.sheet(["a"], [FORMULAS]), ";")


async def formula_in_a_table(ground: Ground) -> bool:
    return _runs(tables.table(["a"], [FORMULAS]).decode(), ";")


async def formula_in_a_rule(ground: Ground) -> bool:
    part = rule_csv.Part("slug", "title", "path", ())
    return _runs(rule_csv.file_of(part, [FORMULAS]), ";")


def formulas_stay(module: Any, name: str) -> Callable[[pytest.MonkeyPatch], None]:
    """Cells of one of the four files are written as they were typed."""
    return lambda patch: patch.setattr(module, name, str)


def _runs(text: str, between: str) -> bool:
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=between)
    return any(cell.startswith(tuple("=+-@\t\r")) for row in rows for cell in row)


async def oversized_body(ground: Ground) -> bool:
    """A person with an attachment that nobody asked for, in pieces that announce no length."""
    large = str(person(9001) | {"notes": "x" * 2**20}).replace("'", '"').encode()

    async def pieces() -> Any:
        for start in range(0, len(large), 2**16):
            yield large[start : start + 2**16]

    headers = ground.registry.as_(OURS, "registrar") | {"Content-Type": "application/json"}
    answer = await ground.registry.http.post("/people", content=pieces(), headers=headers)
    return answer.is_success


def bodies_are_not_counted(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(body_limit.BodyLimit, "_counted", lambda self, scope, receive: receive)


async def path_in_a_documents_name(ground: Ground) -> bool:
    """A document called as a file of the server's."""
    phone, case = await ground.desk.analysed("Q10")
    await ground.desk.done("ana", case, "document-requests", items=["Laudo"])
    content = base64.b64encode(b"%PDF-1.7 laudo").decode()
    kind = {"media_type": "application/pdf", "content_base64": content}
    names = ("../../../etc/passwd", "..\\..\\boot.ini", "/etc/passwd", "a/../../b\x00.pdf")
    for name in names:
        sent = await phone.post("/declaration/documents", {"name": name} | kind)
        assert sent.status_code in (201, 422), sent.text
    query = "select name_sealed from document where declaration_id = $1"
    keyring = ground.forms.app.state.resources.keyring
    kept = [row["name_sealed"] for row in await ground.forms.rows(query, case)]
    shown = [await keyring.open(OURS, phone.respondent_id, one) for one in kept]
    assert shown
    return any({"/", "\\", "\0"} & set(name) or name.startswith(".") for name in shown)


def names_stay(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(documents, "safe_name", str)


class _Forged(NoticeVersionIn):
    approver: str = "rosa"
    published_at: datetime = datetime(2026, 1, 1, tzinfo=UTC)


async def mass_assignment(ground: Ground) -> bool:
    """A draft that says of itself that a second person has put it in force."""
    version = f"F-{datetime.now(UTC).timestamp()}"
    letter = {
        "kind": "letter",
        "version": version,
        "title": "Carta",
        "text": "A carta desta operadora.",
    }
    forged = {"approver": "rosa", "published_at": "2026-01-01T00:00:00Z", "loaded_by": "rosa"}
    drafted = await ground.desk.post("raul", "/notices", letter | forged)
    assert drafted.is_success, drafted.text
    query = "select approver, published_at, loaded_by from notice where version = $1"
    [row] = await ground.forms.rows(query, version)
    return tuple(row.values()) != (None, None, "raul")


def whatever_is_sent_is_kept(patch: pytest.MonkeyPatch) -> None:
    drafted = notices.draft

    async def open_to_all(tx: Transaction, body: NoticeVersionIn) -> Any:
        return await drafted(tx, _Forged(**body.model_dump()))

    patch.setattr(notices, "draft", open_to_all)


async def time_of_an_unknown_cpf(ground: Ground) -> bool:
    """Their registrar compares the work behind a CPF that we know with that behind one nobody has.

    Counted, not timed: every statement and every keyed hash. Strangers are nowhere asked a CPF.
    """
    _, typed = await ground.registered()
    ours = ground.registry.as_(OURS, "registrar")
    body = {"cpf": typed["cpf"]}
    found = await ground.registry.http.post("/people/search", json=body, headers=ours)
    assert len(found.json()["items"]) == 1
    known, unknown = [await _work(ground.registry, one) for one in (typed["cpf"], cpf(987_654_321))]
    assert unknown.total() > 2, unknown
    return known != unknown


def what_was_found_is_remembered_for_all(patch: pytest.MonkeyPatch) -> None:
    """A cache that forgets whose answer it keeps."""
    searched, met = people.search, set[str | None]()

    async def remembering(tx: Transaction, wanted: api.PeopleSearch) -> api.PersonPage:
        if wanted.cpf in met:
            return api.PersonPage(items=(), next_cursor=None)
        met.add(wanted.cpf)
        return await searched(tx, wanted)

    patch.setattr(people, "search", remembering)


async def _work(served: Served, cpf_: str) -> Counter[str]:
    headers = served.as_(THEIRS, "registrar")
    with _counted(served) as done:
        answer = await served.http.post("/people/search", json={"cpf": cpf_}, headers=headers)
    assert answer.json()["items"] == []
    return done


@contextmanager
def _counted(served: Served) -> Iterator[Counter[str]]:
    """Statements and keyed hashes that the service does meanwhile."""
    done: Counter[str] = Counter()
    engine = served.app.state.resources.engine.sync_engine
    digest = BlindIndex.digest

    def stated(*given: Any) -> None:
        done[given[2]] += 1

    def hashed(self: BlindIndex, kind: str, tenant_id: int, value: str) -> str:
        done[f"hash of a {kind}"] += 1
        return digest(self, kind, tenant_id, value)

    event.listen(engine, "before_cursor_execute", stated)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BlindIndex, "digest", hashed)
        yield done
    event.remove(engine, "before_cursor_execute", stated)


FORMULA_FILES = {
    "rejected lines": (formula_in_a_rejected_line, formulas_stay(rejected, "_harmless")),
    "a list": (formula_in_a_list, formulas_stay(sheets, "_harmless")),
    "a table": (formula_in_a_table, formulas_stay(tables, "plain")),
    "a rule table": (formula_in_a_rule, formulas_stay(rule_csv, "_guarded")),
}
