"""Public keys of partners: what leaves to them is encrypted so that only they can read it."""

from typing import Any

from sqlmodel import col, select

from contracts.health_declaration.cpt import PartnerKey, PartnerKeyIn
from kit.db import Transaction
from kit.errors import Refused
from kit.jwe import UnsuitableKey, thumbprint
from services.health_declaration.models import Cpt, Partner
from services.health_declaration.usecases import erp


async def register(tx: Transaction, name: str, body: PartnerKeyIn) -> PartnerKey:
    """Registers or replaces a key; CPTs that waited for one are reported now."""
    if name == erp.ERP:
        # Rows first, then the key, as whoever reports does: neither waits for the other in a ring.
        await _waiting(tx)
        await erp.changing_key(tx)
    row = await _put(tx, name, body.jwk)
    await tx.audit("partner.key_registered", name, details={"thumbprint": row.thumbprint})
    if name == erp.ERP:
        await tx.session.flush()
        for cpt in await _waiting(tx):
            await erp.report(tx, cpt)
    return _shown(row)


async def _put(tx: Transaction, name: str, jwk: dict[str, Any]) -> Partner:
    try:
        print_ = thumbprint(jwk)
    except UnsuitableKey as unsuitable:
        raise Refused("Chave pública recusada", "unsuitable-key", str(unsuitable)) from unsuitable
    row = Partner(
        tenant_id=tx.tenant_id,
        name=name,
        jwk=jwk,
        thumbprint=print_,
        registered_by=tx.actor or "",
        registered_at=tx.now,
    )
    return await tx.session.merge(row)


async def _waiting(tx: Transaction) -> list[Cpt]:
    query = (
        select(Cpt)
        .where(Cpt.tenant_id == tx.tenant_id, col(Cpt.erp_status) == "no_partner_key")
        .with_for_update()
    )
    return list((await tx.session.execute(query)).scalars())


async def listed(tx: Transaction) -> list[PartnerKey]:
    """Every registered key of the tenant."""
    query = select(Partner).where(Partner.tenant_id == tx.tenant_id).order_by(Partner.name)
    return [_shown(row) for row in (await tx.session.execute(query)).scalars()]


def _shown(row: Partner) -> PartnerKey:
    return PartnerKey(name=row.name, thumbprint=row.thumbprint, registered_at=row.registered_at)
