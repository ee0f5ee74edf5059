"""The decisions that the owner of a declaration takes, as forms: what is asked, what is sent.

Which of them fit a case is the owner's to judge; here stands only which are worth showing.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from contracts.base import Message
from contracts.health_declaration import desk, own
from contracts.health_declaration.stages import Stage

Kind = Literal["area", "lines", "choice", "cids", "confirm"]
CID = "cid."
"""What the name of a field begins with that takes the CIDs of one question."""
_SEPARATORS = re.compile(r"[\s,;]+")


@dataclass(frozen=True)
class Field:
    """One thing to fill in. `lines` is a list, one item a line; `confirm` must be ticked."""

    name: str
    label: str
    kind: Kind = "area"
    hint: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    longest: int = 4000


@dataclass(frozen=True)
class Decision:
    """One form: its address, its words, the call it becomes."""

    slug: str
    title: str
    button: str
    done: str
    path: str
    body: type[Message]
    permission: str
    stages: frozenset[Stage]
    fields: tuple[Field, ...]
    fits: Callable[[desk.Case], bool] = lambda _case: True
    of: Literal["declarations", "own-data-requests"] = "declarations"
    """What it is taken on: the case, or what somebody asked of their own data."""


CONFIRMED = Field(
    "confirmed",
    "CID confirmado de cada doença declarada",
    "cids",
    "Um ou mais códigos, separados por vírgula.",
)
SURE = Field(
    "sure", "Conferi: esta decisão segue para o proponente e não se desfaz aqui.", "confirm"
)


def _awaits_result(case: desk.Case) -> bool:
    exams = case.clinical.exams if case.clinical else ()
    return any(exam.concluded_at is None for exam in exams)


def _waived_now(case: desk.Case) -> bool:
    return case.enrolment_notice is not None


DECISIONS = (
    Decision(
        slug="documentos",
        title="Pedir documentos",
        button="Pedir documentos",
        done="Documentos pedidos ao proponente.",
        path="document-requests",
        body=desk.DocumentRequestIn,
        permission="ds.analyse",
        stages=frozenset({"analysis"}),
        fields=(Field("items", "Documentos", "lines", "Um por linha, até dez.", longest=2000),),
    ),
    Decision(
        slug="entrevista",
        title="Pedir entrevista",
        button="Pedir entrevista",
        done="Entrevista pedida: o proponente escolhe o horário.",
        path="interview-requests",
        body=desk.InterviewRequestIn,
        permission="ds.analyse",
        stages=frozenset({"analysis"}),
        fields=(Field("reason", "O que esclarecer", longest=500),),
    ),
    Decision(
        slug="pericia",
        title="Pedir perícia",
        button="Pedir perícia",
        done="Perícia pedida, por conta da operadora.",
        path="exam-requests",
        body=desk.ExamRequestIn,
        permission="ds.analyse",
        stages=frozenset({"analysis"}),
        fields=(Field("description", "Que exame, e o que ele deve responder", longest=500),),
    ),
    Decision(
        slug="resultado",
        title="Registrar o resultado da perícia",
        button="Registrar resultado",
        done="Resultado registrado: o caso voltou à análise.",
        path="exam-results",
        body=desk.ExamResultIn,
        permission="ds.analyse",
        stages=frozenset({"exam", "analysis"}),
        fields=(Field("result", "Resultado"),),
        fits=_awaits_result,
    ),
    Decision(
        slug="parecer",
        title="Concluir com parecer",
        button="Enviar à auditoria médica",
        done="Parecer registrado: outra pessoa, a auditoria médica, decide.",
        path="opinion",
        body=desk.OpinionIn,
        permission="ds.analyse",
        stages=frozenset({"analysis"}),
        fields=(
            Field(
                "conclusion",
                "Conclusão",
                "choice",
                choices=(
                    ("no_preexisting", "Sem doença preexistente"),
                    ("preexisting", "Com doença preexistente: oferecer CPT"),
                ),
            ),
            CONFIRMED,
            Field("text", "Parecer"),
        ),
    ),
    Decision(
        slug="auditoria",
        title="Decidir a auditoria",
        button="Registrar decisão",
        done="Decisão da auditoria registrada.",
        path="audit",
        body=desk.AuditIn,
        permission="ds.audit",
        stages=frozenset({"audit"}),
        fields=(
            Field(
                "decision",
                "Decisão",
                "choice",
                choices=(
                    ("no_preexisting", "Liberar: sem doença preexistente"),
                    ("full_coverage", "Liberar com cobertura integral"),
                    ("offer", "Oferecer CPT"),
                    ("return", "Devolver à análise"),
                ),
            ),
            Field(
                "confirmed",
                "CIDs, se diferem dos do parecer",
                "cids",
                "Em branco valem os que o parecer confirmou.",
            ),
            Field("notes", "Fundamento"),
            SURE,
        ),
    ),
    Decision(
        slug="levantar-cpt",
        title="Levantar a CPT",
        button="Levantar a CPT",
        done="CPT levantada.",
        path="cpt-waiver",
        body=desk.CptWaiverIn,
        permission="ds.audit",
        stages=frozenset({"released", "integrated"}),
        fields=(Field("notes", "Fundamento"), SURE),
        fits=_waived_now,
    ),
    Decision(
        slug="negociacao",
        title="Registrar o que foi combinado",
        button="Registrar desfecho",
        done="Desfecho registrado.",
        path="negotiation",
        body=desk.NegotiationIn,
        permission="ds.analyse",
        stages=frozenset({"negotiation", "expired"}),
        fields=(
            Field(
                "outcome",
                "Desfecho",
                "choice",
                choices=(
                    ("full_coverage", "Liberar com cobertura integral"),
                    ("offer_again", "Fazer nova oferta"),
                    ("reopen", "Reabrir"),
                    ("withdrawn_by_proponent", "O proponente desistiu"),
                ),
            ),
            Field("notes", "O que foi conversado", longest=2000),
            SURE,
        ),
    ),
)
ANSWER = Decision(
    slug="resposta",
    title="Responder à pessoa",
    button="Responder",
    done="Resposta registrada: a pessoa a lê nos seus dados.",
    path="settlement",
    body=own.RequestSettlementIn,
    permission="privacy.erase",
    stages=frozenset(),
    fields=(Field("answer", "Resposta", hint="A pessoa lê este texto como está.", longest=2000),),
    of="own-data-requests",
)
"""What the data protection officer says to whoever asked for something of their own data."""
BY_SLUG: Mapping[str, Decision] = {decision.slug: decision for decision in (*DECISIONS, ANSWER)}


def offered(case: desk.Case, may: Callable[[str], bool]) -> tuple[Decision, ...]:
    """The forms worth showing to somebody at this case."""
    return tuple(
        decision
        for decision in DECISIONS
        if case.stage in decision.stages and may(decision.permission) and decision.fits(case)
    )


def answerable(asked: own.AskedRequest, may: Callable[[str], bool]) -> tuple[Decision, ...]:
    """The form of a request that nobody answered yet."""
    return (ANSWER,) if asked.settled_at is None and may(ANSWER.permission) else ()


def body_of(decision: Decision, typed: Mapping[str, str]) -> dict[str, Any]:
    """What is sent of what was typed; blanks are left out, the contract says what is missing."""
    body: dict[str, Any] = {"version": typed.get("version", "")}
    for field in decision.fields:
        value = _value(field, typed)
        if value not in ("", [], None):
            body[field.name] = value
    return body


def kept_of(decision: Decision, typed: Mapping[str, str]) -> dict[str, str]:
    """What is kept as a draft: all that somebody filled in, and nothing that the form brought."""
    names = {field.name for field in decision.fields if field.kind != "confirm"}
    return {
        name: value
        for name, value in typed.items()
        if value.strip() and (name in names or name.startswith(CID))
    }


def unconfirmed(decision: Decision, typed: Mapping[str, str]) -> dict[str, str]:
    """Fields to be ticked that were not, with what to do."""
    return {
        field.name: "Marque para confirmar."
        for field in decision.fields
        if field.kind == "confirm" and not typed.get(field.name)
    }


def by_field(decision: Decision, errors: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Errors of a contract or of a service, each at the field it speaks of; the rest at none."""
    names = {field.name for field in decision.fields}
    told: dict[str, str] = {}
    for error in errors:
        name = str(error.get("field", "")).partition(".")[0]
        told.setdefault(name if name in names else "", str(error.get("reason", "")))
    return told


def _value(field: Field, typed: Mapping[str, str]) -> Any:
    match field.kind:
        case "lines":
            lines = (line.strip() for line in typed.get(field.name, "").splitlines())
            return [line for line in lines if line]
        case "cids":
            return [
                {"question_id": name.removeprefix(CID), "cid": cid}
                for name, value in typed.items()
                if name.startswith(CID)
                for cid in _SEPARATORS.split(value.strip())
                if cid
            ]
        case "confirm":
            return None
        case _:
            return typed.get(field.name, "").strip()
