"""Every route has a verdict written by hand, every verdict a route, and they say the same."""

from collections.abc import Mapping

import pytest
from fastapi import APIRouter, Depends, FastAPI

from contracts.permissions import ROLES
from deploy import openapi
from deploy.local.processes import Process
from kit.auth import OR, public, requires, route_access, routes_of
from tests.support.verdicts import DOORS, verdicts

type Told = Mapping[str, frozenset[str]]


def differences(app: FastAPI, told: Told) -> list[str]:
    """Routes without a verdict, verdicts without a route, and where the two disagree."""
    found = {
        f"{method} {route.path}": str(route_access(route))
        for route in routes_of(app)
        for method in route.methods or ()
    }
    unjudged = [f"{name} has no verdict" for name in found.keys() - told.keys()]
    gone = [f"{name} has a verdict and no route" for name in told.keys() - found.keys()]
    both = found.keys() & told.keys()
    unlike = [f"{name}: {said}" for name in both if (said := _unlike(found[name], told[name]))]
    return sorted([*unjudged, *gone, *unlike])


def _unlike(access: str, verdict: frozenset[str]) -> str:
    if access.startswith("public: ") or verdict & DOORS:
        same = access.startswith("public: ") and len(verdict) == 1 and verdict <= DOORS
        return "" if same else f"{sorted(verdict)} may, and the route says {access}"
    demanded = set(access.split(OR))
    admitted = {role for role, held in ROLES.items() if held & demanded}
    return "" if admitted == verdict else f"{sorted(verdict)} may, and {sorted(admitted)} can"


@pytest.mark.parametrize("process", openapi.served(), ids=openapi.short_name)
def test_every_route_has_the_verdict_that_was_written_for_it(process: Process) -> None:
    told = verdicts()[openapi.short_name(process)]
    assert differences(openapi.app_of(process), told) == []


def test_every_verdict_is_of_a_process_that_serves() -> None:
    assert verdicts().keys() == {openapi.short_name(process) for process in openapi.served()}


def test_planted_fault_a_route_and_a_verdict_that_do_not_meet_are_told() -> None:
    async def answer() -> None: ...

    router = APIRouter()
    router.get("/judged", dependencies=[Depends(requires("privacy.erase"))])(answer)
    router.get("/new", dependencies=[Depends(requires("privacy.erase"))])(answer)
    router.get("/wide", dependencies=[Depends(requires("registry.read"))])(answer)
    router.get("/opened", dependencies=[Depends(public("somebody forgot"))])(answer)
    app = FastAPI()
    app.include_router(router)
    dpo = frozenset({"dpo"})
    told = dict.fromkeys(("GET /judged", "GET /gone", "GET /wide", "GET /opened"), dpo)
    assert [one.split(" may, ")[0] for one in differences(app, told)] == [
        "GET /gone has a verdict and no route",
        "GET /new has no verdict",
        "GET /opened: ['dpo']",
        "GET /wide: ['dpo']",
    ]
