"""In and out: a link and a day of birth, then a code; another link where that one is over.

Opening a page changes nothing and uses nothing up: mail scanners open every link they see.
"""

from dataclasses import replace
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import RedirectResponse

from contracts.health_declaration import public
from kit.errors import Problem
from kit.tenant_secrets import NO_TENANT, tenant_of
from services.console.gateways.proponent import Form, form
from services.console.routes.public.screens import screen
from services.console.routes.public.visit import (
    Typed,
    forget,
    from_here,
    keep,
    known,
    note,
    open_to_all,
    over,
    remember,
    secret,
)
from services.console.routes.public.ways import ONWARD, channel, onward
from services.console.rules import typed as read
from services.console.usecases.phones import Phone

router = APIRouter(include_in_schema=False, dependencies=[from_here, open_to_all])
DOOR, CODE = "/declaracao", "/codigo"
_ECHOED = {
    HTTPStatus.FORBIDDEN,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.SERVICE_UNAVAILABLE,
}
_DAY = "Escreva a data com dia, mês e ano. Exemplo: 07/03/1990."
_LINK = "Cole o endereço inteiro que enviamos a você, com tudo que vem depois do #."
_CODE = "Escreva os seis números do código."
Tenant = Annotated[int, Path(ge=1, le=2**31 - 1)]


@router.get("/")
async def home() -> Response:
    return RedirectResponse(DOOR, HTTPStatus.SEE_OTHER)


@router.get(DOOR)
async def door(request: Request) -> Response:
    return await _door(request, 0)


@router.get(DOOR + "/{tenant}")
async def door_of(request: Request, tenant: Tenant) -> Response:
    return await _door(request, tenant)


async def _door(request: Request, tenant: int) -> Response:
    phone = await known(request)
    same = phone is not None and tenant in (0, tenant_of(phone.link))
    link = phone.link if phone is not None and same else ""
    inside = bool(phone and same and phone.session)
    return screen(request, "door.html", tenant=tenant, typed={"endereco": link}, inside=inside)


@router.post("/entrar")
async def knock(request: Request, typed: Typed) -> Response:
    link, birth_on = (
        read.secret_of(typed.get("endereco", "")),
        read.day(typed.get("nascimento", "")),
    )
    wrong = ({} if birth_on else {"nascimento": _DAY}) | ({} if link else {"endereco": _LINK})
    if birth_on is None or not link:
        return _door_again(request, typed, HTTPStatus.UNPROCESSABLE_ENTITY, wrong=wrong)
    body = public.SessionIn(link=link, birth_on=birth_on, channel=channel(typed))
    try:
        challenge = await _doors(request).post("/public/sessions", body, public.Challenge)
    except Problem as problem:
        return _refused(request, typed, link, problem)
    fresh = await remember(request, tenant_of(link), Phone(link, challenge.challenge_id))
    response = RedirectResponse(CODE, HTTPStatus.SEE_OTHER)
    keep(request, response, fresh)
    return response


@router.get(CODE)
async def code(request: Request) -> Response:
    phone = await known(request)
    if phone is None or not phone.challenge:
        return onward(ONWARD if phone and phone.session else DOOR)
    return screen(request, "code.html")


@router.post(CODE)
async def confirm(request: Request, typed: Typed) -> Response:
    phone, digits = await known(request), read.code(typed.get("codigo", ""))
    if phone is None:
        raise over()
    if phone.session and not phone.challenge:
        # Sent twice: the first one opened it.
        return onward()
    if not digits:
        return screen(request, "code.html", 422, wrong={"codigo": _CODE}, typed=typed)
    return await _confirmed(request, phone, digits)


async def _confirmed(request: Request, phone: Phone, digits: str) -> Response:
    path = f"/public/sessions/{phone.challenge}/confirmations"
    try:
        opened = await _doors(request).post(path, public.CodeIn(code=digits), public.Session)
    except Problem as problem:
        now = await known(request)
        if now is not None and now.session and not now.challenge:
            return onward()
        if problem.status not in _ECHOED:
            raise
        return screen(request, "code.html", problem.status, problem=problem)
    await note(request, secret(request), replace(phone, challenge="", session=opened.session))
    return onward()


@router.post("/novo-endereco")
async def another_link(request: Request, typed: Typed) -> Response:
    link = read.secret_of(typed.get("endereco", ""))
    if link and tenant_of(link) != NO_TENANT:
        body = public.LinkRenewalIn(link=link)
        await _doors(request).post("/public/links", body, public.Accepted)
    # The same words whether there was such a link or not.
    return screen(request, "link_asked.html", tenant=tenant_of(link))


@router.post("/sair")
async def leave(request: Request) -> Response:
    await forget(request)
    response = RedirectResponse("/saiu", HTTPStatus.SEE_OTHER)
    keep(request, response, "")
    return response


@router.get("/saiu")
async def left(request: Request) -> Response:
    return screen(request, "left.html")


def _refused(request: Request, typed: Typed, link: str, problem: Problem) -> Response:
    if problem.status == HTTPStatus.GONE:
        shown: dict[str, Any] = {"typed": {"endereco": link}, "tenant": tenant_of(link)}
        return screen(request, "link_over.html", HTTPStatus.GONE, **shown)
    if problem.status not in _ECHOED:
        raise problem
    return _door_again(request, typed, problem.status, problem=problem)


def _door_again(request: Request, typed: Typed, status: int, **told: Any) -> Response:
    shown = dict(typed) | {"endereco": read.secret_of(typed.get("endereco", ""))}
    tenant = tenant_of(shown["endereco"])
    return screen(request, "door.html", status, tenant=tenant, typed=shown, inside=False, **told)


def _doors(request: Request) -> Form:
    address = request.client.host if request.client else ""
    return form(request.app.state.declarations, address=address)
