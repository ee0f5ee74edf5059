"""Interviews: asked for, held or missed, their result signed by the interviewing doctor alone."""

from uuid import uuid4

from contracts.health_declaration.desk import (
    ByPhoneIn,
    InterviewLine,
    InterviewResultIn,
    InterviewSummary,
    MissedIn,
)
from contracts.health_declaration.events import (
    DeclarationReferred,
    InterviewConcluded,
    InterviewMissed,
    InterviewPurpose,
    InterviewRequested,
)
from kit.db import Transaction
from kit.errors import Conflict, Forbidden, NotFound
from services.health_declaration.models import Declaration, Interview
from services.health_declaration.queries import interviews as listed
from services.health_declaration.queries import rulebook
from services.health_declaration.queries.views import interview_summary
from services.health_declaration.usecases import (
    agenda,
    cases,
    evidence,
    history,
    interview_due,
    links,
)
from services.health_declaration.usecases.bookings import choose, offer, purpose_of, reschedule
from services.health_declaration.usecases.interview_due import (
    act_on_due,
    next_due,
    operator_owes,
    remind,
)
from services.health_declaration.usecases.rooms import consent_recording, room

__all__ = [
    "act_on_due",
    "by_phone",
    "cancel_open",
    "choose",
    "consent_recording",
    "miss",
    "next_due",
    "offer",
    "offer_to_waiting",
    "operator_owes",
    "record_result",
    "remind",
    "request",
    "reschedule",
    "room",
    "show",
]


async def request(
    tx: Transaction,
    case: Declaration,
    purpose: InterviewPurpose,
    *,
    reason: str | None,
    requested_by: str | None,
) -> Interview:
    """Asks the person to choose a time; one that is already waited for stays the one."""
    waiting = await agenda.waiting(tx, case)
    if waiting is not None and waiting.purpose == purpose:
        return waiting
    await cancel_open(tx, case)
    interview = Interview(
        tenant_id=tx.tenant_id,
        interview_id=str(uuid4()),
        declaration_id=case.declaration_id,
        purpose=purpose,
        requested_by=requested_by,
        reason_sealed=await tx.seal(case.person_id, reason) if reason else None,
        requested_at=tx.now,
    )
    tx.session.add(interview)
    if purpose == "clarification":
        await cases.move(tx, case, "interview_to_schedule")
    await interview_due.opened(tx, case, interview)
    await _tell_requested(tx, case, interview)
    await links.issue(tx, case, "ds.interview_offer")
    return interview


async def offer_to_waiting(tx: Transaction) -> None:
    """Times were given: whoever waited while there was none hears of it, and so does the process.

    Their term to choose begins now.
    """
    for declaration_id, interview_id in await agenda.unoffered(tx):
        case = await cases.load(tx, declaration_id)
        interview = await agenda.waiting(tx, case)
        still = interview is not None and interview.interview_id == interview_id
        if interview is not None and still and await agenda.free(tx, case):
            await interview_due.offer(tx, case, interview)
            await _tell_requested(tx, case, interview)


async def _tell_requested(tx: Transaction, case: Declaration, interview: Interview) -> None:
    await tx.record(
        InterviewRequested(
            tenant_id=tx.tenant_id,
            declaration_id=case.declaration_id,
            person_id=case.person_id,
            interview_id=interview.interview_id,
            purpose=purpose_of(interview),
        )
    )


async def cancel_open(tx: Transaction, case: Declaration) -> None:
    """Nothing waits for an interview of this case any more; its time is free again."""
    interview = await agenda.waiting(tx, case)
    if interview is not None:
        interview_due.resume(tx, case, interview)
        await agenda.give_back(tx, interview)
        agenda.clear(interview, "cancelled")


async def _held(
    tx: Transaction, interview_id: str, version: int, *, scheduler: bool = False
) -> tuple[Declaration, Interview]:
    """Case and interview, locked in this order, once the hour has come."""
    key = (tx.tenant_id, interview_id)
    found = await tx.session.get(Interview, key)
    if found is None:
        raise NotFound()
    case = await cases.load(tx, found.declaration_id)
    interview = await tx.session.get_one(
        Interview, key, with_for_update=True, populate_existing=True
    )
    keeps_agenda = tx.caller is not None and tx.caller.may("ds.schedule")
    await _own(tx, interview, others=scheduler and keeps_agenda)
    if interview.version != version:
        raise Conflict(
            "A entrevista mudou desde que foi aberta",
            "stale-version",
            "Recarregue a entrevista.",
            version=interview.version,
            status=interview.status,
        )
    if interview.status != "scheduled" or interview.starts_at is None:
        raise Conflict("A entrevista não está marcada", "not-scheduled", status=interview.status)
    if interview.starts_at > tx.now:
        raise Conflict("A hora da entrevista não chegou", "too-early")
    return case, interview


