"""Who declares, on a real Postgres, by what the registry told of the person before."""

from collections.abc import AsyncIterator
from datetime import date

import pytest

from contracts.health_declaration import events
from services.health_declaration.app import create
from services.health_declaration.settings import HealthDeclarationSettings
from tests.support.api import Served, databases, serving
from tests.support.postgres import Postgres
from tests.support.proponent import REGISTER, enrol, person

TENANT = 61


@pytest.fixture(scope="module")
async def served(postgres: Postgres) -> AsyncIterator[Served]:
    known = await databases(postgres, "health_declaration")
    settings = HealthDeclarationSettings.model_validate(known | {"ans_register": REGISTER})
    async with serving(create(settings), postgres) as ready:
        yield ready


@pytest.mark.parametrize(
    ("birth", "declares"), [("2010-02-01", True), ("2021-02-01", False)], ids=["16", "5"]
)
async def test_an_adopted_child_is_waived_only_below_the_age_of_the_rule(
    served: Served, birth: str, declares: bool
) -> None:
    child = await person(served, TENANT, "Léo Prado", birth)
    adopted = {"adopted_on": date(2026, 3, 1), "requested_on": date(2026, 3, 10)}
    await enrol(served, TENANT, child, role="dependant", **adopted)
    for kind, told_of in (
        (events.DeclarationRequested, declares),
        (events.DeclarationWaived, not declares),
    ):
        facts = await served.facts(TENANT, kind)
        assert any(fact["person_id"] == child for fact in facts) is told_of
