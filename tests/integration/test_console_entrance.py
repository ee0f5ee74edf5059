"""Coming in and going out: what the browser keeps, what it never gets, when a session ends."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.cookies import SimpleCookie
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from sqlalchemy import delete

from services.console.gateways.provider import Provider
from services.console.usecases import sessions
from services.console.usecases.visits import Doors
from services.sandbox.models import SignIn
from tests.support.console import (
    CALLBACK,
    CONSOLE_URL,
    ISSUER_URL,
    Browser,
    World,
    changed,
    code_of,
)
from tests.support.page import page

SESSION, ERRAND = "__Host-sessao", "__Host-entrada"


def cookie(answer: httpx.Response, name: str) -> SimpleCookie:
    """One of the cookies that an answer sets."""
    found: SimpleCookie = SimpleCookie()
    for header in answer.headers.get_list("Set-Cookie"):
        if header.startswith(f"{name}="):
            found.load(header)
    return found


async def aged(console: World, tenant: int, column: str, by: timedelta) -> None:
    """The session's moment lies so much further back."""
    assert column in {"seen_at", "begun_at", "tokens_until"}
    await console.console.rows(
        f"update session set {column} = {column} - $2::interval where tenant_id = $1",  # noqa: S608
        tenant,
        by,
    )


async def test_whoever_is_not_known_is_sent_to_sign_in_and_comes_back_to_their_page(
    console: World,
) -> None:
    stranger = console.stranger()
    sent = await stranger.http.get("/tarefas?visao=vencidas&fila=ds.audit")
    assert sent.status_code == 303
    assert sent.headers["Location"] == (
        "/entrar?de=%2Ftarefas%3Fvisao%3Dvencidas%26fila%3Dds.audit"
    )
    came = await stranger.sign_in(console.tenant(), "ana", "/tarefas?visao=vencidas")
    assert (came.status_code, came.headers["Location"]) == (303, "/tarefas?visao=vencidas")
    assert "Ana Prado" in (await stranger.get("/atalhos")).text


async def test_whoever_comes_by_another_address_is_sent_to_the_one_origin_first(
    console: World,
) -> None:
    stranger = console.stranger()
    headers = {"Host": "127.0.0.1:8008"}
    sent = await stranger.http.get("/entrar?de=/tarefas/x", headers=headers)
    assert sent.headers["Location"] == f"{CONSOLE_URL}/entrar?de=%2Ftarefas%2Fx"
    assert ERRAND not in stranger.http.cookies


async def test_the_sign_in_asks_for_a_code_by_pkce_with_a_state_and_a_nonce(console: World) -> None:
    door = await console.stranger().http.get("/entrar")
    address = urlsplit(door.headers["Location"])
    asked = {name: values[0] for name, values in parse_qs(address.query).items()}
    assert f"{address.scheme}://{address.netloc}{address.path}" == f"{ISSUER_URL}/authorize"
    assert asked["response_type"] == "code"
    assert asked["code_challenge_method"] == "S256"
    assert asked["redirect_uri"] == CALLBACK
    assert "openid" in asked["scope"].split()
    drawn = [asked[name] for name in ("state", "nonce", "code_challenge")]
    assert all(len(one) >= 43 for one in drawn)
    assert len(set(drawn)) == 3
    kept = cookie(door, ERRAND)[ERRAND]
    assert "code_verifier" not in asked
    assert kept["httponly"]


async def test_cookies_are_kept_from_scripts_other_sites_and_plain_http(console: World) -> None:
    came = await console.stranger().sign_in(console.tenant(), "ana")
    kept = cookie(came, SESSION)[SESSION]
    assert kept["httponly"]
    assert kept["secure"]
    assert kept["samesite"] == "lax"
    assert (kept["path"], kept["domain"], kept["max-age"]) == ("/", "", "")


