"""S6, one person on one screen; each lane is an address of its own."""

import asyncio
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Depends, Query, Request, Response

from kit.errors import Problem
from services.console.queries import people as queries
from services.console.queries.looking import Look
from services.console.routes.declarations import formats_of
from services.console.routes.headers import same_origin
from services.console.routes.look import Id, Looking, Typed
from services.console.routes.outcomes import Told, echoed
from services.console.routes.pages import aims_at, page
from services.console.routes.visit import by_session
from services.console.rules import declarations as declared
from services.console.rules import people as rules
from services.console.usecases import protecting

PATH = "/pessoas"
router = APIRouter(
    prefix=PATH, include_in_schema=False, dependencies=[by_session, Depends(same_origin)]
)
Word = Annotated[str, Query(max_length=500)]


@router.get("/{person_id}")
async def one(
    request: Request, person_id: Id, look: Looking, faixa: Word = "", cursor: Word = ""
) -> Response:
    of = queries.BY_SLUG.get(faixa)
    if of is not None and aims_at(request, f"lane-{of.slug}"):
        filled = await queries.filled(look, person_id, of, cursor)
        return page(request, "_person_lane.html", **_words(request, look, person_id), filled=filled)
    return await _shown(request, look, person_id, Told(), asked=faixa)


@router.post("/{person_id}/cpf")
async def reveal(request: Request, person_id: Id, look: Looking, typed: Typed) -> Response:
    try:
        cpf = await protecting.reveal(look, person_id, typed)
    except Problem as problem:
        return await _shown(request, look, person_id, echoed(problem, "cpf", typed))
    return await _shown(request, look, person_id, Told(done="CPF mostrado."), cpf=cpf)


@router.post("/{person_id}/exportar")
async def export(request: Request, person_id: Id, look: Looking, typed: Typed) -> Response:
    try:
        content = await protecting.export(look, person_id)
    except Problem as problem:
        return await _shown(request, look, person_id, echoed(problem, "exportar", typed))
    headers = {"Content-Disposition": 'attachment; filename="dados-da-pessoa.json"'}
    return Response(content, media_type="application/json", headers=headers)


@router.post("/{person_id}/revogar")
async def revoke(request: Request, person_id: Id, look: Looking, typed: Typed) -> Response:
    try:
        await protecting.revoke(look, person_id, typed)
    except Problem as problem:
        return await _shown(request, look, person_id, echoed(problem, "revogar", typed))
    done = Told(done="Consentimento revogado.")
    return await _shown(request, look, person_id, done, asked="consentimentos")


@router.post("/{person_id}/eliminar")
async def erase(request: Request, person_id: Id, look: Looking, typed: Typed) -> Response:
    try:
        await protecting.erase(look, person_id, typed)
    except Problem as problem:
        return await _shown(request, look, person_id, echoed(problem, "eliminar", typed))
    return page(request, "person_erased.html")


async def _shown(request: Request, look: Look, person_id: str, told: Told, **more: str) -> Response:
    who, found = await asyncio.gather(
        queries.person(look, person_id), queries.lanes(look, person_id, more.get("asked", ""))
    )
    today = rules.since(look.now, formats_of(request).zone)
    return page(
        request,
        "person.html",
        told.status,
        **_words(request, look, person_id),
        person=who,
        lanes=found,
        cpf=rules.written(more["cpf"]) if "cpf" in more else "",
        outcome=told,
        alerts=rules.alerts(who, today),
        age=rules.age(who.birth_on, today),
        word=protecting.CONFIRMED,
    )


def _words(request: Request, look: Look, person_id: str) -> dict[str, Any]:
    """What the card and every lane are written with."""
    return {
        "base": f"{PATH}/{person_id}",
        "rules": rules,
        "declared": declared,
        "zone": formats_of(request).zone,
        "may": look.caller.may,
        "now": look.now,
        "key": str(uuid4()),
    }
