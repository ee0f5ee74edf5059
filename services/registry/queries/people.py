"""People as they are read."""

from collections import Counter
from collections.abc import Iterable

from sqlalchemy import Select, func, select
from sqlmodel import col

from contracts.registry import api
from kit.db import Transaction
from kit.errors import NotFound, Problem, Refused
from kit.keyring import KeyDestroyed, KeyMissing
from kit.pages import decode_cursor, encode_cursor
from services.registry.models import Consent, Contract, Enrolment, NameIndex, Person
from services.registry.rules.names import tokens

_HIDDEN = "***.{}.{}-**"


async def row_of(tx: Transaction, person_id: str) -> Person:
    """A person's row; 404 when there is none, 410 once they were erased."""
    row = await tx.session.get(Person, (tx.tenant_id, person_id))
    if row is None:
        raise NotFound("Pessoa não encontrada", "person-not-found")
    if row.erased_at is not None:
        raise Problem(410, "Os dados desta pessoa foram eliminados", "person-erased")
    return row


async def one(tx: Transaction, person_id: str) -> api.Person:
    """A person as the registry knows them, merged or not."""
    known = await whole(tx, person_id)
    return api.Person.model_validate(known.model_dump(exclude={"cpf"}))


async def whole(tx: Transaction, person_id: str) -> api.WholePerson:
    """The same with the whole CPF: whoever asks keeps in the trail what for."""
    return await _shown(tx, await row_of(tx, person_id))


async def everyone(tx: Transaction, person_id: str) -> set[str]:
    """The ids that are this person: their own and those merged with it."""
    row = await tx.session.get(Person, (tx.tenant_id, person_id))
    if row is None:
        raise NotFound("Pessoa não encontrada", "person-not-found")
    head = row.merged_into or row.id
    query = select(col(Person.id)).where(
        col(Person.tenant_id) == tx.tenant_id, col(Person.merged_into) == head
    )
    return {head, *(await tx.session.execute(query)).scalars()}


async def consents(tx: Transaction, person_id: str) -> list[api.Consent]:
    """Consents given and revoked, oldest first, of all records of the person."""
    ids = await everyone(tx, person_id)
    query = (
        select(Consent)
        .where(col(Consent.tenant_id) == tx.tenant_id, col(Consent.person_id).in_(ids))
        .order_by(col(Consent.recorded_at), col(Consent.id))
    )
    rows = (await tx.session.execute(query)).scalars()
    return [api.Consent.model_validate(row.model_dump()) for row in rows]


def called(person: api.Person) -> str:
    """The name somebody goes by."""
    return person.social_name or person.full_name


async def search(tx: Transaction, wanted: api.PeopleSearch) -> api.PersonPage:
    """A page of the people found by name, CPF or contract, in the order they came."""
    heads = select(func.coalesce(col(Person.merged_into), col(Person.id))).where(
        col(Person.tenant_id) == tx.tenant_id, col(Person.id).in_(_found(tx, wanted))
    )
    query = (
        select(Person)
        .where(
            col(Person.tenant_id) == tx.tenant_id,
            col(Person.id).in_(heads),
            col(Person.erased_at).is_(None),
        )
        .order_by(col(Person.id))
        .limit(wanted.limit + 1)
    )
    if wanted.cursor:
        query = query.where(col(Person.id) > decode_cursor(wanted.cursor, str)[0])
    rows = list((await tx.session.execute(query)).scalars())
    page = rows[: wanted.limit]
    more = encode_cursor(page[-1].id) if len(rows) > len(page) else None
    return api.PersonPage(items=await _summaries(tx, page), next_cursor=more)


async def names(tx: Transaction, person_ids: Iterable[str]) -> api.PeopleNames:
    """What a list calls people, with one look at them and one at their keys."""
    query = select(Person).where(
        col(Person.tenant_id) == tx.tenant_id, col(Person.id).in_(set(person_ids))
    )
    rows = list((await tx.session.execute(query)).scalars())
    await tx.prefetch([row.id for row in rows if row.erased_at is None], create=False)
    return api.PeopleNames(items=tuple([await _named(tx, row) for row in rows]))


async def _named(tx: Transaction, row: Person) -> api.PersonName:
    """Whoever is erased while we look is erased."""
    try:
        known = None if row.erased_at else await _shown(tx, row)
    except (KeyDestroyed, KeyMissing):
        known = None
    return api.PersonName(person_id=row.id, name=called(known) if known else None)


def _found(tx: Transaction, wanted: api.PeopleSearch) -> Select[str]:
    asked = [name for name in ("name", "cpf", "contract_ref") if getattr(wanted, name)]
    if len(asked) != 1:
        detail = "Informe só um: nome, CPF ou contrato."
        raise Refused("Dados inválidos", "search-ambiguous", detail)
    if wanted.cpf:
        return select(col(Person.id)).where(
            col(Person.tenant_id) == tx.tenant_id,
            col(Person.cpf_index) == tx.blind("cpf", wanted.cpf),
        )
    return _by_name(tx, wanted.name) if wanted.name else _by_contract(tx, wanted.contract_ref)


def _by_name(tx: Transaction, name: str) -> Select[str]:
    digests = {tx.blind("name", word) for word in tokens(name)}
    if not digests:
        raise Refused("Dados inválidos", "search-empty", "O nome não tem palavra que se procure.")
    return (
        select(col(NameIndex.person_id))
        .where(col(NameIndex.tenant_id) == tx.tenant_id, col(NameIndex.digest).in_(digests))
        .group_by(col(NameIndex.person_id))
        .having(func.count() == len(digests))
    )


def _by_contract(tx: Transaction, contract_ref: str | None) -> Select[str]:
    return (
        select(col(Enrolment.person_id))
        .join(
            Contract,
            (col(Contract.tenant_id) == col(Enrolment.tenant_id))
            & (col(Contract.id) == col(Enrolment.contract_id)),
        )
        .where(col(Contract.tenant_id) == tx.tenant_id, col(Contract.contract_ref) == contract_ref)
    )


async def _summaries(tx: Transaction, rows: list[Person]) -> tuple[api.PersonSummary, ...]:
    ids = [row.id for row in rows]
    await tx.prefetch(ids, create=False)
    head = func.coalesce(col(Person.merged_into), col(Person.id))
    query = (
        select(head)
        .join(
            Enrolment,
            (col(Enrolment.tenant_id) == col(Person.tenant_id))
            & (col(Enrolment.person_id) == col(Person.id)),
        )
        .where(col(Person.tenant_id) == tx.tenant_id, head.in_(ids))
    )
    joined = Counter((await tx.session.execute(query)).scalars())
    people = [await _shown(tx, row) for row in rows]
    return tuple(_summary(person, joined[person.person_id]) for person in people)


def _summary(person: api.Person, enrolments: int) -> api.PersonSummary:
    return api.PersonSummary(
        person_id=person.person_id,
        name=called(person),
        birth_on=person.birth_on,
        cpf_masked=person.cpf_masked,
        enrolments=enrolments,
    )


async def _shown(tx: Transaction, row: Person) -> api.WholePerson:
    profile = await tx.open(row.id, row.sealed or "")
    known = {"person_id": row.id, "revision": row.revision, "merged_into": row.merged_into}
    hidden = {"cpf_masked": _HIDDEN.format(profile["cpf"][3:6], profile["cpf"][6:9])}
    return api.WholePerson.model_validate(profile | known | hidden)