async def test_no_token_ever_reaches_the_browser(console: World) -> None:
    ana = console.stranger()
    came = await ana.sign_in(console.tenant(), "ana")
    seen = [came, (await ana.get("/tarefas")).answer, (await ana.get("/sessao-x")).answer]
    told = "".join(f"{one.headers}{one.text}" for one in seen)
    # A JWT begins with these letters, whatever it holds.
    assert "eyJ" not in told
    assert "access_token" not in told


async def test_whoever_reads_the_table_has_no_token_and_no_cookie(console: World) -> None:
    tenant = console.tenant()
    ana = await console.browser(tenant, "ana")
    rows = await console.console.rows("select * from session where tenant_id = $1", tenant)
    assert [(row["sub"], row["name"], row["roles"]) for row in rows] == [
        ("ana", "Ana Prado", ["analyst"])
    ]
    secret = ana.http.cookies[SESSION]
    assert b"eyJ" not in rows[0]["tokens"]
    assert secret not in str(rows)
    assert secret.partition(".")[2] not in str(rows)


async def test_a_code_is_worth_something_once(console: World) -> None:
    ana = console.stranger()
    door = await ana.http.get("/entrar")
    back = await ana.choose(door.headers["Location"], console.tenant(), "ana")
    errand = ana.http.cookies[ERRAND]
    assert (await ana.http.get(back)).status_code == 303
    ana.http.cookies.set(ERRAND, errand, domain="console.test")
    again = await ana.get(back)
    assert again.status == 403
    assert "Não foi possível entrar" in again.text
    assert again.one("a", class_="button").get("href", "").startswith("/entrar")


async def test_a_way_back_that_another_browser_began_opens_nothing(console: World) -> None:
    tenant = console.tenant()
    thief = console.stranger()
    door = await thief.http.get("/entrar")
    back = await thief.choose(door.headers["Location"], tenant, "ana")
    victim = console.stranger()
    assert (await victim.get(back)).status == 403
    await victim.http.get("/entrar")
    assert (await victim.get(back)).status == 403
    assert SESSION not in victim.http.cookies
    # The code itself was not spent by it.
    assert (await thief.http.get(back)).status_code == 303


@pytest.mark.parametrize(
    "change",
    [
        {"state": "another"},
        {"state": ""},
        {"code": ""},
        {"code": "1.invented"},
        {"iss": "https://mau.example"},
    ],
)
async def test_a_way_back_that_was_changed_opens_nothing(
    console: World, change: dict[str, str]
) -> None:
    ana = console.stranger()
    door = await ana.http.get("/entrar")
    back = await ana.choose(door.headers["Location"], console.tenant(), "ana")
    told = {name: values[0] for name, values in parse_qs(urlsplit(back).query).items()}
    answer = await ana.http.get("/entrar/volta", params=told | change)
    assert answer.status_code == 403
    assert SESSION not in ana.http.cookies


async def test_a_code_of_another_sign_in_is_refused_by_its_verifier(console: World) -> None:
    tenant = console.tenant()
    first, second = console.stranger(), console.stranger()
    theirs = await first.choose(
        (await first.http.get("/entrar")).headers["Location"], tenant, "ana"
    )
    own = await second.choose((await second.http.get("/entrar")).headers["Location"], tenant, "ana")
    state = parse_qs(urlsplit(own).query)["state"][0]
    mixed = {"state": state, "code": code_of(theirs), "iss": ISSUER_URL}
    assert (await second.http.get("/entrar/volta", params=mixed)).status_code == 403


async def test_somebody_who_says_no_at_the_issuer_is_told_so(console: World) -> None:
    ana = console.stranger()
    await ana.http.get("/entrar")
    shown = await ana.get("/entrar/volta?error=access_denied&state=x")
    assert shown.status == 403
    assert "Não foi possível entrar" in shown.text


@pytest.mark.parametrize(
    "wanted", ["https://mau.example/", "//mau.example", "/\\mau.example", "/entrar?de=/entrar"]
)
async def test_nobody_is_led_elsewhere_after_signing_in(console: World, wanted: str) -> None:
    came = await console.stranger().sign_in(console.tenant(), "ana", wanted)
    assert came.headers["Location"] == "/"


