"""The door of the public pages: whose phone is there, by the secret in its cookie."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request, Response
from starlette.datastructures import UploadFile

from kit.auth import public
from kit.bodies import arrived
from kit.errors import Forbidden, Problem
from kit.tenant_secrets import NO_TENANT, tenant_of
from services.console.gateways.proponent import Form, form
from services.console.settings import PublicSettings
from services.console.usecases import phones
from services.console.usecases.phones import Phone

by_phone = Depends(public("the session in a phone's cookie stands for a token"))
open_to_all = Depends(public("whoever opens a link is not known yet"))
OVER = "session-over"


@dataclass(frozen=True)
class Visit:
    """Somebody at the form."""

    secret: str
    phone: Phone
    form: Form

    @property
    def tenant(self) -> int:
        """Whose operator's declaration it is."""
        return tenant_of(self.secret)


async def known(request: Request) -> Phone | None:
    """Where the phone is on its way; None for a stranger's."""
    kept = secret(request)
    if tenant_of(kept) == NO_TENANT:
        return None
    async with request.app.state.begin(tenant_of(kept)) as tx:
        return await phones.find(tx, kept, _settings(request).visit)


async def _visit(request: Request) -> Visit:
    phone = await known(request)
    if phone is None or not phone.session:
        raise over()
    return Visit(secret(request), phone, form(request.app.state.declarations, phone.session))


Visiting = Annotated[Visit, Depends(_visit)]


async def inside(request: Request) -> bool:
    """Whether a session stands behind a request, asked before a file of it is read."""
    phone = await known(request)
    return phone is not None and bool(phone.session)


def over() -> Problem:
    """401: nobody is in any more."""
    detail = "Abra de novo o endereço que enviamos. O que você respondeu está guardado."
    return Problem(401, "Sua sessão terminou", OVER, detail)


async def same_origin(request: Request) -> None:
    """403 for an order that a browser says comes from elsewhere.

    Whatever tells no origin is no browser of today, and no other site's form carries the cookie.
    """
    origin = request.headers.get("Origin")
    if request.method not in ("GET", "HEAD") and origin not in (
        None,
        _settings(request).public_url,
    ):
        detail = "O pedido não partiu desta página. Recarregue a página e repita."
        raise Forbidden("Pedido recusado", "foreign-origin", detail)


from_here = Depends(same_origin)


async def _typed(request: Request) -> Mapping[str, str]:
    await arrived(request)
    sent = await request.form(max_files=0)
    return {
        name: value.replace("\r\n", "\n")
        for name, value in sent.items()
        if not isinstance(value, UploadFile)
    }


Typed = Annotated[Mapping[str, str], Depends(_typed)]
"""What stands in the form that was sent. A break of line is one sign, as browsers count it while
somebody types; they send two."""


async def remember(request: Request, tenant: int, phone: Phone) -> str:
    """A phone seen for the first time, or under a new secret: the one it had opens nothing."""
    former = secret(request)
    async with request.app.state.begin(tenant) as tx:
        fresh = await phones.begin(tx, phone, _settings(request).visit)
        if tenant_of(former) == tenant:
            await phones.end(tx, former)
    return fresh


async def forget(request: Request) -> None:
    """Whoever leaves is not known any more."""
    former = secret(request)
    if tenant_of(former) != NO_TENANT:
        async with request.app.state.begin(tenant_of(former)) as tx:
            await phones.end(tx, former)


async def note(request: Request, kept: str, phone: Phone) -> None:
    """The phone of a secret, further on its way."""
    async with request.app.state.begin(tenant_of(kept)) as tx:
        await phones.keep(tx, kept, phone)


def secret(request: Request) -> str:
    """What the cookie holds."""
    return request.cookies.get(cookie_name(_settings(request)), "")


def cookie_name(settings: PublicSettings) -> str:
    """By https the name itself keeps other hosts of the domain from setting it."""
    return "__Host-declaracao" if settings.secure else "declaracao"


def keep(request: Request, response: Response, value: str) -> None:
    """Until the browser is closed; an empty one is forgotten at once."""
    response.set_cookie(
        cookie_name(_settings(request)),
        value,
        max_age=None if value else 0,
        path="/",
        secure=_settings(request).secure,
        httponly=True,
        samesite="lax",
    )


def _settings(request: Request) -> PublicSettings:
    settings: PublicSettings = request.app.state.settings
    return settings
