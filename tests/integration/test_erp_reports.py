"""What the ERP refuses or leaves unanswered is said again; a CPT that cannot be read stops none."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

import asyncpg
import pytest
from joserfc.jwk import ECKey

from contracts.erp.events import CptAcknowledged, CptReported
from contracts.health_declaration import events
from contracts.registry.events import EnrolmentEnded
from tests.support.api import Served
from tests.support.bench import until
from tests.support.clinic import Desk
from tests.support.proponent import Phone

DIABETES = ("Q10", "E11")
END = datetime(2028, 1, 1, 12, tzinfo=UTC)
_tenants = iter(range(4400, 4500))


@pytest.fixture
async def desk(served: Served) -> Desk:
    """A tenant whose ERP has registered its key."""
    desk = Desk(served, next(_tenants))
    jwk = ECKey.generate_key("P-256").as_dict(private=False)
    headers = served.as_(desk.tenant, "integration", sub="ivo")
    answer = await served.http.put("/partners/notus", json={"jwk": jwk}, headers=headers)
    assert answer.status_code == 200, answer.text
    return desk


async def restricted(desk: Desk) -> tuple[Phone, str]:
    """Somebody with a CPT in force, and its id."""
    phone, case = await desk.restricted(DIABETES)
    [cpt] = await desk.served.rows("select cpt_id from cpt where declaration_id = $1", case)
    return phone, cpt["cpt_id"]


async def answer(
    desk: Desk, cpt: str, revision: int, outcome: Literal["applied", "refused"]
) -> None:
    ack = CptAcknowledged(tenant_id=desk.tenant, cpt_id=cpt, revision=revision, outcome=outcome)
    await desk.served.hear(ack)


async def tick(desk: Desk) -> dict[str, Any]:
    """What the clock of CPTs asks for, now."""
    token = desk.served.issuer.token(0, ["process"], "process")
    headers = {"Authorization": f"Bearer {token}", "Vinculo-Tenant": str(desk.tenant)}
    body = {"now": desk.now().isoformat()}
    done = await desk.served.http.post("/cpt-ends/advance", json=body, headers=headers)
    assert done.status_code == 200, done.text
    step: dict[str, Any] = done.json()
    return step


async def reported(desk: Desk, cpt: str) -> list[int]:
    facts = await desk.served.facts(desk.tenant, CptReported)
    return [one["revision"] for one in facts if one["cpt_id"] == cpt]


async def confirmed(desk: Desk, cpt: str) -> list[int]:
    facts = await desk.served.facts(desk.tenant, events.CptConfirmed)
    return [one["revision"] for one in facts if one["cpt_id"] == cpt]


async def told(desk: Desk) -> list[str]:
    facts = await desk.served.facts(desk.tenant, events.DeadlineMissed)
    return [one["stage"] for one in facts]


async def owed(desk: Desk) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await desk.get("ivo", "/erp-backlog")).json()["items"]
    return items


async def test_the_end_refused_is_said_again_and_applied_once(desk: Desk) -> None:
    _, cpt = await restricted(desk)
    await answer(desk, cpt, 1, "applied")
    desk.jump(END)
    assert (await tick(desk))["ended"] == 1
    await answer(desk, cpt, 2, "refused")
    [waiting] = await owed(desk)
    assert (waiting["revision"], waiting["erp_status"]) == (2, "refused")
    assert (await tick(desk))["repeated"] == 0
    desk.jump(desk.now() + timedelta(hours=24))
    step = await tick(desk)
    assert (step["ended"], step["repeated"], step["more"]) == (0, 1, False)
    assert (await tick(desk))["repeated"] == 0
    assert await reported(desk, cpt) == [1, 2, 2]
    await answer(desk, cpt, 2, "applied")
    await answer(desk, cpt, 2, "applied")
    assert await confirmed(desk, cpt) == [1, 2]
    assert await owed(desk) == []
    desk.jump(desk.now() + timedelta(days=30))
    step = await tick(desk)
    assert (step["repeated"], step["next_due_at"]) == (0, None)
    assert await told(desk) == []


async def test_an_end_that_nobody_answers_is_told_to_a_person_and_stays_listed(
    desk: Desk,
) -> None:
    phone, cpt = await restricted(desk)
    await answer(desk, cpt, 1, "applied")
    [row] = await desk.served.rows("select enrolment_id from cpt where cpt_id = $1", cpt)
    died = EnrolmentEnded(
        tenant_id=desk.tenant,
        person_id=phone.respondent_id,
        enrolment_id=row["enrolment_id"],
        reason="deceased",
        ended_on=date(2026, 5, 1),
    )
    await desk.served.hear(died)
    for _ in range(4):
        step = await tick(desk)
        desk.jump(datetime.fromisoformat(step["next_due_at"]))
    await tick(desk)
    assert await reported(desk, cpt) == [1, 2, 2, 2, 2]
    assert await told(desk) == ["erp"]
    [listed] = await owed(desk)
    assert (listed["cpt_id"], listed["report_due_at"]) == (cpt, None)
    assert (await tick(desk))["next_due_at"] is None
    again = await desk.post("ivo", f"/cpts/{cpt}/reports", None)
    assert again.json()["report_due_at"] is not None


async def test_a_report_asked_for_twice_under_one_key_is_made_once(desk: Desk) -> None:
    _, cpt = await restricted(desk)
    await answer(desk, cpt, 1, "refused")
    key = {"Idempotency-Key": f"report-{cpt}"}
    answers = [await desk.post("ivo", f"/cpts/{cpt}/reports", None, **key) for _ in range(2)]
    assert [one.status_code for one in answers] == [200, 200]
    assert [one.json()["revision"] for one in answers] == [2, 2]
    assert await reported(desk, cpt) == [1, 2]
    assert (await desk.post("ivo", "/cpts/none/reports", None, **key)).status_code == 404


async def test_an_acknowledgement_that_waits_for_its_case_holds_no_cpt(desk: Desk) -> None:
    """An enrolment that changes locks the case, then its CPTs: the other way round they'd meet."""
    _, cpt = await restricted(desk)
    holding = await asyncpg.connect(desk.served.dsn)
    try:
        async with asyncio.timeout(60), holding.transaction():
            case = "select 1 from declaration join cpt using (declaration_id) where cpt_id = $1"
            await holding.execute(f"{case} for update of declaration", cpt)
            taken = asyncio.create_task(answer(desk, cpt, 1, "applied"))
            await until(lambda: waiting(desk))
            rest = "select 1 from cpt where cpt_id = $1 for update nowait"
            assert await holding.fetch(rest, cpt)
    finally:
        await holding.close()
    await taken
    assert await confirmed(desk, cpt) == [1]


