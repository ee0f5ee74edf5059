"""How catching up is reckoned, and that a part that stands still goes on whatever happens."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from subprocess import PIPE

import psutil
import pytest

from deploy.story.gate import patiently
from deploy.story.stack import Stack
from tests.chaos import catching
from tests.chaos.catching import Catch, caught_up
from tests.chaos.frozen import frozen, programs, slowed

ARRIVED = [float(second) for second in range(100)]
"""One a second; what comes is usually done at once."""


def test_what_waited_is_counted_and_how_fast_it_was_done() -> None:
    # Nothing is done from 20 to 60; then three a second until it is caught up with.
    done = ARRIVED[:20] + [60 + number / 3 for number in range(1, 100)]
    caught = caught_up(ARRIVED, sorted(done), 60)
    assert caught is not None
    assert caught.waiting == 41
    assert caught.rate == pytest.approx(3.0)
    # Each second brings one more while three are done; the last five seconds' are not late.
    assert 17 <= caught.seconds <= 19


def test_while_something_still_waits_it_is_not_caught_up() -> None:
    assert caught_up(ARRIVED, ARRIVED[:20], 60) is None
    assert caught_up(ARRIVED, [*ARRIVED[:20], 61.0, 62.0], 60) is None


def test_what_came_just_now_is_not_late() -> None:
    assert caught_up([0, 1, 2, 50, 51, 61.5], [0.5, 1.5, 2.5, 61, 62], 60) == Catch(2, 2, 2)


@pytest.mark.parametrize(
    ("share", "caught", "told"),
    [
        (0.998, Catch(40, 10, 40), "aceitas"),
        (1.0, None, "o atraso não acabou"),
        (1.0, Catch(40, 20, 40), "2.0× a chegada"),
    ],
)
def test_each_thing_that_is_missed_is_told(share: float, caught: Catch | None, told: str) -> None:
    [fault] = catching.faults(share, caught, 1)
    assert told in fault
    assert catching.faults(0.999, Catch(40, 10, 40), 1) == []


SLEEPER = "import sys; print('up', flush=True); sys.stdin.read()"


@pytest.fixture
def part(tmp_path: Path) -> Iterator[Stack]:
    """A stack of one part."""
    command = [sys.executable, "-c", SLEEPER]
    with subprocess.Popen(command, stdin=PIPE, stdout=PIPE, text=True) as running:  # noqa: S603 - this interpreter
        assert running.stdout is not None
        assert running.stdout.readline() == "up\n"
        told = {"pids": {"kafka.1": running.pid, "temporal": None}}
        (tmp_path / "stack.json").write_text(json.dumps(told))
        yield Stack(tmp_path, told)
        running.kill()


@pytest.mark.parametrize("how", [frozen, slowed])
async def test_a_part_that_stood_still_goes_on_whatever_happened_meanwhile(
    part: Stack, how: Callable[[Stack, str], AbstractAsyncContextManager[None]]
) -> None:
    [process] = programs(part, "kafka")

    async def stands() -> str:
        return "" if process.status() == psutil.STATUS_STOPPED else "runs"

    async def runs() -> str:
        return "" if process.status() != psutil.STATUS_STOPPED else "stands"

    async def broken() -> None:
        async with how(part, "kafka"):
            await patiently(stands, 10, "stops")
            raise LookupError

    with pytest.raises(LookupError):
        await broken()
    await patiently(runs, 10, "goes on")


def test_a_part_that_does_not_run_has_no_programs(part: Stack) -> None:
    assert programs(part, "temporal") == []
