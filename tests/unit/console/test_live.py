"""One question for all who watch an operator, and none where nobody does."""

import asyncio
from contextlib import AsyncExitStack

from kit.errors import Unavailable
from services.console.usecases.live import Hub, Watcher

SOON = 60


class Worklist:
    """Answers with the mark of now, and remembers in whose name it was asked."""

    def __init__(self) -> None:
        self.mark, self.asked, self.silent = "1", list[str](), False
        self.told = asyncio.Event()

    async def ask(self, token: str) -> str:
        self.asked.append(token)
        self.told.set()
        if self.silent:
            raise Unavailable()
        return self.mark

    async def is_asked(self) -> None:
        self.told.clear()
        async with asyncio.timeout(SOON):
            await self.told.wait()


async def changed(watcher: Watcher) -> None:
    """Until it hears of a change."""
    async with asyncio.timeout(SOON):
        while await watcher.next(SOON) != "changed":
            pass


async def test_all_who_watch_hear_of_a_change_by_one_question_at_a_time() -> None:
    worklist = Worklist()
    hub = Hub(worklist.ask, 0.01)
    async with AsyncExitStack() as stack:
        watching = [await stack.enter_async_context(hub.watching(1, "t")) for _ in range(20)]
        assert {await one.next(SOON) for one in watching} == {"same"}
        assert len(worklist.asked) == 1
        worklist.mark = "2"
        await asyncio.gather(*map(changed, watching))


async def test_whoever_watches_another_operator_hears_nothing_of_it() -> None:
    marks = {"a": "1", "b": "1"}

    async def ask(token: str) -> str:
        return marks[token]

    hub = Hub(ask, 0.01)
    async with hub.watching(1, "a") as ours, hub.watching(2, "b") as theirs:
        await ours.next(SOON)
        marks["a"] = "2"
        await changed(ours)
        heard = {await theirs.next(SOON) for _ in range(3)}
    assert heard == {"same"}


async def test_nobody_is_asked_once_nobody_watches() -> None:
    worklist = Worklist()
    hub = Hub(worklist.ask, 0)
    async with hub.watching(1, "t") as watcher:
        await watcher.next(SOON)
    before = len(worklist.asked)
    for _ in range(10):
        await asyncio.sleep(0)
    assert len(worklist.asked) == before
    async with hub.watching(1, "t") as watcher:
        assert await watcher.next(SOON) == "same"


async def test_a_worklist_that_is_silent_is_no_word_and_is_asked_again() -> None:
    worklist = Worklist()
    hub = Hub(worklist.ask, 0.01)
    async with hub.watching(1, "t") as watcher:
        await watcher.next(SOON)
        worklist.silent = True
        await worklist.is_asked()
        await worklist.is_asked()
        while not watcher.words.empty():
            await watcher.next(SOON)
        assert await watcher.next(0.05) is None
        worklist.silent, worklist.mark = False, "2"
        await changed(watcher)


async def test_each_who_watches_lends_their_login_in_turn() -> None:
    worklist = Worklist()
    hub = Hub(worklist.ask, 0.01)
    async with hub.watching(1, "ana"), hub.watching(1, "alba"):
        while set(worklist.asked) != {"ana", "alba"}:
            await worklist.is_asked()
