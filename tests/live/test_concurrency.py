"""A thousand identical POSTs at once, over HTTP, against both processes of the registry."""

import asyncio
from pathlib import Path
from uuid import uuid4

import httpx

from deploy.story import documents
from deploy.story.quiet import instances
from tests.support.live import House, rows

BUSY = 503
POSTS = 1_000
"""Each on a connection of its own."""


async def test_a_thousand_identical_posts_make_one_row_one_fact_and_one_answer(
    house: House,
) -> None:
    person = house.person().body | {"cpf": documents.cpf(house.source)}
    token = house.world.tokens["cadastro"]
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": str(uuid4())}
    url = f"{house.world.stack.url('registry')}/people"
    limits = httpx.Limits(max_connections=POSTS, max_keepalive_connections=0)
    spans = spans_of(house)
    assert len(spans) >= 2
    before = {file: served(file) for file in spans}
    async with httpx.AsyncClient(limits=limits, timeout=300) as http:

        async def accepted() -> httpx.Response:
            """Who is turned away at a full door comes again, as told to."""
            while True:
                answer = await http.post(url, json=person, headers=headers)
                if answer.status_code != BUSY:
                    return answer
                await asyncio.sleep(float(answer.headers["Retry-After"]))

        answers = await asyncio.gather(*(accepted() for _ in range(POSTS)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    person_id = answers[0].json()["person_id"]
    admin = house.admin("registry")
    people = await rows(admin, "select id from person where tenant_id = $1", house.tenant)
    facts = await rows(
        admin,
        "select key from outbox where tenant_id = $1 and type = 'registry.person.recorded.v1'",
        house.tenant,
    )
    assert [row["id"] for row in people] == [person_id]
    assert [row["key"] for row in facts] == [person_id]

    async def by_each() -> bool:
        return all(served(file) > before[file] for file in spans)

    await house.until(by_each, "um processo do cadastro não atendeu a nenhum")


def spans_of(house: House) -> list[Path]:
    """Where each process of the registry writes what it did."""
    folder = Path(house.world.stack.told["spans"])
    running = instances("registry", house.world.stack.pids)
    return [folder / f"{name}.jsonl" for name in sorted(running)]


def served(file: Path) -> int:
    """How many people this process was asked to register."""
    return file.read_text(encoding="utf-8").count('"POST /people"') if file.exists() else 0
