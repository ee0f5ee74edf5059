"""Rule sets as their pages show them: what is in force, the draft, how it stands with the check."""

import asyncio
from collections import Counter
from dataclasses import dataclass

from contracts.base import Message
from contracts.health_declaration.cpt import RuleSetPage, RuleSetVersion, Verdict
from kit.errors import NotFound
from services.console.queries.looking import Lane, Look, lane
from services.console.rules.rule_content import Sheet, sheet_of
from services.console.rules.rule_faults import Fault, faults
from services.console.rules.rule_sets import TABLES, RuleTable

WRITE, PUBLISH = "rules.write", "rules.publish"


@dataclass(frozen=True)
class Opened:
    """One rule set with all of its versions, newest first."""

    table: RuleTable
    versions: tuple[RuleSetVersion, ...]

    @property
    def newest(self) -> RuleSetVersion:
        """The draft, or what is in force where there is none: what a change is made to."""
        return self.versions[0]

    @property
    def draft(self) -> RuleSetVersion | None:
        """The one draft there may be."""
        return self.newest if self.newest.status == "draft" else None

    @property
    def in_force(self) -> RuleSetVersion:
        """The newest that is published."""
        return next(one for one in self.versions if one.status == "published")

    @property
    def product(self) -> RuleSetVersion:
        """The product's own, which tells of what kind each value is."""
        return self.versions[-1]

    def version(self, number: int) -> RuleSetVersion:
        """One of them; 404 for none."""
        found = next((one for one in self.versions if one.version == number), None)
        if found is None:
            raise NotFound()
        return found

    def sheet(self, version: RuleSetVersion) -> Sheet:
        """The cells of a version."""
        return sheet_of(self.table, version.content, version.cases)


async def shelf(look: Look) -> list[tuple[RuleTable, Lane[Opened]]]:
    """Every rule set, each of which may be missing apart."""
    found = await asyncio.gather(*(lane(opened(look, table)) for table in TABLES))
    return list(zip(TABLES, found, strict=True))


async def opened(look: Look, table: RuleTable) -> Opened:
    """One rule set."""
    path = f"/rule-sets/{table.name}/versions"
    found = await look.health_declaration.get(path, RuleSetPage)
    return Opened(table, found.items)


async def verdict(look: Look, shown: Opened) -> Lane[Verdict] | None:
    """How the draft stands with the check; None where there is none, or none who may ask."""
    if shown.draft is None or not look.caller.may(WRITE):
        return None
    path = f"/rule-sets/{shown.table.name}/draft/check"
    return await lane(look.health_declaration.post(path, Message(), Verdict))


def faults_of(table: RuleTable, sheet: Sheet, told: Lane[Verdict] | None) -> tuple[Fault, ...]:
    """What the check found, at its cells."""
    errors = told.shown.errors if told and told.shown else ()
    return faults(table, sheet, ((one.where, one.reason, one.at) for one in errors))


def confidence(table: RuleTable, version: RuleSetVersion) -> list[tuple[str, int]]:
    """How sure what stands there is: how often each word is said, the most frequent first."""
    sheet = sheet_of(table, version.content, ())
    told: Counter[str] = Counter()
    for part in table.parts:
        for at, column in enumerate(part.columns):
            if column.name == "confidence":
                told.update(row[at] for row in sheet[part.slug])
    return told.most_common()
