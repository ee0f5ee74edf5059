"""P12: how soon a page is of use on a slow phone, on the stack. `make bench GOAL=P12`.

Slow 4G (150 ms each way there and back, 1.6 Mbit/s), a processor four times slower, nothing kept
from before. Of use: the first answer is saved (public pages); the first task can be read (console).
"""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable

from playwright.async_api import Page, expect

from deploy.local import stack
from tests.support import live
from tests.support.handset import Handset
from tests.support.screen import Screens, chromium
from tests.support.seat import Desk

ROUNDS = 5
PUBLIC_SECONDS, CONSOLE_SECONDS = 1.0, 1.5
SLOW_4G = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1_600_000 / 8,
    "uploadThroughput": 750_000 / 8,
}
SLOWER = 4


async def slowed(page: Page) -> None:
    """From now on the page lives on such a phone."""
    devtools = await page.context.new_cdp_session(page)
    await devtools.send("Network.enable")
    await devtools.send("Network.clearBrowserCache")
    await devtools.send("Network.setCacheDisabled", {"cacheDisabled": True})
    await devtools.send("Network.emulateNetworkConditions", SLOW_4G)
    await devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})


async def answered(page: Page) -> None:
    """The first answer is given and saved."""
    await page.locator("fieldset.ask input[value=no]").first.check()
    await expect(page.locator("#kept")).to_contain_text("Guardado às")


async def listed(page: Page) -> None:
    """The first task can be read."""
    await page.locator("#list a[data-row]").first.wait_for()


async def timed(page: Page, address: str, of_use: Callable[[Page], Awaitable[None]]) -> float:
    """Seconds from asking for the page until it is of use."""
    begun = time.monotonic()
    await page.goto(address, wait_until="commit")
    await of_use(page)
    return time.monotonic() - begun


def foreign(page: Page, origin: str, asked: list[str]) -> None:
    """Notes what the page asks of anybody else."""
    page.on("request", lambda one: one.url.startswith(origin) or asked.append(one.url))


def judged(name: str, seconds: list[float], most: float) -> bool:
    """Prints the rounds; whether the goal is met."""
    told = " ".join(f"{one:.2f}" for one in seconds)
    middle = statistics.median(seconds)
    print(f"{name}: {told} s; median {middle:.2f}, goal < {most}")  # noqa: T201
    return middle < most


async def phones(house: live.House, screens: Screens) -> list[float]:
    """The form of somebody who was let in, opened anew each round."""
    took: list[float] = []
    for _ in range(ROUNDS):
        life = await house.enrols(house.person())
        async with Handset.of(house, screens, life) as phone:
            await phone.comes_in()
            await phone.reads_the_letter()
            await phone.page.wait_for_url("**/perguntas/*")
            await slowed(phone.page)
            asked: list[str] = []
            foreign(phone.page, phone.screen.origin, asked)
            took.append(await timed(phone.page, phone.page.url, answered))
            assert not asked, asked
    return took


async def desks(house: live.House, screens: Screens) -> list[float]:
    """The inbox of an analyst with tasks."""
    took: list[float] = []
    for number in range(ROUNDS):
        life = await house.at_desk("Q10")
        await life.to_analysis()
        async with Desk.of(house, screens, f"analista.{1 + number % 2}") as desk:
            await desk.opens(life)
            await slowed(desk.screen.page)
            address = f"{desk.screen.origin}/tarefas"
            took.append(await timed(desk.screen.page, address, listed))
    return took


async def run() -> bool:
    """Both kinds of pages; whether both goals are met."""
    async with live.house() as house, chromium() as browser:
        screens = Screens(browser)
        public = judged("public pages", await phones(house, screens), PUBLIC_SECONDS)
        console = judged("console", await desks(house, screens), CONSOLE_SECONDS)
    return public and console


def main() -> int:
    """0 when both goals are met."""
    stack.up()
    return 0 if asyncio.run(run()) else 1
