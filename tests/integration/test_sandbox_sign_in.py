"""The stand-in issuer's sign-in: exact addresses, codes spent once, PKCE, nobody by a secret."""

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from fastapi import FastAPI
from joserfc import jwt
from joserfc.jwk import KeySet
from sqlalchemy import select, update

from kit.auth import route_access, routes_of
from services.sandbox.models import SignIn
from tests.support.console import (
    CALLBACK,
    ISSUER_HOST,
    ISSUER_URL,
    SECRET,
    changed,
    client_of,
    code_of,
    sandbox_issuer,
)
from tests.support.page import page
from tests.support.postgres import Postgres

VERIFIER = "v" * 50
CHALLENGE = (
    base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
)
ASKED = {
    "response_type": "code",
    "client_id": "console",
    "redirect_uri": CALLBACK,
    "scope": "openid profile",
    "state": "abc",
    "nonce": "n-1",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}


@dataclass
class Idp:
    """The issuer, as a client and a browser ask it."""

    app: FastAPI
    http: httpx.AsyncClient

    async def code(self, person: str = "1/ana", **changes: str) -> str:
        answer = await self.http.post(
            "/issuer/authorize", data=ASKED | changes | {"person": person}
        )
        assert answer.status_code == 303, answer.text
        return code_of(answer.headers["Location"])

    async def token(self, client: str = "console", secret: str = SECRET, **form: str) -> Any:
        login = httpx.BasicAuth(client, secret)
        return await self.http.post("/issuer/token", data=form, auth=login)

    async def spend(self, code: str, **changes: str) -> Any:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}
        return await self.token(**(form | {"code_verifier": VERIFIER} | changes))


@pytest.fixture(scope="module")
async def idp(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Idp]:
    folder: Path = tmp_path_factory.mktemp("issuer")
    async with sandbox_issuer(postgres, folder) as app, client_of(app, ISSUER_HOST) as http:
        yield Idp(app, http)


def told(answer: httpx.Response) -> dict[str, str]:
    """What the browser is sent back with."""
    assert answer.status_code == 303, answer.text
    address = answer.headers["Location"]
    assert address.startswith(f"{CALLBACK}?")
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


async def test_whoever_is_to_be_asked_again_is_asked(idp: Idp) -> None:
    shown = page(await idp.http.get("/issuer/authorize", params=ASKED | {"prompt": "login"}))
    assert shown.has("button", value="1/ana")


async def test_the_page_lists_everybody_and_works_without_a_script(idp: Idp) -> None:
    shown = page(await idp.http.get("/issuer/authorize", params=ASKED))
    names = [one.get("value") for one in shown.all("button")]
    assert {"1/ana", "1/otto", "2/ana"} <= {*names}
    assert "Ana Prado analyst" in shown.text
    assert shown.all("script") == []
    policy = shown.answer.headers["Content-Security-Policy"]
    assert "form-action 'self' https://console.test" in policy
    assert "unsafe" not in policy


async def test_a_code_becomes_tokens_that_name_the_person(idp: Idp) -> None:
    answer = await idp.spend(await idp.code())
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    given = answer.json()
    keys = KeySet.import_key_set((await idp.http.get("/issuer/jwks")).json())
    access = jwt.decode(given["access_token"], keys, algorithms=["RS256"]).claims
    identity = jwt.decode(given["id_token"], keys, algorithms=["RS256"]).claims
    assert (access["sub"], access["tenant"], access["roles"]) == ("ana", 1, ["analyst"])
    assert (access["aud"], identity["aud"]) == ("vinculo", "console")
    assert (identity["sub"], identity["nonce"], identity["iss"]) == ("ana", "n-1", ISSUER_URL)
    assert "roles" not in identity
    assert given["expires_in"] == 900


async def test_the_browser_is_sent_back_with_its_state_and_the_issuers_name(idp: Idp) -> None:
    answer = await idp.http.post("/issuer/authorize", data=ASKED | {"person": "1/ana"})
    back = told(answer)
    assert (back["state"], back["iss"]) == ("abc", ISSUER_URL)


