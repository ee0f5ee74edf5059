"""Why an order could not be carried out, in one sentence that names who and when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.console.rules.formats import Formats
from services.console.rules.words import PROCESSES, STAGES, called


@dataclass(frozen=True)
class Known:
    """Who looks, and what others are called where it is known."""

    me: str
    names: Mapping[str, str]
    formats: Formats

    def name(self, sub: str) -> str:
        """What somebody is called; their login where nobody says."""
        return self.names.get(sub) or sub


@dataclass(frozen=True)
class Refusal:
    """What a service said, as far as it matters here."""

    title: str
    code: str
    detail: str
    extra: Mapping[str, Any]


def explained(refusal: Refusal, known: Known) -> str:
    """The sentence; what the service itself says where no better one is known."""
    extra = refusal.extra
    match refusal.code:
        case "task-taken":
            who = extra.get("who") or "Outra pessoa"
            return f"{who} assumiu esta tarefa{_at(extra.get('since'), known)}."
        case "task-not-yours" if extra.get("owner"):
            return f"Esta tarefa está com {extra['owner']}."
        case "stale-version":
            return f"{_who(extra, known)} mudou isto{_at(extra.get('changed_at'), known)}."
        case "wrong-stage":
            stage = called(STAGES, str(extra.get("stage", "")))
            by = _at(extra.get("changed_at"), known)
            return f"{_who(extra, known)} levou o caso adiante{by}: agora está {stage}."
        case "already-settled":
            return f"{_who(extra, known)} já respondeu{_at(extra.get('changed_at'), known)}."
    return f"{refusal.title}."


def _who(extra: Mapping[str, Any], known: Known) -> str:
    sub = str(extra.get("changed_by") or "")
    if sub == known.me:
        return "Você, em outra aba ou em outro computador,"
    if not sub or sub in PROCESSES or sub.startswith("person:"):
        return "O andamento do caso"
    return known.name(sub)


def _at(moment: Any, known: Known) -> str:
    try:
        return f" em {known.formats.moment(datetime.fromisoformat(str(moment)))}"
    except ValueError:
        return ""
