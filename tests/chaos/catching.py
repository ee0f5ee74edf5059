"""Arithmetic of catching up: what waited when a part came back, and how fast it was worked off."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

USUAL_SECONDS = 5.0
"""A case that came longer ago than this and is not done waits."""
ACCEPTED = 0.999
TIMES_ARRIVAL = 3.0


@dataclass(frozen=True)
class Catch:
    """Cases that waited when the part was back, and how long until none did."""

    waiting: int
    seconds: float
    done: int

    @property
    def rate(self) -> float:
        return self.done / self.seconds


def caught_up(arrived: Sequence[float], done: Sequence[float], back: float) -> Catch | None:
    """From the moments in order; None as long as something still waits."""
    before = bisect_right(done, back)
    waiting = bisect_right(arrived, back) - before
    for number, moment in enumerate(done[before:], before + 1):
        if number >= bisect_right(arrived, max(back, moment - USUAL_SECONDS)):
            return Catch(waiting, moment - back, number - before)
    return None


def faults(share: float, caught: Catch | None, rate: float) -> list[str]:
    """What is missed of what R3 asks for; `rate` is that of arrival."""
    found = []
    if share < ACCEPTED:
        found.append(f"aceitas {share:.2%} < {ACCEPTED:.1%}")
    if caught is None:
        found.append("o atraso não acabou")
    elif caught.rate < TIMES_ARRIVAL * rate:
        found.append(f"o atraso acaba a {caught.rate / rate:.1f}× a chegada < {TIMES_ARRIVAL:.0f}×")
    return found
