"""Public links cannot be guessed, and whoever tries is turned away."""

import httpx
import pytest

from kit import guesses as limiter
from services.health_declaration.usecases import links
from tests.security import guesses
from tests.security.attacks import both
from tests.support.api import Served
from tests.support.proponent import invited

TENANT = 68


async def test_two_thousand_guesses_open_nothing_and_the_planted_one_is_found(
    served: Served,
) -> None:
    phone = await invited(served, TENANT)
    found = await guesses.of_resolver(served.app.state.begin, TENANT, 2_000, await phone.link())
    assert found == guesses.Found(guesses=2_000, hits=0, planted=1)


@both
async def test_who_guesses_is_turned_away_before_the_twentieth(
    served: Served, monkeypatch: pytest.MonkeyPatch, planted: bool
) -> None:
    if planted:
        monkeypatch.setattr(limiter, "MOST", 10**9)
    tenant = TENANT + 1 + planted
    answers = await guesses.over_http(served.http, tenant, 40, at_once=1)
    assert answers.opened == 0
    assert (answers.limited_after is not None and answers.limited_after < 20) is not planted


async def test_who_guesses_of_one_operator_keeps_nobody_out_of_another(served: Served) -> None:
    await guesses.over_http(served.http, TENANT + 3, 30, at_once=1)
    phone = await invited(served, TENANT + 4)
    assert (await phone.knock()).status_code == 202


async def test_a_link_is_long_hashed_and_of_one_purpose(served: Served) -> None:
    phone = await invited(served, TENANT + 5)
    link = await phone.link()
    assert guesses.bits(link) >= 128
    rows = await served.rows("select link::text as kept from link")
    assert link.partition(".")[2] not in str(rows)
    as_session = {"Vinculo-Session": link}
    answer = await served.http.get("/public/declaration", headers=as_session)
    as_code = await phone.post(f"/sessions/{link}/confirmations", {"code": "123456"})
    assert (answer.status_code, as_code.status_code) == (401, 403)
    await phone.open()
    assert (await phone.knock(phone.session)).status_code == 403


async def test_a_limiter_tells_when_to_come_again(served: Served) -> None:
    refused: list[httpx.Response] = []
    for _ in range(20):
        body = {"link": links.new_secret(TENANT + 6), "birth_on": "1990-04-12"}
        refused.append(await served.http.post("/public/sessions", json=body))
    assert refused[-1].status_code == 429
    assert 0 < int(refused[-1].headers["Retry-After"]) <= limiter.WINDOW_SECONDS + 1
