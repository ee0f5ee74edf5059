"""The product's own data, read once."""

import gzip
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.health_declaration.rules.cpt import CptTable
from services.health_declaration.rules.cpt_table import CptTableDocument, Known, to_table
from services.health_declaration.rules.official import CidRow, RolRow, from_compact
from services.health_declaration.rules.parameters import RuleSet, parse_rule_set
from services.health_declaration.rules.publication import known_of
from services.health_declaration.rules.questionnaire import QuestionSet, parse_question_set
from services.health_declaration.rules.tables import CidTable, FamilyDocument, FamilyIndex

DATA = Path(__file__).parents[3] / "services" / "health_declaration" / "data"


def document(name: str) -> Any:
    """Read by the safe loader in C: the one in Python takes longer than the tests."""
    return yaml.load((DATA / name).read_text(), Loader=yaml.CSafeLoader)


@pytest.fixture(scope="session")
def rules_document() -> dict[str, Any]:
    return document("rules.v1.yaml")


@pytest.fixture(scope="session")
def rules(rules_document: dict[str, Any]) -> RuleSet:
    return parse_rule_set(rules_document)


@pytest.fixture(scope="session")
def questions() -> QuestionSet:
    return parse_question_set(document("questions.v1.yaml"))


@pytest.fixture(scope="session")
def rol() -> tuple[RolRow, ...]:
    text = gzip.decompress((DATA / "rol.2026-01.tsv.gz").read_bytes()).decode()
    return from_compact(RolRow, text)


@pytest.fixture(scope="session")
def families() -> FamilyDocument:
    return FamilyDocument.model_validate(document("families.v1.yaml"))


@pytest.fixture(scope="session")
def index(rol: tuple[RolRow, ...], families: FamilyDocument) -> FamilyIndex:
    return FamilyIndex("2026-01", rol, families)


@pytest.fixture(scope="session")
def cids() -> CidTable:
    text = gzip.decompress((DATA / "cid10.v2008.tsv.gz").read_bytes()).decode()
    return CidTable("V2008", from_compact(CidRow, text))


@pytest.fixture(scope="session")
def cpt_document() -> CptTableDocument:
    return CptTableDocument.model_validate(document("cpt_table.v1.yaml"))


@pytest.fixture(scope="session")
def table(cpt_document: CptTableDocument) -> CptTable:
    return to_table(cpt_document)


@pytest.fixture(scope="session")
def known(cids: CidTable, index: FamilyIndex, questions: QuestionSet) -> Known:
    return known_of(cids, index, questions)
