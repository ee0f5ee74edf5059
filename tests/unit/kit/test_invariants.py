"""What must hold is looked at again and again, and told where somebody is woken by it."""

import asyncio

import pytest

from kit import invariants
from kit.invariants import Finding, keep_looking
from tests.support.heard import Heard


async def test_what_does_not_hold_is_told_until_it_holds_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    heard = {name: Heard() for name in ("broken", "overdue", "checked")}
    for name, figure in heard.items():
        monkeypatch.setattr(invariants, name, figure)
    seen: list[tuple[float, float]] = []
    stopping = asyncio.Event()

    async def look() -> list[Finding]:
        if seen or heard["overdue"].told:
            seen.append((heard["overdue"].told["declaration",], heard["broken"].told["at_erp",]))
        if len(seen) == 1:
            stopping.set()
        cases = 0 if seen else 3
        return [Finding("declaration", True, cases), Finding("at_erp", False, cases * 2)]

    await keep_looking(look, stopping, seconds=0)
    assert seen == [(3, 6)]
    assert heard["overdue"].told == {("declaration",): 0}
    assert heard["broken"].told == {("at_erp",): 0}
    assert heard["checked"].told == {("declaration",): 2, ("at_erp",): 2}
