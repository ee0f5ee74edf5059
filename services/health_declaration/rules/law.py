"""Typed parameters of the law (DS-001 to DS-017), by their names in the document.

What the law bounds is bounded here: an operator may be more generous than it, never less. What can
have one value only is a statement of the law that no draft may change.
"""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from contracts.values import Cents, CidRange
from services.health_declaration.rules.base import (
    Count,
    Days,
    Months,
    Parameters,
    at_least,
    at_most,
)

Impact = Literal["alto", "medio", "baixo"]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3)]
"""What a refusal is given with: blanks alone tell nobody why."""
ALWAYS_FORBIDDEN = ("HABITOS", "SINTOMAS", "MEDICAMENTOS")
"""Subjects that RN 558/2022 keeps out of every declaration."""
_LAW_11 = "Lei 9.656/1998, art. 11"
_LAW_12 = "Lei 9.656/1998, art. 12"
_RN_557 = "RN ANS 557/2022"


class CptLimit(Parameters):
    """DS-001: how long a CPT may last, in months from the joining date."""

    months_max: Annotated[Months, at_most(24, _LAW_11)] = Field(alias="cpt.meses_max")


class CptScope(Parameters):
    """DS-002: what a CPT suspends, and the words that deny it (clause and norm)."""

    suspends: tuple[Literal["PAC"], Literal["LEITO_AT"], Literal["CIRURGICO"]] = Field(
        alias="cpt.escopo"
    )
    exclusive: Literal["EXCLUSIVA"] = Field(alias="cpt.relacao")
    clause: Words = Field(alias="cpt.clausula")
    norm: Words = Field(alias="cpt.norma")


class OfferRule(Parameters):
    """DS-003: full coverage or CPT are always offered; the surcharge only where enabled."""

    mandatory: Literal[True] = Field(alias="cpt.oferta_obrigatoria")
    surcharge_enabled: bool = Field(alias="agravo.habilitado")
    surcharge_months: Months = Field(alias="agravo.meses")
    surcharge_cents: Mapping[str, Cents] = Field(alias="agravo.centavos_por_mes")


class LateOffer(Parameters):
    """DS-004: no CPT is offered after joining."""

    allowed: Literal[False] = Field(alias="cpt.oferta_tardia")


class ForbiddenSubjects(Parameters):
    """DS-005: subjects that no question may touch, and the words that give them away.

    `cids` are the ranges that are no disease of before and enter no CPT: pregnancy.
    """

    subjects: tuple[str, ...] = Field(alias="ds.perguntas_proibidas")
    words: Mapping[str, tuple[str, ...]] = Field(alias="ds.palavras")
    cids: tuple[CidRange, ...] = Field(alias="ds.cids_proibidos", min_length=1)

    @model_validator(mode="after")
    def _none_switched_off(self) -> Self:
        for subject in ALWAYS_FORBIDDEN:
            if subject not in self.subjects:
                raise _refused(f"{subject} é sempre assunto proibido (RN ANS 558/2022)")
        for subject in self.subjects:
            if not self.words.get(subject):
                raise _refused(f"faltam as palavras do assunto proibido {subject}")
        return self


def _refused(sentence: str) -> PydanticCustomError:
    return PydanticCustomError("vinculo_value", "{sentence}", {"sentence": sentence})


class WeightHeight(Parameters):
    """DS-006: whether weight and height may be asked."""

    ask: bool = Field(alias="ds.ask_weight_height")
    words: tuple[str, ...] = Field(alias="ds.palavras_peso_altura", min_length=1)


class Letter(Parameters):
    """DS-007: the regulator's letter comes before the declaration."""

    mandatory: Literal[True] = Field(alias="ds.carta_obrigatoria")


class Guidance(Parameters):
    """DS-008: who guides the filling, and who pays for it.

    The person chooses among all three (RN 558/2022, art. 10): no operator takes one away.
    """

    payer: Literal["OPERADORA"] = Field(alias="entrevista.onus")
    options: tuple[Literal["OPERADORA"], Literal["PROPRIO"], Literal["DISPENSA"]] = Field(
        alias="entrevista.opcoes"
    )


class CompanyWaiver(Parameters):
    """DS-009: company contracts of so many lives, joined within the window, declare nothing."""

    lives_min: Annotated[Count, at_most(30, _RN_557)] = Field(alias="empresarial.vidas_min")
    window_days: Annotated[Days, at_least(30, _RN_557)] = Field(alias="empresarial.janela_dias")


class Affiliation(Parameters):
    """DS-010: by affiliation the window waives waiting periods, not the declaration."""

    window_days: Annotated[Days, at_least(30, _RN_557)] = Field(alias="adesao.janela_dias")
    declares: bool = Field(alias="adesao.cpt")


class NewbornWaiver(Parameters):
    """DS-011: newborn and adopted children registered in time declare nothing."""

    days: Annotated[Days, at_least(30, f"{_LAW_12}, III")] = Field(alias="rn.prazo_dias")
    adopted_age_max: Annotated[Count, at_least(12, f"{_LAW_12}, VII")] = Field(
        alias="adotivo.idade_max"
    )


class Portability(Parameters):
    """DS-012: who moves from another operator declares nothing; the ERP tells who does."""


class OmissionBlock(Parameters):
    """DS-014: nothing is denied while the regulator has not decided."""

    blocks_denial: Literal[True] = Field(alias="omissao.bloqueia_negativa")


class RiskSelection(Parameters):
    """DS-015: health data never selects risk."""

    allowed: Literal[False] = Field(alias="lgpd.selecao_risco")


class Deadlines(Parameters):
    """DS-016: terms of the declaration. Days are calendar days unless named business days."""

    link_ttl_days: Days = Field(alias="ds.link_ttl_dias")
    reminder_days: tuple[Days, ...] = Field(alias="ds.lembretes")
    document_business_days: Days = Field(alias="ds.doc_dias_uteis")
    sale_business_days: Days = Field(alias="ds.venda_total_dias_uteis")


class InterviewTriggers(Parameters):
    """DS-017: what makes an interview needed. No habit, no symptom."""

    yes_count: Count = Field(alias="trig.n_sim")
    age: Count = Field(alias="trig.idade")
    divergence: bool = Field(alias="trig.divergencia")
    impacts: frozenset[Impact] = Field(alias="trig.grupos")
    guidance_requested: bool = Field(alias="trig.orientacao_pedida")
    inconsistent_text: bool = Field(alias="trig.texto_inconsistente")