async def test_a_way_back_kept_in_a_changed_cookie_leads_nowhere_else(console: World) -> None:
    ana = console.stranger()
    door = await ana.http.get("/entrar")
    parts = ana.http.cookies[ERRAND].split(".")
    elsewhere = "Ly9tYXUuZXhhbXBsZQ"
    changed = ".".join((*parts[:3], elsewhere))
    ana.http.cookies.set(ERRAND, changed, domain="console.test")
    came = await ana.http.get(await ana.choose(door.headers["Location"], console.tenant(), "ana"))
    assert came.headers["Location"] == "/"


async def test_a_session_that_somebody_planted_is_not_the_one_that_opens(console: World) -> None:
    tenant = console.tenant()
    planted = await console.browser(tenant, "rita")
    secret = planted.http.cookies[SESSION]
    ana = console.stranger()
    ana.http.cookies.set(SESSION, secret, domain="console.test")
    await ana.sign_in(tenant, "ana")
    assert ana.http.cookies[SESSION] != secret
    assert "Ana Prado" in (await ana.get("/atalhos")).text
    # What was planted is over for whoever planted it.
    assert (await planted.http.get("/atalhos")).status_code == 303


@pytest.mark.parametrize("secret", ["", "x", "1.", "0.abc", "1.abc", "99999999999.a", "1.á"])
async def test_a_cookie_that_names_no_session_opens_nothing(console: World, secret: str) -> None:
    answer = await console.stranger().http.get(
        "/atalhos", headers=[(b"Cookie", f"{SESSION}={secret}".encode())]
    )
    assert answer.status_code == 303


async def test_going_out_ends_the_session_itself_and_not_only_its_cookie(console: World) -> None:
    ana = await console.browser(console.tenant(), "ana")
    secret = ana.http.cookies[SESSION]
    out = await ana.send(await ana.get("/atalhos"), "/sair")
    assert (out.status, out.answer.headers["Location"]) == (303, "/saiu")
    assert SESSION not in ana.http.cookies
    assert "Você saiu" in (await ana.get("/saiu")).text
    ana.http.cookies.set(SESSION, secret, domain="console.test")
    assert (await ana.http.get("/atalhos")).status_code == 303


async def prompt(browser: Browser) -> list[str]:
    """What the provider is told of whether it may answer from memory."""
    door = await browser.http.get("/entrar")
    return parse_qs(urlsplit(door.headers["Location"]).query).get("prompt", [])


async def test_whoever_went_out_is_asked_again_by_the_provider_and_a_newcomer_is_not(
    console: World,
) -> None:
    tenant = console.tenant()
    assert await prompt(console.stranger()) == []
    ana = await console.browser(tenant, "ana")
    assert await prompt(ana) == []
    await ana.send(await ana.get("/atalhos"), "/sair")
    assert await prompt(ana) == ["login"]
    await ana.sign_in(tenant, "ana")
    assert await prompt(ana) == []


@pytest.mark.parametrize(
    ("column", "by"),
    [("seen_at", timedelta(minutes=31)), ("begun_at", timedelta(hours=11))],
)
async def test_whoever_was_away_too_long_is_asked_again_by_the_provider_too(
    console: World, column: str, by: timedelta
) -> None:
    tenant = console.tenant()
    ana = await console.browser(tenant, "ana")
    await aged(console, tenant, column, by)
    assert await prompt(ana) == ["login"]
    # So it is once the browser was closed in between.
    ana.http.cookies.delete(SESSION)
    assert await prompt(ana) == ["login"]


@pytest.mark.parametrize(
    ("column", "by"),
    [("seen_at", timedelta(minutes=30)), ("begun_at", timedelta(hours=10))],
)
async def test_a_session_ends_after_a_rest_and_in_any_case_after_a_day_of_work(
    console: World, column: str, by: timedelta
) -> None:
    tenant = console.tenant()
    ana = await console.browser(tenant, "ana")
    await aged(console, tenant, column, by - timedelta(minutes=1))
    assert (await ana.http.get("/atalhos")).status_code == 200
    await aged(console, tenant, column, by)
    assert (await ana.http.get("/atalhos")).status_code == 303


