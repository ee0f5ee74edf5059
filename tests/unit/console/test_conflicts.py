"""Why an order could not be carried out, told with who and when."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.console.rules.conflicts import Known, Refusal, explained
from services.console.rules.formats import Formats

KNOWN = Known("ana", {"otto": "Otto Reis"}, Formats(ZoneInfo("America/Sao_Paulo")))
AT = "2026-11-28T00:49:00+00:00"


@pytest.mark.parametrize(
    ("code", "extra", "sentence"),
    [
        (
            "task-taken",
            {"who": "Otto Reis", "since": AT},
            "Otto Reis assumiu esta tarefa em 27/11/2026 21:49.",
        ),
        ("task-taken", {"who": None, "since": None}, "Outra pessoa assumiu esta tarefa."),
        ("task-not-yours", {"owner": "Otto Reis"}, "Esta tarefa está com Otto Reis."),
        ("task-not-yours", {"owner": ""}, "Recusado."),
        (
            "stale-version",
            {"changed_by": "otto", "changed_at": AT},
            "Otto Reis mudou isto em 27/11/2026 21:49.",
        ),
        ("stale-version", {"changed_by": "olga"}, "olga mudou isto."),
        (
            "stale-version",
            {"changed_by": "ana", "changed_at": AT},
            "Você, em outra aba ou em outro computador, mudou isto em 27/11/2026 21:49.",
        ),
        (
            "stale-version",
            {"changed_by": "person:9", "changed_at": AT},
            "O andamento do caso mudou isto em 27/11/2026 21:49.",
        ),
        (
            "wrong-stage",
            {"stage": "audit", "changed_by": "otto", "changed_at": AT},
            "Otto Reis levou o caso adiante em 27/11/2026 21:49: agora está em auditoria médica.",
        ),
        ("four-eyes", {}, "Recusado."),
    ],
)
def test_a_refusal_names_who_and_when(code: str, extra: dict[str, Any], sentence: str) -> None:
    assert explained(Refusal("Recusado", code, "", extra), KNOWN) == sentence