@pytest.mark.parametrize(
    "change",
    [
        {"redirect_uri": f"{CALLBACK}/"},
        {"redirect_uri": f"{CALLBACK}?x=1"},
        {"redirect_uri": "https://console.test.mau.example/entrar/volta"},
        {"redirect_uri": ""},
        {"client_id": "desk"},
        {"client_id": "nobody"},
    ],
)
async def test_nobody_is_sent_to_an_address_that_was_not_registered(
    idp: Idp, change: dict[str, str]
) -> None:
    for answer in (
        await idp.http.get("/issuer/authorize", params=ASKED | change),
        await idp.http.post("/issuer/authorize", data=ASKED | change | {"person": "1/ana"}),
    ):
        assert answer.status_code == 400
        assert "Location" not in answer.headers


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "profile"}, "invalid_scope"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
    ],
)
async def test_a_wrong_request_goes_back_with_its_error_and_no_code(
    idp: Idp, change: dict[str, str], error: str
) -> None:
    back = told(await idp.http.get("/issuer/authorize", params=ASKED | change))
    assert (back["error"], back["state"]) == (error, "abc")
    assert "code" not in back
    posted = await idp.http.post("/issuer/authorize", data=ASKED | change | {"person": "1/ana"})
    assert told(posted)["error"] == error


@pytest.mark.parametrize("person", ["", "1/", "1/nobody", "x/ana", "9999/ana", "ana"])
async def test_whoever_is_not_on_the_list_is_nobody(idp: Idp, person: str) -> None:
    answer = await idp.http.post("/issuer/authorize", data=ASKED | {"person": person})
    assert told(answer)["error"] == "access_denied"


async def test_a_code_is_spent_once(idp: Idp) -> None:
    code = await idp.code()
    assert (await idp.spend(code)).status_code == 200
    again = await idp.spend(code)
    assert (again.status_code, again.json()) == (400, {"error": "invalid_grant"})


async def test_of_many_who_show_a_code_at_once_one_is_given_tokens(idp: Idp) -> None:
    code = await idp.code()
    answers = await asyncio.gather(*(idp.spend(code) for _ in range(8)))
    assert sorted(one.status_code for one in answers) == [200] + [400] * 7


@pytest.mark.parametrize(
    "change",
    [
        {"code_verifier": "w" * 50},
        {"code_verifier": ""},
        {"code_verifier": "v" * 42},
        {"redirect_uri": f"{CALLBACK}/"},
        {"redirect_uri": ""},
    ],
)
async def test_a_code_shown_wrongly_is_worth_nothing_and_spent(
    idp: Idp, change: dict[str, str]
) -> None:
    code = await idp.code()
    assert (await idp.spend(code, **change)).json() == {"error": "invalid_grant"}
    assert (await idp.spend(code)).json() == {"error": "invalid_grant"}


async def test_a_code_too_old_is_worth_nothing(idp: Idp) -> None:
    code = await idp.code("3/ana")
    long_ago = datetime.now(UTC) - timedelta(seconds=1)
    async with idp.app.state.begin(3) as tx:
        await tx.session.execute(update(SignIn).values(expires_at=long_ago))
    assert (await idp.spend(code)).json() == {"error": "invalid_grant"}


async def test_a_refresh_token_gives_the_next_one_and_is_gone(idp: Idp) -> None:
    first = (await idp.spend(await idp.code())).json()["refresh_token"]
    renewed = await idp.token(grant_type="refresh_token", refresh_token=first)
    assert renewed.status_code == 200
    assert renewed.json()["refresh_token"] != first
    again = await idp.token(grant_type="refresh_token", refresh_token=first)
    assert again.json() == {"error": "invalid_grant"}


async def test_a_code_is_no_refresh_token_and_the_other_way_round(idp: Idp) -> None:
    code = await idp.code()
    answer = await idp.token(grant_type="refresh_token", refresh_token=code)
    assert answer.json() == {"error": "invalid_grant"}
    refresh = (await idp.spend(code)).json()["refresh_token"]
    assert (await idp.spend(refresh)).json() == {"error": "invalid_grant"}


