"""The rule tables in Chromium: no barrier in any state, and the habits of a spreadsheet."""

import json

import pytest
from playwright.async_api import Locator, Page, expect

from tests.support.console import CONSOLE_URL, World
from tests.support.page import fields
from tests.support.screen import PHONE, WIDE, ZOOMED, Scheme, Screen, Screens

CPT = "/regras/tabela-cpt"


async def drafted(console: World, tenant: int, who: str, **cells: str) -> None:
    """A draft of the CPT table by somebody."""
    browser = await console.browser(tenant, who)
    form = fields((await browser.get(f"{CPT}/rascunho")).form(f"{CPT}/rascunho"))
    named = {name.replace("_", "."): value for name, value in cells.items()}
    assert (await browser.post(f"{CPT}/rascunho", form | named)).status == 303


def at(page: Page, row: int, column: int, part: str = "linhas") -> Locator:
    return page.locator(f"#{part}-{row}-{column}")


async def paste(page: Page, text: str) -> None:
    """What is on the clipboard of a spreadsheet put into the cell with the focus."""
    await page.evaluate(
        """text => {
          const clipboardData = new DataTransfer();
          clipboardData.setData("text/plain", text);
          document.activeElement.dispatchEvent(
            new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
        }""",
        text,
    )


async def copied(page: Page) -> str:
    """What a copy puts on the clipboard."""
    found: str = await page.evaluate(
        """() => {
          const clipboardData = new DataTransfer();
          document.activeElement.dispatchEvent(
            new ClipboardEvent("copy", { clipboardData, bubbles: true, cancelable: true }));
          return clipboardData.getData("text/plain");
        }"""
    )
    return found


async def clean(screen: Screen) -> None:
    assert await screen.findings() == []
    assert await screen.overflow() == 0


