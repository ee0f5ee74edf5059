"""Typed parameters of the law (DS-001 to DS-017), by their names in the document."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from contracts.values import Cents
from services.health_declaration.rules.base import Count, Days, Months, Parameters

Impact = Literal["alto", "medio", "baixo"]


class CptLimit(Parameters):
    """DS-001: how long a CPT may last, in months from the joining date."""

    months_max: Months = Field(alias="cpt.meses_max")


class CptScope(Parameters):
    """DS-002: what a CPT suspends, and the words that deny it (clause and norm)."""

    suspends: frozenset[Literal["PAC", "LEITO_AT", "CIRURGICO"]] = Field(alias="cpt.escopo")
    exclusive: Literal["EXCLUSIVA"] = Field(alias="cpt.relacao")
    clause: str = Field(alias="cpt.clausula")
    norm: str = Field(alias="cpt.norma")


class OfferRule(Parameters):
    """DS-003: full coverage or CPT are always offered; the surcharge only where enabled."""

    mandatory: Literal[True] = Field(alias="cpt.oferta_obrigatoria")
    surcharge_enabled: bool = Field(alias="agravo.habilitado")
    surcharge_months: Months = Field(alias="agravo.meses")
    surcharge_cents: Mapping[str, Cents] = Field(alias="agravo.centavos_por_mes")


class LateOffer(Parameters):
    """DS-004: whether a CPT may still be offered after joining."""

    allowed: bool = Field(alias="cpt.oferta_tardia")


class ForbiddenSubjects(Parameters):
    """DS-005: subjects that no question may touch, and the words that give them away."""

    subjects: tuple[str, ...] = Field(alias="ds.perguntas_proibidas", min_length=1)
    words: Mapping[str, tuple[str, ...]] = Field(alias="ds.palavras")


class WeightHeight(Parameters):
    """DS-006: whether weight and height may be asked."""

    ask: bool = Field(alias="ds.ask_weight_height")
    words: tuple[str, ...] = Field(alias="ds.palavras_peso_altura", min_length=1)


class Letter(Parameters):
    """DS-007: the regulator's letter comes before the declaration."""

    mandatory: bool = Field(alias="ds.carta_obrigatoria")
    version: str = Field(alias="ds.carta_versao")


class Guidance(Parameters):
    """DS-008: who guides the filling, and who pays for it."""

    payer: Literal["OPERADORA"] = Field(alias="entrevista.onus")
    options: frozenset[Literal["OPERADORA", "PROPRIO", "DISPENSA"]] = Field(
        alias="entrevista.opcoes"
    )


class CompanyWaiver(Parameters):
    """DS-009: company contracts of so many lives, joined within the window, declare nothing."""

    lives_min: Annotated[int, Field(ge=1)] = Field(alias="empresarial.vidas_min")
    window_days: Days = Field(alias="empresarial.janela_dias")


class Affiliation(Parameters):
    """DS-010: by affiliation the window waives waiting periods, not the declaration."""

    window_days: Days = Field(alias="adesao.janela_dias")
    declares: bool = Field(alias="adesao.cpt")


class NewbornWaiver(Parameters):
    """DS-011: newborn and adopted children registered in time declare nothing."""

    days: Days = Field(alias="rn.prazo_dias")
    adopted_age_max: Count = Field(alias="adotivo.idade_max")


class Portability(Parameters):
    """DS-012: who moves from another operator declares nothing."""

    years_min: Count = Field(alias="port.min_anos")
    years_min_with_cpt: Count = Field(alias="port.min_anos_cpt")
    years_later: Count = Field(alias="port.posterior")
    special_days: Days = Field(alias="port.especial_dias")


class Omission(Parameters):
    """DS-013: suspicion of omission (not yet a process of this product)."""

    answer_days: Days = Field(alias="tcb.prazo_resposta_dias")
    window_months: Months = Field(alias="omissao.janela_meses")


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
