"""Who may call what, found by asking: the person whose role opens the operation."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

REFUSALS = (401, 403)


@dataclass(frozen=True)
class Caller:
    """One login: the headers it sends, the role it stands for, the scheme that wants it."""

    role: str
    headers: Mapping[str, str]
    scheme: str = "bearer"


NOBODY = Caller("nobody", {}, "")
"""Who calls what is public."""


class Doorkeeper:
    """Learns by asking which roles an operation lets in, and then sends only those."""

    def __init__(self, known: Sequence[Caller]) -> None:
        self._known = list(known)
        self._admitted: dict[str, set[str]] = {}
        self._refused: dict[str, set[str]] = {}
        self._exhausted: set[str] = set()

    def learning(self, operation: str) -> bool:
        """Whether no role was let in yet and some was not asked."""
        return operation not in self._admitted and operation not in self._exhausted

    def one_for(self, operation: str, scheme: str, chance: random.Random) -> Caller:
        """Somebody whose role was let in there; before that, a role that was not asked yet."""
        fitting = [caller for caller in self._known if caller.scheme == scheme] or [NOBODY]
        roles = {caller.role for caller in fitting}
        admitted = roles & self._admitted.get(operation, set())
        untried = roles - self._refused.get(operation, set())
        if not admitted and len(untried) <= 1:
            self._exhausted.add(operation)
        role = chance.choice(sorted(admitted)) if admitted else min(untried or roles)
        return chance.choice([caller for caller in fitting if caller.role == role])

    def heard(self, operation: str, caller: Caller, status: int) -> None:
        """A role once let in stays: a later refusal is about the case, not about the role."""
        told = self._refused if status in REFUSALS else self._admitted
        told.setdefault(operation, set()).add(caller.role)