async def waiting(desk: Desk) -> bool:
    """Whether a transaction waits for a lock."""
    query = "select 1 from pg_stat_activity where wait_event_type = 'Lock'"
    return bool(await desk.served.rows(query))


async def test_the_next_due_moment_counts_reports(desk: Desk) -> None:
    _, cpt = await restricted(desk)
    next_at = datetime.fromisoformat((await tick(desk))["next_due_at"])
    assert timedelta(hours=23) < next_at - desk.now() <= timedelta(hours=24)
    await answer(desk, cpt, 1, "applied")
    assert (await tick(desk))["next_due_at"].startswith("2028-01-01")


async def test_a_cpt_that_cannot_be_read_stops_no_other_and_is_listed_until_freed(
    desk: Desk,
) -> None:
    (_, broken), (_, sound) = await restricted(desk), await restricted(desk)
    for cpt in (broken, sound):
        await answer(desk, cpt, 1, "applied")
    [row] = await desk.served.rows("select content_sealed from cpt where cpt_id = $1", broken)
    await desk.served.rows(
        "update cpt set content_sealed = 'sealed:v1:AAAA', ends_on = ends_on - 1 where cpt_id = $1",
        broken,
    )
    desk.jump(END)
    step = await tick(desk)
    assert (step["ended"], step["more"]) == (1, False)
    ends = await desk.served.facts(desk.tenant, events.CptEnded)
    assert [one["cpt_id"] for one in ends] == [sound]
    stuck = {one["cpt_id"]: one["stuck"] for one in await owed(desk)}
    assert stuck == {sound: None, broken: "Unreadable"}
    assert (await tick(desk))["ended"] == 0
    query = "update cpt set content_sealed = $2 where cpt_id = $1"
    await desk.served.rows(query, broken, row["content_sealed"])
    freed = await desk.post("ivo", f"/cpts/{broken}/reports", None)
    assert (freed.status_code, freed.json()["stuck"]) == (200, None)
    assert (await tick(desk))["ended"] == 1
