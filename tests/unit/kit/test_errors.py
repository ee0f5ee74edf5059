"""What went wrong is told in Portuguese, without what was sent and without our insides."""

from typing import Annotated, Any

import asyncpg
import httpx
import pytest
from fastapi import FastAPI, HTTPException
from pydantic import AfterValidator, BaseModel, Field
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from kit.errors import Conflict, NotFound, Problem, install_errors, problem_responses

CANARY = "52998224724"
RESERVED = ("type", "title", "status", "detail", "code")


def _refuse(value: str) -> str:
    raise ValueError("CPF inválido")


def _repeat(value: str) -> str:
    raise ValueError(f"CPF {value} inválido")


class Person(BaseModel):
    cpf: Annotated[str, AfterValidator(_refuse)] | None = None
    chatty: Annotated[str, AfterValidator(_repeat)] | None = None
    age: int = Field(default=0, ge=0, le=150)


class Body(BaseModel, extra="forbid"):
    person: Person


RAISED: dict[str, Exception] = {
    "problem": Problem(410, "Link expirado", "link-expired", "Peça outro.", {"next": "/links"}),
    "conflict": Conflict("Já assumida", "already-claimed", who="Ana"),
    "named alike": Problem(
        409, "Não marcada", "not-scheduled", "Já houve.", dict.fromkeys(RESERVED, "outro")
    ),
    "absent": NotFound(),
    "http": HTTPException(415),
    "bug": RuntimeError(f"canário {CANARY}"),
    "pool": PoolTimeout(),
    "refused": ConnectionRefusedError(),
    "serialisation": asyncpg.SerializationError(CANARY),
    "deadlock": asyncpg.DeadlockDetectedError(CANARY),
    "lost": asyncpg.ConnectionDoesNotExistError(),
    "shutdown": asyncpg.AdminShutdownError(),
    "nul": asyncpg.CharacterNotInRepertoireError(CANARY),
    "huge": asyncpg.NumericValueOutOfRangeError(CANARY),
    "collision": asyncpg.UniqueViolationError(CANARY),
    "forbidden by rls": asyncpg.InsufficientPrivilegeError(CANARY),
}


@pytest.fixture
def app() -> FastAPI:
    app = FastAPI()
    install_errors(app)

    @app.post("/people")
    async def people(body: Body) -> None: ...

    @app.get("/raise/{name}", responses=problem_responses(410))
    async def throw(name: str, wrapped: bool = False) -> None:
        failure = RAISED[name]
        raise DBAPIError("select 1", {}, failure) if wrapped else failure

    return app


async def _ask(app: FastAPI, method: str, path: str, **options: Any) -> httpx.Response:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://app") as http:
        return await http.request(method, path, **options)


@pytest.mark.parametrize(
    ("body", "field", "reason"),
    [
        ({"person": {"cpf": CANARY}}, "person.cpf", "CPF inválido"),
        ({"person": {"chatty": CANARY}}, "person.chatty", "valor inválido"),
        ({"person": {"age": -1}}, "person.age", "deve ser maior ou igual a 0"),
        ({"person": {"age": CANARY + "x"}}, "person.age", "deve ser um número inteiro"),
        ({}, "person", "campo obrigatório"),
        ({"person": {}, "extra": CANARY}, "extra", "campo desconhecido"),
        ([CANARY], "corpo", "deve ser um objeto"),
    ],
)
async def test_a_refused_field_is_named_with_the_reason(
    app: FastAPI, body: object, field: str, reason: str
) -> None:
    answer = await _ask(app, "POST", "/people", json=body)
    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["errors"] == [{"field": field, "reason": reason}]
    assert CANARY not in answer.text


async def test_a_body_that_is_no_json_is_told(app: FastAPI) -> None:
    headers = {"Content-Type": "application/json"}
    answer = await _ask(app, "POST", "/people", content=b'{"person": ', headers=headers)
    assert answer.json()["errors"] == [{"field": "corpo", "reason": "o corpo não é um JSON válido"}]


async def test_a_lone_surrogate_is_a_bad_field(app: FastAPI) -> None:
    headers = {"Content-Type": "application/json"}
    content = b'{"person": {"cpf": "\\ud800"}}'
    answer = await _ask(app, "POST", "/people", content=content, headers=headers)
    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("problem", 410),
        ("conflict", 409),
        ("absent", 404),
        ("http", 415),
        ("bug", 500),
        ("pool", 503),
        ("refused", 503),
        ("serialisation", 503),
        ("deadlock", 503),
        ("lost", 503),
        ("shutdown", 503),
        ("nul", 422),
        ("huge", 422),
        ("collision", 409),
        ("forbidden by rls", 500),
    ],
)
async def test_each_failure_has_its_status_and_keeps_our_insides(
    app: FastAPI, name: str, status: int
) -> None:
    answer = await _ask(app, "GET", f"/raise/{name}")
    body = answer.json()
    assert (answer.status_code, body["status"]) == (status, status)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert ("Retry-After" in answer.headers) == (status == 503)
    assert body["type"] == f"urn:vinculo:problem:{body['code']}"
    assert CANARY not in answer.text


@pytest.mark.parametrize(
    ("name", "status"), [("deadlock", 503), ("nul", 422), ("collision", 409), ("bug", 500)]
)
async def test_the_same_holds_behind_sqlalchemy(app: FastAPI, name: str, status: int) -> None:
    answer = await _ask(app, "GET", f"/raise/{name}?wrapped=true")
    assert answer.status_code == status
    assert CANARY not in answer.text


async def test_extras_are_members_of_the_body(app: FastAPI) -> None:
    assert (await _ask(app, "GET", "/raise/conflict")).json()["who"] == "Ana"
    assert (await _ask(app, "GET", "/raise/problem")).json() == {
        "type": "urn:vinculo:problem:link-expired",
        "title": "Link expirado",
        "status": 410,
        "code": "link-expired",
        "detail": "Peça outro.",
        "next": "/links",
    }


async def test_an_extra_never_replaces_a_member_of_the_standard(app: FastAPI) -> None:
    answer = await _ask(app, "GET", "/raise/named alike")
    assert answer.json() == {
        "type": "urn:vinculo:problem:not-scheduled",
        "title": "Não marcada",
        "status": 409,
        "detail": "Já houve.",
        "code": "not-scheduled",
    }


async def test_an_unknown_path_and_method_are_problems_too(app: FastAPI) -> None:
    for method, path, status in (("GET", "/nowhere", 404), ("DELETE", "/people", 405)):
        answer = await _ask(app, method, path)
        assert answer.status_code == status
        assert answer.headers["Content-Type"] == "application/problem+json"


def test_openapi_tells_the_problems(app: FastAPI) -> None:
    schema = app.openapi()
    assert schema is app.openapi()
    assert set(schema["components"]["schemas"]) == {"Body", "Person", "Problem"}
    posted = schema["paths"]["/people"]["post"]["responses"]
    assert list(posted["422"]["content"]) == ["application/problem+json"]
    assert {"400", "409", "422", "503"} <= set(posted)
    assert {"404", "410"} <= set(schema["paths"]["/raise/{name}"]["get"]["responses"])