async def test_a_client_of_people_is_no_process_by_its_secret_alone(idp: Idp) -> None:
    answer = await idp.token(grant_type="client_credentials")
    assert (answer.status_code, answer.json()) == (400, {"error": "unauthorized_client"})


async def test_a_process_signs_nobody_in(idp: Idp) -> None:
    code = await idp.code()
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}
    answer = await idp.token("desk", "desk-secret", code_verifier=VERIFIER, **form)
    assert answer.json() == {"error": "unauthorized_client"}
    wrong = await idp.token("console", "wrong", code_verifier=VERIFIER, **form)
    assert (wrong.status_code, wrong.json()) == (401, {"error": "invalid_client"})
    # Neither touched the code.
    assert (await idp.spend(code)).status_code == 200


async def test_what_is_kept_of_codes_and_tokens_are_hashes(idp: Idp) -> None:
    code = await idp.code("4/ana")
    async with idp.app.state.begin(4) as tx:
        rows = (await tx.session.execute(select(SignIn))).scalars().all()
    assert len(rows) == 1
    assert code not in str(rows[0].model_dump())


async def test_discovery_tells_what_is_there(idp: Idp) -> None:
    found = (await idp.http.get("/issuer/.well-known/openid-configuration")).json()
    assert found["authorization_endpoint"] == f"{ISSUER_URL}/authorize"
    assert found["response_types_supported"] == ["code"]
    assert found["code_challenge_methods_supported"] == ["S256"]


async def test_names_with_markup_are_shown_as_text(idp: Idp) -> None:
    issuer = idp.app.state.issuer
    person = issuer.people[0].model_copy(update={"name": "<script>alert(1)</script>"})
    asked = ASKED | {"state": '"><script>alert(2)</script>'}
    with changed(idp.app.state, "issuer", replace(issuer, people=(person,))):
        shown = page(await idp.http.get("/issuer/authorize", params=asked))
    assert shown.all("script") == []
    assert "<script>alert(1)</script>" in shown.text


async def test_outside_the_sandbox_nobody_is_asked_who_they_are(idp: Idp) -> None:
    issuer = idp.app.state.issuer
    with changed(idp.app.state, "issuer", replace(issuer, sandbox=False)):
        assert (await idp.http.get("/issuer/authorize", params=ASKED)).status_code == 404
        answer = await idp.http.post("/issuer/authorize", data=ASKED | {"person": "1/ana"})
    assert answer.status_code == 404


async def test_every_route_says_why_it_is_public(idp: Idp) -> None:
    access = [route_access(route) for route in routes_of(idp.app)]
    assert all(reason and reason.startswith("public: ") for reason in access)


async def test_somebody_named_at_will_signs_in_with_the_roles_last_told(idp: Idp) -> None:
    refused = await idp.http.post("/issuer/authorize", data=ASKED | {"person": "77/nova"})
    assert "error=access_denied" in refused.headers["Location"]
    for roles in (["desk"], ["analyst", "auditor"]):
        body = {"tenant": 77, "sub": "nova", "name": "Nova Pessoa", "roles": roles}
        assert (await idp.http.post("/issuer/people", json=body)).status_code == 200
    issued = (await idp.spend(await idp.code("77/nova"))).json()
    keys = KeySet.import_key_set((await idp.http.get("/issuer/jwks")).json())
    told = jwt.decode(issued["access_token"], keys).claims
    assert (told["tenant"], told["sub"], told["name"]) == (77, "nova", "Nova Pessoa")
    assert told["roles"] == ["analyst", "auditor"]


@pytest.mark.parametrize("person", ["99999999999/ana", "x/ana", "1", "²/ana", ""])
async def test_nobody_is_let_in_under_a_name_that_is_none(idp: Idp, person: str) -> None:
    refused = await idp.http.post("/issuer/authorize", data=ASKED | {"person": person})
    assert "error=access_denied" in refused.headers["Location"]
