"""Signing in at the issuer: a code for whoever was chosen, tokens for a code, fresh ones later.

Codes and refresh tokens are drawn for one client, kept as hashes, and gone once they are shown.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from kit.db import Begin
from kit.tenant_secrets import NO_TENANT, hashed, new_secret, tenant_of
from services.sandbox.gateways.tokens import Issuer, Person, SignedIn
from services.sandbox.models import NamedPerson, SignIn
from services.sandbox.rules.oauth import Asked, OAuthError, proves

CODE_LIFE = timedelta(seconds=60)
REFRESH_LIFE = timedelta(hours=12)
ACCESS_SECONDS = 900
_WORTHLESS = "invalid_grant"


@dataclass(frozen=True)
class Shown:
    """What a client shows to get tokens for a code."""

    code: str
    redirect_uri: str
    verifier: str


async def remember(begin: Begin, person: Person) -> None:
    """Somebody named at will can sign in from now on, with the roles last told."""
    row = {
        "tenant_id": person.tenant,
        "sub": person.sub,
        "name": person.name,
        "roles": " ".join(person.roles),
    }
    named = insert(NamedPerson).values(row)
    async with begin(person.tenant) as tx:
        await tx.session.execute(
            named.on_conflict_do_update(index_elements=["tenant_id", "sub"], set_=row)
        )


async def known(begin: Begin, issuer: Issuer, tenant: int, sub: str) -> Person | None:
    """The person of this name in this tenant: one of the settings', or one named at will."""
    given = issuer.person(tenant, sub)
    if given is not None:
        return given
    async with begin(tenant) as tx:
        row = await tx.session.get(NamedPerson, (tenant, sub))
    if row is None:
        return None
    return Person(tenant=tenant, sub=sub, name=row.name, roles=tuple(row.roles.split()))


async def give_code(begin: Begin, asked: Asked, person: Person) -> str:
    """A code for the client that asked, worth something once and for a minute."""
    row = _row(person.tenant, person.sub, asked.client_id, "code", CODE_LIFE)
    row.redirect_uri, row.challenge, row.nonce = (
        asked.redirect_uri,
        asked.code_challenge,
        asked.nonce,
    )
    return await _kept(begin, row)


async def by_code(begin: Begin, issuer: Issuer, client: str, shown: Shown) -> SignedIn:
    """Tokens for a code; whatever is wrong with it, it is spent."""
    row = await _spent(begin, "code", shown.code)
    if row is None or (row.client_id, row.redirect_uri) != (client, shown.redirect_uri):
        raise OAuthError(_WORTHLESS)
    if not proves(shown.verifier, row.challenge):
        raise OAuthError(_WORTHLESS)
    return await _tokens(begin, issuer, row)


async def by_refresh(begin: Begin, issuer: Issuer, client: str, refresh: str) -> SignedIn:
    """Fresh tokens, and another refresh token in the place of the one shown."""
    row = await _spent(begin, "refresh", refresh)
    if row is None or row.client_id != client:
        raise OAuthError(_WORTHLESS)
    return await _tokens(begin, issuer, row)


async def _tokens(begin: Begin, issuer: Issuer, row: SignIn) -> SignedIn:
    person = await known(begin, issuer, row.tenant_id, row.sub)
    if person is None:
        raise OAuthError(_WORTHLESS)
    access = issuer.token(ACCESS_SECONDS, azp=row.client_id, **person.claims())
    told = {"aud": row.client_id, "sub": person.sub, "name": person.name}
    nonce = {"nonce": row.nonce} if row.nonce else {}
    identity = issuer.token(ACCESS_SECONDS, **told, **nonce)
    again = _row(row.tenant_id, row.sub, row.client_id, "refresh", REFRESH_LIFE)
    return SignedIn(
        access_token=access.access_token,
        expires_in=access.expires_in,
        refresh_token=await _kept(begin, again),
        id_token=identity.access_token,
    )


async def _kept(begin: Begin, row: SignIn) -> str:
    """The secret under which the row is found again; what is too old goes on the way."""
    secret = new_secret(row.tenant_id)
    row.id = hashed(secret)
    async with begin(row.tenant_id) as tx:
        old = delete(SignIn).where(
            col(SignIn.tenant_id) == row.tenant_id, col(SignIn.expires_at) < datetime.now(UTC)
        )
        await tx.session.execute(old)
        tx.session.add(row)
    return secret


async def _spent(begin: Begin, kind: str, secret: str) -> SignIn | None:
    """What was kept under the secret; of two who show it at once, one gets it."""
    tenant_id = tenant_of(secret)
    if tenant_id == NO_TENANT:
        return None
    async with begin(tenant_id) as tx:
        row = await tx.session.get(SignIn, (tenant_id, hashed(secret)), with_for_update=True)
        if row is None or row.kind != kind:
            return None
        await tx.session.delete(row)
    return row if row.expires_at > datetime.now(UTC) else None


def _row(tenant_id: int, sub: str, client_id: str, kind: str, life: timedelta) -> SignIn:
    return SignIn(
        tenant_id=tenant_id,
        id="",
        kind=kind,
        client_id=client_id,
        sub=sub,
        expires_at=datetime.now(UTC) + life,
    )
