"""The console in Chromium: what axe finds, in each state and light, at each width."""

from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.responses import HTMLResponse

from tests.support.console import CONSOLE_URL, World
from tests.support.screen import PHONE, WIDE, Scheme, Screens
from tests.support.screen import screens as opened


@pytest.mark.parametrize("size", [WIDE, PHONE])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_inbox_has_no_barrier(
    console: World, screens: Screens, scheme: Scheme, size: tuple[int, int]
) -> None:
    tenant = console.tenant()
    for number in range(30):
        await console.task(tenant, await console.person(tenant, f"Pessoa {number}"))
    async with screens.window(CONSOLE_URL, size, scheme) as screen:
        await screen.sign_in(tenant, "ana")
        assert await screen.findings() == []
        assert await screen.overflow() == 0


BAD = """<!doctype html><html><head><title>t</title></head><body><main><h1>t</h1>
<input><p id="wide">x</p></main><script src="/alheio.js"></script></body></html>"""


async def test_what_bars_somebody_is_found(tmp_path: Path) -> None:
    app = FastAPI()
    policy = {"Content-Security-Policy": "script-src 'none'"}
    app.get("/")(lambda: HTMLResponse(BAD, headers=policy))
    async with opened({"https://bad.test": app}, tmp_path) as browser:
        window = browser.window("https://bad.test", PHONE)
        screen = await window.__aenter__()
        await screen.go("/")
        found = [one.partition(":")[0] for one in await screen.findings()]
        assert found == ["html-has-lang", "label"]
        await screen.page.locator("#wide").evaluate("one => one.style.width = '900px'")
        assert await screen.overflow() > 500
        with pytest.raises(AssertionError, match="Content Security Policy"):
            await window.__aexit__(None, None, None)
