"""What somebody sees, says and asks of their own data, in the session of their form."""

from collections.abc import Awaitable, Callable
from uuid import uuid4

from sqlmodel import col, select

from contracts.health_declaration import own, public
from contracts.health_declaration.events import OwnConsentRecorded
from contracts.health_declaration.tasks import TaskSettled, TaskWanted
from contracts.registry.events import ConsentRecorded
from kit.db import Transaction
from kit.errors import Conflict, NotFound, Refused
from kit.keyring import KeyDestroyed
from services.health_declaration.models import Declaration, OwnConsent, OwnRequest
from services.health_declaration.queries import own_data as queries
from services.health_declaration.queries.people import same_person
from services.health_declaration.rules.content_hash import content_hash
from services.health_declaration.rules.people_wanted import PRIVACY
from services.health_declaration.usecases import access, form_view, offers, terms

_MOST_OPEN = 5
"""Requests that may wait at once: whoever repeats one is not served sooner."""


async def see(visit: access.Visit) -> own.OwnData:
    """What is kept of the person here."""
    case = await access.seen(visit)
    await access.note_reading(visit)
    return await queries.data(visit.tx, case)


async def export(visit: access.Visit) -> own.OwnExport:
    """All of it in one document."""
    tx = visit.tx
    case = await access.seen(visit)
    await tx.audit("own_data.exported", case.declaration_id)
    return own.OwnExport(
        exported_at=tx.now,
        person=await queries.data(tx, case),
        declaration=await form_view.view(visit),
        documents=await queries.documents(tx, case),
        offer=await _if_any(offers.view, visit),
        term=await _if_any(terms.view, visit),
    )


async def consent(visit: access.Visit, body: own.OwnConsentIn) -> own.OwnConsent:
    """Writes down what was said of one purpose; the same again says nothing new."""
    tx = visit.tx
    case = await access.case_of(visit)
    text = (await queries.purposes(tx)).get(body.purpose)
    if text is None:
        raise NotFound()
    if text.version != body.text_version:
        detail = "Leia o texto que vale agora antes de responder."
        raise Conflict("O texto mudou", "notice-changed", detail, version=text.version)
    last = (await queries.newest(tx, case)).get(body.purpose)
    if last is None or last.given != body.given or last.text_version != text.version:
        last = await _said(visit, case, body, text)
    return queries.consent(body.purpose, text, last)


async def _said(
    visit: access.Visit, case: Declaration, body: own.OwnConsentIn, text: public.Notice
) -> OwnConsent:
    """Kept, and told to the registry, where every consent of a person is found."""
    tx = visit.tx
    proof = content_hash(body.purpose, text.version, text.title, text.text)
    row = OwnConsent(
        tenant_id=tx.tenant_id,
        consent_id=str(uuid4()),
        person_id=case.person_id,
        declaration_id=case.declaration_id,
        said_by=visit.respondent_id,
        purpose=body.purpose,
        text_version=text.version,
        text_hash=proof,
        given=body.given,
        at=tx.now,
    )
    tx.session.add(row)
    details = {"purpose": body.purpose, "given": body.given, "text": proof}
    await tx.audit("own_data.consent", case.declaration_id, details=details)
    await tx.record(
        OwnConsentRecorded(
            tenant_id=tx.tenant_id,
            occurred_at=row.at,
            person_id=case.person_id,
            purpose=body.purpose,
            text_version=text.version,
            given=body.given,
        )
    )
    return row


async def hear(tx: Transaction, recorded: ConsentRecorded) -> None:
    """What was said elsewhere holds here too; what the registry had from here is here already."""
    mine = select(OwnConsent.consent_id).where(
        OwnConsent.tenant_id == tx.tenant_id,
        col(OwnConsent.person_id).in_(await same_person(tx, recorded.person_id)),
        OwnConsent.purpose == recorded.purpose,
        OwnConsent.at == recorded.occurred_at,
    )
    if (await tx.session.execute(mine)).first() is not None:
        return
    tx.session.add(
        OwnConsent(
            tenant_id=tx.tenant_id,
            consent_id=str(recorded.id),
            person_id=recorded.person_id,
            declaration_id="",
            said_by=recorded.actor or "registry",
            purpose=recorded.purpose,
            text_version=recorded.text_version,
            text_hash="",
            given=recorded.given,
            at=recorded.occurred_at,
        )
    )


