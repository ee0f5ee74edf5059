"""Pages of the public app: the same templates' house, in the operator's name."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from fastapi import Request
from fastapi.responses import HTMLResponse
from opentelemetry import trace
from starlette.exceptions import HTTPException
from starlette.responses import Response

from kit.errors import Problem, answer_document
from kit.tenant_secrets import tenant_of
from services.console.routes.headers import ALWAYS, HTTPS_ONLY
from services.console.routes.pages import is_part, page
from services.console.routes.public.visit import secret
from services.console.settings import PublicSettings

SOMEBODY = "Sua operadora de saúde"
_FOR_PROGRAMS = ("/live", "/ready")
_MAY_PASS = {401, 503}
"""After these the same order may be sent again as it is."""


def headers(*, secure: bool) -> Mapping[str, str]:
    """Of every answer: no page of a person's may be found by a search."""
    told = ALWAYS | {"X-Robots-Tag": "noindex, nofollow, noarchive"}
    return told | (HTTPS_ONLY if secure else {})


def screen(
    request: Request, template: str, status: int = 200, *, tenant: int = 0, **context: Any
) -> HTMLResponse:
    """One page or part. Each has a key, so that what is sent twice is done once."""
    tenant = tenant or tenant_of(secret(request))
    settings: PublicSettings = request.app.state.settings
    told = {
        "tenant": tenant,
        "operator": settings.operators.get(tenant, SOMEBODY),
        "logo": tenant in request.app.state.logos,
        "key": str(uuid4()),
        "wrong": {},
        "typed": {},
        "problem": None,
    }
    return page(request, f"public/{template}", status, **(told | context))


async def answer(request: Request, problem: Problem) -> Response:
    """What went wrong, as people read it, with the headers of every answer."""
    if request.url.path.startswith(_FOR_PROGRAMS):
        told: Response = await answer_document(request, problem)
    else:
        told = await _told(request, problem)
    secure = request.app.state.settings.secure
    for name, value in headers(secure=secure).items():
        told.headers.setdefault(name, value)
    return told


async def _told(request: Request, problem: Problem) -> Response:
    again = request.url.path
    told: dict[str, Any] = {"problem": problem, "code": _trace_code(), "again": again}
    if is_part(request):
        return screen(request, "_trouble.html", problem.status, **told)
    reads = request.method == "GET"
    told["typed"] = await _typed(request) if not reads and problem.status in _MAY_PASS else {}
    return screen(request, "trouble.html", problem.status, reads=reads, **told)


async def _typed(request: Request) -> dict[str, str]:
    """What somebody sent, given back to them; a code is of no use a second time."""
    try:
        form = await request.form(max_files=0)
    except HTTPException:
        return {}
    return {
        name: value
        for name, value in form.items()
        if isinstance(value, str) and name not in ("codigo", "endereco", "nascimento")
    }


def _trace_code() -> str:
    """What to tell whoever looks for the cause; empty where nothing is traced."""
    context = trace.get_current_span().get_span_context()
    return format(context.trace_id, "032x")[:8] if context.is_valid else ""
