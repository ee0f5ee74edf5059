"""Lines of partners' feeds, in whatever order they come: each enrolment follows its source."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select, tuple_
from sqlmodel import col

from contracts.registry.api import EnrolmentLine, EnrolmentOutcome, FieldError
from kit.db import Transaction
from kit.telemetry import span_from
from services.registry.models import Feed
from services.registry.rules.enrolment import Applied, Limits, check_line, order_line
from services.registry.usecases.contracts import Changed
from services.registry.usecases.enrolments import Enrolments, Request, close, read
from services.registry.usecases.profiles import Invalid

_SAID_ELSE = FieldError(
    field="sequence", reason="a mesma sequência já foi aplicada com outro conteúdo"
)
_OVER = FieldError(field="kind", reason="a origem já encerrou esta inscrição")


@dataclass(frozen=True)
class Done:
    """What came of a line, and the fields at fault when it was refused."""

    outcome: EnrolmentOutcome
    errors: tuple[FieldError, ...] = ()


@dataclass(frozen=True)
class Prepared:
    """A line in normal form, or the fields at fault."""

    line: EnrolmentLine
    digest: str
    request: Request | None = None
    errors: tuple[FieldError, ...] = ()


async def apply(
    tx: Transaction,
    prepared: Sequence[Prepared],
    traces: Sequence[str | None],
    limits: Limits,
    changed: Changed,
) -> list[Done]:
    """Applies the lines in the order given; one that is refused leaves nothing in the rows.

    `traces` are the traceparents they came with: what a line causes continues its trace.
    """
    enrolments = Enrolments(tx, limits, changed)
    await enrolments.load(*_about(prepared))
    desk = _Desk(tx, enrolments, await _feeds(tx, [one.line for one in prepared]))
    done = []
    for one, trace in zip(prepared, traces, strict=True):
        with span_from(trace, "apply enrolment line"):
            done.append(await desk.apply(one))
    await enrolments.flush()
    return done


def names(tx: Transaction, prepared: Sequence[Prepared], limits: Limits) -> set[str]:
    """What the lines serialise on: whoever applies them in parts takes it all before the first."""
    return Enrolments(tx, limits, {}).names(*_about(prepared))


def _about(prepared: Sequence[Prepared]) -> tuple[list[Request], set[str]]:
    requests = [one.request for one in prepared if one.request]
    return requests, {one.line.enrolment_ref for one in prepared}


def prepare(tx: Transaction, line: EnrolmentLine) -> Prepared:
    """The line in normal form, to be applied; what is wrong with it is kept beside it."""
    digest = tx.blind("line", line.model_dump_json())
    errors = check_line(line)
    if errors or line.enrolment is None or line.kind not in ("created", "changed"):
        return Prepared(line, digest, errors=errors)
    try:
        request = read(line.enrolment, line.source, line.sequence, "enrolment.")
    except Invalid as refusal:
        return Prepared(line, digest, errors=refusal.errors)
    return Prepared(line, digest, request)


class _Desk:
    """Applies one prepared line after the other over what was loaded for all of them."""

    def __init__(
        self, tx: Transaction, enrolments: Enrolments, feeds: dict[tuple[str, str], Feed]
    ) -> None:
        self._tx = tx
        self._enrolments = enrolments
        self._feeds = feeds

    async def apply(self, prepared: Prepared) -> Done:
        line = prepared.line
        if prepared.errors:
            return _refused(line, prepared.errors)
        feed = self._feeds.get((line.source, line.enrolment_ref))
        last = Applied(feed.sequence, feed.digest, feed.ended) if feed else None
        order = order_line(last, line.sequence, prepared.digest)
        if order in ("conflict", "ended"):
            return _refused(line, (_SAID_ELSE if order == "conflict" else _OVER,))
        if feed is not None and order in ("duplicate", "stale"):
            return self._skipped(line, feed, order == "stale")
        return await self._do(prepared, feed)

    async def _do(self, prepared: Prepared, feed: Feed | None) -> Done:
        line = prepared.line
        try:
            await self._put(prepared)
        except Invalid as refusal:
            return _refused(line, refusal.errors)
        feed = feed or self._new(line)
        feed.sequence, feed.digest = line.sequence, prepared.digest
        feed.ended = prepared.request is None
        feed.applied += 1
        return Done(self._outcome(line, "applied"))

    async def _put(self, prepared: Prepared) -> None:
        line = prepared.line
        if prepared.request is not None:
            await self._enrolments.put(prepared.request)
            return
        row = self._enrolments.get(line.enrolment_ref)
        if row is not None and line.ended_on and line.kind in ("cancelled", "deceased"):
            row.sequence = line.sequence
            await close(self._tx, row, line.kind, line.ended_on, line.source)

    def _new(self, line: EnrolmentLine) -> Feed:
        feed = Feed(
            tenant_id=self._tx.tenant_id,
            source=line.source,
            enrolment_ref=line.enrolment_ref,
            sequence=line.sequence,
            digest="",
            ended=False,
        )
        self._tx.session.add(feed)
        self._feeds[line.source, line.enrolment_ref] = feed
        return feed

    def _skipped(self, line: EnrolmentLine, feed: Feed, stale: bool) -> Done:
        feed.stale += stale
        feed.duplicate += not stale
        return Done(self._outcome(line, "stale" if stale else "duplicate"))

    def _outcome(self, line: EnrolmentLine, outcome: str) -> EnrolmentOutcome:
        row = self._enrolments.get(line.enrolment_ref)
        return EnrolmentOutcome.model_validate(
            {
                "enrolment_ref": line.enrolment_ref,
                "outcome": outcome,
                "enrolment_id": row.id if row else None,
                "unrepresented": row is not None and row.unrepresented,
            }
        )


def _refused(line: EnrolmentLine, errors: tuple[FieldError, ...]) -> Done:
    reasons = tuple(f"{error.field}: {error.reason}" for error in errors)
    outcome = EnrolmentOutcome(
        enrolment_ref=line.enrolment_ref, outcome="rejected", reasons=reasons
    )
    return Done(outcome, errors)


async def _feeds(tx: Transaction, lines: Iterable[EnrolmentLine]) -> dict[tuple[str, str], Feed]:
    keys = sorted({(line.source, line.enrolment_ref) for line in lines})
    query = (
        select(Feed)
        .where(
            col(Feed.tenant_id) == tx.tenant_id,
            tuple_(col(Feed.source), col(Feed.enrolment_ref)).in_(keys),
        )
        .order_by(col(Feed.source), col(Feed.enrolment_ref))
        .with_for_update()
    )
    found = (await tx.session.execute(query)).scalars()
    return {(row.source, row.enrolment_ref): row for row in found}
