"""Who may call what, found by asking: the person whose role opens the operation."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import httpx

from tests.api.stack import Stack

REFUSALS = (401, 403)


@dataclass(frozen=True)
class Caller:
    """One login: the headers it sends and the role it stands for."""

    role: str
    headers: Mapping[str, str]


def callers(stack: Stack, tenant: int) -> list[Caller]:
    """Every named person of the tenant, and every process login acting for it."""
    people = [
        Caller(person.role, {"Authorization": f"Bearer {person.token}"})
        for person in stack.people
        if person.tenant == tenant
    ]
    return people + [_process(stack, client, tenant) for client in sorted(stack.clients)]


def _process(stack: Stack, client: str, tenant: int) -> Caller:
    reply = httpx.post(
        stack.token_url,
        data={"grant_type": "client_credentials"},
        auth=(client, stack.clients[client]),
        timeout=30,
    )
    token = reply.raise_for_status().json()["access_token"]
    headers = {"Authorization": f"Bearer {token}", "Vinculo-Tenant": str(tenant)}
    return Caller("process", headers)


class Doorkeeper:
    """Learns by asking which roles an operation lets in, and then sends only those."""

    def __init__(self, known: Sequence[Caller]) -> None:
        self._by_role: dict[str, list[Caller]] = {}
        for caller in known:
            self._by_role.setdefault(caller.role, []).append(caller)
        self._admitted: dict[str, set[str]] = {}
        self._refused: dict[str, set[str]] = {}

    def one_for(self, operation: str, chance: random.Random) -> Caller:
        """Somebody whose role was let in there; before that, a role that was not asked yet."""
        admitted = sorted(self._admitted.get(operation, ()))
        if admitted:
            return chance.choice(self._by_role[chance.choice(admitted)])
        untried = self._by_role.keys() - self._refused.get(operation, set())
        return chance.choice(self._by_role[min(untried or self._by_role.keys())])

    def heard(self, operation: str, caller: Caller, status: int) -> None:
        """A role once let in stays: a later refusal is about the case, not about the role."""
        told = self._refused if status in REFUSALS else self._admitted
        told.setdefault(operation, set()).add(caller.role)
