"""The arithmetic of the curve, and that what R4 asks for is missed when it is."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.chaos import knee
from tests.chaos.knee import Answer, Step
from tests.chaos.offered import NO_ANSWER, Offer

DONE = b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok"
AWAY = b"HTTP/1.1 503 Busy\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n"


def step(offered: float, useful: float, turned_away: int = 0, wrong: int = 0) -> Step:
    return Step(offered, 10, useful, turned_away, wrong, 1)


def test_only_what_is_accepted_within_the_step_is_useful() -> None:
    answers = [
        *(Answer(201, came, came / 2) for came in (0.5, 1.0, 2.0, 5.0)),
        *(Answer(503, 0.1, again=True), Answer(429, 0.1, again=True)),
        *(Answer(503, 0.1), Answer(500, 0.2, again=True), Answer(NO_ANSWER, 9.0, 9.0)),
    ]
    assert knee.step_of(5, 2, answers) == Step(
        5, 2, 1.5, turned_away=2, wrong=3, slowest=9.0, late=0.5
    )


def test_the_curve_is_over_after_two_rates_in_a_row_that_are_not_kept_up_with() -> None:
    rising = [step(20, 20), step(30, 30), step(45, 44)]
    assert not knee.over(rising)
    assert not knee.over([*rising, step(67, 50)])
    assert not knee.over([*rising, step(67, 50), step(101, 101)])
    assert knee.over([*rising, step(67, 50), step(101, 48)])
    assert knee.saturation([*rising, step(67, 50), step(101, 48)]) == step(67, 50)


USUAL = [step(50, 50), step(50, 48)]


def test_a_house_that_turns_the_excess_away_misses_nothing() -> None:
    past = [step(150, 40, 900), step(150, 42, 900)]
    assert knee.faults(USUAL, past, [("registry.app.1", 100, 120)]) == []
    assert knee.share(USUAL, past) == pytest.approx(0.837, abs=0.001)


@pytest.mark.parametrize(
    ("past", "grown", "told"),
    [
        ([step(150, 39, 900)], 100, "trabalho útil"),
        ([step(150, 50, 0)], 100, "ninguém foi recusado"),
        ([step(150, 50, 900, wrong=1)], 100, "1 recusas sem"),
        ([Step(150, 10, 50, 900, 0, 1, late=2.6)], 100, "o gerador não manteve o ritmo"),
        ([step(150, 50, 900)], 126, "registry.app.1: 126 MB"),
    ],
)
def test_each_thing_that_is_missed_is_told(past: list[Step], grown: float, told: str) -> None:
    [fault] = knee.faults(USUAL, past, [("registry.app.1", 100, grown)])
    assert told in fault


@asynccontextmanager
async def server(*answers: bytes) -> AsyncIterator[str]:
    """Answers each request on a line with the next of these, then ends the line."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answer in answers:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer)
        writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with listening:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"


ASKED = b"GET / HTTP/1.1\r\n\r\n"


async def test_answers_are_read_and_a_line_that_broke_is_no_answer() -> None:
    async with server(DONE, AWAY, b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n") as url:
        offer = Offer(url)
        told = [await offer.one(ASKED, 0) for _ in range(3)]
        offer.close()
    assert [(one.status, one.again, one.body) for one in told] == [
        (201, False, b"ok"),
        (503, True, b""),
        (NO_ANSWER, False, b""),
    ]
    assert offer.open == 0


async def test_a_slow_answer_does_not_hold_the_next_request_back() -> None:
    arrived = asyncio.Semaphore(0)
    go_on = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        arrived.release()
        await go_on.wait()
        writer.write(DONE)
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as listening:
        offer = Offer(f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}")
        asked = asyncio.create_task(offer.at(1_000, [ASKED] * 5))
        for _ in range(5):
            await asyncio.wait_for(arrived.acquire(), 10)
        go_on.set()
        assert [one.status for one in await asked] == [201] * 5
        offer.close()


def test_nothing_is_offered_to_another_machine() -> None:
    with pytest.raises(AssertionError, match="só nesta máquina"):
        Offer("http://example.test:80")
