"""What each role lets somebody do, in words, and what follows from roles and queues together."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from contracts.permissions import ROLES
from services.console.rules.rooms import Room, open_to
from services.console.rules.words import QUEUES

PERMISSIONS: Mapping[str, str] = {
    "audit.read": "Ler a trilha de auditoria",
    "contact.read": "Ver os contatos feitos com as pessoas",
    "contact.resolve": "Resolver envios em dúvida",
    "contact.templates": "Ver os modelos de mensagem",
    "cpt.advance": "Levar a CPT adiante (só o processo)",
    "cpt.check": "Consultar a cobertura",
    "cpt.read": "Ler CPTs",
    "desk.audit": "Registrar ordens do processo (só o processo)",
    "desk.read": "Ver o processo de cada caso",
    "desk.write": "Agir sobre o processo de um caso",
    "ds.advance": "Levar a declaração adiante (só o processo)",
    "ds.analyse": "Analisar declarações",
    "ds.assist": "Preencher com o proponente, por telefone",
    "ds.audit": "Decidir a auditoria médica",
    "ds.clinical": "Ler dados de saúde",
    "ds.interview": "Fazer entrevistas médicas",
    "ds.link": "Reenviar links",
    "ds.read": "Ver declarações, sem dados de saúde",
    "ds.schedule": "Marcar entrevistas",
    "ops.due": "Saber o que vence (só o processo)",
    "ops.parked": "Ver e repetir mensagens paradas",
    "ops.partners": "Registrar chaves de parceiros e ver o que o ERP deve",
    "privacy.erase": "Responder a titulares e apagar os dados de uma pessoa",
    "privacy.revoke": "Revogar consentimentos a pedido da pessoa",
    "privacy.export": "Exportar os dados de uma pessoa",
    "registry.enrol": "Receber arquivos de inclusão",
    "registry.merge": "Unir cadastros da mesma pessoa",
    "registry.names": "Ver o nome das pessoas, e nada mais delas",
    "registry.read": "Ver o cadastro de pessoas",
    "registry.write": "Mudar o cadastro de pessoas",
    "rules.publish": "Publicar regras que outra pessoa escreveu",
    "rules.read": "Ver regras",
    "rules.write": "Escrever regras",
    "sandbox.clock": "Mover o relógio (só no ensaio)",
    "sandbox.erp": "Mudar o ERP de ensaio",
    "sandbox.providers": "Mudar os provedores de ensaio",
    "sandbox.raw": "Ler o que os provedores de ensaio receberam",
    "tasks.manage": "Administrar filas, horários e colegas",
    "tasks.read": "Ver tarefas",
    "tasks.work": "Assumir e devolver tarefas",
}
SENSITIVE = frozenset({"ds.clinical", "cpt.read", "privacy.erase", "privacy.export", "audit.read"})
"""What reaches health data, or everybody's data at once."""
OF_PEOPLE = tuple(role for role in ROLES if role not in ("process", "sandbox_driver"))
"""Roles that a colleague may hold."""
SKILLS: Mapping[str, str] = {
    "ds.analysis": "ds.analyse",
    "ds.audit": "ds.audit",
    "ds.negotiation": "ds.analyse",
    "ds.representation": "ds.assist",
    "privacy.requests": "privacy.erase",
}
"""What it takes to work in a queue."""


@dataclass(frozen=True)
class Reach:
    """What somebody with these roles can do."""

    roles: tuple[str, ...]
    permissions: tuple[str, ...]
    rooms: tuple[Room, ...]
    queues: tuple[str, ...]
    """Queues whose tasks they may take."""
    barred: tuple[str, ...]
    """Queues they are written down for without the permission that those take."""


def reach(roles: Iterable[str], queues: Iterable[str] | None) -> Reach:
    """The sum of the roles; where no queues are written down, every queue they may work in."""
    held = tuple(role for role in ROLES if role in set(roles))
    granted = frozenset[str]().union(*(ROLES[role] for role in held))
    written = tuple(QUEUES) if queues is None else tuple(queues)
    able = tuple(one for one in written if SKILLS.get(one) in granted and "tasks.work" in granted)
    barred = () if queues is None else tuple(one for one in written if one not in able)
    rooms = open_to(lambda permission: permission in granted)
    return Reach(held, tuple(sorted(granted)), rooms, able, barred)
