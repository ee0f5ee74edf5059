"""Styles and scripts: read once, named after their content, kept by browsers for ever."""

import gzip
import hashlib
import mimetypes
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from fastapi import APIRouter, Depends, Request, Response

from kit.auth import public
from kit.errors import NotFound

FOLDER = Path(__file__).parents[1] / "static"
PREFIX = "/estatico/"
FOREVER = "public, max-age=31536000, immutable"
_SERVED = {".css", ".js", ".svg", ".woff2"}
_NAMED = re.compile(rb'url\("([^":]+)"\)')
"""A file of ours within a style."""
_DIGITS = 12

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True)
class Asset:
    """One file, packed once for all who take it so; fonts are packed as they come."""

    content: bytes
    packed: bytes
    media_type: str


class Assets:
    """Every file of a folder; a new content has a new address, so nobody sees an old one."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._files = {
            str(path.relative_to(folder)): path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.suffix in _SERVED
        }
        for name in [name for name in self._files if name.endswith(".css")]:
            self._files[name] = _NAMED.sub(self._addressed, self._files[name])

    def _addressed(self, named: re.Match[bytes]) -> bytes:
        """What a style names, under its address."""
        name = named[1].decode()
        return f'url("{PREFIX}{_addressed(name, self._files[name])}")'.encode()

    def url(self, name: str) -> str:
        """Where browsers find the file; KeyError when there is none."""
        return PREFIX + self._named[name]

    def find(self, named: str) -> Asset | None:
        """The file of an address; None for whatever is none of ours."""
        return self._by_address.get(named)

    @cached_property
    def _named(self) -> dict[str, str]:
        return {name: _addressed(name, content) for name, content in self._files.items()}

    @cached_property
    def _by_address(self) -> dict[str, Asset]:
        return {self._named[name]: _asset(name, file) for name, file in self._files.items()}


def _addressed(name: str, content: bytes) -> str:
    path = Path(name)
    digest = hashlib.sha256(content).hexdigest()[:_DIGITS]
    return str(path.with_name(f"{path.stem}.{digest}{path.suffix}"))


def _asset(name: str, content: bytes) -> Asset:
    if name.endswith(".woff2"):
        return Asset(content, b"", "font/woff2")
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Asset(content, gzip.compress(content, mtime=0), f"{kind}; charset=utf-8")


@router.get(PREFIX + "{name:path}", dependencies=[Depends(public("styles and scripts"))])
async def asset(name: str, request: Request) -> Response:
    assets: Assets = request.app.state.pages.assets
    found = assets.find(name)
    if found is None:
        raise NotFound()
    headers = {"Cache-Control": FOREVER, "Vary": "Accept-Encoding"}
    if not found.packed or "gzip" not in request.headers.get("Accept-Encoding", ""):
        return Response(found.content, media_type=found.media_type, headers=headers)
    packed = headers | {"Content-Encoding": "gzip"}
    return Response(found.packed, media_type=found.media_type, headers=packed)
