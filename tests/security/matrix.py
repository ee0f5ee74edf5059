"""The matrix of who comes in where: verdicts read from a file, requests made from the routes."""

import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import schemathesis
import yaml
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import Case, GenerationMode

from contracts.permissions import ROLES
from kit.auth import TENANT_HEADER, route_access, routes_of
from tests.api.ids import Pool

VERDICTS = Path(__file__).with_name("matrix.yaml")
EACH = 2
"""Requests made per route for somebody of another operator."""


@dataclass(frozen=True)
class Route:
    """One operation of one service, and what was written down about it."""

    service: str
    method: str
    path: str
    verdict: Mapping[str, Any] | None

    @property
    def label(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def roles(self) -> list[str]:
        return list((self.verdict or {}).get("roles", ()))

    @property
    def stranger(self) -> int | str | None:
        found: int | str | None = (self.verdict or {}).get("stranger")
        return found


@cache
def verdicts() -> dict[str, dict[str, Any]]:
    read: dict[str, dict[str, Any]] = yaml.safe_load(VERDICTS.read_text(encoding="utf-8"))
    return read


def routes(service: str, app: FastAPI) -> list[Route]:
    """Every operation of the app, with its verdict or None."""
    known = verdicts()["everywhere"] | verdicts().get(service, {})
    return [
        Route(service, method, route.path, known.get(f"{method} {route.path}"))
        for route in routes_of(app)
        for method in sorted(set(route.methods) - {"HEAD"})
    ]


def unjudged(service: str, app: FastAPI) -> list[str]:
    """Routes without a verdict, verdicts without a route, and verdicts that fit no such route."""
    found = routes(service, app)
    access = {(m, one.path): route_access(one) for one in routes_of(app) for m in one.methods}
    faults = [f"{one.label} has no verdict" for one in found if one.verdict is None]
    left = verdicts().get(service, {}).keys() - {one.label for one in found}
    faults += [f"{label} is no route" for label in sorted(left)]
    for one in found:
        public = str(access[one.method, one.path]).startswith("public:")
        if one.verdict is not None and public != (one.stranger is not None):
            faults.append(f"{one.label} is judged as another kind of door")
        faults += [f"{one.label} names {role}" for role in one.roles if role not in ROLES]
    return faults


async def knocked(http: httpx.AsyncClient, route: Route, headers: Mapping[str, str]) -> int:
    """The status for somebody who names nothing that exists."""
    path = re.sub(r"\{[^}]+\}", "1", route.path)
    return (await http.request(route.method, path, headers=dict(headers))).status_code


def as_process(headers: dict[str, str], tenant: int) -> dict[str, str]:
    """A process says for which operator it acts; others cannot."""
    return headers | {TENANT_HEADER: str(tenant)}


def requests_of(service: str, app: FastAPI, ids: Pool) -> dict[str, list[Case[Any]]]:
    """Valid requests to every operation, made from its OpenAPI, with ids that exist."""
    known = verdicts()[service]
    schema = schemathesis.openapi.from_dict(app.openapi())
    schema.config.generation.update(with_security_parameters=False)
    found: dict[str, list[Case[Any]]] = {}
    for result in schema.get_all_operations():
        operation = result.ok()
        body = known.get(operation.label, {}).get("body")
        found[operation.label] = list(_cases(operation, ids, body))
    return found


def _cases(operation: Any, ids: Pool, body: Any) -> Iterator[Case[Any]]:
    kept: list[Case[Any]] = []

    @seed(1)
    @settings(
        max_examples=EACH,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=GenerationMode.POSITIVE))
    def keep(case: Case[Any]) -> None:
        kept.append(case)

    keep()
    chance = random.Random(1)  # noqa: S311 (nothing secret)
    for case in kept:
        if case.path_parameters:
            case.path_parameters.update(ids.filled(dict(case.path_parameters), chance, 1))
        if body is not None:
            case.body = body
        elif isinstance(case.body, dict | list):
            case.body = ids.filled(case.body, chance, 1)
        yield case


async def sent(http: httpx.AsyncClient, case: Case[Any], headers: dict[str, str]) -> httpx.Response:
    """One of them, as somebody with these headers sends it."""
    given = case.as_transport_kwargs(base_url=str(http.base_url))
    kept = {
        name: given[name] for name in ("method", "url", "params", "json", "data") if name in given
    }
    if "data" in kept:
        kept["content"] = kept.pop("data")
    return await http.request(**kept, headers=dict(given.get("headers") or {}) | headers)
