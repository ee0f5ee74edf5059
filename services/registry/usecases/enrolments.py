"""Who joined which contract: by API, by file or by a partner's topic, always through here."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlmodel import col

from contracts.registry.api import EnrolmentIn, FieldError
from contracts.registry.events import EnrolmentEnd, EnrolmentEnded
from kit.db import Transaction
from kit.errors import Conflict, NotFound
from services.registry.models import Contract, Enrolment
from services.registry.queries import people as people_queries
from services.registry.queries.enrolments import UNREPRESENTED
from services.registry.rules.enrolment import (
    BEFORE_BIRTH,
    Limits,
    check_enrolment,
    joining_fault,
    lacks_representative,
    may_join_without_declaring,
)
from services.registry.rules.identity import Likeness
from services.registry.settings import RegistrySettings
from services.registry.usecases import enrolment_facts, history
from services.registry.usecases.contracts import Changed, Contracts, tell
from services.registry.usecases.ids import new_id
from services.registry.usecases.people import Found, Known, People
from services.registry.usecases.profiles import Invalid, Profile, corrected, profile_of

_KEPT = (
    "role",
    "holder_ref",
    "requested_on",
    "linked_on",
    "joining_on",
    "newborn_on",
    "adopted_on",
    "portability",
)


def limits_of(settings: RegistrySettings) -> Limits:
    """The operator's policy, for the rules."""
    return Limits(
        full_age=settings.full_age,
        joining_years_back=settings.joining_years_back,
        joining_months_ahead=settings.joining_months_ahead,
    )


@dataclass(frozen=True)
class Request:
    """An enrolment whose fields were accepted: its people in normal form, its source."""

    body: EnrolmentIn
    person: Profile
    representative: Profile | None
    source: str
    sequence: int
    place: str
    """Where the body's fields lie in what was sent, for naming them: "" or "enrolment."."""


def read(body: EnrolmentIn, source: str, sequence: int = 0, place: str = "") -> Request:
    """The enrolment in normal form; raises Invalid with every field that keeps it out."""
    errors = [FieldError(field=f"{place}{name}", reason=why) for name, why in check_enrolment(body)]
    if errors:
        raise Invalid(errors)
    other = body.representative
    return Request(
        body,
        profile_of(body.person, f"{place}person."),
        profile_of(other, f"{place}representative.") if other else None,
        source,
        sequence,
        place,
    )