@pytest.mark.parametrize("size", [WIDE, PHONE, ZOOMED], ids=["wide", "phone", "zoomed"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_no_page_of_the_rules_has_a_barrier(
    console: World, screens: Screens, scheme: Scheme, size: tuple[int, int]
) -> None:
    tenant = console.tenant()
    await drafted(console, tenant, "raul", linhas_1_1="C97", linhas_3_3="99")
    async with screens.window(CONSOLE_URL, size, scheme) as screen:
        await screen.sign_in(tenant, "rosa", "/regras")
        await clean(screen)
        for path in (CPT, f"{CPT}/rascunho", f"{CPT}/revisao", f"{CPT}/comparar", "/regras/textos"):
            await screen.go(path)
            await clean(screen)
        await screen.go("/regras/textos/rascunho")
        await screen.page.get_by_role("button", name="Salvar rascunho").click()
        await expect(screen.page.get_by_role("alert")).to_be_focused()
        await clean(screen)


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_conflict_and_forbidden_have_no_barrier(
    console: World, screens: Screens, scheme: Scheme
) -> None:
    tenant = console.tenant()
    async with screens.window(CONSOLE_URL, PHONE, scheme) as screen:
        await screen.sign_in(tenant, "rosa", f"{CPT}/rascunho")
        await drafted(console, tenant, "raul", linhas_1_3="6")
        await at(screen.page, 1, 3).fill("9")
        await screen.page.get_by_role("button", name="Salvar rascunho").first.click()
        await expect(screen.page.get_by_role("alert")).to_contain_text("raul mudou este rascunho")
        await clean(screen)
        await screen.page.get_by_role("button", name="Salvar assim").click()
        await expect(at(screen.page, 1, 3)).to_have_value("9")
    async with screens.window(CONSOLE_URL, PHONE, scheme) as screen:
        await screen.sign_in(tenant, "ana", CPT)
        await clean(screen)


async def test_keys_move_as_in_a_spreadsheet(console: World, screens: Screens) -> None:
    async with screens.window(CONSOLE_URL) as screen:
        await screen.sign_in(console.tenant(), "raul", f"{CPT}/rascunho")
        page = screen.page
        await at(page, 0, 1).click()
        for key, row, column in (
            ("Enter", 1, 1),
            ("ArrowDown", 2, 1),
            ("ArrowUp", 1, 1),
            ("Shift+Enter", 0, 1),
            ("Tab", 0, 2),
            ("ArrowRight", 0, 3),
            ("ArrowLeft", 0, 2),
            ("Shift+Tab", 0, 1),
        ):
            await page.keyboard.press(key)
            await expect(at(page, row, column)).to_be_focused()


async def test_what_a_spreadsheet_holds_is_pasted_copied_and_undone(
    console: World, screens: Screens
) -> None:
    async with screens.window(CONSOLE_URL) as screen:
        await screen.sign_in(console.tenant(), "raul", f"{CPT}/rascunho")
        page = screen.page
        await at(page, 101, 0).click()
        await paste(
            page, 'Q40\tA00\t"IMG, UTI"\t6\r\nQ41\tA01\t"a ""b""\nc"\t7\r\nQ42\tA02\tIMG\t8\r\n'
        )
        await expect(at(page, 103, 3)).to_have_value("8")
        await expect(at(page, 102, 2)).to_have_value('a "b" c')
        await at(page, 101, 2).click()
        await at(page, 102, 3).click(modifiers=["Shift"])
        assert await copied(page) == 'IMG, UTI\t6\n"a ""b"" c"\t7'
        await page.keyboard.press("Delete")
        await expect(at(page, 102, 3)).to_have_value("")
        await page.keyboard.press("Control+z")
        await expect(at(page, 102, 3)).to_have_value("7")
        await page.keyboard.press("Control+z")
        await expect(at(page, 101, 1)).to_have_value("K07")
        await expect(at(page, 102, 0)).to_have_count(0)
        await page.keyboard.press("Control+y")
        await expect(at(page, 103, 3)).to_have_value("8")


async def test_typing_and_a_row_taken_away_are_undone_too(console: World, screens: Screens) -> None:
    async with screens.window(CONSOLE_URL) as screen:
        await screen.sign_in(console.tenant(), "raul", f"{CPT}/rascunho")
        page = screen.page
        await at(page, 0, 3).fill("12")
        await at(page, 1, 3).click()
        await page.keyboard.type("18")
        await page.keyboard.press("Control+z")
        await expect(at(page, 1, 3)).to_have_value("")
        await expect(at(page, 0, 3)).to_have_value("12")
        await page.get_by_label("Tirar de Linhas a linha 1", exact=True).click()
        await expect(at(page, 0, 1)).to_have_value("D00-D09")
        await page.keyboard.press("Control+z")
        await expect(at(page, 0, 1)).to_have_value("C00-C97")
        await expect(at(page, 0, 3)).to_have_value("12")
        await page.keyboard.press("Control+Enter")
        await expect(page.get_by_text("Rascunho salvo.")).to_be_visible()
        await expect(at(page, 0, 3)).to_have_value("12")


async def test_six_hundred_pasted_rows_are_saved_in_one_field(
    console: World, screens: Screens
) -> None:
    async with screens.window(CONSOLE_URL) as screen:
        await screen.sign_in(console.tenant(), "raul", f"{CPT}/rascunho")
        page = screen.page
        await at(page, 0, 0).click()
        await paste(page, "\n".join(f"Q{n % 36 + 1:02d}\tX{n}\tIMG\t12" for n in range(600)))
        await expect(at(page, 599, 1)).to_have_value("X599")
        async with page.expect_request(lambda one: one.method == "POST") as asked:
            await page.keyboard.press("Control+Enter")
        sent = (await asked.value).post_data or ""
        assert len(sent.split("&")) < 10
        await expect(page.get_by_text("Rascunho salvo.")).to_be_visible()
        await expect(at(page, 599, 1)).to_have_value("X599")
        assert (
            json.loads(await page.locator("[name=base]").input_value())["linhas"][599][1] == "X599"
        )
