"""Trail, integrations and administration in Chromium: no barrier, nothing wider than the window."""

import pytest

from tests.support.console import CONSOLE_URL, World
from tests.support.screen import PHONE, WIDE, ZOOMED, Scheme, Screen, Screens
from tests.support.watched import busy

LOOKS: list[tuple[tuple[int, int], Scheme]] = [
    (WIDE, "light"),
    (WIDE, "dark"),
    (PHONE, "light"),
    (PHONE, "dark"),
    (ZOOMED, "light"),
]
ROLES = "/administracao/papeis?papel=analyst&papel=auditor"
PAGES = {
    "diana": [
        "/auditoria",
        "/auditoria/cadeia",
        "/auditoria?acao=person.erased",
        "/auditoria?de=x",
    ],
    "ivo": ["/integracoes"],
    "sonia": [
        "/administracao",
        "/administracao/filas/ds.analysis",
        "/administracao/horarios/matriz",
        "/administracao/pessoas/ana",
        ROLES,
        "/administracao/modelos",
    ],
    "ana": ["/auditoria"],
}


@pytest.fixture(scope="module")
async def tenant(console: World) -> int:
    return await busy(console)


async def barriers(screen: Screen) -> list[str]:
    """What axe finds and what does not fit, with every part of the page opened."""
    await screen.page.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
    over = await screen.overflow()
    return [*await screen.findings(), *([f"{over} px too wide"] if over else [])]


@pytest.mark.parametrize(("size", "scheme"), LOOKS)
@pytest.mark.parametrize("who", PAGES)
async def test_the_rooms_of_whoever_watches_have_no_barrier(
    console: World, screens: Screens, tenant: int, who: str, size: tuple[int, int], scheme: Scheme
) -> None:
    found = {}
    async with screens.window(CONSOLE_URL, size, scheme) as screen:
        await screen.sign_in(tenant, who)
        for path in PAGES[who]:
            await screen.go(path)
            found[path] = await barriers(screen)
    assert {path: faults for path, faults in found.items() if faults} == {}
