"""The batch: branches are chosen first, then people are made up to walk them."""

import json
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

from deploy.story import documents
from deploy.story.branches import (
    AFFILIATION,
    AGAIN,
    BRANCHES,
    INDIVIDUAL,
    LARGE,
    LATE,
    SMALL,
    Branch,
    Disease,
    Expected,
    expected,
)

KINDS = {
    INDIVIDUAL: ("individual", 1, 3),
    AFFILIATION: ("by_affiliation", 320, 3),
    SMALL: ("company", 12, 3),
    LARGE: ("company", 250, 10),
    LATE: ("company", 120, 120),
}
"""Kind of contract, lives, and days since it was signed."""


@dataclass(frozen=True)
class Size:
    """How large the batch is: everybody, at least `each` per branch, and who is waived."""

    people: int = 500
    each: int = 5
    waived: int = 320
    bad_lines: int = 20
    duplicates: int = 20
    reordered: int = 10


DEMO = Size()
SMALL_STORY = Size(people=64, each=1, waived=8, bad_lines=20, duplicates=4, reordered=4)


@dataclass(frozen=True)
class Person:
    """Somebody who joins, and what the key says will become of them."""

    ref: str
    branch: str
    contract: str
    body: dict[str, Any]
    joining_on: date
    requested_on: date
    linked_on: date | None
    disease: Disease | None
    expected: Expected
    representative: dict[str, Any] | None = None
    holder_ref: str | None = None
    moved_to: date | None = None

    @property
    def respondent(self) -> dict[str, Any]:
        """Who answers the form."""
        return self.representative or self.body

    @property
    def addresses(self) -> tuple[str, ...]:
        """Where the respondent is reached."""
        return tuple(one["value"] for one in self.respondent["contacts"])


@dataclass(frozen=True)
class Batch:
    """Everybody, the contracts they join, and the day the story begins."""

    seed: int
    tenant: int
    today: date
    size: Size
    contracts: dict[str, dict[str, Any]]
    people: tuple[Person, ...]


def batch(seed: int, tenant: int, today: date, size: Size) -> Batch:
    """The same seed and day give the same people; names of contracts carry the tenant."""
    source = Random(seed)  # noqa: S311 - a story, not a secret
    maker = _Maker(source, tenant, today)
    chosen = [(branch, n) for branch in BRANCHES for n in range(_count(branch, size))]
    crowd = [branch for branch in BRANCHES if branch.crowd and branch.outcome != "waived"]
    while len(chosen) < size.people:
        chosen.append((crowd[len(chosen) % len(crowd)], len(chosen)))
    people = [maker.person(branch, n) for branch, n in chosen]
    contracts = {name: maker.contract(name) for name in KINDS}
    return Batch(seed, tenant, today, size, contracts, tuple(people))


def _count(branch: Branch, size: Size) -> int:
    return max(size.waived, size.each) if branch.name == "dispensa_empresarial" else size.each


def joining_days(today: date) -> tuple[date, date, date]:
    """Three joining dates, none past the 28th, so that 24 months later is the same day."""
    near = (today - timedelta(days=12), today + timedelta(days=9), today + timedelta(days=40))
    first, second, third = (day.replace(day=min(day.day, 28)) for day in near)
    return first, second, third


class _Maker:
    def __init__(self, source: Random, tenant: int, today: date) -> None:
        self._source = source
        self._tenant = tenant
        self._today = today
        self._count = 0
        self._cnpj = {name: documents.cnpj(source) for name in KINDS}
        self._cpfs: set[str] = set()
        self._phones: set[str] = set()
        self._adult_ref = ""

    def contract(self, name: str) -> dict[str, Any]:
        kind, lives, age = KINDS[name]
        body: dict[str, Any] = {
            "contract_ref": f"{name}-{self._tenant}",
            "kind": kind,
            "signed_on": (self._today - timedelta(days=age)).isoformat(),
            "lives": lives,
        }
        if kind != "individual":
            body["company"] = {"cnpj": self._cnpj[name], "name": f"Empresa {name.title()} Ltda"}
        return body

    def person(self, branch: Branch, n: int) -> Person:
        self._count += 1
        ref = f"{self._tenant}-{self._count:04d}"
        contract = branch.contracts[n % len(branch.contracts)]
        disease = self._disease(branch, n)
        days = joining_days(self._today)
        # Nobody joins before they are born.
        joining = days[1 if branch.name == "dispensa_recem_nascido" else n % 2]
        moved_to = days[2] if branch.name == "adesao_movida" else None
        adult = branch.name not in ("dispensa_recem_nascido", "menor_com_representante")
        self._adult_ref = self._adult_ref or (ref if adult else "")
        return Person(
            ref=ref,
            branch=branch.name,
            contract=contract,
            body=self._body(branch.name),
            joining_on=joining,
            requested_on=self._today,
            linked_on=self._today - timedelta(days=70) if contract == LATE else None,
            disease=disease,
            expected=expected(branch, disease, moved_to or joining),
            representative=None if adult else self._body("representante"),
            holder_ref=None if adult else self._adult_ref,
            moved_to=moved_to,
        )

    def _disease(self, branch: Branch, n: int) -> Disease | None:
        """Branches begin at different diseases, so that a small batch has them all."""
        if not branch.diseases:
            return None
        return branch.diseases[(n + BRANCHES.index(branch)) % len(branch.diseases)]

    def _body(self, branch: str) -> dict[str, Any]:
        source = self._source
        # Young enough that age alone asks for no interview.
        year = self._today.year - 20 - source.randrange(35)
        birth = date(year, 1 + source.randrange(12), 1 + source.randrange(28))
        if branch == "menor_com_representante":
            birth = date(self._today.year - 9, 3, 1 + source.randrange(28))
        if branch == "dispensa_recem_nascido":
            birth = self._today - timedelta(days=8)
        return {
            "full_name": documents.name(source),
            "birth_on": birth.isoformat(),
            "cpf": self._fresh(self._cpfs, documents.cpf),
            "mother_name": documents.name(source),
            "contacts": self._contacts(branch),
        }

    def _contacts(self, branch: str) -> list[dict[str, Any]]:
        phone = self._fresh(self._phones, documents.phone)
        email = f"p{phone[5:]}.{self._tenant}@exemplo.com.br"
        if branch == "balcao_papel":
            return []
        if branch == "balcao_codigo" or self._count % 9 == 0:
            return [{"channel": "email", "value": email}]
        return [{"channel": "whatsapp", "value": phone}]

    def _fresh(self, used: set[str], make: Any) -> str:
        while (found := make(self._source)) in used:
            continue
        used.add(found)
        return str(found)


def key(batch: Batch) -> str:
    """The answer key as it is written before the story begins."""
    people = [
        {"ref": one.ref, "branch": one.branch, "expected": asdict(one.expected)}
        for one in batch.people
    ]
    people += [
        {"ref": f"{one.ref}-b", "branch": one.branch, "expected": asdict(AGAIN)}
        for one in batch.people
        if one.branch == "divergente"
    ]
    whole: dict[str, Any] = {"seed": batch.seed, "tenant": batch.tenant}
    whole |= {"today": batch.today.isoformat(), "size": asdict(batch.size)}
    return json.dumps(whole | {"people": people}, indent=1, ensure_ascii=False)
