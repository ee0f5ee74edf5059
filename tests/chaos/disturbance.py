"""Deliveries as a bad day brings them: everything twice, keys out of order, poison among them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random

from contracts.topics import external, id_of_external

REORDERED = 0.3
POISONED = 0.01
SPOILT = (b"\xff\xfe\x00 nada que se leia", b'{"schema": "de outro"}')
"""Bytes that are no text, and a body that is no fact of that type."""


class Draw(Random):
    """What a seed draws, the same each time: the opposite of a secret."""


@dataclass(frozen=True)
class Message:
    """One record of a topic, as it will be written again."""

    topic: str
    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...]

    def header(self, name: str) -> str:
        """What its sender wrote there; nothing where it wrote none."""
        return dict(self.headers).get(name, b"").decode(errors="replace")

    @property
    def event_id(self) -> str:
        """As a consumer of ours knows it."""
        said = self.header("ce_id")
        if external(self.topic):
            return id_of_external(int(self.header("ce_tenantid")), self.topic, said)
        return said

    @property
    def lane(self) -> tuple[str, bytes]:
        """What its order is kept within."""
        return self.topic, self.key


def reordered(messages: Sequence[Message], rng: Draw, share: float = REORDERED) -> list[Message]:
    """This share of the places changes hands among keys; each key keeps its own order."""
    lanes = [message.lane for message in messages]
    places = rng.sample(range(len(lanes)), int(len(lanes) * share))
    moved = rng.sample(places, len(places))
    mixed = list(lanes)
    for place, other in zip(places, moved, strict=True):
        mixed[place] = lanes[other]
    waiting: dict[tuple[str, bytes], list[Message]] = defaultdict(list)
    for message in reversed(messages):
        waiting[message.lane].append(message)
    return [waiting[lane].pop() for lane in mixed]


def twice(messages: Sequence[Message], rng: Draw) -> list[Message]:
    """Each a second time, some places later: what a producer that did not hear the answer does."""
    places = [(number, message) for number, message in enumerate(messages)]
    again = [(number + rng.uniform(0.5, 50), message) for number, message in places]
    return [message for _, message in sorted((*places, *again), key=lambda at: at[0])]


def refused(messages: Sequence[Message], rng: Draw) -> list[str]:
    """Ids of the facts whose handler must refuse: a third of the poison."""
    ids = sorted({message.event_id for message in messages})
    return rng.sample(ids, max(1, int(len(ids) * POISONED / 3))) if ids else []


def spoilt(messages: Sequence[Message], rng: Draw) -> list[Message]:
    """Messages that nobody can handle, on keys of their own: two thirds of the poison."""
    count = max(len(SPOILT), int(len(messages) * POISONED * 2 / 3))
    return [
        _spoilt(rng.choice(messages), number, SPOILT[number % len(SPOILT)])
        for number in range(count)
    ]


def among(messages: Iterable[Message], others: Iterable[Message], rng: Draw) -> list[Message]:
    """The others put in anywhere."""
    found = list(messages)
    for other in others:
        found.insert(rng.randrange(len(found) + 1), other)
    return found


def _spoilt(like: Message, number: int, value: bytes) -> Message:
    return replace(
        like,
        key=f"veneno-{number}".encode(),
        value=value,
        headers=tuple(_named(like.headers, f"veneno-{number}")),
    )


def _named(headers: Iterable[tuple[str, bytes]], name: str) -> Iterator[tuple[str, bytes]]:
    for header, value in headers:
        yield header, name.encode() if header == "ce_id" else value
