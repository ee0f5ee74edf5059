"""Lists of cases for staff: nothing clinical, oldest wait first."""

from collections.abc import Iterator
from typing import Literal, get_args

from pydantic import BaseModel, Field
from sqlalchemy import ColumnElement, func, or_, tuple_
from sqlmodel import col, select

from contracts.health_declaration.desk import CasePage
from contracts.health_declaration.stages import COARSE, ENDED, CoarseStage, Stage
from contracts.values import Moment
from kit.db import Transaction
from kit.errors import Refused
from kit.pages import encode_cursor, moment_cursor
from services.health_declaration.models import Declaration
from services.health_declaration.queries import views
from services.health_declaration.rules.stages import waiting_on

_FINE: tuple[Stage, ...] = get_args(Stage)
_EQUAL = ("person_id", "enrolment_id", "declaration_id", "contract_kind")
COUNTED = 10_000
"""More than so many are not counted, nor exported in one go."""
SETTLED = ("released", *sorted(ENDED))


class CaseFilter(BaseModel):
    """What `GET /declarations` may ask for."""

    stage: Stage | CoarseStage | None = None
    state: Literal["open", "settled"] | None = None
    """Open is what was neither released nor ended."""
    waiting_on: Literal["operator", "proponent"] | None = None
    person_id: str | None = Field(default=None, max_length=100)
    enrolment_id: str | None = Field(default=None, max_length=100)
    declaration_id: str | None = Field(default=None, max_length=100)
    contract_kind: str | None = Field(default=None, max_length=40)
    reference: str | None = Field(default=None, max_length=60)
    """Beginning of the protocol, or the partner's reference of the enrolment."""
    since_from: Moment | None = None
    since_until: Moment | None = None
    """At the same stage since then, the second moment not included."""
    due_before: Moment | None = None
    export: bool = False
    """The caller keeps what is answered: it is audited with the first page."""
    cursor: str | None = Field(default=None, max_length=500)
    limit: int = Field(default=50, ge=1, le=200)


async def page(tx: Transaction, wanted: CaseFilter) -> CasePage:
    """A page of cases in the order in which they entered their stage, and how many there are."""
    place = (views.since_column(tx), col(Declaration.declaration_id))
    matching = list(_matching(tx, wanted))
    query = select(Declaration).where(*matching).order_by(*place).limit(wanted.limit + 1)
    if wanted.cursor is not None:
        query = query.where(tuple_(*place) > moment_cursor(wanted.cursor))
    rows = list((await tx.session.execute(query)).scalars())
    shown = rows[: wanted.limit]
    more = len(rows) > wanted.limit
    total = await _count(tx, matching)
    if wanted.export and wanted.cursor is None:
        await _exported(tx, wanted, total)
    return CasePage(
        items=tuple(views.summary(tx, row) for row in shown),
        next_cursor=_cursor(tx, shown[-1]) if more else None,
        total=min(total, COUNTED),
        total_capped=total > COUNTED,
    )


async def _count(tx: Transaction, matching: list[ColumnElement[bool]]) -> int:
    few = select(Declaration.declaration_id).where(*matching).limit(COUNTED + 1).subquery()
    counted = await tx.session.execute(select(func.count()).select_from(few))
    return counted.scalar_one()


async def _exported(tx: Transaction, wanted: CaseFilter, total: int) -> None:
    """One entry per file: what was asked for, and how much of it there was."""
    asked = wanted.model_dump(mode="json", exclude_none=True, exclude={"export", "limit"})
    await tx.audit("declarations.exported", "declarations", details=asked | {"total": total})


def _matching(tx: Transaction, wanted: CaseFilter) -> Iterator[ColumnElement[bool]]:
    yield col(Declaration.tenant_id) == tx.tenant_id
    for name in _EQUAL:
        value = getattr(wanted, name)
        if value is not None:
            yield getattr(Declaration, name) == value
    yield from _at_stages(tx, wanted)
    yield from _at_times(tx, wanted)
    if wanted.reference:
        protocol = col(Declaration.protocol).startswith(wanted.reference, autoescape=True)
        yield or_(protocol, col(Declaration.enrolment_ref) == wanted.reference)


def _at_stages(tx: Transaction, wanted: CaseFilter) -> Iterator[ColumnElement[bool]]:
    stage = col(Declaration.stage)
    if wanted.stage is not None:
        yield stage.in_(_stages(tx, wanted.stage))
    if wanted.state is not None:
        yield stage.not_in(SETTLED) if wanted.state == "open" else stage.in_(SETTLED)
    if wanted.waiting_on is not None:
        yield stage.in_([one for one in _FINE if waiting_on(one) == wanted.waiting_on])


def _at_times(tx: Transaction, wanted: CaseFilter) -> Iterator[ColumnElement[bool]]:
    since, due = views.since_column(tx), col(Declaration.due_at)
    if wanted.since_from is not None:
        yield since >= wanted.since_from
    if wanted.since_until is not None:
        yield since < wanted.since_until
    if wanted.due_before is not None:
        yield due < wanted.due_before
        yield col(Declaration.stage).not_in(views.untold_due(tx))


def _stages(tx: Transaction, wanted: Stage | CoarseStage) -> tuple[Stage, ...]:
    """What may be asked for is what may be read: a filter tells as much as a field."""
    if not views.has_purpose(tx):
        if wanted not in COARSE:
            reason = f"Sem finalidade clínica, filtre por: {', '.join(COARSE)}."
            raise Refused(code="stage-refused", errors=[{"field": "stage", "reason": reason}])
        return COARSE[wanted]
    return tuple(one for one in _FINE if one == wanted) or COARSE[wanted]


def _cursor(tx: Transaction, case: Declaration) -> str:
    return encode_cursor(views.since(tx, case).isoformat(), case.declaration_id)
