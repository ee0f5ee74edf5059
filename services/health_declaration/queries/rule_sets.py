"""Versions of rule sets and what changed between them."""

from datetime import UTC, datetime

from sqlmodel import col, select

from contracts.health_declaration.cpt import (
    Diff,
    DiffLine,
    RuleSetName,
    RuleSetPage,
    RuleSetVersion,
)
from kit.db import Transaction
from kit.errors import NotFound
from services.health_declaration.gateways import reference
from services.health_declaration.models import RuleSetRow
from services.health_declaration.rules.content_hash import content_hash
from services.health_declaration.rules.differences import differences

PRODUCT = "product"
SHIPPED_AT = datetime(2026, 11, 22, tzinfo=UTC)
"""When version 1 of the defaults was written."""


async def listed(tx: Transaction, name: RuleSetName) -> RuleSetPage:
    """Every version of a rule set, newest first, down to the product's default."""
    query = (
        select(RuleSetRow)
        .where(RuleSetRow.tenant_id == tx.tenant_id, RuleSetRow.name == name)
        .order_by(col(RuleSetRow.version).desc())
    )
    rows = (await tx.session.execute(query)).scalars()
    return RuleSetPage(items=(*map(shown, rows), _default(name)))


def shown(row: RuleSetRow) -> RuleSetVersion:
    """A version as the API tells it."""
    told = row.model_dump(exclude={"tenant_id"})
    read = content_hash(row.name, row.version, row.content, row.cases)
    return RuleSetVersion.model_validate(told | {"content_hash": read})


async def get(tx: Transaction, name: RuleSetName, version: int) -> RuleSetVersion:
    """One version; 404 when there is none."""
    page = await listed(tx, name)
    found = next((one for one in page.items if one.version == version), None)
    if found is None:
        raise NotFound()
    return found


async def diff(tx: Transaction, name: RuleSetName, version: int) -> Diff:
    """What a version changed against the one before it, and who approved it."""
    after = await get(tx, name, version)
    before = await get(tx, name, version - 1) if version > 1 else after
    lines = tuple(
        DiffLine(path=path, before=old, after=new)
        for path, old, new in differences(before.content, after.content)
    )
    return Diff(
        name=name, before=before.version, after=version, lines=lines, approver=after.approver
    )


def _default(name: RuleSetName) -> RuleSetVersion:
    content = reference.default_document(name)
    return RuleSetVersion(
        name=name,
        version=1,
        status="published",
        author=PRODUCT,
        writers=(PRODUCT,),
        approver=PRODUCT,
        created_at=SHIPPED_AT,
        published_at=SHIPPED_AT,
        content=content,
        cases=(),
        content_hash=content_hash(name, 1, content, []),
    )
