"""The door of the public pages: link, day of birth, code; what it tells and what it keeps."""

import httpx
import pytest

from services.console.routes.headers import ALWAYS, HTTPS_ONLY
from tests.support.page import fields, said
from tests.support.proponent import BIRTH
from tests.support.public_pages import OPERATOR, ORIGIN, PublicWorld


async def test_the_link_that_is_sent_leads_to_the_door_in_the_operators_name(
    pages: PublicWorld,
) -> None:
    ana = await pages.invited()
    address = await ana.link()
    assert address.startswith(f"{ORIGIN}/declaracao/{ana.tenant}#{ana.tenant}.")
    shown = await ana.handset.get(f"/declaracao/{ana.tenant}")
    assert shown.status == 200
    assert OPERATOR in shown.text
    assert "Vínculo" not in shown.answer.text
    assert shown.one("meta", name="robots").get("content") == "noindex"


async def test_link_birth_date_and_code_open_the_form(pages: PublicWorld) -> None:
    ana = await pages.invited()
    shown = await ana.open()
    assert shown.status == 200
    assert shown.answer.url.path == "/carta"


async def test_opening_the_link_twenty_times_uses_nothing_up_and_sends_nothing(
    pages: PublicWorld,
) -> None:
    ana = await pages.invited()
    for _ in range(20):
        scanner = pages.handset()
        assert (await scanner.get(f"/declaracao/{ana.tenant}")).status == 200
        await scanner.http.head(f"/declaracao/{ana.tenant}")
        assert "set-cookie" not in (await scanner.http.get("/declaracao")).headers
    assert await ana.known.contacts("ds.code") == []
    assert (await ana.open()).answer.url.path == "/carta"


async def test_a_birth_date_that_does_not_match_gives_no_hint_and_blocks_after_a_few(
    pages: PublicWorld,
) -> None:
    ana = await pages.invited()
    address = await ana.link()
    shown = await ana.handset.get("/declaracao")
    told: set[str] = set()
    for day in ("01/01/1970", "12/04/1991", "13/04/1990", "12/05/1990", "01/01/2000"):
        wrong = await ana.handset.send(shown, "/entrar", endereco=address, nascimento=day)
        assert wrong.status == 403
        told.add(said(wrong.one("div", role="alert")))
    assert len(told) == 1
    right = await ana.handset.send(shown, "/entrar", endereco=address, nascimento=BIRTH)
    assert right.status == 403
    assert await ana.known.contacts("ds.code") == []
    unknown = f"{ana.tenant}.{'x' * 43}"
    strange = await ana.handset.send(shown, "/entrar", endereco=unknown, nascimento=BIRTH)
    assert strange.text == right.text


async def test_what_is_no_date_is_told_at_the_field_and_the_link_stays(pages: PublicWorld) -> None:
    ana = await pages.invited()
    address = await ana.link()
    shown = await ana.handset.get("/declaracao")
    again = await ana.handset.send(shown, "/entrar", endereco=address, nascimento="ontem")
    assert again.status == 422
    assert again.one("input", name="nascimento").get("aria-invalid") == "true"
    assert again.one("input", name="endereco").get("value") == address.partition("#")[2]
    asked = await ana.handset.send(again, "/entrar", nascimento=BIRTH)
    assert asked.answer.url.path == "/codigo"


async def test_a_wrong_code_is_refused_and_the_right_one_still_opens(pages: PublicWorld) -> None:
    ana = await pages.invited()
    shown = await ana.handset.get("/declaracao")
    asked = await ana.handset.send(
        shown, "/entrar", endereco=await ana.link(), nascimento="12/04/1990"
    )
    code = await ana.known.code()
    wrong = await ana.handset.send(asked, "/codigo", codigo=f"{(int(code) + 1) % 10**6:06d}")
    assert (wrong.status, "não confere" in wrong.text) == (403, True)
    short = await ana.handset.send(wrong, "/codigo", codigo="12")
    assert (short.status, "seis números" in short.text) == (422, True)
    inside = await ana.handset.send(short, "/codigo", codigo=code)
    assert inside.answer.url.path == "/carta"


