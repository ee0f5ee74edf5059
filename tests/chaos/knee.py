"""Arithmetic of a saturation curve: where offered work ends being done, and what comes past it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

GROWTH = 1.5
KEPT_UP = 0.95
"""Of what is offered: below it a service no longer keeps up."""
USEFUL = 0.8
MEMORY = 1.25
LATE = 0.25
"""Of a step's time: a generator further behind did not offer what is told."""
PAST = 3
CLEAN = {200, 201}
TURNED_AWAY = {429, 503}


@dataclass(frozen=True)
class Answer:
    """One answer: when it came, in seconds since its step began; status 0 where none did."""

    status: int
    came: float
    took: float = 0.0
    again: bool = False
    """Whether it says when to come again."""
    body: bytes = b""


@dataclass(frozen=True)
class Step:
    """What became of one offered rate."""

    offered: float
    seconds: float
    useful: float
    """Accepted per second, within the step's own time."""
    turned_away: int
    wrong: int
    """Neither accepted nor politely turned away."""
    slowest: float
    late: float = 0.0
    """Seconds by which the generator itself fell behind."""

    @property
    def kept_up(self) -> bool:
        return self.useful >= KEPT_UP * self.offered


def step_of(offered: float, seconds: float, answers: Sequence[Answer]) -> Step:
    """Counts only what was accepted while the step lasted: later answers are late."""
    done = [one.came for one in answers if one.status in CLEAN]
    away = sum(one.status in TURNED_AWAY and one.again for one in answers)
    useful = sum(came <= seconds for came in done) / seconds
    slowest = max((one.took for one in answers), default=0.0)
    late = max((one.came - one.took for one in answers), default=seconds) - seconds
    wrong = len(answers) - len(done) - away
    return Step(offered, seconds, useful, away, wrong, slowest, max(late, 0.0))


def over(steps: Sequence[Step]) -> bool:
    """Whether the curve shows its knee: twice in a row more was offered and not more was done."""
    return len(steps) >= 3 and not steps[-1].kept_up and not steps[-2].kept_up


def saturation(steps: Iterable[Step]) -> Step:
    """Where most was done in a second."""
    return max(steps, key=lambda step: step.useful)


def faults(
    usual: Sequence[Step], past: Sequence[Step], memory: Iterable[tuple[str, float, float]]
) -> list[str]:
    """What is missed: `usual` and `past` alternated; memory is each process, usual and past."""
    found = []
    if (found_share := share(usual, past)) < USEFUL:
        found.append(f"trabalho útil além da saturação: {found_share:.2f}× < {USEFUL}×")
    if any(step.late > LATE * step.seconds for step in past):
        found.append("o gerador não manteve o ritmo: a máquina não tinha lugar para ele")
    if not any(step.turned_away for step in past):
        found.append("ninguém foi recusado: não houve excesso")
    if wrong := sum(step.wrong for step in past):
        found.append(f"{wrong} recusas sem 429 ou 503 com Retry-After")
    found += [
        f"{name}: {after:.0f} MB, mais que {MEMORY}× {before:.0f} MB"
        for name, before, after in memory
        if after > MEMORY * before
    ]
    return found


def share(usual: Sequence[Step], past: Sequence[Step]) -> float:
    """Useful work past saturation, of what it is at saturation."""
    return _mean(past) / _mean(usual)


def told(step: Step) -> str:
    """A line of the curve."""
    return (
        f"oferecidas {step.offered:5.0f}/s · aceitas {step.useful:5.1f}/s · "
        f"recusadas {step.turned_away} · erradas {step.wrong} · mais lenta {step.slowest:.2f} s"
        + (f" · gerador {step.late:.1f} s atrasado" if step.late > 1 else "")
    )


def _mean(steps: Sequence[Step]) -> float:
    return sum(step.useful for step in steps) / len(steps)
