"""Would other rules have treated a past declaration in another way?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from services.health_declaration.rules.cpt import CptItem, CptTable, propose
from services.health_declaration.rules.interview import InterviewProfile, decide_interview
from services.health_declaration.rules.parameters import RuleSet
from services.health_declaration.rules.tables import FamilyIndex


@dataclass(frozen=True, slots=True)
class Past:
    """What is kept of a declaration: the confirmed CIDs, and what triage saw where it saw any."""

    joining_on: date
    confirmed: Mapping[str, Sequence[str]]
    profile: InterviewProfile | None


Restriction = tuple[str, tuple[str, ...], bool, date]
"""Range, codes and whether beds are suspended, until when."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What the rules make of one declaration."""

    interview: bool
    restrictions: frozenset[Restriction]
    unmatched: tuple[tuple[str, str], ...]


class Rules:
    """One version of each rule set that decides over what was declared."""

    def __init__(self, parameters: RuleSet, table: CptTable, families: FamilyIndex) -> None:
        self._parameters = parameters
        self._table = table
        self._families = families
        self._codes: dict[frozenset[str], tuple[str, ...]] = {}

    def effect(self, past: Past) -> Effect:
        """Whether an interview is asked for, and what a CPT would suspend until when."""
        rules = self._parameters
        proposal = propose(
            past.confirmed, self._table, past.joining_on, rules.cpt_limit, rules.version
        )
        return Effect(
            past.profile is not None
            and decide_interview(past.profile, rules.interview, rules.version).needed,
            frozenset(self._restriction(item) for item in proposal.items),
            proposal.unmatched,
        )

    def _restriction(self, item: CptItem) -> Restriction:
        families = item.families
        if families not in self._codes:
            self._codes[families] = self._families.suspended_by(families)
        bed = not families.isdisjoint(self._families.bed_families)
        return item.cid_range, self._codes[families], bed, item.ends_on
