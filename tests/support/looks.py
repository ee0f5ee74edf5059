"""One page in every look: both lights, on a phone, and at 400 %."""

from tests.support.screen import PHONE, WIDE, ZOOMED, Scheme, Screen

LOOKS: tuple[tuple[tuple[int, int], Scheme], ...] = (
    (WIDE, "light"),
    (WIDE, "dark"),
    (PHONE, "light"),
)
OPENED = "all => all.forEach(one => one.open = true)"


async def barriers(screen: Screen) -> list[str]:
    """What axe finds and what does not fit, with every part of the page opened."""
    await screen.page.wait_for_load_state("networkidle")
    await screen.page.locator("details").evaluate_all(OPENED)
    found = []
    for size, scheme in LOOKS:
        await screen.looks(size, scheme)
        told = f"{size[0]} px, {scheme}"
        found += [f"{told}: {one}" for one in await screen.findings()]
        found += _too_wide(told, await screen.overflow())
    await screen.looks(ZOOMED, "light")
    found += _too_wide("400 %", await screen.overflow())
    await screen.looks(WIDE, "light")
    return found


def _too_wide(told: str, pixels: int) -> list[str]:
    return [f"{told}: {pixels} px too wide"] if pixels else []