class Enrolments:
    """The enrolments a transaction touches, with their people and contracts."""

    def __init__(self, tx: Transaction, limits: Limits, changed: Changed) -> None:
        self._tx = tx
        self._limits = limits
        self._people = People(tx)
        self._contracts = Contracts(tx, changed)
        self._rows: dict[str, Enrolment] = {}

    def names(self, requests: Iterable[Request], refs: Iterable[str] = ()) -> set[str]:
        """What to serialise on before any of it is read."""
        wanted = list(requests)
        profiles = [p for r in wanted for p in (r.person, r.representative) if p]
        contracts = self._contracts.names(r.body.contract for r in wanted)
        known = {*refs, *(request.body.enrolment_ref for request in wanted)}
        return self._people.names(profiles) | contracts | {enrolment_name(ref) for ref in known}

    async def load(self, requests: Iterable[Request], refs: Iterable[str] = ()) -> None:
        """Serialises on, locks and reads everything the requests are about."""
        wanted = list(requests)
        bodies = [request.body.contract for request in wanted]
        profiles = [p for r in wanted for p in (r.person, r.representative) if p]
        known = {*refs, *(request.body.enrolment_ref for request in wanted)}
        await history.serialise(self._tx, self.names(wanted, known))
        self._rows = {row.enrolment_ref: row for row in await self._read(known)}
        await self._contracts.load(bodies)
        if profiles:
            await self._people.load(profiles, {row.person_id for row in self._rows.values()})

    def get(self, enrolment_ref: str) -> Enrolment | None:
        """The enrolment of a reference, when there is one."""
        return self._rows.get(enrolment_ref)

    async def put(self, request: Request) -> Enrolment:
        """The enrolment as asked: joined, or changed where it was known. Raises Invalid."""
        row = self._rows.get(request.body.enrolment_ref)
        return await (self._join(request) if row is None else self._change(row, request))

    async def flush(self) -> None:
        """Writes what was kept for last; what contracts say now is still to be told."""
        await self._people.flush()

    async def _join(self, request: Request) -> Enrolment:
        expect_plausible(self._tx, request.body.joining_on, self._limits, request.place)
        found = self._people.find(request.person, f"{request.place}person.cpf")
        other = self._find_representative(request)
        person = await self._person(request, found)
        representative = await self._representative(request, other)
        contract = await self._contracts.put(request.body.contract, request.source)
        row = self._row(request, person, representative, contract)
        self._tx.session.add(row)
        self._rows[row.enrolment_ref] = row
        await enrolment_facts.enrolled(self._tx, row, contract, request.source)
        return row

    async def _change(self, row: Enrolment, request: Request) -> Enrolment:
        if row.status != "active":
            field = f"{request.place}enrolment_ref"
            raise Invalid([FieldError(field=field, reason="a inscrição já foi encerrada")])
        # What was accepted once stays acceptable however long ago it was.
        if row.joining_on != request.body.joining_on:
            expect_plausible(self._tx, request.body.joining_on, self._limits, request.place)
        known = self._same_person(row, request)
        other = self._find_representative(request)
        fresh = corrected(known.profile, request.person)
        if fresh != known.profile and not self._people.absorbed(request.person.cpf):
            await self._people.write(known, fresh)
        representative = await self._representative(request, other)
        contract = await self._contracts.put(request.body.contract, request.source)
        for name in _KEPT:
            setattr(row, name, getattr(request.body, name))
        row.unrepresented = lacks_representative(request.body, self._limits.full_age)
        row.contract_id, row.sequence = contract.id, request.sequence
        row.fingerprint = fingerprint(self._tx, request.body)
        row.representative_person_id = representative.row.id if representative else None
        await enrolment_facts.changed(self._tx, row, contract, request.source)
        return row

    def _same_person(self, row: Enrolment, request: Request) -> Known:
        """The enrolled person, when the change is still about them; raises Invalid otherwise."""
        known = self._people.of(row.person_id)
        field = f"{request.place}person.cpf"
        if self._people.taken(request.person.cpf, known):
            reason = "o CPF é de outra pessoa cadastrada; una os cadastros se for a mesma"
            raise Invalid([FieldError(field=field, reason=reason)])
        retyped = known.profile.cpf != request.person.cpf
        seen = self._people.comparison(known, request.person, without_cpf=retyped)
        if seen.likeness is Likeness.NEW or (not retyped and seen.likeness is not Likeness.LINK):
            raise Invalid([FieldError(field=field, reason="a inscrição é de outra pessoa")])
        return known

    def _find_representative(self, request: Request) -> Found | None:
        profile = request.representative
        if profile is None:
            return None
        field = f"{request.place}representative.cpf"
        if profile.cpf == request.person.cpf:
            reason = "o representante não pode ser a própria pessoa"
            raise Invalid([FieldError(field=field, reason=reason)])
        return self._people.find(profile, field)

    async def _person(self, request: Request, found: Found) -> Known:
        if found.known is None:
            return await self._people.create(request.person)
        return await self._people.link(found.known, request.person, found, request.source)

    async def _representative(self, request: Request, found: Found | None) -> Known | None:
        if request.representative is None or found is None:
            return None
        if found.known is None:
            return await self._people.create(request.representative)
        return await self._people.complete(found.known, request.representative)

    def _row(
        self, request: Request, person: Known, other: Known | None, contract: Contract
    ) -> Enrolment:
        body = request.body
        return Enrolment(
            tenant_id=self._tx.tenant_id,
            id=new_id(),
            enrolment_ref=body.enrolment_ref,
            person_id=person.row.id,
            contract_id=contract.id,
            representative_person_id=other.row.id if other else None,
            unrepresented=lacks_representative(body, self._limits.full_age),
            source=request.source,
            sequence=request.sequence,
            fingerprint=fingerprint(self._tx, body),
            recorded_at=self._tx.now,
            **{name: getattr(body, name) for name in _KEPT},
        )

    async def _read(self, refs: set[str]) -> list[Enrolment]:
        query = (
            select(Enrolment)
            .where(
                col(Enrolment.tenant_id) == self._tx.tenant_id,
                col(Enrolment.enrolment_ref).in_(refs),
            )
            .order_by(col(Enrolment.id))
            .with_for_update()
        )
        return list((await self._tx.session.execute(query)).scalars())