async def test_a_page_tells_when_the_session_ends(console: World) -> None:
    ana = await console.browser(console.tenant(), "ana")
    shown = await ana.get("/atalhos")
    ends_at = datetime.fromtimestamp(int(shown.one("body").get("data-ends", "0")), UTC)
    left = ends_at - datetime.now(UTC)
    assert timedelta(minutes=29) < left <= timedelta(minutes=30)
    words = [one.text for one in shown.all("time", data_session_end="")]
    assert words == [(ends_at - timedelta(hours=3)).strftime("%H:%M")]
    assert shown.has("dialog", id="ending")


async def test_asking_when_it_ends_does_not_keep_it_alive_and_staying_does(console: World) -> None:
    tenant = console.tenant()
    ana = await console.browser(tenant, "ana")
    await aged(console, tenant, "seen_at", timedelta(minutes=29))
    before = (await ana.http.get("/sessao")).json()["ends_at"]
    assert before - datetime.now(UTC).timestamp() < 60
    assert (await ana.http.get("/sessao")).json()["ends_at"] == before
    headers = {"Accept": "application/json", "Origin": CONSOLE_URL}
    stayed = (await ana.http.post("/sessao", headers=headers)).json()["ends_at"]
    assert stayed - before > 28 * 60
    plain = await ana.post("/sessao?de=/atalhos")
    assert (plain.status, plain.answer.headers["Location"]) == (303, "/atalhos")


async def test_asking_of_a_session_that_is_over_tells_that_it_is(console: World) -> None:
    assert (await console.stranger().http.get("/sessao")).json() == {"ends_at": 0}


async def test_the_script_is_told_that_the_session_is_over_where_people_see_it(
    console: World,
) -> None:
    stranger = console.stranger(script=True)
    shown = await stranger.get("/tarefas", target="list")
    assert shown.status == 401
    assert not shown.has("html")
    assert "Sua sessão terminou" in shown.text
    assert shown.one("a", target="_blank").get("href") == "/entrar?de=/de-volta"


async def test_what_was_typed_is_given_back_when_the_session_is_over(console: World) -> None:
    text = "Linha um\nlinha dois </textarea><script>alert(1)</script>"
    form = {"text": text, "conclusion": "preexisting", "version": "3"}
    shown = await console.stranger().post("/tarefas/t/decisoes/parecer?visao=minhas", form)
    assert shown.status == 401
    again = shown.form("/tarefas/t/decisoes/parecer?visao=minhas")
    kept = {one.get("name"): "".join(one.itertext())[1:] for one in again.iter("textarea")}
    assert kept == form
    assert not shown.has("script", src="")
    assert all(one.get("src") for one in shown.all("script"))


async def test_a_page_of_somebody_else_signs_nothing_in_ones_own_name(console: World) -> None:
    tenant = console.tenant()
    ana = await console.browser(tenant, "ana")
    await ana.sign_in(tenant, "alba")
    shown = await ana.post("/tarefas/t/assumir", {"by": "ana", "version": "1"})
    assert shown.status == 412
    assert "Esta página foi aberta por outra pessoa" in shown.text
    assert "Alba Queiroz" in shown.text


async def test_a_login_is_renewed_before_it_ends_and_the_session_goes_on(console: World) -> None:
    tenant = console.tenant()
    ana = await console.browser(tenant, "ana")
    query = "select tokens, tokens_until from session where tenant_id = $1"
    before = (await console.console.rows(query, tenant))[0]
    await aged(console, tenant, "tokens_until", timedelta(minutes=20))
    assert (await ana.http.get("/atalhos")).status_code == 200
    after = (await console.console.rows(query, tenant))[0]
    assert after["tokens"] != before["tokens"]
    assert after["tokens_until"] > datetime.now(UTC) + timedelta(minutes=14)
    assert (await ana.get("/tarefas")).status == 200


