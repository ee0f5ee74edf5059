"""Lists of cases for staff: nothing clinical, oldest wait first."""

from typing import get_args

from pydantic import BaseModel, Field
from sqlalchemy import tuple_
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from contracts.health_declaration.desk import CasePage
from contracts.health_declaration.stages import COARSE, CoarseStage, Stage
from contracts.values import Moment
from kit.db import Transaction
from kit.errors import Refused
from kit.pages import encode_cursor, moment_cursor
from services.health_declaration.models import Declaration
from services.health_declaration.queries import views


class CaseFilter(BaseModel):
    """What `GET /declarations` may ask for."""

    stage: Stage | CoarseStage | None = None
    person_id: str | None = Field(default=None, max_length=100)
    enrolment_id: str | None = Field(default=None, max_length=100)
    due_before: Moment | None = None
    cursor: str | None = Field(default=None, max_length=500)
    limit: int = Field(default=50, ge=1, le=200)


async def page(tx: Transaction, wanted: CaseFilter) -> CasePage:
    """A page of cases in the order in which they entered their stage."""
    place = (col(Declaration.stage_since), col(Declaration.declaration_id))
    query = _filtered(tx, wanted).order_by(*place).limit(wanted.limit + 1)
    if wanted.cursor is not None:
        query = query.where(tuple_(*place) > moment_cursor(wanted.cursor))
    rows = list((await tx.session.execute(query)).scalars())
    shown = rows[: wanted.limit]
    more = len(rows) > wanted.limit
    return CasePage(
        items=tuple(views.summary(tx, row) for row in shown),
        next_cursor=_cursor(shown[-1]) if more else None,
    )


def _filtered(tx: Transaction, wanted: CaseFilter) -> SelectOfScalar[Declaration]:
    query = select(Declaration).where(Declaration.tenant_id == tx.tenant_id)
    if wanted.stage is not None:
        query = query.where(col(Declaration.stage).in_(_stages(tx, wanted.stage)))
    if wanted.person_id is not None:
        query = query.where(Declaration.person_id == wanted.person_id)
    if wanted.enrolment_id is not None:
        query = query.where(Declaration.enrolment_id == wanted.enrolment_id)
    if wanted.due_before is not None:
        query = query.where(col(Declaration.due_at) < wanted.due_before)
        if not views.has_purpose(tx):
            query = query.where(col(Declaration.stage).not_in(views.TELLING_DUE))
    return query


def _stages(tx: Transaction, wanted: Stage | CoarseStage) -> tuple[Stage, ...]:
    """What may be asked for is what may be read: a filter tells as much as a field."""
    if not views.has_purpose(tx):
        if wanted not in COARSE:
            reason = f"Sem finalidade clínica, filtre por: {', '.join(COARSE)}."
            raise Refused(code="stage-refused", errors=[{"field": "stage", "reason": reason}])
        return COARSE[wanted]
    fine: tuple[Stage, ...] = get_args(Stage)
    return tuple(one for one in fine if one == wanted) or COARSE[wanted]


def _cursor(case: Declaration) -> str:
    return encode_cursor(case.stage_since.isoformat(), case.declaration_id)
