"""The letter and the other texts that proponents read first: drafts, versions, publication."""

from http import HTTPStatus
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse

from kit.errors import Problem
from services.console.queries import notices
from services.console.queries.looking import Look
from services.console.queries.rule_sets import PUBLISH, WRITE
from services.console.routes.headers import same_origin
from services.console.routes.look import Looking, Typed
from services.console.routes.pages import page
from services.console.routes.rule_drafts import expect
from services.console.routes.shown import ECHOED
from services.console.routes.visit import by_session
from services.console.rules.rule_sets import NOTICES
from services.console.usecases import rule_drafts

router = APIRouter(
    prefix="/regras/textos",
    include_in_schema=False,
    dependencies=[by_session, Depends(same_origin)],
)
Word = Annotated[str, Query(max_length=40)]
DONE = {
    "salvo": "Rascunho salvo.",
    "publicado": "Texto publicado: vale para quem o ler daqui em diante.",
}


@router.get("")
async def listed(request: Request, look: Looking, feito: Word = "") -> Response:
    found = await notices.listed(look)
    return page(request, "notices.html", notices=found, kinds=NOTICES, done=DONE.get(feito, ""))


@router.get("/rascunho")
async def edit(
    request: Request, look: Looking, tipo: Word = "letter", versao: Word = ""
) -> Response:
    expect(look, WRITE)
    fields: dict[str, str] = {"kind": tipo}
    if versao:
        begun = await notices.one(look, tipo, versao)
        kept = begun.version if begun.status == "draft" else ""
        seen = begun.content_hash if kept else ""
        fields = {"kind": tipo, "version": kept, "seen": seen}
        fields |= {"title": begun.title, "text": begun.text}
    return _editor(request, fields=fields)


@router.post("/rascunho")
async def save(request: Request, look: Looking, typed: Typed) -> Response:
    try:
        await rule_drafts.write_notice(look, typed)
    except Problem as problem:
        if problem.status not in ECHOED:
            raise
        stale = problem.code == "stale-version"
        theirs = await notices.one(look, typed["kind"], typed["version"]) if stale else None
        fields = {**typed} | ({"seen": theirs.content_hash} if theirs else {})
        told = {"fields": fields, "trouble": problem, "wrong": _by_field(problem)}
        return _editor(request, problem.status, **told, theirs=theirs)
    return RedirectResponse("/regras/textos?feito=salvo", 303)


@router.get("/versao")
async def read(request: Request, look: Looking, tipo: Word = "", versao: Word = "") -> Response:
    return await _one(request, look, tipo, versao)


@router.post("/publicacao")
async def publish(request: Request, look: Looking, typed: Typed) -> Response:
    try:
        await rule_drafts.publish_notice(look, typed)
    except Problem as problem:
        if problem.status not in ECHOED:
            raise
        named = typed.get("kind", ""), typed.get("version", "")
        return await _one(request, look, *named, trouble=problem)
    return RedirectResponse("/regras/textos?feito=publicado", 303)


async def _one(
    request: Request, look: Look, kind: str, version: str, trouble: Problem | None = None
) -> Response:
    found = await notices.one(look, kind, version)
    told: dict[str, Any] = {
        "notice": found,
        "kind": NOTICES[found.kind],
        "trouble": trouble,
        "own": look.caller.sub in found.writers,
        "may_publish": look.caller.may(PUBLISH),
        "may_write": look.caller.may(WRITE),
        "key": _key(),
    }
    status = trouble.status if trouble else HTTPStatus.OK
    return page(request, "notice_one.html", status, **told)


def _editor(request: Request, status: int = HTTPStatus.OK, **told: Any) -> Response:
    usual = {"trouble": None, "theirs": None, "wrong": {}, "kinds": NOTICES, "key": _key()}
    return page(request, "notice_edit.html", status, **(usual | told))


def _by_field(problem: Problem) -> dict[str, str]:
    errors = problem.extra.get("errors")
    listed = errors if isinstance(errors, list) else []
    return {str(one["field"]): str(one["reason"]) for one in listed}


def _key() -> str:
    return str(uuid4())
