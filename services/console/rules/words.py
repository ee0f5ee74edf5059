"""What codes are called on the screen. What is not known here is shown as it came."""

from collections.abc import Mapping

from contracts import permissions

QUEUES: Mapping[str, str] = {
    "ds.analysis": "Análise de declarações",
    "ds.audit": "Auditoria médica",
    "ds.negotiation": "Negociação",
    "ds.representation": "Representantes",
    "privacy.requests": "Pedidos de titulares",
}
FORMS: Mapping[str, str] = {
    "analysis": "Analisar declaração",
    "audit": "Auditar parecer",
    "negotiation": "Conversar com o proponente",
    "respondent": "Encontrar quem responde",
    "privacy": "Responder pedido do titular",
}
ASKED: Mapping[str, str] = {
    "correction": "corrigir dados",
    "erasure": "eliminar os dados",
}
STAGES: Mapping[str, str] = {
    "unrepresented": "sem representante",
    "invited": "convite enviado",
    "filling": "em preenchimento",
    "analysis": "em análise",
    "documents": "aguarda documentos",
    "exam": "aguarda perícia",
    "interview_to_schedule": "aguarda horário de entrevista",
    "interview_scheduled": "entrevista marcada",
    "audit": "em auditoria médica",
    "offer": "oferta com o proponente",
    "negotiation": "em negociação",
    "term": "termo a assinar",
    "released": "liberada",
    "integrated": "liberada e confirmada pelo ERP",
    "expired": "prazo esgotado",
    "withdrawn": "desistência",
    "cancelled": "cancelada",
    "in_review": "em avaliação",
    "waiting_person": "aguarda o proponente",
}
PROCESSES = frozenset({"workflows", "process"})
"""Logins of the processes: what they do is done by nobody in particular."""
PRIORITIES: Mapping[int, str] = {0: "imediata", 1: "alta", 2: "normal", 3: "baixa"}
INTERVIEWS: Mapping[str, str] = {
    "open": "a marcar",
    "scheduled": "marcada",
    "concluded": "concluída",
    "to_person": "com uma pessoa da operadora",
    "cancelled": "cancelada",
}
UNDOABLE: Mapping[str, str] = {
    "claim": "Desfazer: não assumir",
    "snooze": "Desfazer: não adiar",
    "hand_over": "Desfazer: não repassar",
}
PURPOSES: Mapping[str, str] = {"guidance": "orientação", "clarification": "esclarecimento"}
GUIDANCE: Mapping[str, str] = {
    "waived": "dispensada",
    "operator_doctor": "com um médico da operadora",
    "own_doctor": "com um médico da própria pessoa",
}
ROLES: Mapping[str, str] = {
    "registrar": "cadastro",
    "desk": "atendimento",
    "analyst": "análise",
    "scheduler": "agenda",
    "interviewer": "entrevista médica",
    "auditor": "auditoria médica",
    "rule_owner": "regras",
    "integration": "integrações",
    "dpo": "encarregado de dados",
    "operator": "operação",
    "supervisor": "supervisão",
    "sandbox_driver": "ambiente de ensaio",
}


def called(words: Mapping[str, str], code: str | None) -> str:
    """The word for a code; the code itself where there is none."""
    return words.get(code or "", code or "")


def holders(refusal: str) -> list[str]:
    """Who has the permission that a refusal says is missing: whom to ask. Nobody, if it says
    another thing.
    """
    before, needs, missing = refusal.partition("Falta a permissão ")
    if before or not needs:
        return []
    enough = frozenset(missing.rstrip(".").split(" ou "))
    granted = permissions.ROLES.items()
    return [called(ROLES, role) for role, held in granted if held & enough]
