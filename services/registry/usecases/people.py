"""People: registered once, linked when written in another way, corrected by revision."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from sqlalchemy import delete, insert, or_, select
from sqlmodel import col

from contracts.registry.api import FieldError, PersonIn, Registered
from contracts.registry.events import Channel, Contact, PersonLinked, PersonRecorded
from kit.db import Transaction
from kit.errors import Conflict, NotFound
from services.registry.models import CouncilIndex, NameIndex, Person
from services.registry.queries.people import row_of
from services.registry.rules.identity import Comparison, Likeness, compare
from services.registry.rules.names import search_terms
from services.registry.usecases import history
from services.registry.usecases.ids import new_person_id
from services.registry.usecases.profiles import (
    Invalid,
    Profile,
    completed,
    corrected,
    profile_of,
    reachable,
    replaced,
)

_ANOTHER = "o CPF já é de outra pessoa cadastrada: nome e nascimento não conferem"


@dataclass
class Known:
    """A person's row and what it says once opened."""

    row: Person
    profile: Profile


@dataclass(frozen=True)
class Found:
    """Who a profile is: a known person to link to, or None; and why."""

    known: Known | None
    reasons: tuple[str, ...]


class People:
    """The people a transaction touches: loaded and locked once, written once at `flush`."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx
        self._by_id: dict[str, Known] = {}
        self._by_cpf: dict[str, Known] = {}
        self._by_cns: dict[str, Known] = {}
        self._by_register: dict[str, dict[str, Known]] = defaultdict(dict)
        self._reserved: dict[str, str] = {}
        self._named: set[str] = set()

    def names(self, profiles: Iterable[Profile]) -> set[str]:
        """What to serialise on, so that two transactions never register one CPF twice."""
        return {f"cpf:{self._cpf(profile.cpf)}" for profile in profiles}

    async def load(self, profiles: Iterable[Profile], ids: Iterable[str] = ()) -> None:
        """Locks and opens everybody who might be one of `profiles`, and `ids`."""
        wanted = list(profiles)
        cpfs = {self._cpf(p.cpf) for p in wanted}
        cnss = {self._cns(p.cns) for p in wanted if p.cns}
        holders = await self._holders({one for p in wanted for one in self._registers(p)})
        rows = await self._rows(cpfs, cnss, {*ids, *holders})
        heads = {r.merged_into for r in rows if r.merged_into} - {r.id for r in rows}
        rows += await self._rows(set(), set(), heads) if heads else []
        self._reserved = {d: new_person_id() for d in cpfs - {row.cpf_index for row in rows}}
        await self._tx.prefetch([*(row.id for row in rows), *self._reserved.values()])
        for row in rows:
            await self._open(row)

    def of(self, person_id: str) -> Known:
        """A loaded person, or the one they were merged into; 404 or 410 otherwise."""
        known = self._by_id.get(person_id)
        if known is None:
            raise NotFound("Pessoa não encontrada", "person-not-found")
        return self._head(known)

    def find(self, profile: Profile, field: str = "cpf") -> Found:
        """Who this is; raises Invalid on `field` when the CPF is plainly somebody else's."""
        known = self._by_cpf.get(self._cpf(profile.cpf))
        if known is None:
            return Found(None, self._alike(profile))
        seen = self.comparison(known, profile)
        if seen.likeness is not Likeness.LINK:
            raise Invalid([FieldError(field=field, reason=_ANOTHER)])
        return Found(self._head(known), seen.reasons)

    @staticmethod
    def comparison(known: Known, profile: Profile, *, without_cpf: bool = False) -> Comparison:
        """How alike they are, by the rules."""
        identity = known.profile.identity
        return compare(replace(identity, cpf=None) if without_cpf else identity, profile.identity)

    async def create(self, profile: Profile) -> Known:
        """A new person: revision 1."""
        digest = self._cpf(profile.cpf)
        row = Person(
            tenant_id=self._tx.tenant_id,
            id=self._reserved.pop(digest, "") or new_person_id(),
            revision=0,
            sealed=None,
            cpf_index=digest,
            recorded_at=self._tx.now,
        )
        known = Known(row, profile)
        self._tx.session.add(row)
        await self.write(known, profile)
        return known

    async def write(self, known: Known, profile: Profile) -> None:
        """A revision of a person: sealed, searchable, told."""
        row = known.row
        if row.cpf_index:
            self._by_cpf.pop(row.cpf_index, None)
        former = replaced(known.profile, profile) if row.revision else None
        known.profile = profile
        row.revision += 1
        row.sealed = await self._tx.seal(row.id, profile.model_dump(mode="json"))
        row.cpf_index = self._cpf(profile.cpf)
        row.cns_index = self._cns(profile.cns) if profile.cns else None
        self._index(known)
        self._named.add(row.id)
        await history.record(self._tx, _recorded(self._tx, known, former))

    async def complete(self, known: Known, profile: Profile) -> Known:
        """The same person again: gaps are filled, nothing is overwritten."""
        fuller = completed(known.profile, profile)
        if fuller != known.profile:
            await self.write(known, fuller)
        return known

    async def link(self, known: Known, profile: Profile, found: Found, source: str) -> Known:
        """The same person again, told with the reasons."""
        await self.complete(known, profile)
        linked = PersonLinked(
            tenant_id=self._tx.tenant_id,
            occurred_at=self._tx.now,
            person_id=known.row.id,
            reasons=found.reasons,
            source=source,
        )
        await history.record(self._tx, linked, source)
        return known

    def taken(self, cpf: str, by_other_than: Known) -> bool:
        """Whether a CPF is already another person's."""
        owner = self._by_cpf.get(self._cpf(cpf))
        return owner is not None and self._head(owner) is not by_other_than

    def absorbed(self, cpf: str) -> bool:
        """Whether the record of a CPF was merged into another one."""
        owner = self._by_cpf.get(self._cpf(cpf))
        return owner is not None and owner.row.merged_into is not None

    async def flush(self) -> None:
        """Writes the searchable names and registers of everybody written."""
        written = [self._by_id[person_id] for person_id in sorted(self._named)]
        self._named.clear()
        await self._write_index(NameIndex, written, self._digests)
        await self._write_index(CouncilIndex, written, self._registers)

    async def _write_index(
        self,
        index: type[NameIndex | CouncilIndex],
        written: list[Known],
        digests: Callable[[Profile], list[str]],
    ) -> None:
        tenant_id = self._tx.tenant_id
        again = [known.row.id for known in written if known.row.revision > 1]
        rows = [
            {"tenant_id": tenant_id, "digest": digest, "person_id": known.row.id}
            for known in written
            for digest in digests(known.profile)
        ]
        if again:
            mine = (col(index.tenant_id) == tenant_id) & col(index.person_id).in_(again)
            await self._tx.session.execute(delete(index).where(mine))
        if rows:
            await self._tx.session.execute(insert(index), rows)

    def _head(self, known: Known) -> Known:
        return self._by_id[known.row.merged_into] if known.row.merged_into else known

    def _digests(self, profile: Profile) -> list[str]:
        terms = search_terms(f"{profile.full_name} {profile.social_name or ''}")
        return sorted(self._tx.blind("name", term) for term in terms)

    def _registers(self, profile: Profile) -> list[str]:
        """Digests of the registers without their states, which may be missing on either side."""
        told = {f"{one.council} {one.number}" for one in profile.registers}
        return sorted(self._tx.blind("council", one) for one in told)

    def _alike(self, profile: Profile) -> tuple[str, ...]:
        carded = self._by_cns.get(self._cns(profile.cns)) if profile.cns else None
        mine = self._registers(profile)
        holders = [known for one in mine for known in self._by_register[one].values()]
        for known in [carded, *holders] if carded else holders:
            seen = self.comparison(known, profile)
            if seen.likeness is Likeness.POSSIBLE:
                return ("possível repetição a conferir", *seen.reasons)
        return ()

    def _index(self, known: Known) -> None:
        self._by_id[known.row.id] = known
        if known.row.cpf_index:
            self._by_cpf[known.row.cpf_index] = known
        if known.row.cns_index:
            self._by_cns[known.row.cns_index] = known
        for register in self._registers(known.profile):
            self._by_register[register][known.row.id] = known

    async def _open(self, row: Person) -> None:
        if row.sealed is not None:
            opened = await self._tx.open(row.id, row.sealed)
            self._index(Known(row, Profile.model_validate(opened)))

    async def _holders(self, registers: set[str]) -> Iterable[str]:
        if not registers:
            return ()
        query = select(col(CouncilIndex.person_id)).where(
            col(CouncilIndex.tenant_id) == self._tx.tenant_id,
            col(CouncilIndex.digest).in_(registers),
        )
        return (await self._tx.session.execute(query)).scalars()

    async def _rows(self, cpfs: set[str], cnss: set[str], ids: set[str]) -> list[Person]:
        anyone = or_(
            col(Person.cpf_index).in_(cpfs),
            col(Person.cns_index).in_(cnss),
            col(Person.id).in_(ids),
        )
        query = (
            select(Person)
            .where(col(Person.tenant_id) == self._tx.tenant_id, anyone)
            .order_by(col(Person.id))
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        # Who waited for the lock sees what the other wrote, not what was read before it.
        await self._tx.session.flush()
        return list((await self._tx.session.execute(query)).scalars())

    def _cpf(self, cpf: str) -> str:
        return self._tx.blind("cpf", cpf)

    def _cns(self, cns: str) -> str:
        return self._tx.blind("cns", cns)


def _recorded(tx: Transaction, known: Known, former: tuple[Contact, ...] | None) -> PersonRecorded:
    profile = known.profile
    return PersonRecorded(
        tenant_id=tx.tenant_id,
        occurred_at=tx.now,
        person_id=known.row.id,
        revision=known.row.revision,
        full_name=profile.full_name,
        social_name=profile.social_name,
        birth_on=profile.birth_on,
        cpf=profile.cpf,
        contacts=reachable(profile),
        former_contacts=former,
    )


async def register(tx: Transaction, body: PersonIn) -> Registered:
    """A new person, or the one this is, with the reasons of the link."""
    profile = profile_of(body)
    people = People(tx)
    await history.serialise(tx, people.names([profile]))
    await people.load([profile])
    found = people.find(profile)
    if found.known is None:
        known = await people.create(profile)
    else:
        known = await people.link(found.known, profile, found, history.OWN)
    await people.flush()
    outcome = "created" if found.known is None else "linked"
    return Registered(person_id=known.row.id, outcome=outcome, reasons=found.reasons)


async def standing(tx: Transaction, person_id: str) -> Person:
    """A person whose record stands by itself; 404, 410 once erased, 409 once merged."""
    row = await row_of(tx, person_id)
    if row.merged_into is not None:
        title = "Este cadastro foi unido a outro"
        raise Conflict(title, "person-merged", survivor_id=row.merged_into)
    return row


async def correct(tx: Transaction, person_id: str, body: PersonIn) -> None:
    """Another revision of a person; a CPF that is somebody else's is refused."""
    profile = profile_of(body)
    await standing(tx, person_id)
    people = People(tx)
    await history.serialise(tx, people.names([profile]))
    await people.load([profile], [person_id])
    await standing(tx, person_id)
    known = people.of(person_id)
    if people.taken(profile.cpf, known) or people.absorbed(profile.cpf):
        raise Conflict(
            "O CPF já é de outra pessoa", "cpf-taken", "Una os cadastros se for a mesma."
        )
    await people.write(known, corrected(known.profile, profile))
    await people.flush()


async def prefer(tx: Transaction, person_id: str, channels: tuple[Channel, ...]) -> None:
    """Channels the person prefers, best first: a new revision, for whoever contacts them."""
    await standing(tx, person_id)
    people = People(tx)
    await people.load([], [person_id])
    await standing(tx, person_id)
    known = people.of(person_id)
    await people.write(known, known.profile.model_copy(update={"preferences": channels}))
    await people.flush()
