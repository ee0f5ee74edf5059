"""What other services' facts say must keep a person's data."""

from datetime import date, datetime

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from contracts.health_declaration import events as ds
from kit.db import Transaction
from services.registry.models import Hold

CPT = "cpt"
DECLARATION = "declaration"


async def cpt_started(tx: Transaction, started: ds.CptStarted) -> None:
    """A CPT keeps the data until it ends."""
    await _hold(tx, CPT, started.cpt_id, started.person_id, started.starts_on)


async def cpt_ended(tx: Transaction, ended: ds.CptEnded) -> None:
    """The CPT needs the data no longer."""
    await _release(tx, CPT, ended.cpt_id, ended.ended_on)


async def declaration_signed(tx: Transaction, signed: ds.DeclarationSigned) -> None:
    """A signed declaration must be kept for years, counted from its last signature."""
    day = _local(tx, signed.occurred_at)
    await _hold(tx, DECLARATION, signed.declaration_id, signed.person_id, day)


async def declaration_withdrawn(tx: Transaction, withdrawn: ds.DeclarationWithdrawn) -> None:
    """A declaration that was withdrawn binds nobody."""
    day = _local(tx, withdrawn.occurred_at)
    await _release(tx, DECLARATION, withdrawn.declaration_id, day)


def _local(tx: Transaction, moment: datetime) -> date:
    return moment.astimezone(tx.zone).date()


async def _hold(tx: Transaction, kind: str, subject: str, person_id: str, since: date) -> None:
    row = {
        "tenant_id": tx.tenant_id,
        "kind": kind,
        "subject": subject,
        "person_id": person_id,
        "since_on": since,
    }
    again = {"person_id": person_id, "since_on": since}
    held = insert(Hold).values(row)
    await tx.session.execute(
        held.on_conflict_do_update(index_elements=["tenant_id", "kind", "subject"], set_=again)
    )


async def _release(tx: Transaction, kind: str, subject: str, on: date) -> None:
    mine = (
        (col(Hold.tenant_id) == tx.tenant_id)
        & (col(Hold.kind) == kind)
        & (col(Hold.subject) == subject)
    )
    await tx.session.execute(update(Hold).where(mine).values(ended_on=on))
