"""Who guesses at secrets is turned away for a while; who holds one never notices."""

import time
from collections import OrderedDict
from collections.abc import Hashable

from kit.errors import TooManyAttempts

MOST = 15
WINDOW_SECONDS = 60
REMEMBERED = 10_000


class Guesses:
    """Counts what nobody knows by who asked for it; each process counts for itself."""

    def __init__(self) -> None:
        self._seen: OrderedDict[Hashable, tuple[float, int]] = OrderedDict()

    def expect_few(self, who: Hashable) -> None:
        """429 with Retry-After while `who` has guessed too often."""
        since, many = self._seen.get(who, (0.0, 0))
        left = since + WINDOW_SECONDS - time.monotonic()
        if many >= MOST and left > 0:
            refusal = TooManyAttempts(detail="Espere um minuto e confira o endereço.")
            refusal.headers = {"Retry-After": str(int(left) + 1)}
            raise refusal

    def count(self, who: Hashable) -> None:
        """One more; the window begins with the first."""
        now = time.monotonic()
        since, many = self._seen.get(who, (now, 0))
        fresh = now - since < WINDOW_SECONDS
        self._seen[who] = (since, many + 1) if fresh else (now, 1)
        if len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)
