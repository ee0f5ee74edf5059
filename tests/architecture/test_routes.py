"""Every route demands a permission or says why it is public."""

from collections.abc import Iterator

import pytest
from fastapi import APIRouter, Depends, FastAPI

from contracts.permissions import ROLES
from deploy import openapi
from deploy.local.processes import Process
from kit.auth import OR, public, requires, route_access, routes_of

PERMISSIONS = frozenset[str]().union(*ROLES.values())
PRESENT = [process for process in openapi.served() if openapi.exists(process)]


def open_doors(app: FastAPI) -> list[str]:
    """Routes that demand nothing, or a permission that no role holds."""
    return [f"{name} {told}" for name, access in _accesses(app) if (told := _fault(access))]


def _accesses(app: FastAPI) -> Iterator[tuple[str, str | None]]:
    for route in routes_of(app):
        methods = ",".join(sorted(getattr(route, "methods", None) or {"*"}))
        yield f"{methods} {route.path}", route_access(route)


def _fault(access: str | None) -> str:
    if access is None:
        return "demands no permission and is not declared public"
    if access.startswith("public:"):
        return "" if access.removeprefix("public:").strip() else "is public without a reason"
    unheld = [one for one in access.split(OR) if one not in PERMISSIONS]
    return f"demands {OR.join(unheld)}, which no role holds" if unheld else ""


@pytest.mark.parametrize("process", PRESENT, ids=openapi.short_name)
def test_every_route_demands_a_permission_or_is_declared_public(
    process: Process,
) -> None:
    app = openapi.app_of(process)
    assert list(_accesses(app)), "an app without routes proves nothing"
    assert open_doors(app) == []


def test_planted_fault_an_unauthenticated_route_is_told() -> None:
    async def answer() -> None: ...

    router = APIRouter()
    router.get("/guarded", dependencies=[Depends(requires("registry.read"))])(answer)
    router.get("/told", dependencies=[Depends(public("a porta de quem declara"))])(answer)
    router.get("/open")(answer)
    router.get("/silent", dependencies=[Depends(public(""))])(answer)
    router.get("/nobody", dependencies=[Depends(requires("registry.fly"))])(answer)
    app = FastAPI()
    app.include_router(router, prefix="/v1")
    app.mount("/under", FastAPI())
    assert open_doors(app) == [
        "GET /v1/open demands no permission and is not declared public",
        "GET /v1/silent is public without a reason",
        "GET /v1/nobody demands registry.fly, which no role holds",
        "* /under demands no permission and is not declared public",
    ]
