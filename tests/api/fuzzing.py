"""Generated requests against one service: nothing may break, every operation must be reached.

Requests are made by Schemathesis from the service's own OpenAPI, most of them valid, some broken
on purpose. Path and body identifiers are replaced by ones that exist, so operations go deep.
"""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import APIOperation, BaseSchema, Case, GenerationMode, Response
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.errors import InvalidSchema
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.core.parameters import ParameterLocation
from schemathesis.core.result import Ok, Result

from deploy.openapi import FOLDER
from tests.api.callers import Doorkeeper
from tests.api.ids import Pool

type AnyCase = Case[Any]
type Operation = APIOperation[Any, Any, Any, Any]

WATCHED = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
)
"""A valid request that a rule refuses is no breach, so acceptance of valid data is not asked."""

NEGATIVE_SHARE = 4
FOR_GET, FOR_LATE = 0, 2
LATE = ("erasure", "clock", "cancel", "/end", "undo", "mode", "withdraw")
"""What takes away the ground under the others comes last."""

FORMED = ("application/json", "application/x-www-form-urlencoded")

EXISTING_IN_PATH, EXISTING_IN_BODY = 0.9, 0.6
TIMEOUT_SECONDS = 180


@dataclass
class Ledger:
    """What came of the run: replies by operation and status, and every breach once."""

    answers: dict[str, Counter[int]] = field(default_factory=dict)
    breaches: dict[str, str] = field(default_factory=dict)

    @property
    def cases(self) -> int:
        return sum(counter.total() for counter in self.answers.values())

    def heard(self, operation: str, status: int) -> None:
        self.answers.setdefault(operation, Counter())[status] += 1

    def breach(self, operation: str, failure: Failure) -> None:
        """One line per kind of failure; `failure` carries what was expected."""
        told = " ".join(f"{failure.title}: {failure.message}".split())
        self.breaches.setdefault(f"{operation} {failure.title}", f"{operation}: {told}"[:600])

    def unreached(self) -> list[str]:
        """Operations that never answered with a 2xx."""
        return sorted(
            f"{name} {dict(sorted(counter.items()))}"
            for name, counter in self.answers.items()
            if not any(200 <= status < 300 for status in counter)
        )


@dataclass
class Runner:
    """Everything one service's run shares."""

    schema: BaseSchema
    doorkeeper: Doorkeeper
    pool: Pool
    ledger: Ledger
    http: requests.Session
    seed: int

    def run(self, cases: int) -> Ledger:
        """At least `cases` requests, spread over the operations."""
        operations = ordered(self.schema)
        each = -(-cases // len(operations))
        for operation in operations:
            self._positive_first(operation, each)
        return self.ledger

    def _positive_first(self, operation: Operation, cases: int) -> None:
        while self.doorkeeper.learning(operation.label):
            self._cases(operation, GenerationMode.POSITIVE, 1)
        negative = cases // NEGATIVE_SHARE if _breakable(operation) else 0
        self._cases(operation, GenerationMode.POSITIVE, cases - negative)
        try:
            self._cases(operation, GenerationMode.NEGATIVE, negative)
        except Unsatisfiable:
            # Some inputs take anything: there is nothing to break.
            self._cases(operation, GenerationMode.POSITIVE, negative)

    def _cases(self, operation: Operation, mode: GenerationMode, cases: int) -> None:
        """Sends until `cases` were counted: Hypothesis stops early where few inputs exist."""
        sent, rounds = 0, 0
        while sent < cases:
            before = self.ledger.cases
            self._round(operation, mode, cases - sent, self.seed + rounds)()
            sent += self.ledger.cases - before
            rounds += 1

    def _round(
        self, operation: Operation, mode: GenerationMode, cases: int, number: int
    ) -> Callable[[], None]:
        chance = random.Random(f"{number} {operation.label} {mode.value}")  # noqa: S311

        @seed(number)
        @settings(
            max_examples=cases,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def send(case: AnyCase) -> None:
            self._send(case, chance)

        return send

    def _send(self, case: AnyCase, chance: random.Random) -> None:
        label = case.operation.label
        caller = self.doorkeeper.one_for(label, _wanted(case.operation), chance)
        self._use_existing(case, chance)
        response = case.call(
            session=self.http, headers=dict(caller.headers), timeout=TIMEOUT_SECONDS
        )
        self.doorkeeper.heard(label, caller, response.status_code)
        self.ledger.heard(label, response.status_code)
        self._judge(case, response)
        if response.status_code < 300:
            self._remember(response)

    def _use_existing(self, case: AnyCase, chance: random.Random) -> None:
        """Identifiers that exist, wherever the generator did not break the value on purpose."""
        if case.path_parameters and _sound(case, ParameterLocation.PATH):
            case.path_parameters.update(
                self.pool.filled(dict(case.path_parameters), chance, EXISTING_IN_PATH)
            )
        if isinstance(case.body, dict | list) and _sound(case, ParameterLocation.BODY):
            case.body = self.pool.filled(case.body, chance, EXISTING_IN_BODY)

    def _judge(self, case: AnyCase, response: Response) -> None:
        try:
            case.validate_response(response, checks=_watched())
        except FailureGroup as group:
            for failure in group.exceptions:
                if isinstance(failure, Failure):
                    self.ledger.breach(case.operation.label, failure)

    def _remember(self, response: Response) -> None:
        if "json" in response.headers.get("content-type", [""])[0]:
            self.pool.harvest(response.json())


def _watched() -> list[Any]:
    load_all_checks()
    return CHECKS.get_by_names(WATCHED)


def _breakable(operation: Operation) -> bool:
    """Whether some input has a form to break; any bytes are a text."""
    formed = [body for body in operation.body if body.media_type in FORMED]
    return bool(formed or operation.query)


def _wanted(operation: Operation) -> str:
    """The security scheme that the operation names; none for a public one."""
    demanded = operation.definition.raw.get("security") or [{}]
    return next(iter(demanded[0]), "")


def _sound(case: AnyCase, location: ParameterLocation) -> bool:
    component = case.meta.components.get(location) if case.meta else None
    return component is None or not component.mode.is_negative


def ordered(schema: BaseSchema) -> list[Operation]:
    """Reads first, then what creates, then what takes away."""
    found = [_sound_operation(result) for result in schema.get_all_operations()]
    return sorted(found, key=lambda operation: (_turn(operation), operation.label))


def _sound_operation(result: Result[Operation, InvalidSchema]) -> Operation:
    if isinstance(result, Ok):
        return result.ok()
    raise result.err()


def _turn(operation: Operation) -> int:
    late = any(word in operation.path for word in LATE)
    if operation.method.upper() == "GET":
        return FOR_GET
    return FOR_LATE if late else 1


@dataclass
class Asked:
    """What a run starts from: who may call, what exists, and what was reached before."""

    doorkeeper: Doorkeeper
    pool: Pool = field(default_factory=Pool)
    ledger: Ledger = field(default_factory=Ledger)


def described(name: str, base: str) -> BaseSchema:
    """A process of the stack by its committed OpenAPI: where strangers come none is served."""
    schema = schemathesis.openapi.from_path(FOLDER / f"{name}.json")
    schema.config.update(base_url=base)
    return schema


def fuzz(schema: BaseSchema, asked: Asked, cases: int, number: int) -> Ledger:
    """Run `cases` requests against the described service; `number` repeats the run."""
    # Logins are ours to send: a header broken here would be repaired on its way out.
    schema.config.generation.update(with_security_parameters=False)
    with requests.Session() as http:
        runner = Runner(schema, asked.doorkeeper, asked.pool, asked.ledger, http, number)
        return runner.run(cases)
