"""Figures of the process: counted in the database, told only where they are of enough cases."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple, get_args

from sqlalchemy import ColumnElement, Interval, cast, func
from sqlmodel import col, select

from contracts.health_declaration.figures import (
    FEWEST,
    FigureFilter,
    Figures,
    LeadTime,
    Waiting,
)
from contracts.health_declaration.stages import Stage, coarse
from kit.db import Transaction
from services.health_declaration.models import Declaration
from services.health_declaration.queries import views
from services.health_declaration.queries.cases import SETTLED
from services.health_declaration.rules.stages import waiting_on

_ORDER = {stage: place for place, stage in enumerate(get_args(Stage))}


class Counted(NamedTuple):
    """Cases of one stage."""

    stage: str
    cases: int
    overdue: int
    oldest_since: datetime


async def figures(tx: Transaction, wanted: FigureFilter) -> Figures:
    """Lead time of what was released within the bounds, and all that waits now."""
    return Figures(
        as_of=tx.now,
        since=wanted.since,
        until=wanted.until,
        lead_time=await _lead_time(tx, wanted),
        waiting=await _waiting(tx, wanted),
    )


async def _lead_time(tx: Transaction, wanted: FigureFilter) -> LeadTime:
    taken = cast(col(Declaration.released_at) - col(Declaration.requested_at), Interval)
    seconds = func.extract("epoch", taken)
    query = select(
        func.count(),
        func.percentile_cont(0.5).within_group(seconds),
        func.percentile_cont(0.9).within_group(seconds),
        func.count().filter(col(Declaration.straight_through)),
    ).where(*_of(tx, wanted), *_released(wanted))
    released, median, p90, straight = (await tx.session.execute(query)).one()
    enough = released >= FEWEST
    return LeadTime(
        released=released,
        median_seconds=round(median) if enough else None,
        p90_seconds=round(p90) if enough else None,
        straight_through=straight / released if enough and views.has_purpose(tx) else None,
    )


def _released(wanted: FigureFilter) -> Iterable[ColumnElement[bool]]:
    moment = col(Declaration.released_at)
    yield moment.is_not(None)
    if wanted.since is not None:
        yield moment >= wanted.since
    if wanted.until is not None:
        yield moment < wanted.until


def _of(tx: Transaction, wanted: FigureFilter) -> Iterable[ColumnElement[bool]]:
    yield col(Declaration.tenant_id) == tx.tenant_id
    if wanted.contract_kind is not None:
        yield col(Declaration.contract_kind) == wanted.contract_kind


async def _waiting(tx: Transaction, wanted: FigureFilter) -> tuple[Waiting, ...]:
    query = (
        select(
            Declaration.stage,
            func.count(),
            func.count().filter(col(Declaration.due_at) < tx.now),
            func.min(views.since_column(tx)),
        )
        .where(*_of(tx, wanted), col(Declaration.stage).not_in(SETTLED))
        .group_by(col(Declaration.stage))
    )
    found = [Counted(*row) for row in (await tx.session.execute(query)).all()]
    found.sort(key=lambda one: _ORDER[one.stage])
    purpose = views.has_purpose(tx)
    hidden = views.untold_due(tx)
    told: defaultdict[str, list[Counted]] = defaultdict(list)
    for one in found:
        told[one.stage if purpose else coarse(one.stage)].append(one)
    return tuple(
        _added(stage, same, due=same[0].stage not in hidden) for stage, same in told.items()
    )


def _added(stage: str, same: list[Counted], *, due: bool) -> Waiting:
    """Stages told as one are counted as one; whoever is to act is the same at all of them."""
    return Waiting.model_validate(
        {
            "stage": stage,
            "waiting_on": waiting_on(same[0].stage),
            "cases": sum(one.cases for one in same),
            "overdue": sum(one.overdue for one in same) if due else None,
            "oldest_since": min(one.oldest_since for one in same),
        }
    )