async def ask(visit: access.Visit, body: own.OwnRequestIn) -> own.OwnRequest:
    """Asks the data protection officer; what was asked is kept sealed, and a task tells of it."""
    tx = visit.tx
    case = await access.case_of(visit)
    if body.kind == "correction" and not body.text.strip():
        reason = "Diga o que está errado e como deve ficar."
        raise Refused(code="validation-failed", errors=[{"field": "text", "reason": reason}])
    waiting = [one for one in await queries.requests(tx, case) if one.settled_at is None]
    if len(waiting) >= _MOST_OPEN:
        detail = "Espere a resposta aos que já fez."
        raise Conflict("Há pedidos demais em aberto", "too-many-requests-open", detail)
    row = OwnRequest(
        tenant_id=tx.tenant_id,
        request_id=str(uuid4()),
        person_id=case.person_id,
        declaration_id=case.declaration_id,
        said_by=visit.respondent_id,
        kind=body.kind,
        text_sealed=await tx.seal(case.person_id, body.text),
        made_at=tx.now,
    )
    tx.session.add(row)
    await _want(tx, row)
    details = {"request": row.request_id, "kind": row.kind}
    await tx.audit("own_data.asked", case.declaration_id, details=details)
    return await queries.request(tx, row)


async def _want(tx: Transaction, row: OwnRequest) -> None:
    await tx.record(
        TaskWanted(
            tenant_id=tx.tenant_id,
            task_id=row.request_id,
            subject_id=row.declaration_id,
            person_id=row.person_id,
            queue=PRIVACY.queue,
            form=PRIVACY.form,
            skill=PRIVACY.skill,
        )
    )


async def read(tx: Transaction, request_id: str) -> own.AskedRequest:
    """What was asked, for the officer; having read it is noted."""
    row = await tx.session.get(OwnRequest, (tx.tenant_id, request_id))
    if row is None:
        raise NotFound()
    details = {"request": request_id}
    await tx.audit("own_data.request_read", row.declaration_id, details=details)
    return await queries.asked(tx, row)


async def settle(tx: Transaction, request_id: str, body: own.RequestSettlementIn) -> own.Settlement:
    """The officer answers; asked and answered once.

    What is replied holds nothing of the person: it is given again also once they were erased.
    """
    row = await tx.session.get(OwnRequest, (tx.tenant_id, request_id), with_for_update=True)
    if row is None:
        raise NotFound()
    if row.settled_at is not None:
        raise Conflict(
            "O pedido já foi respondido",
            "already-settled",
            changed_by=row.settled_by,
            changed_at=row.settled_at.isoformat(),
        )
    now = tx.now
    row.settled_at, row.settled_by = now, tx.actor
    row.answer_sealed = await _sealed(tx, row.person_id, body.answer)
    await tx.record(
        TaskSettled(
            tenant_id=tx.tenant_id,
            task_id=request_id,
            subject_id=row.declaration_id,
            outcome="done",
        )
    )
    details = {"request": request_id}
    await tx.audit("own_data.settled", row.declaration_id, details=details)
    return own.Settlement(request_id=request_id, settled_at=now)


async def _sealed(tx: Transaction, person_id: str, text: str) -> str | None:
    """None of an erased person: nobody is left to read it, and the work is done all the same."""
    try:
        return await tx.seal(person_id, text)
    except KeyDestroyed:
        return None


async def _if_any[Shown](
    view: Callable[[access.Visit], Awaitable[Shown]], visit: access.Visit
) -> Shown | None:
    try:
        return await view(visit)
    except NotFound:
        return None