async def test_a_second_tap_on_the_code_lands_in_the_same_place(pages: PublicWorld) -> None:
    ana = await pages.invited()
    shown = await ana.handset.get("/declaracao")
    asked = await ana.handset.send(shown, "/entrar", endereco=await ana.link(), nascimento=BIRTH)
    code = await ana.known.code()
    await ana.handset.send(asked, "/codigo", codigo=code)
    again = await ana.handset.send(asked, "/codigo", codigo=code)
    assert (again.status, again.answer.url.path) == (200, "/carta")


async def test_a_link_that_is_over_says_so_and_another_can_be_asked_for(pages: PublicWorld) -> None:
    ana = await pages.invited()
    address = await ana.link()
    await pages.later(ana, days=40)
    shown = await ana.handset.get("/declaracao")
    over = await ana.handset.send(shown, "/entrar", endereco=address, nascimento=BIRTH)
    assert over.status == 410
    assert "Este endereço venceu" in over.text
    asked = await ana.handset.send(over, "/novo-endereco")
    assert "Pedido recebido" in asked.text
    assert len(await ana.known.contacts("ds.link_renewed")) == 1
    unknown = await ana.handset.post("/novo-endereco", {"endereco": f"{ana.tenant}.{'y' * 43}"})
    assert unknown.text == asked.text


async def test_the_cookie_is_the_hosts_alone_and_the_table_holds_no_secret(
    pages: PublicWorld,
) -> None:
    ana = await pages.invited()
    await ana.open()
    jar = ana.handset.http.cookies.jar
    [cookie] = list(jar)
    assert cookie.name == "__Host-declaracao"
    assert cookie.secure
    assert cookie.path == "/"
    assert cookie.has_nonstandard_attr("HttpOnly")
    rows = await pages.pages.rows("select * from phone_visit where tenant_id = $1", ana.tenant)
    assert len(rows) == 1
    kept = str(rows)
    assert (cookie.value or "-") not in kept
    assert (await ana.link()).partition("#")[2] not in kept


async def test_leaving_forgets_the_phone(pages: PublicWorld) -> None:
    ana = await pages.invited()
    await ana.open()
    former = httpx.Cookies(ana.handset.http.cookies)
    left = await ana.handset.post("/sair")
    assert "Você saiu" in left.text
    ana.handset.http.cookies = former
    assert (await ana.handset.get("/carta")).status == 401


@pytest.mark.parametrize("path", ["/declaracao", "/declaracao/1", "/carta", "/nada", "/saiu"])
async def test_every_answer_forbids_keeping_finding_and_telling_where_one_was(
    pages: PublicWorld, path: str
) -> None:
    answer = await pages.handset().http.get(path)
    wanted = ALWAYS | HTTPS_ONLY | {"X-Robots-Tag": "noindex, nofollow, noarchive"}
    assert {name: answer.headers.get(name) for name in wanted} == wanted
    assert answer.headers["Cache-Control"] == "no-store"


async def test_an_order_from_another_site_is_refused(pages: PublicWorld) -> None:
    ana = await pages.invited()
    await ana.open()
    for origin in ("https://mau.example", "null"):
        answer = await ana.handset.http.post("/sair", headers={"Origin": origin})
        assert answer.status_code == 403
    assert (await ana.handset.get("/carta")).status == 200


async def test_a_silent_service_is_told_with_a_way_to_try_again(pages: PublicWorld) -> None:
    ana = await pages.invited()
    shown = await ana.handset.get("/declaracao")
    with pages.silent():
        told = await ana.handset.send(
            shown, "/entrar", endereco=await ana.link(), nascimento="12/04/1990"
        )
    assert told.status == 503
    assert "não responde agora" in told.text
    assert fields(told.form("/entrar"))["nascimento"] == "12/04/1990"
