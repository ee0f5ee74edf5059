"""One page in every look: both lights, at a desk and on a phone, and at 400 %."""

from dataclasses import dataclass

from tests.support.screen import COLOURS, PHONE, WIDE, ZOOMED, Scheme, Screen


@dataclass(frozen=True)
class Look:
    """A window, its light, and which of axe's rules can find something new there."""

    size: tuple[int, int]
    scheme: Scheme
    rules: tuple[str, ...] = ()
    """All of them where none is named."""

    def __str__(self) -> str:
        return f"{self.size[0]} px, {self.scheme}"


LOOKS = (
    Look(WIDE, "light"),
    Look(WIDE, "dark", COLOURS),
    Look(PHONE, "dark", COLOURS),
    Look(PHONE, "light"),
)
"""The dark changes colours and nothing else, which tests/unit/console/test_styles.py holds."""
OPENED = "all => all.forEach(one => one.open = true)"
STILL = """async () => {
  const frame = () => new Promise(requestAnimationFrame);
  await frame();
  do await frame(); while (document.querySelector(".htmx-request"));
}"""
"""Until no part of the page is on its way; half a second of silence on the line costs more."""
BY_ITSELF = "[hx-trigger*='load delay']"
"""What is sent a while after the page is there, with nothing on its way until then."""


async def barriers(screen: Screen) -> list[str]:
    """What axe finds and what does not fit, with every part of the page opened."""
    await _still(screen)
    await screen.page.locator("details").evaluate_all(OPENED)
    found = []
    for look in LOOKS:
        await screen.looks(look.size, look.scheme)
        found += [f"{look}: {one}" for one in await screen.findings(look.rules)]
        found += _too_wide(str(look), await screen.overflow())
    await screen.looks(ZOOMED, "light")
    found += _too_wide("400 %", await screen.overflow())
    await screen.looks(WIDE, "light")
    return found


async def _still(screen: Screen) -> None:
    if await screen.page.locator(BY_ITSELF).count():
        await screen.page.wait_for_load_state("networkidle")
    await screen.page.evaluate(STILL)


def _too_wide(told: str, pixels: int) -> list[str]:
    return [f"{told}: {pixels} px too wide"] if pixels else []
