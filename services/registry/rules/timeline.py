"""How each fact about a person reads on the timeline. No sentence carries a value of the fact."""

from typing import NamedTuple

from contracts.base import Event

_SENTENCES: dict[str, tuple[str, str]] = {
    "registry.person.recorded.v1": ("Cadastro registrado ou corrigido", "person_id"),
    "registry.person.linked.v1": ("Cadastro repetido foi reconhecido e vinculado", "person_id"),
    "registry.people.merged.v1": ("Dois cadastros foram unidos", "merge_id"),
    "registry.merge.undone.v1": ("A união de cadastros foi desfeita", "merge_id"),
    "registry.consent.recorded.v1": ("Consentimento dado ou revogado", "purpose"),
    "registry.person.erased.v1": ("Dados pessoais eliminados", "person_id"),
    "registry.beneficiary.enrolled.v1": ("Inscrição no contrato registrada", "enrolment_id"),
    "registry.enrolment.changed.v1": (
        "Inscrição no contrato corrigida ou alterada",
        "enrolment_id",
    ),
    "registry.enrolment.ended.v1": ("Inscrição encerrada", "enrolment_id"),
    "health_declaration.declaration.waived.v1": (
        "Declaração de saúde dispensada",
        "enrolment_id",
    ),
    "health_declaration.declaration.requested.v1": (
        "Declaração de saúde solicitada",
        "declaration_id",
    ),
    "health_declaration.consent.recorded.v1": ("Consentimento dado ou revogado", "purpose"),
    "health_declaration.link.issued.v1": ("Link da declaração emitido", "declaration_id"),
    "health_declaration.declaration.started.v1": (
        "Carta de orientação lida; declaração iniciada",
        "declaration_id",
    ),
    "health_declaration.declaration.signed.v1": ("Declaração assinada", "declaration_id"),
    "health_declaration.declaration.rectified.v1": (
        "Declaração aberta para retificação",
        "declaration_id",
    ),
    "health_declaration.declaration.reopened.v1": ("Declaração reaberta", "declaration_id"),
    "health_declaration.declaration.referred.v1": (
        "Declaração encaminhada a uma pessoa",
        "declaration_id",
    ),
    "health_declaration.respondent.named.v1": (
        "Quem responde pela declaração foi definido",
        "declaration_id",
    ),
    "health_declaration.documents.requested.v1": ("Documentos solicitados", "request_id"),
    "health_declaration.documents.received.v1": ("Documentos recebidos", "request_id"),
    "health_declaration.exam.requested.v1": ("Perícia médica solicitada", "exam_id"),
    "health_declaration.exam.concluded.v1": ("Perícia médica concluída", "exam_id"),
    "health_declaration.interview.requested.v1": ("Entrevista solicitada", "interview_id"),
    "health_declaration.interview.scheduled.v1": ("Entrevista marcada", "interview_id"),
    "health_declaration.interview.missed.v1": ("Ausência na entrevista", "interview_id"),
    "health_declaration.interview.concluded.v1": ("Entrevista concluída", "interview_id"),
    "health_declaration.opinion.given.v1": ("Análise concluída", "declaration_id"),
    "health_declaration.audit.returned.v1": (
        "Auditoria médica pediu informações",
        "declaration_id",
    ),
    "health_declaration.audit.concluded.v1": ("Auditoria médica concluída", "declaration_id"),
    "health_declaration.offer.made.v1": ("Alternativas apresentadas", "offer_id"),
    "health_declaration.offer.accepted.v1": ("Alternativa escolhida", "offer_id"),
    "health_declaration.offer.refused.v1": ("Alternativas recusadas pela pessoa", "offer_id"),
    "health_declaration.term.issued.v1": ("Termo disponível para assinatura", "term_id"),
    "health_declaration.surcharge.agreed.v1": ("Aditivo assinado", "declaration_id"),
    "health_declaration.term.signed.v1": ("Termo assinado", "term_id"),
    "health_declaration.declaration.released.v1": (
        "Ingresso liberado pela declaração de saúde",
        "declaration_id",
    ),
    "health_declaration.declaration.integrated.v1": (
        "Resultado confirmado por todos os sistemas",
        "declaration_id",
    ),
    "health_declaration.declaration.expired.v1": (
        "Prazo da declaração terminou sem assinatura",
        "declaration_id",
    ),
    "health_declaration.declaration.withdrawn.v1": ("Desistência da pessoa", "declaration_id"),
    "health_declaration.declaration.cancelled.v1": ("Declaração cancelada", "declaration_id"),
    "health_declaration.deadline.missed.v1": ("Prazo da operadora ultrapassado", "declaration_id"),
    "health_declaration.cpt.started.v1": ("CPT em vigor", "cpt_id"),
    "health_declaration.cpt.changed.v1": ("Datas da CPT alteradas", "cpt_id"),
    "health_declaration.cpt.ended.v1": ("CPT encerrada", "cpt_id"),
    "health_declaration.cpt.confirmed.v1": ("CPT confirmada pelo sistema da operadora", "cpt_id"),
    "health_declaration.cpt.refused_by_erp.v1": (
        "CPT recusada pelo sistema da operadora",
        "cpt_id",
    ),
    "health_declaration.contact.requested.v1": ("Contato solicitado", "contact_id"),
    "contact.contact.made.v1": ("Mensagem aceita pelo provedor", "contact_id"),
    "contact.contact.delivered.v1": ("Mensagem entregue", "contact_id"),
    "contact.contact.failed.v1": ("Nenhum canal aceitou a mensagem", "contact_id"),
    "health_declaration.task.wanted.v1": ("Tarefa aberta para a equipe", "task_id"),
    "worklist.task.claimed.v1": ("Tarefa assumida", "task_id"),
    "worklist.task.released.v1": ("Tarefa devolvida à fila", "task_id"),
    "worklist.task.term_changed.v1": ("Prazo da tarefa alterado", "task_id"),
    "worklist.task.escalated.v1": ("Tarefa atrasada levada adiante", "task_id"),
}
_TELLING_OF_HEALTH = (
    "health_declaration.cpt.",
    "health_declaration.offer.",
    "health_declaration.term.",
    "health_declaration.exam.",
    "health_declaration.surcharge.",
    "health_declaration.opinion.",
    "health_declaration.audit.",
    "health_declaration.documents.",
    # Interviews before the signature are asked for by anybody; those after it follow a yes, and
    # their place among the others would tell which they are.
    "health_declaration.interview.",
    "health_declaration.declaration.referred.",
    # A person of the operator is wanted only after a yes, or for a minor nobody answers for.
    "health_declaration.task.",
    "worklist.task.",
    # Only a case that a person analyses, or a CPT the ERP must confirm, keeps the operator late.
    "health_declaration.deadline.",
    # At once where nothing was declared, after the ERP's answer where a CPT was agreed: its moment
    # beside that of the release would tell which.
    "health_declaration.declaration.integrated.",
)
_OWN = "registry."
_PERSON = "person:"
_BY_ANYBODY = frozenset(
    {"health_declaration.declaration.released.v1", "health_declaration.contact.requested.v1"}
)
"""What staff brings about for one and the person's own signature for another."""


