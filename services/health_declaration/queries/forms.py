"""What a form is made of: texts read first, answers, who is declared."""

from datetime import datetime
from typing import Any, NamedTuple, get_args

from sqlalchemy import Integer, String, bindparam
from sqlalchemy.dialects.postgresql import distinct_on
from sqlmodel import col, or_, select

from contracts.health_declaration.public import Notice, NoticeKind, TextKind
from kit.db import Transaction
from services.health_declaration.gateways import reference
from services.health_declaration.models import (
    Answer,
    Declaration,
    Document,
    Interview,
    KnownPerson,
    NoticeRow,
    Signature,
)

# Built once: it is asked at every step of every form.
_ANSWERS = (
    select(Answer.question_id, Answer.saved_at, Answer.answer_sealed)
    .where(
        Answer.tenant_id == bindparam("tenant", type_=Integer),
        Answer.declaration_id == bindparam("case", type_=String),
        Answer.answers_version == bindparam("version", type_=Integer),
    )
    .order_by(Answer.question_id)
)


_IDENTITY = select(KnownPerson.identity_sealed).where(
    KnownPerson.tenant_id == bindparam("tenant", type_=Integer),
    KnownPerson.person_id == bindparam("person", type_=String),
)


class KeptAnswer(NamedTuple):
    """An answer as kept, and what it says."""

    question_id: str
    saved_at: datetime
    said: dict[str, Any]


async def notices_in_force(tx: Transaction) -> dict[NoticeKind, Notice]:
    """What is read before the first question."""
    return await texts_in_force(tx, get_args(NoticeKind))


async def texts_in_force[Kind: TextKind](
    tx: Transaction, kinds: tuple[Kind, ...]
) -> dict[Kind, Notice]:
    """The newest the tenant published of each kind, else the placeholder the product brings."""
    newest = (
        select(NoticeRow)
        .where(
            NoticeRow.tenant_id == tx.tenant_id,
            col(NoticeRow.kind).in_(kinds),
            col(NoticeRow.published_at).is_not(None),
        )
        .ext(distinct_on(col(NoticeRow.kind)))
        .order_by(col(NoticeRow.kind), col(NoticeRow.published_at).desc())
    )
    rows = {row.kind: row for row in (await tx.session.execute(newest)).scalars()}
    return {
        kind: _loaded(rows[kind]) if kind in rows else _placed(reference.NOTICES[kind][-1])
        for kind in kinds
    }


async def notices_read(tx: Transaction, case: Declaration) -> dict[NoticeKind, Notice]:
    """Each as it was acknowledged; those in force while none was."""
    if case.letter_version is None:
        return await notices_in_force(tx)
    read: dict[NoticeKind, str | None] = {
        "letter": case.letter_version,
        "privacy": case.privacy_version,
        "terms": case.terms_version,
    }
    return {kind: await _of_version(tx, kind, version or "") for kind, version in read.items()}


async def _of_version(tx: Transaction, kind: NoticeKind, version: str) -> Notice:
    text = reference.placeholder(kind, version)
    if text is not None:
        return _placed(text)
    return _loaded(await tx.session.get_one(NoticeRow, (tx.tenant_id, kind, version)))


def _placed(text: reference.Text) -> Notice:
    return Notice(version=text.version, title=text.title, text=reference.words_of(text))


def _loaded(row: NoticeRow) -> Notice:
    return Notice(version=row.version, title=row.title, text=row.text)


async def answers(tx: Transaction, case: Declaration) -> list[KeptAnswer]:
    """The answers of the current version, opened, in order."""
    version = {"case": case.declaration_id, "version": case.answers_version}
    rows = (await tx.connection.execute(_ANSWERS, {"tenant": tx.tenant_id} | version)).all()
    return [
        KeptAnswer(question_id, saved_at, await tx.open(case.person_id, sealed))
        for question_id, saved_at, sealed in rows
    ]


async def name(tx: Transaction, person_id: str) -> str:
    """The person's name as the registry last told it; empty while it has not."""
    sealed = await tx.session.scalar(_IDENTITY, {"tenant": tx.tenant_id, "person": person_id})
    if sealed is None:
        return ""
    identity = await tx.open(person_id, sealed)
    return str(identity["name"])


async def guidance(tx: Transaction, case: Declaration) -> set[str]:
    """Statuses of the guidance interviews of the case."""
    query = select(Interview.status).where(
        Interview.tenant_id == tx.tenant_id,
        Interview.declaration_id == case.declaration_id,
        Interview.purpose == "guidance",
    )
    return set((await tx.session.execute(query)).scalars())


async def acted_alone(tx: Transaction, declaration_id: str) -> bool:
    """Whether the person answered, signed or sent a file of this declaration by themselves."""

    def any_of(table: type[Answer | Signature | Document], alone: Any) -> Any:
        mine = (table.tenant_id == tx.tenant_id, table.declaration_id == declaration_id)
        return select(table.declaration_id).where(*mine, alone).exists()

    by_person = col(Document.received_by).startswith("person:", autoescape=True)
    query = select(
        or_(
            any_of(Answer, col(Answer.saved_by).is_(None)),
            any_of(Signature, col(Signature.assisted_by).is_(None)),
            any_of(Document, by_person),
        )
    )
    return bool((await tx.session.execute(query)).scalar_one())
