"""The draft of a rule set: written as a table, put together with what another wrote meanwhile."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import UploadFile

from kit.errors import Forbidden, Problem, Refused
from services.console.queries import rule_sets
from services.console.queries.looking import Look
from services.console.queries.rule_sets import WRITE, Opened
from services.console.routes.headers import same_origin
from services.console.routes.look import Looking, Typed
from services.console.routes.pages import page
from services.console.routes.rules import Named
from services.console.routes.shown import ECHOED
from services.console.routes.visit import by_session
from services.console.rules import rule_forms
from services.console.rules.rule_content import Sheet
from services.console.rules.rule_csv import rows_in
from services.console.rules.rule_faults import by_cell, too_long
from services.console.rules.rule_merge import clashes, merged
from services.console.rules.rule_sets import ROWS, RuleTable
from services.console.usecases import rule_drafts

router = APIRouter(
    prefix="/regras/{slug}",
    include_in_schema=False,
    dependencies=[by_session, Depends(same_origin)],
)
Flag = Annotated[str, Query(max_length=10)]
_BLANKS = 10
_SAVED = "Rascunho salvo."


def expect(look: Look, permission: str) -> None:
    """403, as the service would say it, before a form is shown that could not be sent."""
    if not look.caller.may(permission):
        raise Forbidden(detail=f"Falta a permissão {permission}.")


@router.get("/rascunho")
async def edit(request: Request, table: Named, look: Looking, salvo: Flag = "") -> Response:
    expect(look, WRITE)
    shown = await rule_sets.opened(look, table)
    sheet = shown.sheet(shown.newest)
    told = await rule_sets.verdict(look, shown)
    found = rule_sets.faults_of(table, sheet, told)
    more: dict[str, Any] = {"verdict": told, "faults": found, "done": _SAVED if salvo else ""}
    return _editor(request, shown, sheet, {}, **more)


@router.post("/rascunho")
async def save(request: Request, table: Named, look: Looking, typed: Typed) -> Response:
    shown = await rule_sets.opened(look, table)
    sheet = _sent(shown, typed)
    if typed.get("mais") in {part.slug for part in table.parts if part.grows}:
        sheet = rule_forms.with_blanks(table, sheet, typed["mais"], _BLANKS)
        return _editor(request, shown, sheet, typed)
    found = too_long(table, sheet)
    if found:
        trouble = Refused("Há células longas demais", "cells-too-long", "Estão marcadas abaixo.")
        more: dict[str, Any] = {"faults": found, "trouble": trouble}
        return _editor(request, shown, sheet, typed, trouble.status, **more)
    try:
        await rule_drafts.save(look, shown, sheet, typed.get("seen", ""))
    except Problem as problem:
        if problem.status not in ECHOED:
            raise
        if problem.code == "stale-version":
            return await _clash(request, look, table, sheet, typed)
        return _editor(request, shown, sheet, typed, status=problem.status, trouble=problem)
    return RedirectResponse(f"/regras/{table.slug}/rascunho?salvo=1", 303)


@router.post("/planilha")
async def load(request: Request, table: Named, look: Looking, typed: Typed) -> Response:
    """The rows of a file before whoever sent it: nothing is saved until they say so."""
    content = await _file(request)
    expect(look, WRITE)
    shown = await rule_sets.opened(look, table)
    rows = rows_in(table.part(ROWS), content)
    sheet = shown.sheet(shown.newest)
    if rows is None:
        titles = "; ".join(column.title for column in table.part(ROWS).columns)
        detail = f"A primeira linha do arquivo tem de ser: {titles}."
        trouble = Refused(
            "O arquivo não é uma planilha (CSV) desta tabela", "not-this-sheet", detail
        )
        return _editor(request, shown, sheet, {}, status=trouble.status, trouble=trouble)
    return _editor(request, shown, {**sheet, ROWS: rows}, typed)


async def _file(request: Request) -> bytes:
    form = await request.form()
    sent = form.get("planilha")
    content = await sent.read() if isinstance(sent, UploadFile) else b""
    await form.close()
    return content


def _sent(shown: Opened, typed: Mapping[str, str]) -> Sheet:
    """The cells as typed; where two were put together, with what was chosen of each."""
    sheet = rule_forms.typed_sheet(shown.table, typed)
    theirs = rule_forms.heard(shown.table, typed.get("deles", ""))
    if theirs is None:
        return sheet
    return merged(shown.table, _base(shown, typed), theirs, sheet, typed)


def _base(shown: Opened, typed: Mapping[str, str]) -> Sheet:
    """What both began with, as the form that was sent tells it."""
    return rule_forms.heard(shown.table, typed.get("base", "")) or shown.sheet(shown.in_force)


def _editor(
    request: Request,
    shown: Opened,
    sheet: Sheet,
    typed: Mapping[str, str],
    status: int = HTTPStatus.OK,
    **more: Any,
) -> Response:
    newest = shown.newest
    told: dict[str, Any] = {
        "opened": shown,
        "sheet": sheet,
        "seen": typed.get("seen") or newest.content_hash,
        "base": typed.get("base") or rule_forms.told(shown.sheet(newest)),
        "wrong": by_cell(more.get("faults") or ()),
        "key": str(uuid4()),
    }
    usual = {"verdict": None, "faults": (), "done": "", "trouble": None, "unsaved": bool(typed)}
    return page(request, "rules_edit.html", status, **(usual | told | more))


async def _clash(
    request: Request, look: Look, table: RuleTable, sheet: Sheet, typed: Mapping[str, str]
) -> Response:
    """Yours, theirs, and what both began with, row by row; one's own is kept in the form."""
    shown = await rule_sets.opened(look, table)
    theirs, base = shown.sheet(shown.newest), _base(shown, typed)
    told = {
        "opened": shown,
        "clashes": clashes(shown.table, base, theirs, sheet),
        "seen": shown.newest.content_hash,
        "mine": rule_forms.told(sheet),
        "theirs": rule_forms.told(theirs),
        "base": rule_forms.told(base),
        "key": str(uuid4()),
    }
    return page(request, "rules_clash.html", HTTPStatus.CONFLICT, **told)
