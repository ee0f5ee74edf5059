"""The console in Chromium: what axe finds, in each state and light, at each width."""

from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.responses import HTMLResponse

from tests.support.screen import COLOURS, PHONE
from tests.support.screen import screens as opened

BAD = """<!doctype html><html><head><title>t</title></head><body><main><h1>t</h1>
<input><p id="wide">words</p></main><script src="/alheio.js"></script></body></html>"""


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
        assert await screen.findings(COLOURS) == []
        await screen.page.locator("#wide").evaluate("one => one.style.color = '#ccc'")
        [faint] = await screen.findings(COLOURS)
        assert faint.startswith("color-contrast: ")
        await screen.page.locator("#wide").evaluate("one => one.style.width = '900px'")
        assert await screen.overflow() > 500
        with pytest.raises(AssertionError, match="Content Security Policy"):
            await window.__aexit__(None, None, None)
