"""The public pages in Chromium, as a phone shows them: barriers, fit, weight, the script's part."""

import gzip
import re

import pytest
from playwright.async_api import expect

from services.console.routes.assets import FOLDER
from tests.support.public_pages import ORIGIN, Proponent, PublicWorld
from tests.support.public_walk import (
    ready_to_sign,
    reviewed,
)
from tests.support.screen import LIGHTS, PHONE, Screen, Screens

SCRIPTS = ("public.js",)


async def carry(screen: Screen, who: Proponent) -> None:
    """The same visit, on the phone that is looked at."""
    [cookie] = list(who.handset.http.cookies.jar)
    await screen.page.context.add_cookies(
        [{"name": cookie.name, "value": cookie.value or "", "url": ORIGIN}]
    )


async def test_refusals_have_no_barrier(pages: PublicWorld, phones: Screens) -> None:
    ana = await pages.invited()
    await ready_to_sign(ana, "Q03")
    for scheme in LIGHTS:
        async with phones.window(ORIGIN, PHONE, scheme) as screen:
            await carry(screen, ana)
            await screen.go("/assinatura?codigo=enviado")
            await screen.page.get_by_role("button", name="Assinar", exact=True).click()
            await expect(screen.page.get_by_role("alert").first).to_be_focused()
            assert await screen.findings() == []
            await screen.page.get_by_label("Código (obrigatório)").fill("000000")
            await screen.page.get_by_label("Li o texto").check()
            await screen.page.get_by_role("button", name="Assinar", exact=True).click()
            await expect(screen.page.get_by_text("não confere")).to_be_visible()
            assert await screen.findings() == []


async def come_in(screen: Screen, who: Proponent, link: str = "") -> None:
    """From the message to the letter, as fingers do it."""
    page = screen.page
    await page.goto(link or await who.link())
    await page.get_by_label("Data de nascimento").fill("12/04/1990")
    await page.get_by_role("button", name="Continuar").click()
    await page.get_by_label("Código").fill(await who.known.code())
    await page.get_by_role("button", name="Entrar").click()
    await page.wait_for_url(f"{ORIGIN}/carta")


async def test_the_script_takes_the_secret_out_of_the_bar_and_into_the_form(
    pages: PublicWorld, phones: Screens
) -> None:
    ana = await pages.invited()
    async with phones.window(ORIGIN, PHONE) as screen:
        asked: list[str] = []
        screen.page.on("request", lambda request: asked.append(request.url))
        await screen.page.goto(await ana.link())
        assert screen.page.url == f"{ORIGIN}/declaracao/{ana.tenant}"
        await expect(screen.page.get_by_label("Endereço que você recebeu")).to_be_hidden()
        await come_in(screen, ana)
        secret = (await ana.link()).partition("#")[2]
        assert not any(secret in url.partition("#")[0] for url in asked)
        assert not any(not url.startswith(ORIGIN) for url in asked)
        stored = "Object.keys(localStorage).length + Object.keys(sessionStorage).length"
        assert await screen.page.evaluate(stored) == 0


async def test_each_tap_is_kept_at_once_and_said_so(pages: PublicWorld, phones: Screens) -> None:
    ana = await pages.invited()
    async with phones.window(ORIGIN, PHONE) as screen:
        await come_in(screen, ana)
        page = screen.page
        for box in await page.get_by_role("checkbox").all():
            await box.check()
        await page.get_by_label("Dispenso a orientação").check()
        await page.get_by_role("button", name="Continuar").click()
        await page.wait_for_url(f"{ORIGIN}/perguntas/1")
        await page.get_by_label("Sim").first.check()
        await expect(page.locator("#kept")).to_contain_text("Guardado às")
        await page.context.set_offline(True)
        await page.get_by_label("Não").last.check()
        await expect(page.locator("#kept")).to_contain_text("Sem conexão")
        screen.trouble.clear()
        await page.context.set_offline(False)
        await page.reload()
        await expect(page.get_by_label("Sim").first).to_be_checked()


async def test_what_is_typed_is_kept_while_it_is_typed_and_an_ended_session_is_told(
    pages: PublicWorld, phones: Screens
) -> None:
    ana = await pages.invited()
    await reviewed(ana, "Q03")
    async with phones.window(ORIGIN, PHONE) as screen:
        await carry(screen, ana)
        await screen.go("/detalhes")
        page = screen.page
        field = page.locator("textarea").first
        await field.press("Control+End")
        await field.press_sequentially(" e anda bem")
        await expect(page.locator("#kept")).to_contain_text("Guardado às")
        # Nothing was left or sent: the phone dies here.
        await page.goto("about:blank")
        await screen.go("/detalhes")
        await expect(field).to_have_value(re.compile("e anda bem$"))
        await page.context.clear_cookies()
        await field.press_sequentially("!")
        await expect(page.locator("#kept")).to_contain_text("Sua sessão terminou")


async def test_a_sending_that_was_stopped_can_be_tried_again(
    pages: PublicWorld, phones: Screens
) -> None:
    ana = await pages.invited()
    await reviewed(ana, "Q03")
    async with phones.window(ORIGIN, PHONE) as screen:
        await carry(screen, ana)
        await screen.page.clock.install()
        await screen.go("/detalhes")
        page, onward = screen.page, screen.page.get_by_role("button", name="Continuar")
        # Whatever was stopped on the way: nothing came of it but the mark on the form.
        stopped = "document.addEventListener('submit', (e) => e.preventDefault(), {once: true})"
        await page.evaluate(stopped)
        await onward.click()
        await page.clock.fast_forward(11_000)
        await onward.click()
        await page.wait_for_url(f"{ORIGIN}/revisao")


async def test_the_whole_door_works_without_a_script(pages: PublicWorld, phones: Screens) -> None:
    ana = await pages.invited()
    async with phones.window(ORIGIN, PHONE, script=False) as screen:
        await screen.page.goto(await ana.link())
        await screen.page.get_by_label("Endereço que você recebeu").fill(await ana.link())
        await screen.page.get_by_label("Data de nascimento").fill("12/04/1990")
        await screen.page.get_by_role("button", name="Continuar").click()
        await screen.page.get_by_label("Código").fill(await ana.known.code())
        await screen.page.get_by_role("button", name="Entrar").click()
        await screen.page.wait_for_url(f"{ORIGIN}/carta")


def test_the_scripts_weigh_less_than_twenty_kilobytes() -> None:
    packed = [len(gzip.compress((FOLDER / name).read_bytes(), mtime=0)) for name in SCRIPTS]
    assert sum(packed) <= 20 * 1024


@pytest.mark.parametrize("path", ["/carta", "/perguntas/2", "/revisao", "/assinatura"])
async def test_a_whole_page_with_all_it_needs_weighs_less_than_sixty_kilobytes(
    pages: PublicWorld, path: str
) -> None:
    ana = await pages.invited()
    await reviewed(ana, "Q03")
    shown = await ana.handset.get(path)
    needed = [one.get("src", "") for one in shown.all("script")]
    needed += [one.get("href", "") for one in shown.all("link")]
    weight = len(gzip.compress(shown.answer.content))
    for name in needed:
        answer = await ana.handset.http.get(name)
        assert answer.headers["Content-Encoding"] == "gzip"
        weight += len(gzip.compress(answer.content))
    assert weight <= 60 * 1024
    assert not any("font" in name for name in needed)
