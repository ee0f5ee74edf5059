"""Why a decision was taken: the rule, a stable code and the words shown to people."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reason:
    """`code` is stable for programs; `text` is Portuguese; `question` when one is concerned."""

    rule_id: str
    code: str
    text: str
    question: str | None = None
