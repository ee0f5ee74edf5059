"""What a person asked of their own data, at the officer's desk in Chromium: no barrier."""

import pytest

from tests.integration.test_console_privacy import asked
from tests.support.console import CONSOLE_URL, World
from tests.support.screen import PHONE, WIDE, ZOOMED, Scheme, Screens

ANSWER = "Corrigimos o seu sobrenome."


@pytest.mark.parametrize(
    ("size", "scheme"), [(WIDE, "light"), (WIDE, "dark"), (PHONE, "dark"), (ZOOMED, "light")]
)
async def test_a_request_is_taken_read_and_answered_without_a_barrier(
    console: World, screens: Screens, size: tuple[int, int], scheme: Scheme
) -> None:
    request = await asked(console)
    async with screens.window(CONSOLE_URL, size, scheme) as screen:
        panel = screen.page.locator("#panel")

        async def clear() -> None:
            await screen.page.wait_for_load_state("networkidle")
            assert await screen.findings() == []
            assert await screen.overflow() == 0

        await screen.sign_in(request.tenant, "diana")
        await screen.go(request.url)
        await clear()
        await panel.get_by_role("button", name="Assumir").click()
        await panel.get_by_text("Responder à pessoa").click()
        await clear()
        await screen.snap(f"privacy-{size[0]}-{scheme}")
        await panel.get_by_label("Resposta", exact=True).fill("ok")
        await panel.get_by_text("Guardado às").wait_for()
        await panel.get_by_role("button", name="Responder", exact=True).click()
        await panel.locator("#f-resposta-answer-wrong").wait_for()
        await clear()
        await panel.get_by_label("Resposta", exact=True).fill(ANSWER)
        await panel.get_by_role("button", name="Responder", exact=True).click()
        await panel.get_by_text("Resposta registrada").wait_for()
        await clear()
