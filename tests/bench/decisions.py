"""P13: decisions a second of the pure rules, on one core, over tables of 200 rows.

`make bench GOAL=P13`. The table of the CPT has 102 rows and is widened to 200; the question of
coverage is asked of a person with 200 signed items, every one in force. Each decision comes with
its trace: the rows or items that led to it, the rule, its words and its version.
"""

import gzip
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import yaml

from services.health_declaration.rules.coverage import CareRequest, SignedCpt, decide_coverage
from services.health_declaration.rules.cpt import CptTable, propose
from services.health_declaration.rules.cpt_table import CptTableDocument, to_table
from services.health_declaration.rules.divergence import Divergence, DivergenceKind
from services.health_declaration.rules.official import RolRow, from_compact
from services.health_declaration.rules.parameters import RuleSet, parse_rule_set
from services.health_declaration.rules.tables import FamilyDocument, FamilyIndex
from services.health_declaration.rules.triage import triage
from tests.bench.rounds import ROUNDS, Figure, conclude

DATA = Path(__file__).parents[2] / "services" / "health_declaration" / "data"
GOAL, ROWS, SECONDS = 2_000, 200, 1.0
START, END, ASKED = date(2026, 12, 1), date(2028, 12, 1), date(2027, 6, 1)
Decide = Callable[[], Any]


def _document(name: str) -> Any:
    return yaml.safe_load((DATA / name).read_text())


def widened() -> CptTable:
    """The table in force, repeated under other questions until it has 200 rows."""
    table = to_table(CptTableDocument.model_validate(_document("cpt_table.v1.yaml")))
    more = (replace(row, question=f"R{at}") for at, row in enumerate(cycle(table.rows)))
    return replace(table, rows=(*table.rows, *islice(more, ROWS - len(table.rows))))


def signed(table: CptTable) -> list[SignedCpt]:
    """200 items that a person signed, one per row of the table."""
    packed = gzip.decompress((DATA / "rol.2026-01.tsv.gz").read_bytes()).decode()
    families = FamilyDocument.model_validate(_document("families.v1.yaml"))
    index = FamilyIndex("2026-01", from_compact(RolRow, packed), families)
    return [
        SignedCpt(str(at), (row.cid_range,), row.families, START, END, index, "1")
        for at, row in enumerate(table.rows)
    ]


def decisions() -> dict[str, Decide]:
    """What the rules are asked all day."""
    rules: RuleSet = parse_rule_set(_document("rules.v1.yaml"))
    table = widened()
    items = signed(table)
    request = CareRequest(on=ASKED, tuss="30912032", cids=("I214",))
    differs = [Divergence("Q03", DivergenceKind.YES_TO_NO, "earlier", START, "Antes declarada.")]
    # The catch-all question looks through the rows of every other.
    confirmed = {"Q36": ["I214"]}
    return {
        "coverage": lambda: decide_coverage(request, items, rules).matches,
        "proposal": lambda: propose(confirmed, table, START, rules.cpt_limit, rules.version).items,
        "triage": lambda: triage(("Q03",), differs, rules.version).reasons,
    }


def rate(decide: Decide) -> float:
    """Decisions a second of processor time."""
    began, made = time.process_time(), 0
    while time.process_time() - began < SECONDS:
        for _ in range(50):
            assert decide(), "a decision without its trace"
        made += 50
    return made / (time.process_time() - began)


def main() -> int:
    """Runs the rounds and says by its exit code whether the goal was met."""
    asked = decisions()
    rounds: dict[str, list[float]] = {name: [] for name in asked}
    for _ in range(ROUNDS):
        for name, decide in asked.items():
            rounds[name].append(rate(decide))
    figures = [
        Figure(f"{name} with its trace", each, least=GOAL, unit="/s")
        for name, each in rounds.items()
    ]
    return conclude("P13", f"{ROWS} rows, one core, processor time", figures, rounds)
