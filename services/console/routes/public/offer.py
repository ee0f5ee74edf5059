"""The offer in plain words and its answer; the term, read as a PDF and signed by a code."""

from dataclasses import replace
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError

from contracts.health_declaration import public
from kit.errors import Problem, Refused
from services.console.routes.public.screens import screen
from services.console.routes.public.visit import (
    Typed,
    Visit,
    Visiting,
    by_phone,
    from_here,
    known,
    note,
    over,
)
from services.console.routes.public.ways import ECHOED, key, onward, send_code
from services.console.rules import typed as read

router = APIRouter(include_in_schema=False, dependencies=[from_here, by_phone])
OFFER, TERM = "/proposta", "/termo"
_UNCHOSEN = "Escolha uma das opções."
_CERTAIN = "Marque que esta é a sua escolha."
_CODE = "Escreva os seis números do código."
_ACCEPT = "Marque que leu o termo."


@router.get(OFFER)
async def read_offer(request: Request, visit: Visiting) -> Response:
    return await _offer(request, visit, HTTPStatus.OK)


@router.post(OFFER)
async def choose(request: Request, visit: Visiting, typed: Typed) -> Response:
    wrong = {} if typed.get("opcao") else {"opcao": _UNCHOSEN}
    wrong |= {} if typed.get("certeza") == "sim" else {"certeza": _CERTAIN}
    if wrong:
        return await _offer(request, visit, 422, typed=typed, wrong=wrong)
    try:
        given = {"offer_id": typed.get("proposta"), "choice": typed["opcao"]}
        body = public.OfferChoice.model_validate(given)
        answered = await visit.form.post("/public/offer", body, public.Offer, key(typed))
    except ValidationError:
        raise Refused(code="validation-failed") from None
    except Problem as problem:
        if problem.status not in ECHOED:
            raise
        return await _offer(request, visit, problem.status, typed=typed, problem=problem)
    return onward(TERM if answered.chosen == "cpt" else "/respondida")


@router.get("/respondida")
async def answered(request: Request) -> Response:
    """Says nothing of anybody: the answer itself may have shut the session."""
    return screen(request, "answered.html")


async def _offer(request: Request, visit: Visit, status: int, **told: Any) -> Response:
    try:
        offer = await visit.form.get("/public/offer", public.Offer)
    except Problem as problem:
        if problem.status != HTTPStatus.NOT_FOUND:
            raise
        offer = None
    return screen(request, "offer.html", status, offer=offer, **told)


@router.get(TERM)
async def read_term(request: Request, visit: Visiting, codigo: str = "") -> Response:
    return await _term(request, visit, HTTPStatus.OK, sent=codigo == "enviado")


@router.get(TERM + ".pdf")
async def term_pdf(visit: Visiting) -> Response:
    content, media_type = await visit.form.content("/public/term.pdf")
    headers = {"Content-Disposition": 'attachment; filename="termo.pdf"'}
    return Response(content, media_type=media_type, headers=headers)


@router.post(TERM + "/codigo")
async def send_term_code(request: Request, visit: Visiting, typed: Typed) -> Response:
    try:
        await send_code(visit, "/public/term/signature-code", typed)
    except Problem as problem:
        if problem.status not in ECHOED:
            raise
        return await _term(request, visit, problem.status, problem=problem)
    return onward(f"{TERM}?codigo=enviado")


@router.post(TERM)
async def sign_term(request: Request, visit: Visiting, typed: Typed) -> Response:
    digits = read.code(typed.get("codigo", ""))
    wrong = {} if digits else {"codigo": _CODE}
    wrong |= {} if typed.get("aceite") == "sim" else {"aceite": _ACCEPT}
    if wrong:
        return await _term(request, visit, 422, sent=True, typed=typed, wrong=wrong)
    try:
        body = public.TermSignatureIn(code=digits, sha256=typed.get("termo", ""))
        signed = await visit.form.post("/public/term/signature", body, public.TermView, key(typed))
    except ValidationError:
        raise Refused(code="validation-failed") from None
    except Problem as problem:
        if problem.status not in ECHOED:
            raise
        told = {"typed": typed, "problem": problem}
        return await _term(request, visit, problem.status, sent=True, **told)
    await note(request, visit.secret, replace(visit.phone, term=signed.model_dump_json()))
    return onward("/termo/assinado")


@router.get("/termo/assinado")
async def term_signed(request: Request) -> Response:
    """Shown though the signature has shut the session."""
    phone = await known(request)
    if phone is None:
        raise over()
    if not phone.term:
        return onward(TERM)
    return screen(request, "term_signed.html", term=public.TermView.model_validate_json(phone.term))


async def _term(request: Request, visit: Visit, status: int, **told: Any) -> Response:
    shown: dict[str, Any] = {"sent": False, "term": None, "option": None} | told
    try:
        shown["term"] = await visit.form.get("/public/term", public.TermView)
        offer = await visit.form.get("/public/offer", public.Offer)
    except Problem as problem:
        if problem.status != HTTPStatus.NOT_FOUND:
            raise
    else:
        shown["option"] = next((one for one in offer.options if one.choice == "cpt"), None)
    return screen(request, "term.html", status, **shown)
