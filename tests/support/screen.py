"""Chromium before the services in this process: what people see, and what axe says of it.

The apps answer over TLS on loopback under the very names that cookies, origins and redirects of the
tests speak of: nothing of a browser's own rules is left out.
"""

import asyncio
import base64
import os
import shutil
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit
from uuid import uuid4

import uvicorn
from axe_playwright_python.base import AXE_SCRIPT
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from fastapi import FastAPI
from playwright.async_api import (
    Browser,
    ConsoleMessage,
    Page,
    Response,
    async_playwright,
    expect,
)

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
WIDE, TABLET, PHONE, ZOOMED = (1440, 900), (1024, 768), (390, 844), (320, 256)
"""Windows: a desk, a small one, a phone, and a desk's 1280 px at 400 %."""
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOURS = ("color-contrast", "link-in-text-block")
"""Of them, those that ask for colours."""
PATIENCE_MS = 90_000
"""How long a page may take for one thing, on a machine that does ten others."""
expect.set_options(timeout=PATIENCE_MS)

QUALITIES, SMALL = (60, 40, 25, 12), 60 * 1024
"""Of pictures: the best that stays small, in bytes."""
type Scheme = Literal["light", "dark"]
LIGHTS: tuple[Scheme, Scheme] = ("light", "dark")


def executable() -> str:
    """The Chromium of this machine; AssertionError says what to install."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    assert found, "Não há Chromium nesta máquina: instale o pacote chromium."
    return found


@dataclass
class Screen:
    """One window of one person."""

    page: Page
    origin: str
    trouble: list[str] = field(default_factory=list)
    """What the browser complained of: scripts, policies, parts that could not be had."""

    async def go(self, path: str) -> Response:
        """Opens an address and waits until nothing more is under way."""
        answer = await self.page.goto(self.origin + path, wait_until="load")
        assert answer is not None
        return answer

    async def sign_in(self, tenant: int, who: str, path: str = "/") -> None:
        """By the issuer's page, as people do."""
        await self.go(path)
        await self.page.get_by_label("Outra pessoa").fill(f"{tenant}/{who}")
        await self.page.get_by_role("button", name="Entrar", exact=True).click()
        await self.page.wait_for_url(f"{self.origin}/**")

    async def looks(self, size: tuple[int, int], scheme: Scheme) -> None:
        """The same page in a window of another size, in another light."""
        width, height = size
        await self.page.set_viewport_size({"width": width, "height": height})
        await self.page.emulate_media(color_scheme=scheme)

    async def findings(self, rules: Sequence[str] = ()) -> list[str]:
        """What axe finds on the page as it stands, one line each; none is the goal.

        By these rules, or by all.
        """
        if not await self.page.evaluate("'axe' in window"):
            await self.page.evaluate(AXE_SCRIPT)
        only = {"type": "rule", "values": list(rules)} if rules else RULES
        options = {"runOnly": only, "resultTypes": ["violations"]}
        found = await self.page.evaluate("options => axe.run(document, options)", options)
        return [
            f"{one['id']}: {node['html'][:200]} ({node['failureSummary'][:300]})"
            for one in found["violations"]
            for node in one["nodes"]
        ]

    async def overflow(self) -> int:
        """By how many pixels the page is wider than its window."""
        wider = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        return int(await self.page.evaluate(wider))

    async def snap(self, name: str) -> None:
        """A small picture of the window, where pictures are asked for."""
        folder = os.environ.get("VINCULO_PICTURES")
        if not folder:
            return
        devtools = await self.page.context.new_cdp_session(self.page)
        for quality in QUALITIES:
            shot = {"format": "webp", "quality": quality}
            taken = await devtools.send("Page.captureScreenshot", shot)
            picture = base64.b64decode(taken["data"])
            if len(picture) <= SMALL:
                break
        await devtools.detach()
        (Path(folder) / f"{name}.webp").write_bytes(picture)

    def complain(self, message: ConsoleMessage) -> None:
        """Keeps what the browser says is wrong; an answer that tells a problem is none."""
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            self.trouble.append(message.text)


@dataclass
class Screens:
    """The browser itself, in which everybody has windows of their own."""

    browser: Browser
    kept: Path | None = None
    """Where to keep what led to a failure, step by step."""

    @asynccontextmanager
    async def window(
        self,
        origin: str,
        size: tuple[int, int] = WIDE,
        scheme: Scheme = "light",
        *,
        script: bool = True,
    ) -> AsyncIterator[Screen]:
        """A window with no past; at its end nothing may have gone wrong in it."""
        width, height = size
        context = await self.browser.new_context(
            ignore_https_errors=True,
            viewport={"width": width, "height": height},
            color_scheme=scheme,
            java_script_enabled=script,
            locale="pt-BR",
            timezone_id="America/Sao_Paulo",
            reduced_motion="reduce",
        )
        context.set_default_timeout(PATIENCE_MS)
        if self.kept:
            await context.tracing.start(screenshots=True, snapshots=True)
        screen = Screen(await context.new_page(), origin)
        screen.page.on("console", screen.complain)
        screen.page.on("pageerror", lambda error: screen.trouble.append(str(error)))
        try:
            yield screen
            assert not screen.trouble, screen.trouble
        except BaseException:
            if self.kept:
                await context.tracing.stop(path=self.kept / f"{uuid4()}.zip")
            raise
        finally:
            await context.close()


@asynccontextmanager
async def screens(apps: Mapping[str, FastAPI], folder: Path) -> AsyncIterator[Screens]:
    """A browser that finds these apps at these origins (https), and nobody else."""
    hosts = {urlsplit(origin).hostname or "": app for origin, app in apps.items()}
    certificate = _certificate(folder, list(hosts))
    async with AsyncExitStack() as stack:
        ports = {
            host: await stack.enter_async_context(_served(app, certificate))
            for host, app in hosts.items()
        }
        rules = [f"MAP {host}:443 127.0.0.1:{port}" for host, port in ports.items()]
        yield Screens(await stack.enter_async_context(chromium(", ".join(rules))))


@asynccontextmanager
async def traced(run: str) -> AsyncIterator[Screens]:
    """A browser for a running stack; what led to a failure is kept beside the stack's logs."""
    kept = Path(run) / "traces"
    kept.mkdir(exist_ok=True)
    async with chromium() as browser:
        yield Screens(browser, kept)


@asynccontextmanager
async def chromium(hosts: str = "") -> AsyncIterator[Browser]:
    """The browser, which looks for hosts by these rules first."""
    found = [f"--host-resolver-rules={hosts}"] if hosts else []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=executable(), args=["--no-sandbox", *found]
        )
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def _served(app: FastAPI, certificate: Path) -> AsyncIterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        config = uvicorn.Config(
            app, lifespan="off", log_config=None, ssl_certfile=certificate, access_log=False
        )
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve([listening]))
        try:
            yield int(listening.getsockname()[1])
        finally:
            server.should_exit = True
            await serving


def _certificate(folder: Path, hosts: list[str]) -> Path:
    """A certificate of these names that nobody vouches for, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, hosts[0])])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName(map(x509.DNSName, hosts)), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "screens.pem"
    plain = serialization.NoEncryption()
    pem = serialization.Encoding.PEM
    path.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain) + made.public_bytes(pem)
    )
    return path
