"""Every accepted request of the walk, asked again by everybody who was not meant to ask it.

The ids in it exist, its body is sound: nothing but who asks can be the reason of a refusal.
"""

import asyncio
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import httpx

from contracts.permissions import ROLES
from deploy.story.http import Wire
from deploy.story.stack import Stack, open_stack
from deploy.story.world import known
from tests.api.walk import Walked
from tests.support.live import FIRST_TENANT, TENANTS
from tests.support.verdicts import ANYONE, BROWSER, NAMES_A_THING, PHONE, aside, verdicts

AT_ONCE = 16
KEPT_HEADERS = ("content-type", "idempotency-key")
NOBODY, HOME, AWAY, OWNER = "nobody", "home", "away", "owner"
"""Whence one asks: no login; the same operator; another one; the one who asked the first time."""
SESSION = "vinculo-session"


@dataclass(frozen=True)
class Asker:
    """One login, or none."""

    place: str
    role: str
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Answer:
    """What one asker heard; `told` are ids of the first operator in it that were not asked with."""

    service: str
    operation: str
    place: str
    role: str
    status: int
    told: frozenset[str] = frozenset()

    @property
    def said(self) -> str:
        return f"{self.service} {self.operation}: {self.place} {self.role} heard {self.status}"


def fault(answer: Answer, may: frozenset[str], away: int | None, owner: int | None) -> str:
    """Why the answer is not what was written; empty where it is."""
    wanted = _wanted(answer, may, away, owner)
    if wanted is None:
        if answer.told:
            return f"{answer.said} and was told {sorted(answer.told)}"
        return f"{answer.said}" if answer.status in (401, 403) else ""
    return "" if answer.status == wanted else f"{answer.said}, not {wanted}"


def _wanted(answer: Answer, may: frozenset[str], away: int | None, owner: int | None) -> int | None:
    """The only status allowed; None where the answer depends on the state of the case."""
    if may == {PHONE}:
        return None if answer.role == PHONE else 401
    if answer.place == NOBODY or answer.role == PHONE:
        return 401
    if answer.role not in may:
        return 403
    if answer.place == AWAY:
        return away or (404 if NAMES_A_THING.search(answer.operation) else None)
    return owner if answer.place == HOME else None


def faults(answers: Iterable[Answer]) -> list[str]:
    """Every answer that differs from its verdict."""
    told, away, owner = verdicts(), aside("away"), aside("owner")
    judged = (
        fault(
            one,
            told[one.service][one.operation],
            away.get(one.service, {}).get(one.operation),
            owner.get(one.service, {}).get(one.operation),
        )
        for one in answers
    )
    return sorted(filter(None, judged))


async def asked_by_all(walked: Walked) -> list[Answer]:
    """The whole matrix: operation x role x operator x owner."""
    wire = Wire()
    try:
        askers = await _askers(open_stack(), wire, walked)
    finally:
        await wire.close()
    few = asyncio.Semaphore(AT_ONCE)
    ids = frozenset(walked.pool.ids())
    async with httpx.AsyncClient(timeout=120) as http:

        async def one(service: str, operation: str, asker: Asker) -> Answer:
            request = walked.accepted[service][operation]
            async with few:
                reply = await _asked(http, request, asker)
            told = _told(reply, ids) - _told_by(request, ids)
            place, role, status = asker.place, asker.role, reply.status_code
            return Answer(service, operation, place, role, status, frozenset(told))

        return await asyncio.gather(
            *(
                one(service, operation, asker)
                for service, operation in operations(walked)
                for asker in askers
            )
        )


def operations(walked: Walked) -> list[tuple[str, str]]:
    """Those that somebody's login opens and the walk was let into."""
    return [
        (service, operation)
        for service, told in verdicts().items()
        for operation, may in told.items()
        if not may & {ANYONE, BROWSER} and operation in walked.accepted[service]
    ]


async def _asked(http: httpx.AsyncClient, request: httpx.Request, asker: Asker) -> httpx.Response:
    kept = {name: request.headers[name] for name in KEPT_HEADERS if name in request.headers}
    return await http.request(
        request.method, request.url, content=request.content, headers=kept | dict(asker.headers)
    )


async def _askers(stack: Stack, wire: Wire, walked: Walked) -> list[Asker]:
    away = FIRST_TENANT + TENANTS + secrets.randbelow(TENANTS)
    found = [Asker(NOBODY, "", {})]
    people = {f"matriz.{role}": (role,) for role in ROLES if role != "process"}
    for place, tenant in ((HOME, walked.tenant), (AWAY, away)):
        tokens = await known(stack, wire, tenant, people)
        found += [
            Asker(place, role, {"Authorization": f"Bearer {tokens[sub]}"})
            for sub, (role,) in people.items()
        ]
        process = next(one for one in walked.callers if one.role == "process")
        named = dict(process.headers) | {"Vinculo-Tenant": str(tenant)}
        found.append(Asker(place, "process", named))
    phones = [one for one in walked.callers if one.scheme == "session"]
    return [*found, *(Asker(HOME, PHONE, one.headers) for one in phones[:1])]


def _told(reply: httpx.Response, ids: frozenset[str]) -> set[str]:
    """Ids of the first operator in an answer that somebody was given."""
    return {one for one in ids if one in reply.text} if reply.is_success else set()


def _told_by(request: httpx.Request, ids: frozenset[str]) -> set[str]:
    asked = f"{request.url} {request.content.decode(errors='replace')}"
    return {one for one in ids if one in asked}


def unasked(walked: Walked, told: Sequence[str]) -> list[str]:
    """Operations of these processes with a verdict that the walk was never let into."""
    every = {(name, operation) for name in told for operation in verdicts()[name]}
    reached = {(name, operation) for name in told for operation in walked.accepted[name]}
    return sorted(f"{name} {operation}" for name, operation in every - reached)
