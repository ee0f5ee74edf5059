"""What came of an order on a page of its own, and what was typed when nothing did."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kit.errors import Problem
from services.console.routes.shown import ECHOED


@dataclass(frozen=True)
class Told:
    """Words for what was done, or the problem with the form that it belongs to."""

    done: str = ""
    form: str = ""
    problem: Problem | None = None
    typed: Mapping[str, str] = field(default_factory=dict)

    @property
    def status(self) -> int:
        """As HTTP tells it."""
        return self.problem.status if self.problem else 200

    def wrong(self, form: str) -> Mapping[str, str]:
        """What is wrong with the fields of a form."""
        if self.problem is None or self.form != form:
            return {}
        errors: Any = self.problem.extra.get("errors", [])
        return {str(error["field"]): str(error["reason"]) for error in errors}


def echoed(problem: Problem, form: str, typed: Mapping[str, str]) -> Told:
    """The same page again, with what was typed; what cannot be told there is raised."""
    if problem.status not in ECHOED:
        raise problem
    return Told(form=form, problem=problem, typed=typed)
