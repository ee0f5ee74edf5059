"""S4: `python -m tests.security.guesses [RESOLVER] [HTTP]` guesses at public links.

RESOLVER guesses are resolved as the service does, on a Postgres of their own, in batches each of
which may hold the one real link; HTTP guesses go to the stack that is up.
"""

import asyncio
import base64
import random
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import httpx
from sqlmodel import col, select

from deploy.local.paths import read_json, run_folder
from kit.db import Begin
from services.health_declaration.models import Link
from services.health_declaration.usecases import links
from tests.support.clinic import desk
from tests.support.postgres import running
from tests.support.proponent import invited

BATCH, TENANT, LIMIT, BITS = 10_000, 1, 20, 128
USUAL = (1_000_000, 20_000)


@dataclass(frozen=True)
class Found:
    """What a number of guesses came to; `planted` is the real link, found where it was put in."""

    guesses: int
    hits: int
    planted: int


@dataclass(frozen=True)
class Answers:
    """What the doors said; `limited_after` is how many were refused before the first 429."""

    sent: int
    opened: int
    limited: int
    limited_after: int | None


def bits(secret: str) -> int:
    """Random bits of a link, from its own text."""
    random_part = secret.partition(".")[2]
    return 8 * len(base64.urlsafe_b64decode(random_part + "=" * (-len(random_part) % 4)))


async def of_resolver(begin: Begin, tenant: int, many: int, real: str) -> Found:
    """Guesses drawn as links are, looked up by what is kept of them; the real one in one batch."""
    hits = planted = 0
    batches = [min(BATCH, many - done) for done in range(0, many, BATCH)]
    with_real = random.randrange(len(batches))  # noqa: S311 (no secret)
    for number, size in enumerate(batches):
        hashes = [links.hashed(links.new_secret(tenant)) for _ in range(size)]
        hashes += [links.hashed(real)] if number == with_real else []
        query = select(Link.link_hash).where(
            Link.tenant_id == tenant, col(Link.link_hash).in_(hashes)
        )
        async with begin(tenant) as tx:
            found = set((await tx.session.execute(query)).scalars())
        planted += links.hashed(real) in found
        hits += len(found - {links.hashed(real)})
    return Found(many, hits, planted)


async def over_http(http: httpx.AsyncClient, tenant: int, many: int, at_once: int) -> Answers:
    """Guesses at the door; never more than `at_once` on their way."""
    statuses: list[int] = []
    waiting = iter(range(many))

    async def guess() -> None:
        for _ in waiting:
            body = {"link": links.new_secret(tenant), "birth_on": "1990-04-12"}
            statuses.append((await http.post("/public/sessions", json=body)).status_code)

    await asyncio.gather(*(guess() for _ in range(at_once)))
    limited = statuses.count(429)
    first = statuses.index(429) if limited else None
    return Answers(len(statuses), sum(one < 300 for one in statuses), limited, first)


async def _resolved(many: int) -> tuple[Found, str]:
    with running() as postgres, tempfile.TemporaryDirectory() as folder:
        async with desk(postgres, Path(folder)) as served:
            real = await (await invited(served, TENANT)).link()
            return await of_resolver(served.app.state.begin, TENANT, many, real), real


async def told(arguments: list[str]) -> int:
    """Prints what came of it; 1 where a guess opened something or nobody was turned away."""
    resolver, http_many = [int(one) for one in arguments] or USUAL
    began = time.monotonic()
    found, real = await _resolved(resolver)
    say(
        f"resolvedor: {found.guesses} palpites, {found.hits} acertos, o endereço verdadeiro achado"
        f" {found.planted}×, {bits(real)} bits, {time.monotonic() - began:.0f} s"
    )
    good = found.hits == 0 and found.planted == 1 and bits(real) >= BITS
    if http_many:
        url = read_json(run_folder() / "stack.json")["services"]["health_declaration"]["url"]
        async with httpx.AsyncClient(base_url=url, timeout=30) as http:
            told = await over_http(http, TENANT, http_many, at_once=4)
        say(
            f"HTTP: {told.sent} palpites, {told.opened} abertos, {told.limited} barrados,"
            f" limitador depois de {told.limited_after} recusas (meta: menos de {LIMIT})"
        )
        good = good and told.opened == 0 and (told.limited_after or LIMIT) < LIMIT
    return int(not good)


def say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    sys.exit(asyncio.run(told(sys.argv[1:])))