class Told(NamedTuple):
    """A fact in one sentence: about whom, on what."""

    person_id: str
    subject: str
    summary: str


def tell(event: Event) -> Told | None:
    """The fact as the timeline tells it; None when it is not about a person."""
    person_id = getattr(event, "person_id", None)
    if event.type not in _SENTENCES or person_id is None:
        return None
    sentence, subject = _SENTENCES[event.type]
    return Told(str(person_id), str(getattr(event, subject)), sentence)


def kinds_telling_of_health() -> tuple[str, ...]:
    """Kinds that follow only a yes or a difference from an earlier declaration, or come later then.

    Only who has a purpose may read them: from any of them a disease could be guessed.

    Source: LGPD art. 11 (health data are sensitive; what reveals them is too).
    """
    return tuple(kind for kind in _SENTENCES if kind.startswith(_TELLING_OF_HEALTH))


def author_without_purpose(kind: str, author: str, source: str) -> str:
    """The author as whoever has no clinical purpose is told them: of other services, no staff.

    That an analyst or an auditor released a case tells that a person had to look at it; and so
    would, beside it, that another was released by nobody but the person who signed.
    """
    told = kind.startswith(_OWN) or (author.startswith(_PERSON) and kind not in _BY_ANYBODY)
    return author if told else source
