"""Every accepted request of the walk, asked again by everybody who was not meant to ask it.

The ids in it exist, its body is sound: nothing but who asks can be the reason of a refusal.
"""

import asyncio
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import httpx

from contracts.permissions import ROLES
from deploy.story.http import Wire
from deploy.story.stack import Stack, open_stack
from deploy.story.world import known
from tests.api.ids import UUID
from tests.api.walk import Walked
from tests.support.live import FIRST_TENANT, TENANTS
from tests.support.verdicts import ANY, ANYONE, BROWSER, NAMES_A_THING, PHONE, aside, verdicts

AT_ONCE = 16
KEPT_HEADERS = ("content-type", "idempotency-key")
NOBODY, HOME, AWAY, AGAIN = "nobody", "home", "away", "again"
"""Whence one asks: no login; the same operator; another one; whoever asked the first time."""
SESSION = "vinculo-session"
NO_PERMISSION = "forbidden"
type Asked = tuple[str, str, httpx.Response]
"""A service, an operation, and the answer of the walk."""


@dataclass(frozen=True)
class Asker:
    """One login, or none."""

    place: str
    role: str = ""
    headers: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Answer:
    """What one asker heard; `told` are ids of others in it that were not asked with."""

    service: str
    operation: str
    place: str
    role: str
    status: int
    code: str = ""
    told: frozenset[str] = frozenset()

    @property
    def said(self) -> str:
        heard = f"{self.status} {self.code}".strip()
        return f"{self.service} {self.operation}: {self.place} {self.role} heard {heard}"


def faults(answers: Iterable[Answer]) -> list[str]:
    """Every answer that differs from its verdict."""
    told, away, owner, gone = verdicts(), aside("away"), aside("owner"), aside("gone")
    shared = aside("shared")
    return sorted(
        said
        for one in answers
        if (
            said := fault(
                one,
                told[one.service][one.operation],
                away.get(one.service, {}).get(one.operation),
                owner.get(one.service, {}).get(one.operation, {}),
                gone=one.operation in gone.get(one.service, {}),
                shared=one.operation in shared.get(one.service, {}),
            )
        )
    )


def fault(
    answer: Answer,
    may: frozenset[str],
    away: int | None = None,
    owner: Mapping[str, int] | None = None,
    *,
    gone: bool = False,
    shared: bool = False,
) -> str:
    """Why the answer is not what was written; empty where it is."""
    if answer.place == AGAIN:
        # What carries only a name comes and goes while others ask; an id drawn for all must not.
        named = NAMES_A_THING.search(answer.operation)
        absent = answer.status == 404 and not gone and named
        return f"{answer.said}: what others ask for is not there" if absent else ""
    wanted = _wanted(answer, may, away, owner or {})
    if wanted is not None:
        return "" if answer.status == wanted else f"{answer.said}, not {wanted}"
    if answer.told and not (shared and answer.place == HOME):
        return f"{answer.said} and was told {sorted(answer.told)}"
    return answer.said if answer.code == NO_PERMISSION else ""


def _wanted(
    answer: Answer, may: frozenset[str], away: int | None, owner: Mapping[str, int]
) -> int | None:
    """The only status allowed; None where the answer depends on the state of the case."""
    if may == {PHONE}:
        return None if answer.role == PHONE else 401
    if answer.place == NOBODY or answer.role == PHONE:
        return 401
    if answer.role not in may:
        return 403
    if answer.place == AWAY:
        return away or (404 if NAMES_A_THING.search(answer.operation) else None)
    return owner.get(answer.role, owner.get(ANY))


async def asked_by_all(walked: Walked) -> list[Answer]:
    """The whole matrix: operation x role x operator x owner."""
    wire = Wire()
    try:
        askers = await _askers(open_stack(), wire, walked)
    finally:
        await wire.close()
    asked, ids = list(operations(walked)), walked.pool.drawn()
    again = [one for one in asked if verdicts()[one[0]][one[1]] != {PHONE}]
    async with httpx.AsyncClient(timeout=120) as http:
        answers = await _wave(http, again, [Asker(AGAIN)], ids)
        # What lists tell another operator is told before anybody there has asked for an id.
        for naming in (False, True):
            wave = [one for one in asked if _names_or_writes(one) is naming]
            answers += await _wave(http, wave, askers, ids)
    return answers


