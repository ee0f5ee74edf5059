"""The operator's own logo: the one drawing on its pages that is not ours."""

from pathlib import Path

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import FileResponse

from kit.auth import public
from kit.errors import NotFound

router = APIRouter(include_in_schema=False)
_TYPES = {".svg": "image/svg+xml", ".png": "image/png"}
_DRAWN_ONLY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
"""Opened by itself, a drawing may run nothing."""


@router.get("/logo/{tenant}", dependencies=[Depends(public("whose pages these are is no secret"))])
async def logo(request: Request, tenant: int) -> Response:
    path: Path | None = request.app.state.logos.get(tenant)
    if path is None:
        raise NotFound()
    headers = {"Cache-Control": "public, max-age=3600", "Content-Security-Policy": _DRAWN_ONLY}
    return FileResponse(path, media_type=_TYPES[path.suffix], headers=headers)


def found(folder: str) -> dict[int, Path]:
    """The drawings of tenants that have one, each named after its tenant."""
    files = Path(folder).iterdir() if folder else ()
    return {int(one.stem): one for one in files if one.suffix in _TYPES and one.stem.isdecimal()}
