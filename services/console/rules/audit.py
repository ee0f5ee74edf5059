"""What the trail's codes are called, and which of its details may be read on a screen."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from services.console.rules.words import PROCESSES, STAGES, called

SOURCES: Mapping[str, str] = {
    "registry": "Cadastro",
    "health_declaration": "Declarações",
    "contact": "Contatos",
    "worklist": "Tarefas",
    "console": "Console",
}
"""Each keeps a trail of its own, with a chain of its own."""
ACTIONS: Mapping[str, str] = {
    "access.denied": "Teve o acesso negado",
    "assistance.acted": "Preencheu em nome do proponente",
    "assistance.code_asked": "Pediu código para atender o proponente",
    "assistance.started": "Começou um atendimento assistido",
    "audit.decided": "Decidiu a auditoria médica",
    "audit.refused": "Teve a auditoria recusada",
    "bulk.asked": "Pediu um ato em lote",
    "bulk.cancelled": "Cancelou um ato em lote",
    "bulk.started": "Confirmou um ato em lote",
    "clinical.denied": "Teve negada a leitura de dados de saúde",
    "clinical.read": "Leu dados de saúde",
    "colleague.absence": "Registrou a ausência de um colega",
    "colleague.written": "Mudou o registro de um colega",
    "contact.resolved": "Resolveu um envio em dúvida",
    "contacts.changed": "Mudou os contatos",
    "coverage.checked": "Consultou a cobertura",
    "cpf.revealed": "Revelou um CPF",
    "cpt.freed": "Liberou uma CPT posta de lado",
    "cpt.lifted": "Levantou a CPT",
    "cpt.reported_again": "Reenviou a CPT ao ERP",
    "cpt.set_aside": "Pôs de lado uma CPT com erro",
    "declaration.rectified": "Abriu a retificação da declaração",
    "declaration.signed": "Assinou a declaração",
    "declaration.withdrawn": "Registrou a desistência",
    "declarations.exported": "Exportou a lista de declarações",
    "document.received": "Enviou um documento",
    "documents.requested": "Pediu documentos",
    "consent.recorded": "Registrou o que a pessoa consente",
    "erasure.refused": "Teve a eliminação recusada",
    "exam.concluded": "Registrou o resultado da perícia",
    "exam.requested": "Pediu perícia",
    "hours.written": "Mudou um horário de trabalho",
    "interview.booked_for": "Marcou a entrevista pelo proponente",
    "interview.by_phone": "Passou a entrevista ao telefone",
    "interview.drafted": "Guardou rascunho da entrevista",
    "interview.given_up": "Desmarcou a entrevista",
    "interview.given_up_for": "Desmarcou a entrevista pelo proponente",
    "interview.host_read": "Leu o endereço de anfitrião da sala",
    "interview.missed": "Registrou a falta à entrevista",
    "interview.recording_consent": "Respondeu sobre a gravação",
    "interview.refused": "Teve a entrevista recusada",
    "interview.requested": "Pediu entrevista",
    "interview.scheduled": "Marcou a entrevista",
    "interview.signed": "Assinou o resultado da entrevista",
    "letter.acknowledged": "Tomou ciência da carta de orientação",
    "link.resent": "Reenviou o link",
    "merge.undone": "Desfez a união de dois cadastros",
    "negotiation.settled": "Registrou o desfecho da negociação",
    "notice.draft_saved": "Guardou rascunho de um texto",
    "notice.published": "Publicou um texto",
    "offer.answered": "Respondeu à oferta",
    "offer.made": "Fez a oferta",
    "opinion.given": "Deu parecer",
    "outbox.requeued": "Mandou enviar de novo o que o barramento recusou",
    "own_data.asked": "Pediu algo sobre os próprios dados",
    "own_data.consent": "Mudou um consentimento",
    "own_data.exported": "Levou os próprios dados",
    "own_data.request_read": "Leu o pedido de um titular",
    "own_data.settled": "Respondeu ao pedido de um titular",
    "parked.redriven": "Repetiu mensagens paradas",
    "partner.key_registered": "Registrou a chave de um parceiro",
    "people.merged": "Uniu dois cadastros",
    "person.erased": "Apagou os dados de uma pessoa",
    "person.exported": "Exportou os dados de uma pessoa",
    "process.cancel": "Cancelou o processo",
    "process.pause": "Pausou o processo",
    "process.resume": "Retomou o processo",
    "queue.written": "Mudou uma fila",
    "rejected_lines.read": "Baixou linhas recusadas",
    "resend.begun": "Começou um reenvio de links",
    "resend.stopped": "Parou um reenvio de links",
    "rules.draft_saved": "Guardou rascunho de regras",
    "rules.published": "Publicou regras",
    "rules.simulated": "Simulou regras",
    "session.begun": "Entrou",
    "session.ended": "Saiu",
    "session.opened": "Abriu o formulário público",
    "slots.given": "Ofereceu horários",
    "surcharge.agreed": "Registrou o agravo combinado",
    "task.claimed": "Assumiu uma tarefa",
    "task.escalated": "Escalou uma tarefa",
    "task.handed_over": "Repassou uma tarefa",
    "task.refused": "Teve um ato sobre tarefa recusado",
    "task.released": "Devolveu uma tarefa",
    "task.snoozed": "Adiou uma tarefa",
    "task.term_changed": "Mudou o prazo de uma tarefa",
    "task.undone": "Desfez um ato sobre tarefa",
    "tasks.exported": "Exportou a lista de tarefas",
    "term.issued": "Emitiu o termo",
    "term.signed": "Assinou o termo",
    "trail.exported": "Exportou a trilha",
    "trail.revealed": "Revelou um motivo da trilha",
}
FIELDS: Mapping[str, str] = {
    "act": "ato",
    "assisted_by": "atendido por",
    "author": "autor",
    "authors": "autores",
    "bulk": "lote",
    "addendum_sha256": "aditivo",
    "by": "a pedido de",
    "by_name": "nome de quem pediu",
    "challenge": "código usado",
    "channel": "canal",
    "content_hash": "conteúdo",
    "deputy": "substituto",
    "document": "documento",
    "error": "tipo de erro",
    "examined": "casos examinados",
    "from": "de",
    "how": "como",
    "id": "item",
    "interview": "entrevista",
    "merge_id": "união",
    "missed": "faltas",
    "needs": "permissão que faltou",
    "of": "de",
    "offer": "oferta",
    "owner": "com quem estava",
    "queues": "filas",
    "reasons": "impedimentos",
    "request": "pedido",
    "revision": "revisão",
    "rows": "linhas",
    "sha256": "conteúdo",
    "slot": "horário",
    "step": "degrau",
    "tasks": "tarefas",
    "term": "termo",
    "text_hash": "texto",
    "thumbprint": "chave",
    "to": "para",
    "until": "até",
    "version": "versão",
}
"""Details that are ids, versions and hashes: shown with their value."""
NAMED_ONLY: Mapping[str, str] = {
    "agrees": "resposta sobre a gravação",
    "cents_per_month": "valor por mês",
    "cpts": "CPTs",
    "exam": "perícia",
    "filter": "filtros",
    "months": "meses",
    "outcome": "desfecho",
}
"""Told by name alone: what stands there may tell of health."""
REASONS: Mapping[str, str] = {
    "colleague-away": "o colega está ausente",
    "four-eyes": "outra pessoa precisa decidir",
    "internal-error": "falhou por um erro do sistema",
    "no-room": "chegou ao limite de tarefas",
    "not-in-future": "a data já passou",
    "not-yours": "o prazo cabe a quem coordena",
    "not-your-interview": "a entrevista é de outro médico",
    "nothing-awaited": "ninguém deve resposta",
    "own-term": "o prazo da própria tarefa cabe a outra pessoa",
    "stale-version": "a tarefa mudou desde que foi aberta",
    "task-ended": "a tarefa já tinha terminado",
    "task-not-found": "a tarefa não foi encontrada",
    "task-not-yours": "a tarefa não estava com quem pediu",
    "task-queue": "não trabalha nesta fila",
    "task-skill": "não tem a permissão da tarefa",
    "task-taken": "a tarefa já estava com outra pessoa",
}
ACTORS: Mapping[str, str] = {"system": "sistema"} | dict.fromkeys(
    PROCESSES, "andamento do processo"
)
_SEALED_FOR, _SHORT = "sealed_for", 16
_SEALING = timedelta(minutes=1)
"""Entries join the chain in seconds: after this long it is certain that they do not."""


def actor(sub: str, name: str) -> str:
    """Who acted: a colleague's name; nobody else is told by name."""
    if sub.startswith("person:"):
        return "proponente"
    return name or called(ACTORS, sub)


def fields(details: Mapping[str, object]) -> list[str]:
    """The details in words; those that are none of ours are told by their name alone."""
    return [_field(name, value) for name, value in details.items() if name != _SEALED_FOR]


def _field(name: str, value: object) -> str:
    word = FIELDS.get(name)
    if word is None:
        return called(NAMED_ONLY, name)
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return f"{word}: {', '.join(str(each) for each in value)}"
    text = "nada" if value is None else called(STAGES, str(value))
    return f"{word}: {text if len(text) <= _SHORT * 3 else text[:_SHORT] + '…'}"


def late(since: datetime, now: datetime) -> bool:
    """Whether what is outside the chain has been so for too long."""
    return now - since > _SEALING
