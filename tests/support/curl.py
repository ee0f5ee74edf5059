"""The public pages by the program `curl`: a cookie jar, and the forms as the pages give them."""

import asyncio
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urljoin, urlsplit
from xml.etree.ElementTree import Element

from tests.support.page import fields, parse, said

SECONDS = "240"
TOLD = "\n%{http_code} %{url_effective}"


def program() -> str:
    """The curl of this machine; AssertionError says what to install."""
    found = shutil.which("curl")
    assert found, "Não há curl nesta máquina: instale o pacote curl."
    return found


@dataclass(frozen=True)
class Sheet:
    """What came: where it ended, and the page's elements."""

    status: int
    url: str
    tree: Element

    @property
    def path(self) -> str:
        """Where it ended, within the pages."""
        return urlsplit(self.url).path

    @property
    def title(self) -> str:
        """The heading of the page."""
        [heading] = self.tree.iter("h1")
        return said(heading)

    def form(self, action: str) -> Element:
        """The form that sends to an address."""
        [found] = [one for one in self.tree.iter("form") if one.get("action") == action]
        return found

    def link(self, words: str) -> str:
        """Where the link with these words leads."""
        [found] = [one for one in self.tree.iter("a") if words in said(one)]
        return found.get("href", "")

    def names(self, kind: str) -> set[str]:
        """The fields of one kind of input."""
        return {one.get("name", "") for one in self.tree.iter("input") if one.get("type") == kind}


@dataclass
class Curl:
    """One person's shell: what curl remembers lies in a file."""

    origin: str
    jar: Path

    async def get(self, path: str) -> Sheet:
        """A page, redirects followed."""
        return await self._run(path)

    async def send(self, sheet: Sheet, action: str, **typed: str) -> Sheet:
        """A form of the page with what it holds, and what is typed over it."""
        body = urlencode(fields(sheet.form(action)) | typed)
        return await self._run(action, ("--data", "@-"), body)

    async def _run(self, path: str, more: Iterable[str] = (), body: str = "") -> Sheet:
        """What is typed goes in by the pipe: the list of processes shows no secret."""
        jar = str(self.jar)
        running = await asyncio.create_subprocess_exec(
            program(),
            *("--silent", "--show-error", "--location", "--max-time", SECONDS),
            *("--cookie", jar, "--cookie-jar", jar, "--write-out", TOLD),
            *more,
            urljoin(self.origin, path),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await running.communicate(body.encode())
        assert running.returncode == 0, err.decode()
        return _sheet(out.decode())


def _sheet(out: str) -> Sheet:
    text, _, told = out.rpartition("\n")
    status, _, url = told.partition(" ")
    return Sheet(int(status), url, parse(text))
