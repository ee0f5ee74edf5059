"""Decisions a second of the pure rules, on one core: `python -m tests.bench.decisions`.

Prints every round and exits 1 when the median of a decision is under 2,000 a second.
"""

import gzip
import statistics
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import yaml

from services.health_declaration.rules.coverage import CareRequest, SignedCpt, decide_coverage
from services.health_declaration.rules.official import RolRow, from_compact
from services.health_declaration.rules.parameters import parse_rule_set
from services.health_declaration.rules.tables import FamilyDocument, FamilyIndex
from services.health_declaration.rules.triage import triage

DATA = Path(__file__).parents[2] / "services" / "health_declaration" / "data"
GOAL, ROUNDS, EACH = 2_000, 5, 5_000


def decisions() -> dict[str, Callable[[], object]]:
    """One coverage question over three CPTs, and one triage of a clean declaration."""
    rules = parse_rule_set(yaml.safe_load((DATA / "rules.v1.yaml").read_text()))
    rol = from_compact(RolRow, gzip.decompress((DATA / "rol.2026-01.tsv.gz").read_bytes()).decode())
    document = FamilyDocument.model_validate(
        yaml.safe_load((DATA / "families.v1.yaml").read_text())
    )
    index = FamilyIndex("2026-01", rol, document)
    starts, ends = date(2026, 12, 1), date(2028, 12, 1)
    families = frozenset({"HEMO", "IMG", "UTI"})
    cpts = [
        SignedCpt(name, (cid_range,), families, starts, ends, index, "1")
        for name, cid_range in (("a", "E10-E14"), ("b", "N17-N19"), ("c", "I20-I25"))
    ]
    request = CareRequest(on=date(2027, 6, 1), tuss="30912032", cids=("I214",))
    return {
        "coverage": lambda: decide_coverage(request, cpts, rules),
        "triage": lambda: triage((), (), rules.version),
    }


def rate(decide: Callable[[], object]) -> float:
    """Decisions a second of processor time."""
    began = time.process_time()
    for _ in range(EACH):
        decide()
    return EACH / (time.process_time() - began)


def main() -> int:
    """Runs the rounds and says by its exit code whether the goal was met."""
    met = True
    for name, decide in decisions().items():
        rounds = [rate(decide) for _ in range(ROUNDS)]
        median = statistics.median(rounds)
        met = met and median >= GOAL
        print(name, *(f"{one:,.0f}" for one in rounds), f"median {median:,.0f}/s")  # noqa: T201
    print(f"goal {GOAL:,}/s: {'met' if met else 'missed'}")  # noqa: T201
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
