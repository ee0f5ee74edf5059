"""What a person may ask about their own data: all of it, or its end."""

from collections.abc import Sequence

from sqlalchemy import delete, func, or_, select, update
from sqlmodel import col

from contracts.registry import api
from contracts.registry.events import PersonErased
from kit.db import Transaction
from kit.errors import Conflict, Problem
from kit.keyring import Eraser
from services.registry.models import CouncilIndex, Enrolment, Hold, NameIndex, Person, Rejection
from services.registry.queries import enrolments, people, timeline
from services.registry.rules.erasure import Ties, refusals
from services.registry.usecases import history, holds
from services.registry.usecases.enrolments import enrolment_name


async def export(tx: Transaction, person_id: str) -> api.PersonExport:
    """Everything held of a person, merged records included; asking is audited."""
    ids = await people.everyone(tx, person_id)
    joined = await enrolments.of_people(tx, ids)
    await tx.audit("person.exported", person_id)
    return api.PersonExport(
        person=await people.whole(tx, person_id),
        consents=tuple(await people.consents(tx, person_id)),
        enrolments=tuple(enrolments.shown(row) for row in joined),
        timeline=await timeline.whole(tx, person_id),
    )


async def reveal(tx: Transaction, person_id: str, reason: str) -> api.Revealed:
    """The whole CPF, to whoever says what for: both are kept."""
    person = await people.whole(tx, person_id)
    await tx.audit("cpf.revealed", person_id, reason=reason, person_id=person_id)
    return api.Revealed(cpf=person.cpf)


async def erase(tx: Transaction, eraser: Eraser, person_id: str, years: int) -> None:
    """Destroys the keys of a person and of every record merged with theirs.

    Refused with 409 and the reasons while the law or a contract needs the data. The keys go
    before the commit: were it lost, asking again finishes the work.
    """
    ids = await people.everyone(tx, person_id)
    rows = await _locked(tx, ids)
    if all(row.erased_at for row in rows):
        return
    reasons = refusals(await _ties(tx, ids), years, tx.today)
    if reasons:
        await tx.audit("erasure.refused", person_id, details={"reasons": len(reasons)})
        tx.keep_and_refuse(_refused(reasons))
    await _end(tx, eraser, rows)


async def erase_again(tx: Transaction, eraser: Eraser, person_id: str) -> bool:
    """Who was erased before stays so after a restore, whatever the older data ties them to.

    Whether there was anything left to erase.
    """
    rows = await _locked(tx, {person_id})
    left = [row for row in rows if not row.erased_at]
    if left:
        await _end(tx, eraser, left)
    return bool(left)


async def _end(tx: Transaction, eraser: Eraser, rows: Sequence[Person]) -> None:
    await _forget_traces(tx, rows)
    for row in rows:
        await eraser.destroy(tx.tenant_id, row.id)
        row.sealed = row.cpf_index = row.cns_index = None
        row.erased_at = tx.now
        erased = PersonErased(tenant_id=tx.tenant_id, occurred_at=tx.now, person_id=row.id)
        await history.record(tx, erased)
        await tx.audit("person.erased", row.id)
    # What the keys were still lies in dead rows: out of the pages with it.
    await eraser.sweep()


def _refused(reasons: tuple[str, ...]) -> Problem:
    return Conflict("Os dados precisam ser mantidos", "erasure-refused", reasons=list(reasons))


async def _locked(tx: Transaction, ids: set[str]) -> Sequence[Person]:
    """The people, locked after their enrolments and what both serialise on, as a feed does it."""
    indexes = select(col(Person.cpf_index)).where(
        col(Person.tenant_id) == tx.tenant_id,
        col(Person.id).in_(ids),
        col(Person.cpf_index).is_not(None),
    )
    mine = (col(Enrolment.tenant_id) == tx.tenant_id) & col(Enrolment.person_id).in_(ids)
    refs = select(col(Enrolment.enrolment_ref)).where(mine)
    names = {f"cpf:{index}" for index in (await tx.session.execute(indexes)).scalars()}
    names |= {enrolment_name(ref) for ref in (await tx.session.execute(refs)).scalars()}
    await history.serialise(tx, names)
    held = select(col(Enrolment.id)).where(mine).order_by(col(Enrolment.id)).with_for_update()
    await tx.session.execute(held)
    return await _people(tx, ids)


async def _people(tx: Transaction, ids: set[str]) -> Sequence[Person]:
    query = (
        select(Person)
        .where(col(Person.tenant_id) == tx.tenant_id, col(Person.id).in_(ids))
        .order_by(col(Person.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    # Whoever asked at the same time may have erased them while this one waited.
    await tx.session.flush()
    return (await tx.session.execute(query)).scalars().all()


async def _ties(tx: Transaction, ids: set[str]) -> Ties:
    active = select(func.count()).where(
        col(Enrolment.tenant_id) == tx.tenant_id, col(Enrolment.status) == "active"
    )
    own = active.where(col(Enrolment.person_id).in_(ids))
    represented = active.where(col(Enrolment.representative_person_id).in_(ids))
    held = select(Hold).where(
        col(Hold.tenant_id) == tx.tenant_id,
        col(Hold.person_id).in_(ids),
        col(Hold.ended_on).is_(None),
    )
    rows = (await tx.session.execute(held)).scalars().all()
    return Ties(
        active_enrolments=(await tx.session.execute(own)).scalar_one(),
        represented=(await tx.session.execute(represented)).scalar_one(),
        cpts_in_force=sum(row.kind == holds.CPT for row in rows),
        signed_on=tuple(row.since_on for row in rows if row.kind == holds.DECLARATION),
    )


async def _forget_traces(tx: Transaction, rows: Sequence[Person]) -> None:
    """What they are searched by, the days of birth and adoption that lie plain in enrolments, and
    refused lines in which they stand, also for another."""
    ids = [row.id for row in rows]
    cpfs = [row.cpf_index for row in rows if row.cpf_index]
    own = col(Enrolment.tenant_id) == tx.tenant_id
    mine = own & col(Enrolment.person_id).in_(ids)
    represented = own & col(Enrolment.representative_person_id).in_(ids)
    about = or_(
        col(Rejection.cpf_index).in_(cpfs),
        col(Rejection.representative_index).in_(cpfs),
        col(Rejection.enrolment_ref).in_(
            select(col(Enrolment.enrolment_ref)).where(or_(mine, represented))
        ),
    )
    lines = update(Rejection).where(col(Rejection.tenant_id) == tx.tenant_id, about)
    nothing = {"sealed": None, "cpf_index": None, "representative_index": None}
    await tx.session.execute(lines.values(nothing))
    for index in (NameIndex, CouncilIndex):
        theirs = (col(index.tenant_id) == tx.tenant_id) & col(index.person_id).in_(ids)
        await tx.session.execute(delete(index).where(theirs))
    # A newborn's day is the day of birth, and a digest of so few other days would be guessed.
    bare = {"fingerprint": None, "told": "", "newborn_on": None, "adopted_on": None}
    await tx.session.execute(update(Enrolment).where(mine).values(bare))
