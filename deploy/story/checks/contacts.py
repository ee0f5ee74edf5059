"""Contacts: what was asked for, what the contact service tells, what the providers really got."""

from collections import Counter
from typing import Any

from deploy.story.http import pages
from deploy.story.mailbox import Mailbox
from deploy.story.report import Report
from deploy.story.seen import Seen
from deploy.story.world import World

ARRIVED = {"sent", "delivered"}


async def check(world: World, mailbox: Mailbox, seen: Seen, report: Report) -> None:
    """Exactly once, by the raw logs of WhatsApp and of the mail server."""
    contacts = await pages(world.staff("operador", "contact"), "/contacts")
    known = {one["contact_id"] for one in contacts}
    report.check("contatos pedidos = contatos conhecidos", known ^ set(seen.contacts))
    got = Counter(mail.reference for mail in mailbox.every)
    doubled = [reference for reference, count in got.items() if count > 1]
    accepted = {
        _reference(attempt["attempt_id"]): one["contact_id"]
        for one in contacts
        for attempt in one["attempts"]
        if attempt["status"] in ARRIVED
    }
    told = f"{len(known)} pedidos, {sum(got.values())} mensagens nos provedores"
    report.check("cada contato saiu uma só vez", doubled, told)
    report.check("nenhum contato se perdeu", accepted.keys() - got.keys())
    ours = {_reference(a["attempt_id"]) for one in contacts for a in one["attempts"]}
    strangers = {r for r in _of_tenant(mailbox, world.batch.tenant) if r not in ours}
    report.check("nenhuma mensagem sem pedido", strangers)
    report.check("todo contato chegou ou diz por que não", _unexplained(contacts))


def _unexplained(contacts: list[dict[str, Any]]) -> list[str]:
    """Neither arrived nor failed for want of any channel."""
    return [
        f"{one['contact_id']} {one['template']} {one['status']}"
        for one in contacts
        if one["status"] not in ARRIVED and not (one["status"] == "failed" and not one["attempts"])
    ]


def _of_tenant(mailbox: Mailbox, tenant: int) -> set[str]:
    return {m.reference for m in mailbox.every if m.tenant == str(tenant)}


def _reference(attempt_id: str) -> str:
    return attempt_id
