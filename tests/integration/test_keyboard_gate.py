"""The keyboard's gate can fail: each fault a page may have is planted, and found where it is."""

from collections.abc import AsyncIterator

import pytest

from tests.support.keyboard import Keyboard
from tests.support.screen import Screens, chromium

DRAWN = "<style>:focus-visible, input:focus-within { outline: 2px solid }</style>"
LINK = "<a href='#a'>Um</a>"
FORM = """<form><label>Nome <input name="nome" value="antes"></label>
<label>Dia <input type="date" name="dia"></label><label>Hora <input type="time" name="hora"></label>
<label><input type="radio" name="cor" value="a"> Azul</label>
<label><input type="radio" name="cor" value="v"> Verde</label>
<label><input type="checkbox" name="li"> Li o texto</label>
<details><summary>Mais</summary><button type="button">Guardar</button></details></form>"""
TRAP = (
    "<input aria-label='Preso' onkeydown=\"if (event.key === 'Tab') event.preventDefault()\">"
    "<button>Depois</button>"
)
FAULTS = {
    "the focus is not drawn at Date “Dia”": (
        "<input type='date' aria-label='Dia'><style>input { outline: none !important }</style>"
    ),
    "the focus is not drawn at button “Nu”": "<button style='outline: none'>Nu</button>",
    "the focus is out of sight at button “Fora”": (
        "<button style='position: absolute; left: -999px'>Fora</button>"
    ),
    "the focus is kept by textbox “Preso”": TRAP,
    "out of reach": "<button tabindex='-1'>Pulado</button>",
}


@pytest.fixture(scope="module")
async def screens() -> AsyncIterator[Screens]:
    async with chromium() as browser:
        yield Screens(browser)


async def test_a_page_without_fault_is_gone_through_filled_in_and_gone_round(
    screens: Screens,
) -> None:
    async with screens.window("") as screen:
        await screen.page.set_content(DRAWN + LINK + FORM)
        keys = Keyboard(screen.page)
        await keys.goes_round()
        await keys.writes("depois", "Nome")
        await keys.sets("Dia", "2026-11-28", "28112026", "11282026")
        await keys.sets("Hora", "15:05", "1505", "0305P")
        await keys.chooses("Verde")
        await keys.chooses("Azul")
        await keys.ticks("Li o texto")
        await keys.activates("Mais")
        await keys.to("Guardar", "button")
        await keys.goes_round()


@pytest.mark.parametrize(("told", "fault"), FAULTS.items(), ids=FAULTS.keys())
async def test_a_fault_of_a_page_is_told_with_its_place(
    screens: Screens, told: str, fault: str
) -> None:
    async with screens.window("") as screen:
        await screen.page.set_content(DRAWN + LINK + fault)
        with pytest.raises(AssertionError, match=told):
            await Keyboard(screen.page).goes_round()


async def test_what_tab_never_comes_to_is_told_with_the_way_it_went(screens: Screens) -> None:
    async with screens.window("") as screen:
        await screen.page.set_content(DRAWN + LINK + FORM)
        with pytest.raises(AssertionError, match=r"Tab never comes to .*Sumido.*Um"):
            await Keyboard(screen.page).to("Sumido")
