"""What goes wrong, or twice, on somebody's phone, as they meet it in Chromium."""

import pytest
from playwright.async_api import Page, expect

from contracts.health_declaration.events import DeclarationSigned
from tests.integration.test_public_pages_screens import carry, come_in
from tests.support.public_pages import ORIGIN, Proponent, PublicWorld
from tests.support.public_walk import ready_to_sign, reviewed, to_send
from tests.support.screen import PHONE, Screen, Screens

PDF = b"%PDF-1.4\n%%EOF"
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
NAME = "مريم 👩🏽‍⚕️ 𐍈ova"


async def at_signature(screen: Screen, pages: PublicWorld, who: Proponent) -> Page:
    """The last step, read and ticked, with the code filled in."""
    await ready_to_sign(who, "Q03")
    await carry(screen, who)
    await screen.go("/assinatura?codigo=enviado")
    await screen.page.get_by_label("Li o texto").check()
    await screen.page.get_by_label("Código (obrigatório)").fill(await who.known.code())
    return screen.page


async def test_one_goes_back_and_on_and_sees_how_far_and_what_is_required(
    pages: PublicWorld, phones: Screens
) -> None:
    who = await pages.invited()
    await reviewed(who, "Q03")
    async with phones.window(ORIGIN, PHONE) as screen:
        page = screen.page
        await carry(screen, who)
        await screen.go("/perguntas/1")
        await expect(page.get_by_text("Passo 3 de 6")).to_be_visible()
        await expect(page.get_by_text("obrigatóri").first).to_be_visible()
        said = page.get_by_label("Não", exact=True).first
        await expect(said).to_be_checked()
        await page.get_by_role("button", name="Continuar").click()
        await page.wait_for_url(f"{ORIGIN}/perguntas/2")
        await page.go_back()
        await page.wait_for_url(f"{ORIGIN}/perguntas/1")
        await expect(said).to_be_checked()


async def test_a_question_is_one_stop_of_the_tab_key_and_its_answers_are_walked_by_arrows(
    pages: PublicWorld, phones: Screens
) -> None:
    who = await pages.invited()
    await reviewed(who)
    async with phones.window(ORIGIN, PHONE) as screen:
        page = screen.page
        await carry(screen, who)
        await screen.go("/perguntas/1")
        asked = page.get_by_role("radiogroup").or_(page.locator("fieldset.ask"))
        first, second = asked.nth(0), asked.nth(1)
        await first.get_by_label("Não", exact=True).focus()
        await page.keyboard.press("ArrowUp")
        await expect(first.get_by_label("Sim", exact=True)).to_be_checked()
        await page.keyboard.press("ArrowDown")
        await expect(first.get_by_label("Não", exact=True)).to_be_checked()
        await page.keyboard.press("Tab")
        await expect(second.get_by_label("Não", exact=True)).to_be_focused()


async def test_a_double_tap_on_sign_signs_once(pages: PublicWorld, phones: Screens) -> None:
    who = await pages.invited()
    async with phones.window(ORIGIN, PHONE) as screen:
        page = await at_signature(screen, pages, who)
        await page.get_by_role("button", name="Assinar", exact=True).dblclick()
        await page.wait_for_url(f"{ORIGIN}/recibo")
    assert len(await pages.declarations.facts(who.tenant, DeclarationSigned)) == 1


async def test_whoever_goes_back_after_signing_reads_the_copy_and_changes_nothing(
    pages: PublicWorld, phones: Screens
) -> None:
    who = await pages.invited()
    async with phones.window(ORIGIN, PHONE) as screen:
        page = await at_signature(screen, pages, who)
        await page.get_by_role("button", name="Assinar", exact=True).click()
        await page.wait_for_url(f"{ORIGIN}/recibo")
        await page.go_back()
        await expect(page.get_by_role("button", name="Assinar", exact=True)).to_have_count(0)
        await screen.go("/perguntas/1")
        await expect(page.get_by_role("radio")).to_have_count(0)
    assert len(await pages.declarations.facts(who.tenant, DeclarationSigned)) == 1