def enrolment_name(enrolment_ref: str) -> str:
    """What whoever touches an enrolment serialises on."""
    return f"enrolment:{enrolment_ref}"


def fingerprint(tx: Transaction, body: EnrolmentIn) -> str:
    """Tells whether the same was asked before, without keeping what was asked."""
    return tx.blind("enrolment", body.model_dump_json())


def expect_plausible(tx: Transaction, joining_on: date, limits: Limits, place: str = "") -> None:
    """Raises Invalid on the joining date when nobody plausibly joins on that day."""
    fault = joining_fault(joining_on, tx.today, limits)
    if fault is not None:
        raise Invalid([FieldError(field=f"{place}joining_on", reason=fault)])


async def close(
    tx: Transaction, row: Enrolment, reason: EnrolmentEnd, ended_on: date, source: str
) -> None:
    """Ends an enrolment that stands; one already ended stays as it is."""
    if row.status != "active":
        return
    row.status, row.ended_on = reason, ended_on
    ended = EnrolmentEnded(
        tenant_id=tx.tenant_id,
        occurred_at=tx.now,
        person_id=row.person_id,
        enrolment_id=row.id,
        reason=reason,
        ended_on=ended_on,
    )
    await history.record(tx, ended, source)


async def enrol(tx: Transaction, body: EnrolmentIn, limits: Limits) -> Enrolment:
    """One enrolment by API; the same one again gives the same answer.

    Whoever asks is there to answer: a minor who must declare comes with a representative.
    """
    if lacks_representative(body, limits.full_age) and not may_join_without_declaring(body):
        raise Invalid([UNREPRESENTED])
    request = read(body, history.OWN)
    changed: Changed = {}
    enrolments = Enrolments(tx, limits, changed)
    await enrolments.load([request])
    row = enrolments.get(body.enrolment_ref)
    if row is None:
        row = await enrolments.put(request)
        await enrolments.flush()
        await tell(tx, changed)
    elif row.fingerprint != fingerprint(tx, body):
        raise Conflict(
            "A referência já é de outra inscrição", "enrolment-exists", enrolment_id=row.id
        )
    return row


async def end(tx: Transaction, enrolment_id: str, reason: EnrolmentEnd, on: date) -> Enrolment:
    """Ends an enrolment by API; 409 when it had already ended another way."""
    row = await _locked(tx, enrolment_id)
    if row.status != "active" and (row.status, row.ended_on) != (reason, on):
        raise _already_ended(row)
    await close(tx, row, reason, on, history.OWN)
    return row


async def move_joining(
    tx: Transaction, enrolment_id: str, joining_on: date, limits: Limits
) -> Enrolment:
    """Moves the joining date; 409 when the enrolment ended, 422 where it cannot lie."""
    row = await _locked(tx, enrolment_id)
    if row.status != "active":
        raise _already_ended(row)
    if row.joining_on != joining_on:
        expect_plausible(tx, joining_on, limits)
        person = await people_queries.one(tx, row.person_id)
        if joining_on < person.birth_on:
            raise Invalid([FieldError(field="joining_on", reason=BEFORE_BIRTH)])
    row.joining_on = joining_on
    contract = await tx.session.get_one(Contract, (tx.tenant_id, row.contract_id))
    await enrolment_facts.changed(tx, row, contract, history.OWN)
    return row


def _already_ended(row: Enrolment) -> Conflict:
    on = row.ended_on.isoformat() if row.ended_on else None
    return Conflict("A inscrição já foi encerrada", "enrolment-ended", ended_on=on)


async def _locked(tx: Transaction, enrolment_id: str) -> Enrolment:
    row = await tx.session.get(Enrolment, (tx.tenant_id, enrolment_id), with_for_update=True)
    if row is None:
        raise NotFound("Inscrição não encontrada", "enrolment-not-found")
    return row