async def test_a_role_taken_away_is_gone_with_the_next_renewal(console: World) -> None:
    tenant = console.tenant()
    ana = await console.browser(tenant, "ana")
    issuer = console.issuer.state.issuer
    people = tuple(
        one.model_copy(update={"roles": ("rule_owner",)}) if one.tenant == tenant else one
        for one in issuer.people
    )
    console.issuer.state.issuer = replace(issuer, people=people)
    await aged(console, tenant, "tokens_until", timedelta(minutes=20))
    assert (await ana.http.get("/atalhos")).status_code == 200
    rows = await console.console.rows("select roles from session where tenant_id = $1", tenant)
    assert rows == [{"roles": ["rule_owner"]}]


async def test_of_many_requests_at_once_one_renews_and_all_are_answered(console: World) -> None:
    tenant = console.tenant()
    ana = await console.browser(tenant, "ana")
    await aged(console, tenant, "tokens_until", timedelta(minutes=20))
    answers = await asyncio.gather(*(ana.http.get("/atalhos") for _ in range(5)))
    # A refresh token shown twice would have ended the login.
    assert [one.status_code for one in answers] == [200] * 5
    assert (await ana.http.get("/atalhos")).status_code == 200


async def test_a_login_that_ended_at_the_issuer_ends_the_session(console: World) -> None:
    tenant = console.tenant()
    ana = await console.browser(tenant, "ana")
    async with console.issuer.state.begin(tenant) as tx:
        await tx.session.execute(delete(SignIn).where(SignIn.tenant_id == tenant))
    await aged(console, tenant, "tokens_until", timedelta(minutes=20))
    assert (await ana.http.get("/atalhos")).status_code == 303
    assert await console.console.rows("select 1 from session where tenant_id = $1", tenant) == []


@contextmanager
def issuer_away(console: World) -> Iterator[None]:
    """Within it the issuer does not answer the console."""

    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("nobody answers", request=request)

    doors: Doors = console.console.app.state.doors
    away = Provider(doors.settings, httpx.AsyncClient(transport=httpx.MockTransport(refuse)))
    with changed(console.console.app.state, "doors", replace(doors, provider=away)):
        yield


async def test_an_issuer_that_is_away_is_told_and_nobody_is_let_in(console: World) -> None:
    with issuer_away(console):
        shown = page(await console.stranger().http.get("/entrar"))
    assert shown.status == 503
    assert "Não foi possível falar com quem confere as senhas" in shown.text


async def test_while_the_issuer_is_away_a_login_in_force_carries_on(console: World) -> None:
    tenant = console.tenant()
    ana = await console.browser(tenant, "ana")
    await aged(console, tenant, "tokens_until", timedelta(minutes=14, seconds=30))
    with issuer_away(console):
        assert (await ana.http.get("/atalhos")).status_code == 200


async def test_sessions_of_yesterday_are_taken_out_by_whoever_comes_in(console: World) -> None:
    tenant = console.tenant()
    await console.browser(tenant, "ana")
    await aged(console, tenant, "seen_at", sessions.KEPT_AFTER_ITS_END)
    await console.browser(tenant, "alba")
    rows = await console.console.rows("select sub from session where tenant_id = $1", tenant)
    assert [row["sub"] for row in rows] == ["alba"]


async def test_who_came_and_went_is_on_the_trail(console: World) -> None:
    tenant = console.tenant()
    ana = await console.browser(tenant, "ana")
    await ana.post("/sair")
    rows = await console.console.rows(
        "select action, subject from audit where tenant_id = $1 order by id", tenant
    )
    assert [(row["action"], row["subject"]) for row in rows] == [
        ("session.begun", "ana"),
        ("session.ended", "ana"),
    ]


async def test_two_browsers_of_one_person_are_two_sessions(console: World) -> None:
    tenant = console.tenant()
    first, second = [await console.browser(tenant, "ana") for _ in range(2)]
    await first.post("/sair")
    assert (await second.http.get("/atalhos")).status_code == 200
