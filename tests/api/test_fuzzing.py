"""The runner itself: it reaches what exists, and each planted breach turns it red.

The planted service has four faults and a door that nobody can open.
"""

import random
import socket
import threading
from collections.abc import Iterator
from typing import Annotated

import pytest
import schemathesis
import uvicorn
from fastapi import APIRouter, FastAPI, HTTPException, Response, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import Field

from contracts.base import Message
from contracts.registry.api import PersonIn
from contracts.values import is_cnpj, is_cns, is_cpf
from deploy.story.mailbox import ours
from tests.api import formats
from tests.api.callers import Caller, Doorkeeper
from tests.api.fuzzing import Asked, Ledger, fuzz

CASES, SEED = 120, 7
CLERK = Caller("clerk", {"Authorization": "Bearer clerk"})
GUEST = Caller("guest", {"Authorization": "Bearer guest"})


Login = Annotated[HTTPAuthorizationCredentials, Security(HTTPBearer(scheme_name="bearer"))]


class Note(Message):
    note_id: str
    title: str


class NoteIn(Message):
    title: str = Field(min_length=1, max_length=20)


def _strict_body() -> dict[str, object]:
    schema = {"type": "object", "required": ["size"], "properties": {"size": {"type": "integer"}}}
    return {"required": True, "content": {"application/json": {"schema": schema}}}


router = APIRouter()
NOTES = {"n1": Note(note_id="n1", title="a")}


@router.get("/notes")
async def every() -> list[Note]:
    return list(NOTES.values())


@router.get("/notes/{note_id}", responses={404: {}, 403: {}})
async def one(note_id: str, login: Login) -> Note:
    if login.credentials != "clerk":
        raise HTTPException(403)
    if note_id not in NOTES:
        raise HTTPException(404)
    return NOTES[note_id]


@router.post("/crash", responses={422: {}})
async def crash(body: NoteIn) -> Note:
    return Note(note_id="x", title=body.title[50])


@router.get("/lie", response_model=Note)
async def lie() -> Response:
    return Response('{"note_id": 1}', media_type="application/json")


@router.post("/teapot")
async def teapot(body: NoteIn, response: Response) -> Note:
    response.status_code = 418
    return Note(note_id="t", title=body.title)


@router.put("/lenient", openapi_extra={"requestBody": _strict_body()})
async def lenient() -> Note:
    return NOTES["n1"]


@router.get("/closed", responses={409: {}})
async def closed() -> Note:
    raise HTTPException(409)


@router.post("/people", responses={400: {}, 422: {}})
async def person(body: PersonIn) -> Note:
    return Note(note_id="p", title=body.cpf)


@pytest.fixture(scope="module")
def ledger() -> Iterator[Ledger]:
    formats.register()
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        app = FastAPI()
        app.include_router(router)
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/openapi.json"
        try:
            yield fuzz(
                schemathesis.openapi.from_url(url), Asked(Doorkeeper([CLERK, GUEST])), CASES, SEED
            )
        finally:
            server.should_exit = True
            thread.join()


def test_at_least_the_cases_asked_for_are_sent(ledger: Ledger) -> None:
    assert ledger.cases >= CASES


def test_planted_fault_an_error_of_the_server_is_told(ledger: Ledger) -> None:
    assert any(name.startswith("POST /crash Server error") for name in ledger.breaches)


def test_planted_fault_a_reply_that_breaks_its_schema_is_told(ledger: Ledger) -> None:
    assert any(name.startswith("GET /lie Response violates schema") for name in ledger.breaches)


def test_planted_fault_an_undocumented_status_is_told(ledger: Ledger) -> None:
    assert any(name.startswith("POST /teapot Undocumented") for name in ledger.breaches)


def test_planted_fault_a_broken_request_that_is_accepted_is_told(ledger: Ledger) -> None:
    assert any(
        name.startswith("PUT /lenient Schema-violating request accepted")
        for name in ledger.breaches
    )


def test_planted_fault_an_operation_nobody_reached_is_told(ledger: Ledger) -> None:
    unreached = {name.split(" {")[0] for name in ledger.unreached()}
    assert unreached == {"GET /closed", "POST /crash", "POST /teapot"}


def test_sound_operations_are_reached_with_ids_that_exist(ledger: Ledger) -> None:
    assert ledger.answers["GET /notes/{note_id}"][200] > 5
    assert ledger.answers["POST /people"][200] > 5
    sound = ("GET /notes", "POST /people")
    assert not [name for name in ledger.breaches if name.startswith(sound)]


def test_a_role_that_is_refused_is_not_sent_again() -> None:
    doorkeeper, chance = Doorkeeper([GUEST, CLERK]), random.Random(1)  # noqa: S311
    doorkeeper.heard("GET /x", GUEST, 403)
    doorkeeper.heard("GET /x", CLERK, 404)
    doorkeeper.heard("GET /x", CLERK, 403)
    asked = {doorkeeper.one_for("GET /x", "bearer", chance).role for _ in range(9)}
    assert asked == {"clerk"}
    assert doorkeeper.one_for("GET /y", "", chance).headers == {}


def test_generated_documents_are_valid() -> None:
    assert formats.cpf("529982247") == "52998224725"
    assert formats.cnpj("12ABC34501DE") == "12ABC34501DE35"
    assert is_cpf(formats.cpf("111444777"))
    assert is_cnpj(formats.cnpj("112223330001"))
    made = [formats.provisional_cns(f"7{n:013d}") for n in range(30)]
    assert all(is_cns(cns) for cns in made if cns)


def test_what_other_customers_of_a_stand_in_send_is_nobodys_mail() -> None:
    made_up = {"provider": "whatsapp", "body": '{"to": "+5541999990000", "text": {"body": "Olá"}}'}
    sent = made_up | {"body": '{"biz_opaque_callback_data": "1.2", "template": {}}'}
    assert [ours(made_up), ours(sent), ours({"provider": "smtp"})] == [False, True, True]
