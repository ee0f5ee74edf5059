"""What the story prints: progress while it is told, then each check with what differs."""

import time
from collections.abc import Iterable

from rich.console import Console

SHOWN = 8


class Report:
    """Plain lines, coloured on a terminal; it remembers what failed."""

    def __init__(self) -> None:
        self._console = Console(highlight=False, soft_wrap=True)
        self._began = time.monotonic()
        self.failed: list[str] = []

    def say(self, line: str) -> None:
        """One line of progress, with the seconds since the beginning."""
        seconds = time.monotonic() - self._began
        self._console.print(f"{seconds:6.1f} s  {line}", markup=False)

    def title(self, line: str) -> None:
        """A heading."""
        self._console.print(f"\n{line}", style="bold", markup=False)

    def line(self, line: str) -> None:
        """One plain line."""
        self._console.print(f"  {line}", markup=False)

    def check(self, name: str, differing: Iterable[object], told: str = "") -> None:
        """One check: it holds when nothing differs."""
        wrong = sorted(map(str, differing))
        if not wrong:
            self._console.print(f"  ok      {name}{f' · {told}' if told else ''}", markup=False)
            return
        self.failed.append(name)
        more = f" … e mais {len(wrong) - SHOWN}" if len(wrong) > SHOWN else ""
        self._console.print(f"  FALHOU  {name} · {told}", style="red", markup=False)
        for one in wrong[:SHOWN]:
            self._console.print(f"          {one}", style="red", markup=False)
        if more:
            self._console.print(f"         {more}", style="red", markup=False)
