"""What other services' facts say must keep a person's data."""

from datetime import date, datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import TextClause, text

from contracts.health_declaration import events as ds
from kit.db import Transaction

_HOLD = text("""
    insert into hold (tenant_id, kind, subject, person_id, since_on)
    values (:tenant, :kind, :subject, :person, :day)
    on conflict (tenant_id, kind, subject)
    do update set person_id = excluded.person_id, since_on = excluded.since_on
""")
_RELEASE = text("""
    update hold set ended_on = :day
    where tenant_id = :tenant and kind = :kind and subject = :subject
""")
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
    named = {"tenant": tx.tenant_id, "kind": kind, "subject": subject}
    tx.collect(_write, (_HOLD, named | {"person": person_id, "day": since}))


async def _release(tx: Transaction, kind: str, subject: str, on: date) -> None:
    named = {"tenant": tx.tenant_id, "kind": kind, "subject": subject}
    tx.collect(_write, (_RELEASE, named | {"day": on}))


async def _write(tx: Transaction, changes: list[tuple[TextClause, dict[str, Any]]]) -> None:
    """In the order in which they were told, as many together as are alike."""
    for statement, alike in groupby(changes, key=itemgetter(0)):
        await tx.connection.execute(statement, [row for _, row in alike])
