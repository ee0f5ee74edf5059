"""The ERP's table: receive, apply each revision once, confirm, answer probes."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import cast

from pydantic import ValidationError
from sqlalchemy import func, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from contracts.erp.events import CptBody
from contracts.sandbox.api import ErpCoverage as ErpCoverageOut
from contracts.sandbox.api import ErpMode, ErpProbe, ErpProbeAnswer, ErpTable
from kit.db import Transaction
from services.sandbox.gateways.bus import Ack, Delivery
from services.sandbox.gateways.jose import ErpKey, Unopenable
from services.sandbox.models import NO_TENANT, ErpBehaviour, ErpCoverage, ErpReport, Lane
from services.sandbox.rules import erp as rules

BATCH = 200
Decision = tuple[str, str | None]


async def receive(tx: Transaction, deliveries: Iterable[Delivery]) -> None:
    """Keep deliveries of one tenant; the same place on the topic is kept once."""
    rows = [
        {
            "tenant_id": tx.tenant_id,
            "id": delivery.place,
            "cpt_id": delivery.cpt_id,
            "revision": delivery.revision,
            "jwe": delivery.jwe,
        }
        for delivery in deliveries
    ]
    await tx.session.execute(insert(ErpReport).values(rows).on_conflict_do_nothing())
    tenant_id = tx.tenant_id
    await tx.enter(NO_TENANT)
    lane = insert(Lane).values(tenant_id=NO_TENANT, number=tenant_id)
    await tx.session.execute(lane.on_conflict_do_nothing())
    await tx.enter(tenant_id)


async def decide(tx: Transaction, key: ErpKey, slow_seconds: float) -> int:
    """Apply or refuse what is waiting, in order; nothing while the ERP is down."""
    behaviour = await _behaviour(tx)
    if behaviour.mode == "down":
        return 0
    reports = await _waiting(tx, slow_seconds if behaviour.mode == "slow" else 0)
    for report in reports:
        report.outcome, report.reason = await _decision(tx, key, behaviour, report)
        report.decided_at = await _real_now(tx)
    return len(reports)


async def to_confirm(tx: Transaction, late_seconds: float) -> list[tuple[str, Ack]]:
    """Decided and not yet confirmed, oldest first; a late ERP lets them wait, a zealous one
    confirms twice."""
    behaviour = await _behaviour(tx)
    if behaviour.mode == "down":
        return []
    wait = timedelta(seconds=late_seconds if behaviour.mode == "late" else 0)
    query = (
        select(ErpReport)
        .where(ErpReport.tenant_id == tx.tenant_id, col(ErpReport.acked_at).is_(None))
        .where(col(ErpReport.decided_at) <= func.clock_timestamp() - wait)
        .order_by(col(ErpReport.seq))
        .limit(BATCH)
    )
    times = 2 if behaviour.mode == "twice" else 1
    return [(r.id, _ack(r)) for r in await tx.session.scalars(query) for _ in range(times)]


async def confirmed(tx: Transaction, places: Iterable[str]) -> None:
    """Their confirmations are on the topic."""
    mine = update(ErpReport).where(
        col(ErpReport.tenant_id) == tx.tenant_id, col(ErpReport.id).in_(set(places))
    )
    await tx.session.execute(mine.values(acked_at=func.clock_timestamp()))


async def any_waiting(tx: Transaction) -> bool:
    """Whether a report of the tenant is not confirmed yet."""
    waiting = select(ErpReport.id).where(
        ErpReport.tenant_id == tx.tenant_id, col(ErpReport.acked_at).is_(None)
    )
    return await tx.session.scalar(waiting.limit(1)) is not None


async def lanes(tx: Transaction) -> list[int]:
    """Tenants that ever had a report."""
    return list(await tx.session.scalars(select(Lane.number)))


async def set_mode(tx: Transaction, body: ErpMode) -> ErpMode:
    """From now on the ERP behaves so for this tenant."""
    behaviour = await _behaviour(tx)
    behaviour.mode = body.mode
    behaviour.refuse_left = body.refuse_first
    behaviour.reason = body.reason
    return body


async def table(tx: Transaction, key: ErpKey) -> ErpTable:
    """The whole table of the tenant."""
    query = select(ErpCoverage).where(ErpCoverage.tenant_id == tx.tenant_id)
    rows = await tx.session.scalars(query.order_by(col(ErpCoverage.cpt_id)))
    return ErpTable(items=tuple(_shown(row, key) for row in rows))


async def probe(tx: Transaction, key: ErpKey, asked: ErpProbe) -> ErpProbeAnswer:
    """Whether the ERP would pay, by its own table alone."""
    query = select(ErpCoverage).where(
        ErpCoverage.tenant_id == tx.tenant_id,
        ErpCoverage.person == _person(tx, asked.cpf),
    )
    for row in await tx.session.scalars(query.order_by(col(ErpCoverage.cpt_id))):
        body = _opened(key, row.jwe)
        if rules.suspends(body, asked.on, asked.cid, asked.tuss, asked.high_technology_bed):
            return ErpProbeAnswer(suspended=True, cpt_id=row.cpt_id)
    return ErpProbeAnswer(suspended=False, cpt_id=None)


async def _waiting(tx: Transaction, slow_seconds: float) -> list[ErpReport]:
    query = (
        select(ErpReport)
        .where(ErpReport.tenant_id == tx.tenant_id, col(ErpReport.acked_at).is_(None))
        .where(col(ErpReport.outcome).is_(None))
        .where(
            col(ErpReport.received_at) <= func.clock_timestamp() - timedelta(seconds=slow_seconds)
        )
        .order_by(col(ErpReport.seq))
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    return list(await tx.session.scalars(query))


async def _decision(
    tx: Transaction, key: ErpKey, behaviour: ErpBehaviour, report: ErpReport
) -> Decision:
    if behaviour.refuse_left > 0:
        behaviour.refuse_left -= 1
        return "refused", behaviour.reason or "recusado pelo ERP"
    try:
        body = _opened(key, report.jwe)
    except (Unopenable, ValidationError):
        return "refused", "não foi possível abrir o JWE"
    return await _apply(tx, report, body)


async def _apply(tx: Transaction, report: ErpReport, body: CptBody) -> Decision:
    held = await tx.session.get(ErpCoverage, (tx.tenant_id, report.cpt_id), with_for_update=True)
    if not rules.newer(held.revision if held else None, report.revision):
        return "applied", None
    if held is None:
        tx.session.add(
            ErpCoverage(
                tenant_id=tx.tenant_id,
                cpt_id=report.cpt_id,
                person=_person(tx, body.cpf),
                revision=report.revision,
                jwe=report.jwe,
            )
        )
        await tx.session.flush()
    else:
        held.revision, held.jwe = report.revision, report.jwe
        held.person = _person(tx, body.cpf)
        held.applied += 1
    return "applied", None


async def _behaviour(tx: Transaction) -> ErpBehaviour:
    first = insert(ErpBehaviour).values(tenant_id=tx.tenant_id, mode="up", refuse_left=0, reason="")
    await tx.session.execute(first.on_conflict_do_nothing())
    return await tx.session.get_one(ErpBehaviour, tx.tenant_id, with_for_update=True)


async def _real_now(tx: Transaction) -> datetime:
    return cast(datetime, await tx.session.scalar(select(func.clock_timestamp())))


def _ack(report: ErpReport) -> Ack:
    return Ack(
        report.tenant_id, report.cpt_id, report.revision, report.outcome or "", report.reason
    )


def _opened(key: ErpKey, token: str) -> CptBody:
    return CptBody.model_validate_json(key.open(token))


def _person(tx: Transaction, cpf: str) -> str:
    return tx.blind("cpf", "".join(char for char in cpf if char.isalnum()))


def _shown(row: ErpCoverage, key: ErpKey) -> ErpCoverageOut:
    body = _opened(key, row.jwe)
    held = body.model_dump(exclude={"end_reason", "revision"})
    return ErpCoverageOut(**held, revision=row.revision, applied=row.applied)
