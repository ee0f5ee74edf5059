"""What the ERP sends: the batch, lines twice, lines out of order, and bad lines on purpose."""

import json
from copy import deepcopy
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Any

from joserfc import jwe
from joserfc.jwk import ECKey

from deploy.story import documents
from deploy.story.people import Batch, Person

SOURCE = "notus"
TOPIC, TYPE = "erp.enrolments", "erp.enrolment.reported.v1"
ALGORITHMS = ["ECDH-ES+A256KW", "A256GCM"]


@dataclass(frozen=True)
class Sent:
    """One message for `erp.enrolments`: its key and its body."""

    ref: str
    body: dict[str, Any]


@dataclass(frozen=True)
class Bad:
    """A line that must be refused, and the field to be named."""

    ref: str
    field: str


def created(
    batch: Batch, person: Person, sequence: int = 1, kind: str = "created"
) -> dict[str, Any]:
    """The line that tells of a person's enrolment."""
    return line(person.ref, kind, sequence) | {"enrolment": enrolment(batch, person)}


def line(ref: str, kind: str, sequence: int) -> dict[str, Any]:
    """The head of every line."""
    return {"source": SOURCE, "sequence": sequence, "kind": kind, "enrolment_ref": ref}


def ended(ref: str, kind: str, on: date, sequence: int = 2) -> dict[str, Any]:
    """The line that ends an enrolment."""
    return line(ref, kind, sequence) | {"ended_on": on.isoformat()}


def enrolment(batch: Batch, person: Person) -> dict[str, Any]:
    """The whole enrolment as the ERP knows it."""
    body: dict[str, Any] = {
        "enrolment_ref": person.ref,
        "contract": batch.contracts[person.contract],
        "person": person.body,
        "role": "dependant" if person.holder_ref else "holder",
        "holder_ref": person.holder_ref,
        "representative": person.representative,
        "requested_on": person.requested_on.isoformat(),
        "linked_on": person.linked_on.isoformat() if person.linked_on else None,
        "joining_on": person.joining_on.isoformat(),
        "portability": person.branch == "dispensa_portabilidade",
    }
    if person.branch == "dispensa_recem_nascido":
        body["newborn_on"] = person.body["birth_on"]
    return body


class Envelope:
    """Puts lines into messages: every other one in clear, the rest as JWE for our public key."""

    def __init__(self, public_jwk: dict[str, Any]) -> None:
        self._key = ECKey.import_key(public_jwk)
        self._sent = 0

    def __call__(self, line: dict[str, Any]) -> Sent:
        self._sent += 1
        ref = str(line["enrolment_ref"])
        if self._sent % 2:
            return Sent(ref, {"enrolment_ref": ref, "line": line, "jwe": None})
        return Sent(ref, {"enrolment_ref": ref, "line": None, "jwe": self._sealed(line)})

    def _sealed(self, line: dict[str, Any]) -> str:
        header = {"alg": ALGORITHMS[0], "enc": ALGORITHMS[1]}
        text = json.dumps(line).encode()
        return jwe.encrypt_compact(header, text, self._key, algorithms=ALGORITHMS)


def lines(batch: Batch, source: Random) -> tuple[list[dict[str, Any]], list[Bad]]:
    """Everything of the first day in the order sent, and what must be refused."""
    said: list[list[dict[str, Any]]] = [_of(batch, person) for person in batch.people]
    _twice(batch, said, source)
    _out_of_order(batch, said)
    bad = _bad(batch, source)
    said += [[one] for one, _ in bad]
    source.shuffle(said)
    return [one for group in said for one in group], [told for _, told in bad]


def _of(batch: Batch, person: Person) -> list[dict[str, Any]]:
    first = created(batch, person)
    if person.branch == "encerrada_antes":
        return [ended(person.ref, "cancelled", batch.today), first]
    return [first]


def _twice(batch: Batch, said: list[list[dict[str, Any]]], source: Random) -> None:
    for at in source.sample(range(len(said)), batch.size.duplicates):
        said[at].append(deepcopy(said[at][-1]))


def _out_of_order(batch: Batch, said: list[list[dict[str, Any]]]) -> None:
    """The change arrives before the creation: the newer one holds, the older one is stale."""
    clean = [at for at, p in enumerate(batch.people) if p.branch.startswith("limpa_")]
    for at in clean[: batch.size.reordered]:
        said[at].insert(0, created(batch, batch.people[at], 2, "changed"))


def _bad(batch: Batch, source: Random) -> list[tuple[dict[str, Any], Bad]]:
    model = next(p for p in batch.people if p.branch == "limpa_pequena")
    found = []
    for n in range(batch.size.bad_lines):
        ref = f"{batch.tenant}-ruim-{n:02d}"
        one = created(batch, model)
        one["enrolment_ref"] = ref
        one["enrolment"] = deepcopy(one["enrolment"]) | {"enrolment_ref": ref}
        one["enrolment"]["person"]["cpf"] = documents.cpf(source)
        field = _spoil(one["enrolment"], n % len(_FAULTS), source)
        found.append((one, Bad(ref, f"enrolment.{field}")))
    return found


def spoiled(batch: Batch, seed: int) -> list[Bad]:
    """Which lines of a batch are bad, and why."""
    return [told for _, told in _bad(batch, Random(seed))]  # noqa: S311 - a story, not a secret


_FAULTS = ("person.cpf", "person.cns", "person.birth_on", "contract.company.cnpj", "joining_on")


def _spoil(body: dict[str, Any], fault: int, source: Random) -> str:
    person, field = body["person"], _FAULTS[fault]
    if field == "person.cpf":
        person["cpf"] = documents.broken_cpf(source)
    elif field == "person.cns":
        person["cns"] = documents.cns(source)[:-1] + "x"
    elif field == "person.birth_on":
        del person["birth_on"]
    elif field == "contract.company.cnpj":
        body["contract"]["company"]["cnpj"] = "11222333000180"
    else:
        body["joining_on"] = "2026-02-30"
    return field
