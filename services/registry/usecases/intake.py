"""What partners send, as it comes: read, opened where it is a JWE, applied or given back."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import ValidationError

from contracts.erp.events import ErpEnrolmentReported
from contracts.registry.api import EnrolmentLine, EnrolmentOutcome, FieldError
from contracts.registry.events import EnrolmentRejected
from contracts.values import is_cpf, parse_cpf
from kit import jwe
from kit.db import Transaction
from kit.reasons import field_errors
from kit.telemetry import current_traceparent
from services.registry.models import Rejection
from services.registry.queries.rejections import OWNER
from services.registry.rules.enrolment import Limits
from services.registry.usecases import history, lines
from services.registry.usecases.contracts import Changed, tell
from services.registry.usecases.ids import new_id

_LONGEST_NAME = 40
_DEEPEST = 20
"""Far deeper than any line; what lies below could not even be written down."""


@dataclass(frozen=True)
class Sent:
    """One line as it was sent, and where it stood."""

    raw: object
    """The decoded JSON; text that could not be decoded stays text."""
    source: str
    file_id: str | None = None
    line_no: int | None = None
    errors: tuple[FieldError, ...] = ()
    """Found before the line could be read at all."""
    traceparent: str | None = field(default_factory=current_traceparent)


@dataclass(frozen=True)
class Read:
    """What was sent, and its line; `errors` where it is none."""

    sent: Sent
    line: lines.Prepared | None
    errors: tuple[FieldError, ...] = ()


def read(tx: Transaction, sent: Iterable[Sent]) -> list[Read]:
    """What was sent, each as far as it can be read."""
    return [_read(tx, _clean(one)) for one in sent]


async def take(tx: Transaction, sent: Sequence[Sent], limits: Limits) -> list[EnrolmentOutcome]:
    """Applies the good lines and keeps the bad ones, sealed, with their reasons."""
    changed: Changed = {}
    outcomes = await apply(tx, read(tx, sent), limits, changed)
    await tell(tx, changed)
    return outcomes


async def serialise(tx: Transaction, told: Sequence[Read], limits: Limits) -> None:
    """Waits once for everything the lines touch.

    Parts that each waited for their own could wait for another batch that waits for them.
    """
    await history.serialise(tx, lines.names(tx, [one.line for one in told if one.line], limits))


async def apply(
    tx: Transaction, told: Sequence[Read], limits: Limits, changed: Changed
) -> list[EnrolmentOutcome]:
    """Applies what was read; the bad lines are kept, sealed, with their reasons.

    What contracts say now is told by whoever knows the last part.
    """
    good = [one.line for one in told if one.line]
    traces = [one.sent.traceparent for one in told if one.line]
    done = iter(await lines.apply(tx, good, traces, limits, changed))
    outcomes: list[EnrolmentOutcome] = []
    for one in told:
        if one.line:
            result = next(done)
            errors, outcome = result.errors, result.outcome
        else:
            errors, outcome = one.errors, _unread(one.sent, one.errors)
        if errors:
            await _reject(tx, one.sent, errors)
        outcomes.append(outcome)
    return outcomes


def opened(reported: ErpEnrolmentReported, private_jwk: str) -> Sent:
    """The line of a fact, decrypted when it came as a JWE for our key."""
    source = "erp"
    if reported.jwe is None:
        return Sent(reported.line, source_of(reported.line) or source)
    try:
        clear = json.loads(jwe.decrypt(json.loads(private_jwk or "{}"), reported.jwe))
    except ValueError:
        reason = "o JWE não abre com a nossa chave ou não contém JSON"
        error = FieldError(field="jwe", reason=reason)
        return Sent({"enrolment_ref": reported.enrolment_ref}, source, errors=(error,))
    return Sent(clear, source_of(clear) or source)


def _clean(sent: Sent) -> Sent:
    """What no database keeps is replaced, and the line refused instead of parked."""
    kept = _storable(sent.raw, _DEEPEST)
    if kept == sent.raw:
        return sent
    reason = "contém caractere que não é texto, ou níveis demais"
    errors = (*sent.errors, FieldError(field="linha", reason=reason))
    return replace(sent, raw=kept, source=_text_of(sent.source), errors=errors)


def _storable(node: object, deeper: int) -> object:
    if isinstance(node, str):
        return _text_of(node)
    if not isinstance(node, Mapping | list):
        return node
    if not deeper:
        return "?"
    if isinstance(node, list):
        return [_storable(one, deeper - 1) for one in node]
    return {_text_of(name): _storable(one, deeper - 1) for name, one in node.items()}


def _text_of(text: str) -> str:
    return text.encode("utf-8", "replace").decode().replace("\0", "?")


def _read(tx: Transaction, sent: Sent) -> Read:
    if sent.errors:
        return Read(sent, None, sent.errors)
    try:
        line = EnrolmentLine.model_validate(sent.raw)
    except ValidationError as refusal:
        found = field_errors(refusal.errors(include_url=False))
        return Read(sent, None, tuple(FieldError.model_validate(error) for error in found))
    return Read(sent, lines.prepare(tx, line))


def _unread(sent: Sent, errors: tuple[FieldError, ...]) -> EnrolmentOutcome:
    reasons = tuple(f"{error.field}: {error.reason}" for error in errors)
    ref = _text(sent.raw, "enrolment_ref") or ""
    return EnrolmentOutcome(enrolment_ref=ref, outcome="rejected", reasons=reasons)


async def _reject(tx: Transaction, sent: Sent, errors: tuple[FieldError, ...]) -> None:
    row = Rejection(
        tenant_id=tx.tenant_id,
        id=new_id(),
        source=sent.source[:_LONGEST_NAME],
        enrolment_ref=_text(sent.raw, "enrolment_ref"),
        received_at=tx.now,
        errors=[error.model_dump() for error in errors],
        sealed=await tx.seal(OWNER, sent.raw),
        cpf_index=_cpf_index(tx, sent.raw, "person"),
        representative_index=_cpf_index(tx, sent.raw, "representative"),
        file_id=sent.file_id,
        line_no=sent.line_no,
    )
    tx.session.add(row)
    rejected = EnrolmentRejected(
        tenant_id=tx.tenant_id,
        occurred_at=tx.now,
        rejection_id=row.id,
        source=row.source,
        fields=tuple(dict.fromkeys(error.field for error in errors)),
        received_at=row.received_at,
    )
    await tx.record(rejected)


def _cpf_index(tx: Transaction, raw: object, who: str) -> str | None:
    """Who stands in the line, as far as it tells: their erasure takes it along."""
    cpf = _text(_inside(_inside(raw, "enrolment"), who), "cpf")
    return tx.blind("cpf", parse_cpf(cpf)) if cpf and is_cpf(cpf) else None


def source_of(raw: object) -> str | None:
    """Who the line says it is from, when it says so."""
    return _text(raw, "source")


def _inside(raw: object, name: str) -> object:
    return raw.get(name) if isinstance(raw, Mapping) else None


def _text(raw: object, name: str) -> str | None:
    value: Any = _inside(raw, name)
    return value if isinstance(value, str) and 0 < len(value) <= 60 else None
