"""Typed parameters of the operator's policy (POL) and calendar, by their document names."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from contracts.values import CidRange
from services.health_declaration.rules.base import Count, Days, Parameters, at_least


class Access(Parameters):
    """POL-001: the link and the one-time code."""

    code_ttl_minutes: Count = Field(alias="codigo.validade_minutos")
    code_attempts: Count = Field(alias="codigo.tentativas")
    code_resend_seconds: Days = Field(alias="codigo.reenvio_segundos")
    codes_per_day: Count = Field(alias="codigo.por_dia")
    link_attempts: Count = Field(alias="link.tentativas")
    link_block_minutes: Count = Field(alias="link.bloqueio_minutos")
    session_minutes: Count = Field(alias="link.sessao_minutos")


class DeclarationTerm(Parameters):
    """POL-002: how long an unsigned declaration lives, and who cannot sign alone."""

    days: Days = Field(alias="declaracao.validade_dias")
    full_age: Annotated[Count, at_least(18, "Código Civil, art. 5")] = Field(
        alias="declaracao.maioridade_anos"
    )


class AnalysisTerms(Parameters):
    """POL-003: business days of analysis, examination and medical audit."""

    analysis_business_days: Days = Field(alias="analise.dias_uteis")
    exam_business_days: Days = Field(alias="pericia.dias_uteis")
    audit_business_days: Days = Field(alias="auditoria.dias_uteis")
    escalation_business_days: tuple[Days, ...] = Field(alias="escalonamento.dias_uteis")
    """Business days after a missed term at which each further level is told."""
    document_reminder_days: tuple[Days, ...] = Field(alias="documentos.lembretes_dias")


class InterviewTerms(Parameters):
    """POL-004: slots of an interview."""

    slots_offered: Count = Field(alias="entrevista.horarios_oferecidos")
    offer_business_days: Days = Field(alias="entrevista.oferta_dias_uteis")
    """Business days in which the operator has a time to offer; the person's days come after."""
    choice_days: Days = Field(alias="entrevista.escolha_dias")
    max_no_shows: Count = Field(alias="entrevista.max_faltas")
    choice_reminder_days: tuple[Days, ...] = Field(alias="entrevista.lembretes_dias")
    reminder_hours: Count = Field(alias="entrevista.lembrete_horas")
    result_business_days: Days = Field(alias="entrevista.resultado_dias_uteis")
    lead_hours: Days = Field(alias="entrevista.antecedencia_horas")
    """Hours ahead of now from which a slot may be offered or chosen."""
    room_margin_minutes: Days = Field(alias="entrevista.sala_tolerancia_minutos")
    """Minutes the video room stays open after the planned end."""


class OfferTerms(Parameters):
    """POL-005: days to answer the offer and to sign the term."""

    offer_days: Days = Field(alias="oferta.prazo_dias")
    signature_days: Days = Field(alias="termo.prazo_dias")
    reminder_days: tuple[Days, ...] = Field(alias="oferta.lembretes_dias")


class ErpTerms(Parameters):
    """POL-006: how long the ERP may take to confirm, and how a report is repeated until then."""

    confirmation_days: Days = Field(alias="erp.confirmacao_dias")
    repeat_hours: Count = Field(alias="erp.reenvio_horas")
    repeats: Count = Field(alias="erp.reenvios")
    """Repetitions of an unanswered or refused report before a person is told."""


class RequestedCids(Parameters):
    """POL-007: how the CIDs of a request for care are read.

    `vague` names no disease; a mixed request has another clear CID outside every declared one.
    """

    vague: tuple[CidRange, ...] = Field(alias="cobertura.cid_vago")
    mixed_to_auditor: bool = Field(alias="cobertura.cid_misto_auditor")


class Calendar(Parameters):
    """CAL-001: the business-day calendar of regulatory terms."""

    country: Literal["BR"] = Field(alias="cal.ANS")
    extra_holidays: frozenset[date] = Field(alias="cal.feriados_extra")
    extends: bool = Field(alias="cal.prorroga_dias_corridos")
    """Whether a term in calendar days that ends on no business day ends on the next one."""