async def _own(tx: Transaction, interview: Interview, *, others: bool) -> None:
    """403, kept in the trail, for somebody else's; `others` where those are theirs to see too."""
    if others:
        return
    if tx.actor is not None and tx.actor == interview.doctor:
        return
    await tx.audit("interview.refused", interview.declaration_id, reason="not-your-interview")
    detail = "Só o médico que entrevista conta o que houve e assina o resultado."
    tx.keep_and_refuse(Forbidden("Esta entrevista é de outro médico", "not-your-interview", detail))


async def show(tx: Transaction, interview_id: str) -> InterviewLine:
    """One interview; somebody who merely interviews sees those they hold, as in the list."""
    interview = await tx.session.get(Interview, (tx.tenant_id, interview_id))
    if interview is None:
        raise NotFound()
    await _own(tx, interview, others=not listed.only_own(tx))
    return await listed.line(tx, interview)


async def by_phone(tx: Transaction, interview_id: str, body: ByPhoneIn) -> InterviewSummary:
    """The video did not work and the doctor calls; the first time it happened stays the one."""
    case, interview = await _held(tx, interview_id, body.version)
    if interview.by_phone_since is None:
        interview.by_phone_since, interview.version = tx.now, interview.version + 1
        details = {"interview": interview_id}
        await tx.audit("interview.by_phone", case.declaration_id, details=details)
    return interview_summary(tx, interview)


async def record_result(
    tx: Transaction, interview_id: str, body: InterviewResultIn
) -> InterviewSummary:
    """Keeps what the doctor typed; only signed does the case go on."""
    case, interview = await _held(tx, interview_id, body.version)
    pairs = await _pairs(tx, case, interview, body)
    result = {"text": body.text, "cids": pairs}
    if body.in_person is not None:
        interview.in_person = body.in_person
    interview.result_sealed = await tx.seal(case.person_id, result)
    interview.version += 1
    action = "interview.signed" if body.signed else "interview.drafted"
    await history.add(tx, case, action)
    await tx.audit(action, case.declaration_id, details={"interview": interview_id})
    if body.signed:
        await _conclude(tx, case, interview)
    return interview_summary(tx, interview)


async def _pairs(
    tx: Transaction, case: Declaration, interview: Interview, body: InterviewResultIn
) -> evidence.Pairs:
    if interview.purpose == "clarification":
        return await evidence.check(tx, case, body.cids)
    # Guidance comes before the signature: any question of the form may be talked about.
    book = await rulebook.pinned(tx, case.rules_version)
    return evidence.pairs(body.cids, {question.id for question in book.questions.questions})


async def _conclude(tx: Transaction, case: Declaration, interview: Interview) -> None:
    interview.status, interview.signed_at = "concluded", tx.now
    interview_due.resume(tx, case, interview)
    if interview.purpose == "clarification" and case.stage == "interview_scheduled":
        await cases.move(tx, case, "analysis", "interview_concluded")
    else:
        await interview_due.refresh(tx, case)
    await tx.record(
        InterviewConcluded(
            tenant_id=tx.tenant_id,
            declaration_id=case.declaration_id,
            person_id=case.person_id,
            interview_id=interview.interview_id,
        )
    )


async def miss(tx: Transaction, interview_id: str, body: MissedIn) -> InterviewSummary:
    """The person did not come: other times, or after the last no-show a person looks at it."""
    case, interview = await _held(tx, interview_id, body.version, scheduler=True)
    book = await rulebook.pinned(tx, case.rules_version)
    interview.missed += 1
    last = interview.missed >= book.rules.interview_terms.max_no_shows
    agenda.clear(interview, "to_person" if last else "open")
    details = {"interview": interview_id, "missed": interview.missed}
    await history.add(tx, case, "interview.missed")
    await tx.audit("interview.missed", case.declaration_id, details=details)
    await tx.record(
        InterviewMissed(
            tenant_id=tx.tenant_id,
            declaration_id=case.declaration_id,
            person_id=case.person_id,
            interview_id=interview_id,
            missed=interview.missed,
        )
    )
    if last:
        await _to_person(tx, case, interview)
    else:
        await _offer_again(tx, case, interview)
    return interview_summary(tx, interview)


async def _offer_again(tx: Transaction, case: Declaration, interview: Interview) -> None:
    if interview.purpose == "clarification":
        await cases.move(tx, case, "interview_to_schedule", "missed")
    await interview_due.opened(tx, case, interview)
    await links.issue(tx, case, "ds.interview_offer")


async def _to_person(tx: Transaction, case: Declaration, interview: Interview) -> None:
    """Guidance that never took place keeps nobody from signing: the case only says so."""
    interview_due.resume(tx, case, interview)
    case.cause = "no_shows"
    if interview.purpose == "clarification":
        await cases.move(tx, case, "analysis", "no_shows")
    await interview_due.refresh(tx, case)
    await tx.record(
        DeclarationReferred(
            tenant_id=tx.tenant_id,
            declaration_id=case.declaration_id,
            person_id=case.person_id,
            cause="no_shows",
            rules_version=case.rules_version,
        )
    )
