"""Whether somebody is known elsewhere cannot be told by the work their CPF makes."""

from collections import Counter
from typing import Any

import pytest
from sqlalchemy import Engine, event

from contracts.registry import api
from kit.blind import BlindIndex
from kit.db import Transaction
from services.registry.queries import people
from tests.security.attacks import attack, both
from tests.support.api import Served
from tests.support.registry_data import cpf, person

VICTIM, ATTACKER = 66, 67


class Work:
    """Every statement and every keyed hash of a while."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.done: Counter[str] = Counter()
        digest = BlindIndex.digest

        def counted(index: BlindIndex, kind: str, tenant_id: int, value: str) -> str:
            self.done[f"hash {kind}"] += 1
            return digest(index, kind, tenant_id, value)

        monkeypatch.setattr(BlindIndex, "digest", counted)

    def note(self, _conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
        self.done[statement] += 1


def known_to_anyone(monkeypatch: pytest.MonkeyPatch, documents: set[str]) -> None:
    """A shortcut over all tenants: what nobody ever told of is not looked for."""
    honest = people.search

    async def quick(tx: Transaction, wanted: api.PeopleSearch) -> api.PersonPage:
        if wanted.cpf not in documents:
            return api.PersonPage(items=(), next_cursor=None)
        return await honest(tx, wanted)

    monkeypatch.setattr(people, "search", quick)


@attack("tempo de um CPF desconhecido")
@both
async def test_an_unknown_cpf_makes_the_same_work_as_one_of_another_tenant(
    registry: Served, monkeypatch: pytest.MonkeyPatch, planted: bool
) -> None:
    theirs = person(700)
    owner = registry.as_(VICTIM, "registrar")
    made = await registry.http.post("/people", json=theirs, headers=owner)
    assert made.status_code in (200, 201), made.text
    if planted:
        known_to_anyone(monkeypatch, {theirs["cpf"]})
    work, told = Work(monkeypatch), []
    stranger = registry.as_(ATTACKER, "desk")
    # The first asks of a tenant warm what is kept: not of interest here.
    await registry.http.post("/people/search", json={"cpf": cpf(3)}, headers=stranger)
    event.listen(Engine, "before_cursor_execute", work.note)
    try:
        for document in (theirs["cpf"], cpf(912_345_678)):
            work.done.clear()
            sent = {"cpf": document}
            answer = await registry.http.post("/people/search", json=sent, headers=stranger)
            told.append((answer.status_code, answer.json(), dict(work.done)))
    finally:
        event.remove(Engine, "before_cursor_execute", work.note)
    assert told[0][2], "nothing was seen of the work"
    assert (told[0] != told[1]) is planted
