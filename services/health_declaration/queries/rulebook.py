"""Which rules decide: the versions pinned by a case, or the newest published by the tenant."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter
from sqlalchemy import func
from sqlmodel import col, select

from kit.db import Transaction
from services.health_declaration.gateways import reference
from services.health_declaration.models import RuleSetRow
from services.health_declaration.rules.calendar import BusinessCalendar
from services.health_declaration.rules.cpt import CptTable
from services.health_declaration.rules.cpt_table import CptTableDocument, to_table
from services.health_declaration.rules.parameters import RuleSet, parse_rule_set
from services.health_declaration.rules.questionnaire import QuestionSet, parse_question_set
from services.health_declaration.rules.stages import Terms
from services.health_declaration.rules.tables import FamilyDocument, FamilyIndex

NAMES = ("parameters", "questionnaire", "cpt_table", "families")
PRODUCT_TENANT = 0
"""Version 1 of every rule set is the product's own, the same for all tenants."""

_documents: dict[tuple[int, str, int], Any] = {}


@dataclass(frozen=True)
class Rulebook:
    """One version of every rule set, parsed."""

    version: str
    rules: RuleSet
    questions: QuestionSet
    cpt_table: CptTable
    families: FamilyIndex

    @property
    def calendar(self) -> BusinessCalendar:
        """The days the operator counts by."""
        rule = self.rules.calendar
        return _calendar(rule.country, rule.extra_holidays, extends=rule.extends)

    def terms(self, zone: ZoneInfo) -> Terms:
        """What turns stages into moments."""
        return Terms(self.rules, self.calendar, zone)


@lru_cache(maxsize=64)
def _calendar(country: str, extra: frozenset[Any], *, extends: bool) -> BusinessCalendar:
    return BusinessCalendar(country, extra, extends=extends)


def warm() -> None:
    """Parses the product's own rule sets before the first request has to wait for it."""
    for name in NAMES:
        key = (PRODUCT_TENANT, name, 1)
        if key not in _documents:
            _documents[key] = parse(name, reference.default_document(name))
    reference.cid_table()


def product_rules() -> RuleSet:
    """The product's own parameters: what they keep out by law, no version lets in."""
    key = (PRODUCT_TENANT, "parameters", 1)
    if key not in _documents:
        _documents[key] = parse("parameters", reference.default_document("parameters"))
    rules: RuleSet = _documents[key]
    return rules


async def current(tx: Transaction) -> Rulebook:
    """The newest published version of each rule set."""
    newest = (
        select(RuleSetRow.name, func.max(RuleSetRow.version))
        .where(RuleSetRow.tenant_id == tx.tenant_id, col(RuleSetRow.status) == "published")
        .group_by(RuleSetRow.name)
    )
    found = {row[0]: row[1] for row in await tx.session.execute(newest)}
    return await _book(tx, {name: found.get(name, 1) for name in NAMES})


async def pinned(tx: Transaction, version: str) -> Rulebook:
    """The rulebook a case began with, by its `rules_version`."""
    parts = dict(part.split("@") for part in version.split(","))
    return await _book(tx, {name: int(parts[name]) for name in NAMES})


async def _book(tx: Transaction, versions: dict[str, int]) -> Rulebook:
    return Rulebook(
        version=",".join(f"{name}@{versions[name]}" for name in NAMES),
        rules=await _parsed(tx, "parameters", versions["parameters"]),
        questions=await _parsed(tx, "questionnaire", versions["questionnaire"]),
        cpt_table=await _parsed(tx, "cpt_table", versions["cpt_table"]),
        families=await _parsed(tx, "families", versions["families"]),
    )


async def _parsed(tx: Transaction, name: str, version: int) -> Any:
    """A published version never changes, so what was parsed once is kept."""
    key = (PRODUCT_TENANT if version == 1 else tx.tenant_id, name, version)
    if key not in _documents:
        _documents[key] = parse(name, await document(tx, name, version))
    return _documents[key]


async def document(tx: Transaction, name: str, version: int) -> dict[str, Any]:
    """The content of one version as it was published."""
    if version == 1:
        return reference.default_document(name)
    row = await tx.session.get_one(RuleSetRow, (tx.tenant_id, name, version))
    return row.content


def parse(name: str, content: dict[str, Any]) -> Any:
    """The parsed rule set; raises ValueError naming what is wrong."""
    return _PARSERS[name](content)


def _cpt_table(content: dict[str, Any]) -> CptTable:
    return to_table(TypeAdapter(CptTableDocument).validate_python(content))


def _families(content: dict[str, Any]) -> FamilyIndex:
    document = TypeAdapter(FamilyDocument).validate_python(content)
    return FamilyIndex(document.rol, reference.rol(document.rol), document)


_PARSERS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "parameters": parse_rule_set,
    "questionnaire": parse_question_set,
    "cpt_table": _cpt_table,
    "families": _families,
}
