"""The person's own data: seen, taken along, consented to, corrected, asked to be erased."""

from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError

from contracts.health_declaration import own
from kit.errors import Problem, Refused
from services.console.routes.public.screens import screen
from services.console.routes.public.visit import (
    Typed,
    Visit,
    Visiting,
    by_phone,
    from_here,
    known,
)
from services.console.routes.public.ways import ECHOED, by_field, form_of, key, onward

router = APIRouter(include_in_schema=False, dependencies=[from_here, by_phone])
PAGE, CONSENTS = "/meus-dados", "/consentimentos"
_API = "/public/own-data"
_UNTICKED = "Marque a caixa para autorizar."
_CERTAIN = "Marque que entendeu o que o pedido apaga."
_WORDS = "Diga o que está errado e como deve ficar."


@router.get("/privacidade")
async def privacy(request: Request) -> Response:
    """The notice alone: reading it consents to nothing. Whoever is not in reads where it is."""
    phone = await known(request)
    if phone is None or not phone.session:
        return screen(request, "privacy.html", notice=None)
    return onward("/aviso")


@router.get("/aviso")
async def notice(request: Request, visit: Visiting) -> Response:
    return screen(request, "privacy.html", notice=(await form_of(visit)).privacy)


@router.get(PAGE)
async def see(request: Request, visit: Visiting, pedido: str = "") -> Response:
    return await _shown(request, visit, HTTPStatus.OK, sent=pedido == "enviado")


@router.get(PAGE + ".json")
async def export(visit: Visiting) -> Response:
    told = await visit.form.get(f"{_API}/export", own.OwnExport)
    headers = {"Content-Disposition": 'attachment; filename="meus-dados.json"'}
    return Response(told.model_dump_json(indent=2), media_type="application/json", headers=headers)


@router.post(PAGE + "/correcao")
async def correct(request: Request, visit: Visiting, typed: Typed) -> Response:
    if not typed.get("texto", "").strip():
        return await _shown(request, visit, 422, wrong={"texto": _WORDS}, typed=typed)
    return await _ask(request, visit, "correction", typed)


@router.post(PAGE + "/apagamento")
async def erase(request: Request, visit: Visiting, typed: Typed) -> Response:
    if typed.get("certeza") != "sim":
        return await _shown(request, visit, 422, wrong={"certeza": _CERTAIN}, typed=typed)
    return await _ask(request, visit, "erasure", typed)


async def _ask(request: Request, visit: Visit, kind: own.RequestKind, typed: Typed) -> Response:
    try:
        text = typed.get("texto", "") if kind == "correction" else ""
        body = own.OwnRequestIn(kind=kind, text=text)
        await visit.form.post(f"{_API}/requests", body, own.OwnRequest, key(typed))
    except ValidationError:
        wrong = {"texto": "Escreva no máximo 2.000 caracteres, sem sinais invisíveis."}
        return await _shown(request, visit, 422, wrong=wrong, typed=typed)
    except Problem as problem:
        if problem.status not in ECHOED:
            raise
        told = {"problem": problem, "wrong": by_field(problem), "typed": typed}
        return await _shown(request, visit, problem.status, **told)
    return onward(f"{PAGE}?pedido=enviado")


async def _shown(request: Request, visit: Visit, status: int, **told: Any) -> Response:
    data = await visit.form.get(_API, own.OwnData)
    return screen(request, "own_data.html", status, **({"sent": False} | told), data=data)


@router.get(CONSENTS)
async def consents(request: Request, visit: Visiting) -> Response:
    return await _consents(request, visit, HTTPStatus.OK)


@router.post(CONSENTS)
async def consent(request: Request, visit: Visiting, typed: Typed) -> Response:
    purpose, revoked = typed.get("finalidade", ""), typed.get("revogar") == "sim"
    if not revoked and typed.get("autorizo") != "sim":
        return await _consents(request, visit, 422, wrong={purpose: _UNTICKED})
    try:
        version = typed.get("versao", "")
        body = own.OwnConsentIn(purpose=purpose, text_version=version, given=not revoked)
        await visit.form.put(f"{_API}/consents", body, own.OwnConsent)
    except ValidationError:
        raise Refused(code="validation-failed") from None
    except Problem as problem:
        if problem.status not in ECHOED:
            raise
        return await _consents(request, visit, problem.status, problem=problem)
    return onward(CONSENTS)


async def _consents(request: Request, visit: Visit, status: int, **told: Any) -> Response:
    data = await visit.form.get(_API, own.OwnData)
    return screen(request, "consents.html", status, data=data, **told)
