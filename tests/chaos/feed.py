"""The same facts as a bad day delivers them: all twice, out of order across keys, some poison."""

from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from random import Random

from contracts.topics import external, id_of_external

DISORDER = 0.30
POISON = 0.01


@dataclass(frozen=True)
class Message:
    """One message as it lay on its topic."""

    topic: str
    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...]

    @property
    def id(self) -> str:
        """The id under which the fact is known here."""
        told = dict(self.headers)
        said, tenant = told.get("ce_id", b"").decode(), int(told.get("ce_tenantid", b"0"))
        return id_of_external(tenant, self.topic, said) if external(self.topic) else said

    @property
    def place(self) -> tuple[str, bytes]:
        """Within it order holds."""
        return self.topic, self.key


def disturbed(
    messages: Sequence[Message], seed: int, disorder: float = DISORDER, times: int = 2
) -> list[Message]:
    """Each fact `times` times, a share of the places dealt anew; a key keeps its own order."""
    source = _source(seed)
    queues: defaultdict[tuple[str, bytes], deque[Message]] = defaultdict(deque)
    for message in messages:
        queues[message.place].append(message)
    for queue in queues.values():
        queue.extend(list(queue) * (times - 1))
    turns = [message.place for message in messages] * times
    chosen = sorted(source.sample(range(len(turns)), round(len(turns) * disorder)))
    dealt = source.sample(chosen, len(chosen))
    places = list(turns)
    for to, origin in zip(chosen, dealt, strict=True):
        places[to] = turns[origin]
    return [queues[place].popleft() for place in places]


def poison(messages: Sequence[Message], seed: int, share: float = POISON) -> frozenset[str]:
    """Ids of the facts that cannot be handled, at least one."""
    ids = sorted({message.id for message in messages})
    return frozenset(_source(seed).sample(ids, min(len(ids), max(1, ceil(len(ids) * share)))))


def _source(seed: int) -> Random:
    return Random(seed)  # noqa: S311 - a disorder to repeat, not a secret
