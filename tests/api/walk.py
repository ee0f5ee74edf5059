"""A walk through an operator of its own: every operation is reached once as its users would.

What is generated afterwards finds open cases, sessions and identifiers in every stage.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

import httpx

from deploy.story.http import Client
from deploy.story.world import DOCTORS, STAFF
from tests.api.callers import Caller
from tests.api.fuzzing import Ledger
from tests.api.ids import Pool
from tests.api.judging import Judge, JudgedWire
from tests.api.walk_around import contacts, registry, rules, stand_ins, unsent
from tests.api.walk_cases import cases
from tests.api.walk_ops import operators
from tests.api.walk_tasks import tasks
from tests.support.live import House, house


@dataclass(frozen=True)
class Walked:
    """What the walk left: where the services are, their replies, who may call, what exists."""

    served: Mapping[str, str]
    ledgers: Mapping[str, Ledger]
    callers: list[Caller]
    pool: Pool
    unreached: Mapping[str, list[str]]
    """Operations of each service that the walk never brought to a 2xx."""
    accepted: Mapping[str, Mapping[str, httpx.Response]]
    """The last answer of each operation with a 2xx, and in it what was asked."""
    tenant: int


async def walk() -> Walked:
    """Opens an operator on the stack of VINCULO_RUN and lives in it."""
    pool = Pool()
    async with house() as opened:
        told = opened.world.stack.told
        served = {name: str(one["url"]) for name, one in told["services"].items()}
        judges = {name: Judge(name, url, pool) for name, url in served.items()}
        wire = JudgedWire(judges.values())
        opened.world.wire = wire
        try:
            callers = await _lived(opened, wire)
        finally:
            await wire.close()
    ledgers = {name: judge.ledger for name, judge in judges.items()}
    unreached = {name: judge.unreached() for name, judge in judges.items()}
    accepted = {name: judge.accepted for name, judge in judges.items()}
    return Walked(served, ledgers, callers, pool, unreached, accepted, opened.tenant)


async def _lived(opened: House, wire: JudgedWire) -> list[Caller]:
    process = await _process(opened, wire)
    # A new letter would be another one than somebody has just read.
    await rules(opened)
    sessions, *_ = await asyncio.gather(
        cases(opened, process),
        registry(opened, wire),
        contacts(opened, wire),
        stand_ins(opened, wire),
        unsent(opened),
    )
    # The cases move the clock: a task is not to grow old in somebody's hands meanwhile.
    await tasks(opened)
    # Last: what was typed meanwhile stands in the trails by now.
    await operators(opened, wire)
    phones = [Caller("proponent", session.headers, "session") for session in sessions]
    return [*_staff(opened), Caller("process", process.headers), *_partners(opened), *phones]


async def _process(opened: House, wire: JudgedWire) -> Client:
    """A login of the processes, which names the operator it acts for."""
    oidc = opened.world.stack.told["oidc"]
    client, secret = next(iter(sorted(oidc["clients"].items())))
    grant = {"grant_type": "client_credentials"}
    reply = await wire.send("POST", oidc["token"], data=grant, auth=(client, secret))
    bearer = f"Bearer {reply.json()['access_token']}"
    headers = {"Authorization": bearer, "Vinculo-Tenant": str(opened.tenant)}
    return Client(wire, opened.world.stack.url("health_declaration"), headers)


def _staff(opened: House) -> list[Caller]:
    roles = {sub: role for sub, (role, *_) in STAFF.items()} | dict.fromkeys(DOCTORS, "interviewer")
    tokens = opened.world.tokens
    return [Caller(role, {"Authorization": f"Bearer {tokens[sub]}"}) for sub, role in roles.items()]


def _partners(opened: House) -> list[Caller]:
    """Who calls the stand-ins as a customer of theirs: the scheme has the partner's name."""
    given = opened.world.stack.told["stand_ins"]
    return [
        Caller(name, {"Authorization": f"Bearer {one['token']}"}, name)
        for name, one in given.items()
    ]