async def test_what_another_tab_changed_is_read_again_before_it_is_signed(
    pages: PublicWorld, phones: Screens
) -> None:
    who = await pages.invited()
    async with phones.window(ORIGIN, PHONE) as screen:
        page = await at_signature(screen, pages, who)
        other = await page.context.new_page()
        await other.goto(f"{ORIGIN}/detalhes")
        await other.locator("#asked textarea").first.fill(NAME)
        await other.get_by_role("button", name="Continuar").click()
        await other.wait_for_url(f"{ORIGIN}/revisao")
        await page.get_by_role("button", name="Assinar", exact=True).click()
        await expect(page.locator("main")).to_contain_text("O texto mudou")
        await expect(page.locator(".text bdi")).to_contain_text(NAME)


async def test_a_scanner_that_opens_the_link_uses_nothing_up(
    pages: PublicWorld, phones: Screens
) -> None:
    who = await pages.invited(name=NAME)
    for script in (True, False, True):
        async with phones.window(ORIGIN, PHONE, script=script) as scanner:
            await scanner.page.goto(await who.link())
            await scanner.page.wait_for_load_state("networkidle")
    assert await who.known.contacts("ds.code") == []
    async with phones.window(ORIGIN, PHONE) as screen:
        await come_in(screen, who)


async def test_a_birth_date_that_does_not_match_gives_no_hint_and_a_few_tries(
    pages: PublicWorld, phones: Screens
) -> None:
    who = await pages.invited()
    told: set[str] = set()
    async with phones.window(ORIGIN, PHONE) as screen:
        page = screen.page
        for day in ("01/01/1970", "12/04/1991", "13/04/1990", "12/05/1990", "01/01/2000"):
            await page.goto(f"{ORIGIN}/saiu")
            await page.goto(await who.link())
            await page.get_by_label("Data de nascimento").fill(day)
            await page.get_by_role("button", name="Continuar").click()
            told.add(await page.get_by_role("alert").first.inner_text())
        await page.goto(f"{ORIGIN}/saiu")
        await page.goto(await who.link())
        await page.get_by_label("Data de nascimento").fill("12/04/1990")
        await page.get_by_role("button", name="Continuar").click()
        await expect(page.get_by_role("alert").first).to_be_visible()
        await expect(page.get_by_label("Código")).to_have_count(0)
    assert len(told) == 1
    assert await who.known.contacts("ds.code") == []


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("exame.pdf", PDF + b"x" * 30 * 2**20, "passa de 8 MB"),
        ("exame.heic", b"x", "só PDF, JPG ou PNG"),
        ("exame.pdf.exe", b"MZ", "pode ser um programa"),
        ("exame.exe.pdf", PDF, "pode ser um programa"),
        ("eicar.pdf", EICAR, "não é do tipo declarado"),
    ],
    ids=["30-MB", "another-type", "program", "double-extension", "eicar"],
)
@pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])
async def test_a_file_that_is_no_document_is_refused_in_clear_words_and_another_may_be_sent(
    pages: PublicWorld, phones: Screens, name: str, content: bytes, words: str, *, script: bool
) -> None:
    who = await to_send(pages)
    async with phones.window(ORIGIN, PHONE, script=script) as screen:
        page = screen.page
        await carry(screen, who)
        for given, body in ((name, content), ("laudo.pdf", PDF)):
            await screen.go("/documentos")
            file = {"name": given, "mimeType": "application/pdf", "buffer": body}
            await page.get_by_label("Arquivo").set_input_files(files=[file])
            if not await page.get_by_text("passa de 8 MB").is_visible():
                await page.get_by_role("button", name="Enviar o arquivo").click()
            wanted = words if given == name else "Arquivo recebido"
            await expect(page.locator("main")).to_contain_text(wanted)
