"""S4: public links cannot be guessed, are kept as hashes, open one thing, end, and slow guessers.

`LINK_GUESSES` and `LINK_REQUESTS` ask for more than a few thousand: `make security` for 1,000,000
guesses at the resolver and 20,000 over HTTP.
"""

import asyncio
import hashlib
import os
import secrets
from collections import Counter

import pytest
from sqlalchemy import text

from services.health_declaration.usecases import links
from tests.security.ground import OURS, Ground
from tests.support.proponent import invited

GUESSES = int(os.environ.get("LINK_GUESSES", "20000"))
REQUESTS = int(os.environ.get("LINK_REQUESTS", "500"))
AT_A_TIME = 5000
AT_ONCE = 16
LIVING = 50
FEW = 20
_RESOLVE = text("select count(*) from link where tenant_id = :tenant and link_hash = any(:hashes)")


@pytest.fixture(scope="module")
async def living(ground: Ground) -> list[str]:
    """Links in force, so that there is something to hit."""
    return [await (await invited(ground.forms, OURS)).link() for _ in range(LIVING)]


async def _found(ground: Ground, guesses: list[str]) -> int:
    """As the door resolves them: hashed, in the tenant they begin with, by the primary key."""
    hashes = [links.hashed(one) for one in guesses]
    async with ground.forms.app.state.begin(OURS) as tx:
        given = {"tenant": OURS, "hashes": hashes}
        return int((await tx.session.execute(_RESOLVE, given)).scalar_one())


async def test_no_guess_hits_a_link_in_force(ground: Ground, living: list[str]) -> None:
    hits = 0
    for start in range(0, GUESSES, AT_A_TIME):
        many = min(AT_A_TIME, GUESSES - start)
        hits += await _found(ground, [links.new_secret(OURS) for _ in range(many)])
    os.write(1, f"\n{GUESSES} palpites no resolvedor: {hits} acertos\n".encode())
    assert hits == 0


async def test_planted_guesses_among_which_are_links_in_force_hit(
    ground: Ground, living: list[str]
) -> None:
    guesses = [links.new_secret(OURS) for _ in range(AT_A_TIME)]
    assert await _found(ground, [*guesses, *living]) == LIVING


async def test_no_guess_over_http_opens_anything_and_all_look_alike(
    ground: Ground, living: list[str]
) -> None:
    gate, answers = asyncio.Semaphore(AT_ONCE), Counter[tuple[int, str]]()

    async def guess() -> None:
        body = {"link": links.new_secret(OURS), "birth_on": "1990-04-12"}
        async with gate:
            answer = await ground.forms.http.post("/public/sessions", json=body)
        answers[answer.status_code, answer.text] += 1

    await asyncio.gather(*(guess() for _ in range(REQUESTS)))
    told = {status: count for (status, _), count in answers.items()}
    os.write(1, f"\n{REQUESTS} palpites por HTTP: {told}\n".encode())
    assert set(told) == {403}
    assert len(answers) == 1


async def test_whoever_has_the_link_is_stopped_before_twenty_birth_dates(ground: Ground) -> None:
    phone = await invited(ground.forms, OURS)
    link = await phone.link()
    for tried in range(1, FEW):
        wrong = await phone.knock(link, f"19{tried + 10}-01-01")
        assert wrong.status_code == 403
        if (await _blocked(ground, link)) is not None:
            break
    assert tried < FEW - 1, "nothing engaged"
    os.write(1, f"\nfreio depois de {tried} datas erradas\n".encode())
    assert (await phone.knock(link)).json() == wrong.json(), "the right one too, and told alike"


async def test_whoever_has_a_challenge_is_stopped_before_twenty_codes(ground: Ground) -> None:
    phone = await invited(ground.forms, OURS)
    challenge = (await phone.knock()).json()["challenge_id"]
    path, code = f"/sessions/{challenge}/confirmations", await phone.code()
    for tried in range(1, FEW):
        wrong = f"{(int(code) + tried) % 10**6:06d}"
        assert (await phone.post(path, {"code": wrong})).status_code == 403
    assert (await phone.post(path, {"code": code})).status_code == 403, "the right one too"


async def test_a_link_has_so_many_bits_and_is_kept_as_a_hash_alone(ground: Ground) -> None:
    phone = await invited(ground.forms, OURS)
    link = await phone.link()
    assert links.SECRET_BYTES * 8 >= 128
    secret = link.partition(".")[2]
    assert len(secret) >= len(secrets.token_urlsafe(links.SECRET_BYTES))
    query = "select * from link where respondent_id = $1"
    [row] = await ground.forms.rows(query, phone.respondent_id)
    assert row["link_hash"] == hashlib.sha256(link.encode()).hexdigest()
    assert secret not in str(row)
    assert row["expires_at"] > row["issued_at"]


async def test_a_link_opens_one_declaration_and_is_no_session_code_or_token(
    ground: Ground,
) -> None:
    phone, http = await invited(ground.forms, OURS), ground.forms.http
    link = await phone.link()
    session = {"Vinculo-Session": link}
    assert (await http.get("/public/declaration", headers=session)).status_code == 401
    token = {"Authorization": f"Bearer {link}"}
    assert (await http.get("/declarations", headers=token)).status_code == 401
    confirmed = await phone.post(f"/sessions/{link}/confirmations", {"code": "000000"})
    assert confirmed.status_code == 403


async def _blocked(ground: Ground, link: str) -> object:
    query = "select blocked_until from link where link_hash = $1"
    return (await ground.forms.rows(query, links.hashed(link)))[0]["blocked_until"]
