"""What waits for a person between the services, in words, and how each item is named in a form."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from contracts.ops import ParkedKey
from services.console.rules.deadlines import Tone

SERVICES: Mapping[str, str] = {
    "registry": "Cadastro",
    "health_declaration": "Declarações",
    "contact": "Contatos",
    "worklist": "Tarefas",
}
Way = Literal["entrada", "saida"]
WAYS: Mapping[Way, str] = {"entrada": "recebida", "saida": "a enviar"}
PATHS: Mapping[Way, str] = {"entrada": "/ops/parked", "saida": "/ops/outbox/parked"}
ERP: Mapping[str, tuple[Tone, str, str]] = {
    "reported": ("running", "●", "enviada, sem resposta"),
    "refused": ("critical", "▲", "recusada pelo ERP"),
    "no_partner_key": ("warning", "◆", "sem chave do ERP"),
    "applied": ("done", "✓", "aplicada"),
}
CHANNELS: Mapping[str, str] = {
    "whatsapp": "WhatsApp",
    "email": "e-mail",
    "sms": "SMS",
    "phone": "telefone",
}
TEMPLATES: Mapping[str, str] = {
    "ds.message": "mensagem do processo",
    "ds.link": "link da declaração",
    "ds.link_renewed": "novo link",
    "ds.reminder": "lembrete",
    "ds.code": "código",
    "ds.assistance_code": "código de atendimento",
    "ds.released": "adesão liberada",
    "ds.contacts_changed": "aviso de contato mudado",
}
ERRORS: Mapping[str, str] = {
    "MessageSizeTooLargeError": "mensagem maior do que o barramento aceita",
    "": "espera atrás de outra",
}
_MARK = "|"


@dataclass(frozen=True)
class Named:
    """One key that waits, as a form names it."""

    service: str
    way: Way
    topic: str
    key: str

    @property
    def value(self) -> str:
        """What the form sends."""
        return _MARK.join((self.service, self.way, self.topic, self.key))


@dataclass(frozen=True)
class Waiting:
    """One key that waits: where, since when, behind what."""

    named: Named
    item: ParkedKey


def named(value: str) -> Named | None:
    """The key that a form names; None where it names none."""
    service, _, rest = value.partition(_MARK)
    way, _, rest = rest.partition(_MARK)
    topic, _, key = rest.partition(_MARK)
    known = next((one for one in WAYS if one == way), None)
    if known is None or service not in SERVICES or not topic or not key:
        return None
    return Named(service, known, topic, key)
