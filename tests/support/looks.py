"""One page in every look: both lights, at a desk and on a phone, and a desk at 400 %."""

from tests.support.screen import LIGHTS, PHONE, WIDE, ZOOMED, Screen

OPENED = "all => all.forEach(one => one.open = true)"


async def barriers(screen: Screen) -> list[str]:
    """What axe finds and what does not fit, with every part of the page opened."""
    await screen.page.wait_for_load_state("networkidle")
    await screen.page.locator("details").evaluate_all(OPENED)
    found = []
    for size in (WIDE, PHONE):
        for scheme in LIGHTS:
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
