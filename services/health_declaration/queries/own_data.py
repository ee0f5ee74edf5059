"""What a person reads of their own data: identity, consents, requests, files."""

from collections.abc import Sequence
from typing import get_args

from sqlmodel import col, select

from contracts.health_declaration import own
from contracts.health_declaration.public import ConsentPurpose, Notice
from kit.db import Transaction
from kit.keyring import KeyDestroyed
from services.health_declaration.models import (
    Declaration,
    Document,
    KnownPerson,
    OwnConsent,
    OwnRequest,
)
from services.health_declaration.queries.forms import texts_in_force
from services.health_declaration.queries.people import same_person


async def documents(tx: Transaction, case: Declaration) -> tuple[own.OwnDocument, ...]:
    """Files of the case, oldest first."""
    query = (
        select(Document)
        .where(Document.tenant_id == tx.tenant_id, Document.declaration_id == case.declaration_id)
        .order_by(col(Document.received_at))
    )
    rows = (await tx.session.execute(query)).scalars().all()
    return tuple(
        [
            own.OwnDocument(
                name=await tx.open(case.person_id, one.name_sealed),
                received_at=one.received_at,
                sha256=one.sha256,
            )
            for one in rows
        ]
    )


async def data(tx: Transaction, case: Declaration) -> own.OwnData:
    """The person as they are known here, and all they said of their data."""
    known = await tx.session.get(KnownPerson, (tx.tenant_id, case.person_id))
    identity = await tx.open(case.person_id, known.identity_sealed) if known else {}
    said, texts = await newest(tx, case), await purposes(tx)
    return own.OwnData(
        name=identity.get("name", ""),
        birth_on=identity.get("birth_on"),
        cpf_masked=_masked(identity.get("cpf", "")),
        protocol=case.protocol,
        consents=tuple(consent(name, one, said.get(name)) for name, one in texts.items()),
        requests=tuple([await request(tx, one) for one in await requests(tx, case)]),
    )


def _masked(cpf: str) -> str:
    return f"***.{cpf[3:6]}.{cpf[6:9]}-**" if cpf else ""


async def newest(tx: Transaction, case: Declaration) -> dict[str, OwnConsent]:
    """What was said last of each purpose, under whatever id the person was known then."""
    ids = await same_person(tx, case.person_id)
    query = (
        select(OwnConsent)
        .where(OwnConsent.tenant_id == tx.tenant_id, col(OwnConsent.person_id).in_(ids))
        .order_by(col(OwnConsent.at))
    )
    return {one.purpose: one for one in (await tx.session.execute(query)).scalars()}


async def purposes(tx: Transaction) -> dict[str, Notice]:
    """Each purpose that takes a consent, with the text that holds now."""
    return dict(await texts_in_force(tx, get_args(ConsentPurpose)))


def consent(name: str, text: Notice, said: OwnConsent | None) -> own.OwnConsent:
    """A purpose and where its consent stands."""
    return own.OwnConsent(
        purpose=name,
        title=text.title,
        text=text.text.strip(),
        text_version=text.version,
        given=said.given if said else None,
        recorded_at=said.at if said else None,
    )


async def requests(tx: Transaction, case: Declaration) -> Sequence[OwnRequest]:
    """What was asked for, newest first."""
    query = (
        select(OwnRequest)
        .where(OwnRequest.tenant_id == tx.tenant_id, OwnRequest.person_id == case.person_id)
        .order_by(col(OwnRequest.made_at).desc())
    )
    return (await tx.session.execute(query)).scalars().all()


async def request(tx: Transaction, row: OwnRequest) -> own.OwnRequest:
    """One request; what was typed stays sealed."""
    return own.OwnRequest(
        request_id=row.request_id,
        kind="erasure" if row.kind == "erasure" else "correction",
        made_at=row.made_at,
        settled_at=row.settled_at,
        answer=await _opened(tx, row, row.answer_sealed),
    )


async def asked(tx: Transaction, row: OwnRequest) -> own.AskedRequest:
    """The same with what was typed, for whoever is to answer it."""
    return own.AskedRequest(
        **(await request(tx, row)).model_dump(),
        text=await _opened(tx, row, row.text_sealed),
        declaration_id=row.declaration_id,
        person_id=row.person_id,
        settled_by=row.settled_by,
    )


async def _opened(tx: Transaction, row: OwnRequest, sealed: str | None) -> str | None:
    """What was sealed; None where there is nothing, or the person was erased since."""
    if sealed is None:
        return None
    try:
        text: str = await tx.open(row.person_id, sealed)
    except KeyDestroyed:
        return None
    return text