def operations(walked: Walked) -> Iterator[Asked]:
    """Those that a login or a session opens and the walk was let into."""
    for service, told in verdicts().items():
        for operation, may in told.items():
            reply = walked.accepted[service].get(operation)
            if reply is not None and not may & {ANYONE, BROWSER}:
                yield service, operation, reply


def unasked(walked: Walked, services: Iterable[str]) -> list[str]:
    """Operations of these services that a login or a session opens, and the walk never was let
    into."""
    reached = {(service, operation) for service, operation, _ in operations(walked)}
    return sorted(
        f"{service} {operation}"
        for service in services
        for operation, may in verdicts()[service].items()
        if not may & {ANYONE, BROWSER} and (service, operation) not in reached
    )


def _names_or_writes(one: Asked) -> bool:
    request = one[2].request
    return request.method != "GET" or UUID.search(str(request.url)) is not None


async def _wave(
    http: httpx.AsyncClient, asked: list[Asked], askers: list[Asker], ids: frozenset[str]
) -> list[Answer]:
    few = asyncio.Semaphore(AT_ONCE)

    async def one(service: str, operation: str, first: httpx.Response, asker: Asker) -> Answer:
        async with few:
            reply = await _asked(http, first.request, asker)
        told = _told(reply, first, asker, ids) if reply.is_success else frozenset()
        return Answer(
            service, operation, asker.place, asker.role, reply.status_code, _code(reply), told
        )

    return await asyncio.gather(
        *(one(*each, asker) for each in asked for asker in askers if not _same(each[2], asker))
    )


async def _asked(http: httpx.AsyncClient, request: httpx.Request, asker: Asker) -> httpx.Response:
    kept = {name: request.headers[name] for name in KEPT_HEADERS if name in request.headers}
    headers = kept | dict(asker.headers or {})
    if asker.place == AGAIN:
        headers = dict(request.headers)
    return await http.request(request.method, request.url, content=request.content, headers=headers)


def _same(first: httpx.Response, asker: Asker) -> bool:
    """Whether the session is the one that asked the first time."""
    session = first.request.headers.get(SESSION)
    return session is not None and dict(asker.headers or {}).get("Vinculo-Session") == session


def _told(
    reply: httpx.Response, first: httpx.Response, asker: Asker, ids: frozenset[str]
) -> frozenset[str]:
    """Ids of the first operator, or of the first proponent, that were not asked with."""
    if asker.place == HOME and asker.role != PHONE:
        return frozenset()
    theirs = ids if asker.place == AWAY else frozenset(UUID.findall(first.text))
    given = f"{first.request.url} {first.request.content.decode(errors='replace')}"
    return theirs & frozenset(UUID.findall(reply.text)) - frozenset(UUID.findall(given))


def _code(reply: httpx.Response) -> str:
    if reply.is_success or "json" not in reply.headers.get("content-type", ""):
        return ""
    return str(reply.json().get("code", ""))


async def _askers(stack: Stack, wire: Wire, walked: Walked) -> list[Asker]:
    away = FIRST_TENANT + TENANTS + secrets.randbelow(TENANTS)
    found = [Asker(NOBODY)]
    people = {f"matriz.{role}": (role,) for role in ROLES if role != "process"}
    process = next(one for one in walked.callers if one.role == "process")
    for place, tenant in ((HOME, walked.tenant), (AWAY, away)):
        tokens = await known(stack, wire, tenant, people)
        found += [
            Asker(place, role, {"Authorization": f"Bearer {tokens[sub]}"})
            for sub, (role,) in people.items()
        ]
        named = dict(process.headers) | {"Vinculo-Tenant": str(tenant)}
        found.append(Asker(place, process.role, named))
    phones = [one for one in walked.callers if one.scheme == "session"]
    return [*found, *(Asker(HOME, PHONE, one.headers) for one in phones)]
