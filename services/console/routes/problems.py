"""What went wrong, as people read it: a page, or the part that the script asked for."""

from fastapi import FastAPI, Request
from opentelemetry import trace
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from kit.errors import Problem, answer_document
from services.console.routes.headers import always
from services.console.routes.pages import here, is_part, page
from services.console.rules import places

ENDED = "session-ended"
MOST_FIELDS = 50_000
"""A field per cell of a large table, for whoever comes without a script."""
_FOR_PROGRAMS = ("/ops/", "/live", "/ready", "/metrics")
_MAY_PASS = {401, 412, 503}
"""After these the same order may be sent again as it is."""


def install(app: FastAPI) -> None:
    """Has the app answer its failures so."""
    app.state.answer_problem = answer


async def answer(request: Request, problem: Problem) -> Response:
    """The problem in the shape that whoever asked can read, with the headers of every answer."""
    told = await _told(request, problem)
    # What nobody foresaw is answered outside of where headers are put on.
    for name, value in always(secure=request.app.state.settings.secure).items():
        told.headers.setdefault(name, value)
    return told


async def _told(request: Request, problem: Problem) -> Response:
    if request.url.path.startswith(_FOR_PROGRAMS):
        return await answer_document(request, problem)
    if problem.code == ENDED and request.method == "GET" and not is_part(request):
        return RedirectResponse(places.sign_in(here(request)), 303)
    told = {"problem": problem, "code": _trace_code()}
    if is_part(request):
        back = places.of_page(request.headers.get("HX-Current-URL"))
        return page(request, "_problem.html", problem.status, **told, again=back, typed={})
    kept = request.method != "GET" and problem.status in _MAY_PASS
    typed = await _typed(request) if kept else {}
    return page(request, "problem.html", problem.status, **told, again=here(request), typed=typed)


async def _typed(request: Request) -> dict[str, str]:
    """What somebody sent, to be given back to them."""
    try:
        form = await request.form(max_fields=MOST_FIELDS)
    except HTTPException:
        return {}
    await form.close()
    return {name: value for name, value in form.items() if not isinstance(value, UploadFile)}


def _trace_code() -> str:
    """What to tell whoever looks for the cause; empty where nothing is traced."""
    context = trace.get_current_span().get_span_context()
    return format(context.trace_id, "032x")[:8] if context.is_valid else ""
