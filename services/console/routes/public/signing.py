"""S13, step 6: the text as it will be signed, a code, the receipt; and what is possible after."""

import json
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
from services.console.routes.public.ways import (
    DECLARATION,
    ECHOED,
    NOTHING,
    form_of,
    key,
    onward,
    send_code,
)
from services.console.rules import steps
from services.console.rules import typed as read
from services.console.rules.standing import act_of

router = APIRouter(include_in_schema=False, dependencies=[from_here, by_phone])
RECEIPT = "/recibo"
_AFTER_TERMS = {"released", "integrated"}
_CODE = "Escreva os seis números do código."
_ACCEPT = "Marque que leu o texto e que ele é verdadeiro."
_CERTAIN = "Marque que tem certeza."


@router.get("/assinatura")
async def sign_here(request: Request, visit: Visiting, codigo: str = "") -> Response:
    return await _signature(request, visit, HTTPStatus.OK, sent=codigo == "enviado")


@router.post("/assinatura/codigo")
async def send_signature_code(request: Request, visit: Visiting, typed: Typed) -> Response:
    try:
        await send_code(visit, f"{DECLARATION}/signature-code", typed)
    except Problem as problem:
        if problem.status not in ECHOED:
            raise
        return await _signature(request, visit, problem.status, sent=False, problem=problem)
    return onward("/assinatura?codigo=enviado")


@router.post("/assinatura")
async def sign(request: Request, visit: Visiting, typed: Typed) -> Response:
    digits, wrong = read.code(typed.get("codigo", "")), {}
    if not digits:
        wrong["codigo"] = _CODE
    if typed.get("aceite") != "sim":
        wrong["aceite"] = _ACCEPT
    if wrong:
        return await _signature(request, visit, 422, sent=True, typed=typed, wrong=wrong)
    try:
        body = public.SignatureIn(code=digits, text_hash=typed.get("texto", ""))
        receipt = await visit.form.post(
            f"{DECLARATION}/signature", body, public.Receipt, key(typed)
        )
    except ValidationError:
        raise Refused(code="validation-failed") from None
    except Problem as problem:
        if problem.status not in ECHOED:
            raise
        return await _signature(
            request, visit, problem.status, sent=True, typed=typed, problem=problem
        )
    await note(request, visit.secret, replace(visit.phone, receipt=receipt.model_dump_json()))
    return onward(RECEIPT)


async def _signature(request: Request, visit: Visit, status: int, **told: Any) -> Response:
    form = await form_of(visit)
    if form.stage not in steps.OPEN:
        return onward(steps.STANDING)
    if steps.place(form) != steps.REVIEW:
        return onward(steps.REVIEW)
    return screen(request, "signature.html", status, form=form, **told)


@router.get("/recibo")
async def receipt(request: Request) -> Response:
    """Of what was signed on this phone: shown even where the signature has shut the session."""
    phone = await known(request)
    if phone is None:
        raise over()
    if not phone.receipt:
        return onward(steps.STANDING)
    shown = public.Receipt.model_validate(json.loads(phone.receipt))
    return screen(request, "receipt.html", receipt=shown)


@router.get("/continuar")
async def go_on(request: Request, visit: Visiting) -> Response:
    try:
        return onward(steps.place(await form_of(visit)))
    except Problem as problem:
        if problem.status == HTTPStatus.UNAUTHORIZED and visit.phone.receipt:
            return onward(RECEIPT)
        raise


@router.get("/situacao")
async def standing(request: Request, visit: Visiting) -> Response:
    form = await form_of(visit)
    term = form.stage in _AFTER_TERMS and await _signed_term(visit)
    return screen(request, "standing.html", form=form, act=act_of(form.stage), term=term)


async def _signed_term(visit: Visit) -> bool:
    """Whether there is one to be read again; full coverage has none."""
    try:
        return (await visit.form.get("/public/term", public.TermView)).signed_at is not None
    except Problem as problem:
        if problem.status != HTTPStatus.NOT_FOUND:
            raise
        return False


@router.get("/copia")
async def copy(request: Request, visit: Visiting) -> Response:
    return screen(request, "copy.html", form=await form_of(visit))


@router.post("/retificar")
async def rectify(request: Request, visit: Visiting, typed: Typed) -> Response:
    return await _certainly(request, visit, typed, "rectification")


@router.post("/desistir")
async def withdraw(request: Request, visit: Visiting, typed: Typed) -> Response:
    return await _certainly(request, visit, typed, "withdrawal")


async def _certainly(request: Request, visit: Visit, typed: Typed, what: str) -> Response:
    """What cannot be taken back asks for a tick first."""
    problem = None
    if typed.get("certeza") != "sim":
        problem = Problem(422, _CERTAIN, "not-certain")
    else:
        try:
            await visit.form.post(f"{DECLARATION}/{what}", NOTHING, public.Accepted, key(typed))
        except Problem as refusal:
            if refusal.status not in ECHOED:
                raise
            problem = refusal
    if problem is None:
        return onward()
    form = await form_of(visit)
    act = act_of(form.stage)
    shown: dict[str, Any] = {"form": form, "act": act, "problem": problem, "term": False}
    return screen(request, "standing.html", problem.status, **shown)
