"""Contacts: what was asked for, what the contact service tells, what the providers really got."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from deploy.story.http import pages
from deploy.story.mailbox import Mail, Mailbox
from deploy.story.report import Report
from deploy.story.seen import Seen
from deploy.story.world import World

ARRIVED = {"sent", "delivered"}


async def check(world: World, mailbox: Mailbox, seen: Seen, report: Report) -> None:
    """Exactly once, by the raw logs of WhatsApp and of the mail server."""
    contacts = await pages(world.staff("operador", "contact"), "/contacts")
    compare(contacts, mailbox.every, seen.contacts, world.batch.tenant, report)


def compare(
    contacts: list[dict[str, Any]],
    mails: Iterable[Mail],
    asked: Iterable[str],
    tenant: int,
    report: Report,
) -> None:
    """Ids asked for, ids known, and the tries that providers really received."""
    known = {one["contact_id"] for one in contacts}
    report.check("contatos pedidos = contatos conhecidos", known ^ set(asked))
    tries = {a["attempt_id"]: a["status"] for one in contacts for a in one["attempts"]}
    got = Counter(mail.reference for mail in mails if mail.tenant == str(tenant))
    doubled = [reference for reference, count in got.items() if count > 1]
    told = f"{len(known)} pedidos, {sum(got.values())} mensagens nos provedores"
    report.check("cada contato saiu uma só vez", doubled, told)
    arrived = {attempt for attempt, status in tries.items() if status in ARRIVED}
    report.check("nenhum contato se perdeu", arrived - got.keys())
    report.check("nenhuma mensagem sem pedido", got.keys() - tries.keys())
    report.check("todo contato chegou ou diz por que não", _unexplained(contacts))


def _unexplained(contacts: list[dict[str, Any]]) -> list[str]:
    """Neither arrived nor failed for want of any channel."""
    return [
        f"{one['contact_id']} {one['template']} {one['status']}"
        for one in contacts
        if one["status"] not in ARRIVED and not (one["status"] == "failed" and not one["attempts"])
    ]
