"""What must hold of declarations and CPTs is counted over all tenants, and nothing else is told."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from kit.invariants import Finding
from services.health_declaration.app import create
from services.health_declaration.queries import holding
from services.health_declaration.settings import HealthDeclarationSettings
from tests.support.api import Served, databases, serving
from tests.support.postgres import Postgres
from tests.support.proponent import REGISTER, invited

CPT = """
    insert into cpt (tenant_id, cpt_id, declaration_id, person_id, enrolment_id, enrolment_ref,
        revision, status, starts_on, ends_on, months, content_sealed, rules_version, created_at,
        erp_status, erp_revision, reported_at, report_due_at, report_tries)
    values ($1, $2, 'd', 'p', 'e', 'r', 1, $3, '2020-01-01', $4, 24, 's', 'v', $5, 'reported',
        $6, $5, $7, 0)
"""
KINDS = ("declaration", "cpt_end", "erp_report", "cpt_at_erp")


@pytest.fixture
async def served(postgres: Postgres) -> AsyncIterator[Served]:
    known = await databases(postgres, "health_declaration")
    settings = HealthDeclarationSettings.model_validate(known | {"ans_register": REGISTER})
    async with serving(create(settings), postgres) as ready:
        yield ready


async def found(served: Served) -> dict[str, int]:
    findings = await holding.look(served.app.state.begin)
    assert {one.kind: one.overdue for one in findings} == dict.fromkeys(KINDS[:3], True) | {
        "cpt_at_erp": False
    }
    return {kind: cases for kind, _, cases in findings if cases}


async def test_nothing_is_told_of_what_goes_its_way(served: Served) -> None:
    now = datetime.now(UTC)
    await invited(served, 71)
    later = (now + timedelta(days=300)).date()
    await served.rows(CPT, 71, "confirmed", "in_force", later, now - timedelta(days=90), 1, None)
    fresh = now - timedelta(hours=5)
    await served.rows(CPT, 71, "fresh", "in_force", later, fresh, 0, now + timedelta(hours=1))
    await served.rows(CPT, 71, "ended", "ended", now.date(), now - timedelta(days=900), 0, None)
    assert await found(served) == {}


async def test_moments_that_passed_and_cpts_that_the_erp_does_not_know_are_counted(
    served: Served,
) -> None:
    now = datetime.now(UTC)
    for tenant in (71, 72):
        await invited(served, tenant)
    await served.rows("update declaration set due_at = $1", now - timedelta(minutes=20))
    gone = (now - timedelta(days=2)).date()
    await served.rows(CPT, 71, "late", "in_force", gone, now, 1, None)
    later = (now + timedelta(days=300)).date()
    since = now - timedelta(days=4)
    await served.rows(CPT, 72, "untold", "in_force", later, since, 0, now - timedelta(hours=1))
    assert await found(served) == {
        "declaration": 2,
        "cpt_end": 1,
        "erp_report": 1,
        "cpt_at_erp": 1,
    }


async def test_the_login_that_counts_sees_no_tenant_by_it(served: Served) -> None:
    await invited(served, 71)
    async with served.app.state.begin(holding.NO_TENANT) as tx:
        assert (await tx.session.execute(text("select count(*) from declaration"))).scalar() == 0
    assert Finding("declaration", True, 0) in await holding.look(served.app.state.begin)


async def test_open_cases_are_told_a_page_at_a_time_and_whose_come_next(served: Served) -> None:
    for tenant in (81, 81, 81, 84):
        await invited(served, tenant)
    mine = await served.rows("select declaration_id from declaration where tenant_id = 81")
    ids = sorted(row["declaration_id"] for row in mine)
    await served.rows("update declaration set stage = 'expired' where declaration_id = $1", ids[1])

    async def page(tenant: int, **asked: object) -> dict[str, object]:
        headers = served.as_(0, "process") | {"Vinculo-Tenant": str(tenant)}
        answer = await served.http.post("/open-cases", json=asked, headers=headers)
        assert answer.status_code == 200, answer.text
        told: dict[str, object] = answer.json()
        return told

    assert await page(81, limit=1) == {"declaration_ids": ids[:1], "next_tenant": 84}
    assert (await page(81, after=ids[0]))["declaration_ids"] == ids[2:]
    assert await page(82) == {"declaration_ids": [], "next_tenant": 84}
    assert (await page(84))["next_tenant"] is None
    refused = await served.http.post("/open-cases", json={}, headers=served.as_(81, "operator"))
    assert refused.status_code == 403
