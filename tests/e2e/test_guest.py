"""What `make guest` prints is all that a newcomer needs to walk one declaration by hand."""

import asyncio
import re
import sys

from playwright.async_api import expect

from deploy.story.stack import open_stack
from tests.support.screen import PHONE, Screens

LINE_SECONDS = 400.0


async def told(process: asyncio.subprocess.Process, words: str) -> str:
    """The first line, from here on, in which something like it stands; what is in its group."""
    assert process.stdout
    async with asyncio.timeout(LINE_SECONDS):
        while line := (await process.stdout.readline()).decode():
            if found := re.search(words, line):
                return found.group(1)
    raise AssertionError(f"it ended before it told {words}")


async def test_a_guest_comes_in_with_what_was_printed_and_the_desk_with_a_login_of_it(
    screens: Screens,
) -> None:
    stack = open_stack()
    guest = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "deploy.story", "guest", stdout=asyncio.subprocess.PIPE
    )
    try:
        born = await told(guest, r"nascimento (\d\d/\d\d/\d{4})")
        login = await told(guest, r"entrar como analyst +(\S+)")
        link = await told(guest, r"(https?://\S+/declaracao/\d+#\S+)")
        origin, _, path = link.partition("/declaracao/")
        async with screens.window(origin, PHONE) as phone:
            await phone.go(f"/declaracao/{path}")
            await phone.page.get_by_label("Data de nascimento").fill(born)
            await phone.page.get_by_role("button", name="Continuar", exact=True).click()
            code = await told(guest, r"código de confirmação  (\d{6})")
            await phone.page.get_by_label(re.compile("^Código")).fill(code)
            await phone.page.get_by_role("button", name="Entrar", exact=True).click()
            await expect(phone.page.locator("h1")).to_contain_text("Antes de responder")
        async with screens.window(stack.url("console")) as desk:
            tenant, _, who = login.partition("/")
            await desk.sign_in(int(tenant), who)
            await expect(desk.page.locator("h1")).to_contain_text("Em aberto")
    finally:
        guest.kill()
        await guest.wait()
