"""Files that travel with the product: official tables, compact, and the default rule sets."""

import gzip
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from services.health_declaration.rules.official import CidRow, RolRow, TussRow, from_compact
from services.health_declaration.rules.tables import CidTable


@dataclass(frozen=True)
class Text:
    """A text that travels with the product: its version, its title and its file."""

    version: str
    title: str
    file: str


DATA = Path(__file__).parents[1] / "data"
CID_VERSION, ROL_VERSION = "v2008", "2026-01"
DEFAULTS = {
    "parameters": "rules.v1.yaml",
    "questionnaire": "questions.v1.yaml",
    "cpt_table": "cpt_table.v1.yaml",
    "families": "families.v1.yaml",
}
NOTICES = {
    "letter": (
        Text("ANS-558-demo", "Carta de orientação ao beneficiário", "letter.placeholder.md"),
    ),
    "privacy": (Text("demo-1", "Aviso de privacidade", "privacy.placeholder.md"),),
    "terms": (Text("demo-1", "Termos de uso", "terms.placeholder.md"),),
    "prevention_programmes": (
        Text("1", "Convites para programas de prevenção", "consent_prevention.placeholder.md"),
    ),
    "satisfaction_survey": (Text("1", "Pesquisas de satisfação", "consent_survey.placeholder.md"),),
    "news": (Text("1", "Novidades do plano", "consent_news.placeholder.md"),),
}
"""Placeholders where the tenant loads its own texts, the newest last.

None is ever edited or taken away: people acknowledged it by its version.
"""


class UnknownVersion(ValueError):
    """No official table of that version was imported."""


@cache
def cid_table() -> CidTable:
    """The CID-10 in use."""
    return CidTable(CID_VERSION, from_compact(CidRow, _text(f"cid10.{CID_VERSION}.tsv.gz")))


@cache
def rol(version: str = ROL_VERSION) -> tuple[RolRow, ...]:
    """One version of the official correlation TUSS × Rol; raises UnknownVersion."""
    return from_compact(RolRow, _text(f"rol.{version}.tsv.gz"))


@cache
def tuss_terms() -> dict[str, str]:
    """Names of the TUSS procedures, by code."""
    rows = from_compact(TussRow, _text(f"tuss.{ROL_VERSION}.tsv.gz"))
    return {row.tuss: row.term for row in rows}


@cache
def default_document(name: str) -> dict[str, Any]:
    """Version 1 of a rule set, as the product brings it."""
    document = yaml.safe_load((DATA / DEFAULTS[name]).read_text())
    # Through JSON: what a tenant publishes later comes as JSON too, dates as text and all.
    loaded: dict[str, Any] = json.loads(json.dumps(document, default=str))
    return loaded


@cache
def family_words() -> dict[str, str]:
    """Procedure families in the words of the CPT term."""
    loaded: dict[str, str] = yaml.safe_load((DATA / "family_words.v1.yaml").read_text())
    return loaded


def placeholder(kind: str, version: str) -> Text | None:
    """The placeholder of that version; None when the version is a tenant's own."""
    return next((text for text in NOTICES[kind] if text.version == version), None)


@cache
def words_of(text: Text) -> str:
    """What a placeholder says."""
    return (DATA / text.file).read_text()


def _text(name: str) -> str:
    try:
        return gzip.decompress((DATA / name).read_bytes()).decode()
    except FileNotFoundError:
        raise UnknownVersion(f"tabela oficial não importada: {name}") from None
