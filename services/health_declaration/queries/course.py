"""How far a case has come, for whoever asks why it waits: nothing of it is clinical."""

from datetime import datetime

from sqlmodel import col, func, select

from contracts.health_declaration.desk import Course
from kit.db import Transaction
from kit.errors import NotFound
from services.health_declaration.models import Declaration, Link
from services.health_declaration.queries import views


async def course(tx: Transaction, declaration_id: str) -> Course:
    """The steps and the present wait; 404 when the tenant has no such case."""
    case = await tx.session.get(Declaration, (tx.tenant_id, declaration_id))
    if case is None:
        raise NotFound()
    own = ("requested_at", "letter_at", "signed_at", "released_at")
    told = views.summary(tx, case).model_dump() | {name: getattr(case, name) for name in own}
    tells = views.tells_due(tx, case)
    reminders = case.stage_step if tells else 0
    until = await _link_until(tx, declaration_id) if tells else None
    return Course.model_validate(told | {"reminders": reminders, "link_until": until})


async def _link_until(tx: Transaction, declaration_id: str) -> datetime | None:
    query = select(func.max(Link.expires_at)).where(
        Link.tenant_id == tx.tenant_id,
        Link.declaration_id == declaration_id,
        col(Link.revoked_at).is_(None),
        col(Link.expires_at) > tx.now,
    )
    return (await tx.session.execute(query)).scalar_one()
