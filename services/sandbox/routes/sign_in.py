"""The page that stands for a sign-in: it asks who one is, where a real one asks for a password.

The authorization endpoint of OpenID Connect, code flow with PKCE. In sandbox mode alone.
"""

import base64
import hashlib
from collections.abc import Mapping
from itertools import groupby
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import jinja2
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from kit.auth import public
from kit.errors import BadRequest, NotFound
from services.sandbox.gateways.tokens import Issuer, Person
from services.sandbox.routes.issuer import LARGEST_TENANT, Signs
from services.sandbox.rules.oauth import ASKED, Asked
from services.sandbox.usecases import sign_ins

_LONGEST = 2000
_FOLDER = Path(__file__).parents[1] / "templates"
_STYLE = (_FOLDER / "sign_in.css").read_text(encoding="utf-8")
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_PAGE = jinja2.Environment(loader=jinja2.FileSystemLoader(_FOLDER), autoescape=True)

router = APIRouter(
    prefix="/issuer",
    tags=["issuer"],
    include_in_schema=False,
    dependencies=[Depends(public("whoever signs in is not known yet"))],
)


@router.get("/authorize")
async def ask(request: Request, issuer: Signs) -> Response:
    asked = _asked(request.query_params, issuer)
    error = asked.error()
    if error:
        return _back(asked, issuer, error=error)
    return _page(asked, issuer)


@router.post("/authorize")
async def choose(request: Request, issuer: Signs) -> Response:
    form = {name: str(value) for name, value in (await request.form()).items()}
    asked = _asked(form, issuer)
    person = await _chosen(request, issuer, form.get("person", ""))
    error = asked.error() or ("" if person else "access_denied")
    if error or person is None:
        return _back(asked, issuer, error=error)
    code = await sign_ins.give_code(request.app.state.begin, asked, person)
    return _back(asked, issuer, code=code)


def _asked(given: Mapping[str, str], issuer: Issuer) -> Asked:
    """What was asked, once it is certain who would be answered."""
    if not issuer.sandbox:
        raise NotFound()
    asked = Asked(**{name: given.get(name, "")[:_LONGEST] for name in ASKED})
    if not asked.known_way_back(issuer.redirects):
        raise BadRequest("Este cliente ou endereço de volta não está registrado", "unknown-client")
    return asked


async def _chosen(request: Request, issuer: Issuer, named: str) -> Person | None:
    tenant, _, sub = named.strip().partition("/")
    if not (tenant.isascii() and tenant.isdigit()) or int(tenant) > LARGEST_TENANT:
        return None
    return await sign_ins.known(request.app.state.begin, issuer, int(tenant), sub)


def _back(asked: Asked, issuer: Issuer, **told: str) -> Response:
    """To where the client waits, with its own state and who answers (RFC 9207)."""
    query = told | {"state": asked.state, "iss": issuer.url}
    return RedirectResponse(f"{asked.redirect_uri}?{urlencode(query)}", 303)


def _page(asked: Asked, issuer: Issuer) -> Response:
    people = sorted(issuer.people, key=lambda one: one.tenant)
    tenants = {tenant: list(those) for tenant, those in groupby(people, lambda one: one.tenant)}
    text = _PAGE.get_template("sign_in.html").render(
        style=_STYLE,
        tenants=tenants,
        asked={name: getattr(asked, name) for name in ASKED},
    )
    return HTMLResponse(text, headers=_headers(asked))


def _headers(asked: Asked) -> dict[str, str]:
    """A form may send to here and, by our answer, to where the client waits."""
    waits = urlsplit(asked.redirect_uri)
    policy = (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}';"
        f" form-action 'self' {waits.scheme}://{waits.netloc};"
        " frame-ancestors 'none'; base-uri 'none'"
    )
    return {"Content-Security-Policy": policy, "Cache-Control": "no-store"}
