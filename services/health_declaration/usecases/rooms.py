"""The video room of an interview: made when the hour has come, outside any transaction."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import col

from contracts.health_declaration.public import Manner, Room
from kit.db import Transaction
from kit.errors import Conflict, Forbidden, NotFound
from services.health_declaration.gateways.video import NoRoom, VideoRooms
from services.health_declaration.models import Declaration, Interview
from services.health_declaration.queries import rulebook
from services.health_declaration.usecases import agenda

HOW: Mapping[Manner, str] = {
    "video": (
        "Se o vídeo não funcionar, a entrevista pode ser presencial, sem custo: "
        "remarque aqui antes da hora, pedindo presencial, ou fale com a operadora."
    ),
    "in_person": (
        "A entrevista é presencial, sem custo. A operadora informa o endereço: se ainda não "
        "recebeu, ou se precisa de apoio para chegar, fale com ela. Leve um documento com foto."
    ),
    "phone": (
        "A entrevista segue por telefone, sem custo: o médico liga para o número do seu cadastro. "
        "Se o número mudou, fale com a operadora."
    ),
}
"""What to do, by the manner of the interview."""


@dataclass(frozen=True)
class Wanted:
    """A room that has to be made."""

    tenant_id: int
    interview_id: str
    opens_at: datetime
    closes_at: datetime


Opened = Callable[[], AbstractAsyncContextManager[Transaction]]
Find = Callable[[Transaction], Awaitable[Wanted | None]]


async def prepare(opened: Opened, find: Find, rooms: VideoRooms) -> None:
    """Reads, asks the provider with the interview as key, writes down: never two at once.

    A provider that does not answer leaves the meeting in person; asking again tries again.
    """
    async with opened() as tx:
        wanted = await find(tx)
    if wanted is None:
        return
    try:
        made = await rooms.make(
            wanted.tenant_id, wanted.interview_id, wanted.opens_at, wanted.closes_at
        )
    except NoRoom:
        return
    async with opened() as tx:
        await tx.session.execute(
            update(Interview)
            .where(
                col(Interview.tenant_id) == tx.tenant_id,
                col(Interview.interview_id) == wanted.interview_id,
                col(Interview.starts_at) == wanted.opens_at,
                col(Interview.room_url).is_(None),
            )
            .values(room_url=made.join_url, host_url=made.host_url)
        )


async def wanted_by_case(tx: Transaction, case: Declaration) -> Wanted | None:
    """The room that the case's interview needs now and does not have."""
    interview = await agenda.waiting(tx, case, locked=False)
    if interview is None or interview.room_url is not None or interview.in_person:
        return None
    opens_at, closes_at = await _hours(tx, case, interview)
    if not opens_at <= tx.now < closes_at:
        return None
    return Wanted(tx.tenant_id, interview.interview_id, opens_at, closes_at)


async def wanted_by_host(tx: Transaction, interview_id: str) -> Wanted | None:
    """The same, asked for by whoever holds the interview."""
    _, case = await _hosted(tx, interview_id)
    return await wanted_by_case(tx, case)


async def room(tx: Transaction, case: Declaration) -> Room:
    """What the proponent needs to come in; the address only while the room is open."""
    interview = await agenda.waited(tx, case, locked=False)
    return await _shown(tx, case, interview, interview.room_url)


async def host_room(tx: Transaction, interview_id: str) -> Room:
    """The same for the doctor who holds it: the host's address, handed to nobody else."""
    interview, case = await _hosted(tx, interview_id)
    shown = await _shown(tx, case, interview, interview.host_url)
    if shown.join_url is not None:
        await tx.audit("interview.host_read", case.declaration_id, details={"id": interview_id})
    return shown


async def consent_recording(tx: Transaction, case: Declaration, agrees: bool) -> Room:
    """Keeps the person's answer; the interview takes place either way."""
    interview = await agenda.waited(tx, case)
    interview.recording_consent = agrees
    details = {"interview": interview.interview_id, "agrees": agrees}
    await tx.audit("interview.recording_consent", case.declaration_id, details=details)
    return await room(tx, case)


async def _hosted(tx: Transaction, interview_id: str) -> tuple[Interview, Declaration]:
    """Only whoever holds the consultation enters it as its host; the attempt is audited."""
    interview = await tx.session.get(Interview, (tx.tenant_id, interview_id))
    if interview is None:
        raise NotFound()
    if tx.actor is None or interview.doctor != tx.actor:
        await tx.audit("interview.refused", interview.declaration_id, reason="not-your-interview")
        detail = "Só o médico que entrevista recebe o endereço de anfitrião da sala."
        refusal = Forbidden("Esta entrevista é de outro médico", "not-your-interview", detail)
        tx.keep_and_refuse(refusal)
    case = await tx.session.get_one(Declaration, (tx.tenant_id, interview.declaration_id))
    return interview, case


async def _shown(tx: Transaction, case: Declaration, interview: Interview, url: str | None) -> Room:
    opens_at, closes_at = await _hours(tx, case, interview)
    manner = _manner(interview)
    return Room(
        manner=manner,
        join_url=url if manner != "in_person" and opens_at <= tx.now < closes_at else None,
        opens_at=opens_at,
        recording_consent=interview.recording_consent,
        fallback=HOW[manner],
    )


def _manner(interview: Interview) -> Manner:
    if interview.by_phone_since is not None:
        return "phone"
    return "in_person" if interview.in_person else "video"


async def _hours(
    tx: Transaction, case: Declaration, interview: Interview
) -> tuple[datetime, datetime]:
    if interview.starts_at is None or interview.minutes is None:
        raise Conflict("A entrevista ainda não foi marcada", "not-scheduled")
    book = await rulebook.pinned(tx, case.rules_version)
    margin = book.rules.interview_terms.room_margin_minutes
    return interview.starts_at, interview.starts_at + timedelta(minutes=interview.minutes + margin)
