"""The WhatsApp stand-in: takes messages as the real API does and keeps what it must report."""

import json
import time
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sqlalchemy import String, bindparam, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError
from sqlmodel import col, select

from contracts.sandbox.api import ProviderMode
from kit.db import Begin, Transaction
from services.sandbox.models import NO_TENANT, Mode, WhatsAppMessage
from services.sandbox.rules import graph
from services.sandbox.usecases import raw

PROVIDER = "whatsapp"
EVERYONE = "*"
BATCH = 100
_OWN = bindparam("own", type_=String)
_MODE = (
    select(Mode)
    .where(
        Mode.tenant_id == NO_TENANT,
        (col(Mode.recipient) == _OWN) | (col(Mode.recipient) == EVERYONE),
        Mode.mode != "up",
    )
    .order_by((col(Mode.recipient) == EVERYONE).asc())
    .limit(1)
)
_KEEP = text("""
    insert into whatsapp_message
        (tenant_id, id, phone_number_id, recipient, callback_data, fails, told)
    values (:tenant_id, :id, :phone_number_id, :recipient, :callback_data, :fails, :told)
""")
_REFUSALS = {"down": graph.OUTAGE, "invalid": graph.NOT_A_USER}


@dataclass(frozen=True)
class Answer:
    """What goes back on the wire, and whether it goes late or never."""

    status: int
    body: dict[str, Any]
    mode: str = "up"


async def take(begin: Begin, phone_number_id: str, payload: str) -> Answer:
    """Check, log and keep one message; deduplicates nothing.

    Refused as an outage when our database is down before anything was kept; when its commit is
    in doubt the failure goes on, for the sender must not take it for a refusal.
    """
    body = _parsed(payload)
    kept = None
    try:
        async with begin(NO_TENANT) as tx:
            kept = await _take(tx, phone_number_id, payload, body)
    except (DBAPIError, OSError):
        if kept is not None:
            raise
        return Answer(graph.OUTAGE.status, graph.OUTAGE.body())
    return kept


async def _take(tx: Transaction, phone_number_id: str, payload: str, body: object) -> Answer:
    wrong = graph.problem(body)
    if wrong is not None or not isinstance(body, dict):
        refused = wrong or graph.invalid("The request body must be a JSON object.")
        await raw.keep(tx, PROVIDER, "", payload, accepted=False)
        return Answer(refused.status, refused.body())
    mode = await _mode(tx, graph.wa_id(body["to"]))
    refusal = _REFUSALS.get(mode)
    await raw.keep(tx, PROVIDER, body["to"], payload, accepted=refusal is None)
    if refusal is not None:
        return Answer(refusal.status, refusal.body(), mode)
    message_id = await _keep(tx, phone_number_id, body, mode)
    return Answer(200, graph.accepted(body, message_id), mode)


async def set_mode(begin: Begin, body: ProviderMode) -> ProviderMode:
    """From now on messages to this recipient are treated so."""
    everyone = body.recipient == EVERYONE
    async with begin(NO_TENANT) as tx:
        recipient = EVERYONE if everyone else _hash(tx, graph.wa_id(body.recipient))
        row = insert(Mode).values(
            tenant_id=NO_TENANT, recipient=recipient, mode=body.mode, times=body.times
        )
        renewed = {"mode": body.mode, "times": body.times}
        await tx.session.execute(
            row.on_conflict_do_update(index_elements=["tenant_id", "recipient"], set_=renewed)
        )
    return body


async def untold(begin: Begin) -> dict[str, list[graph.Fate]]:
    """Messages whose statuses were not reported yet, oldest first, by business number."""
    async with begin(NO_TENANT) as tx:
        query = select(WhatsAppMessage).where(
            WhatsAppMessage.tenant_id == NO_TENANT, col(WhatsAppMessage.told).is_(False)
        )
        query = query.order_by(col(WhatsAppMessage.seq)).limit(BATCH)
        found: dict[str, list[graph.Fate]] = {}
        for row in await tx.session.scalars(query):
            found.setdefault(row.phone_number_id, []).append(await _fate(tx, row))
    return found


async def told(begin: Begin, fates: list[graph.Fate]) -> None:
    """The receiver has them: they are not reported again."""
    async with begin(NO_TENANT) as tx:
        mine = update(WhatsAppMessage).where(
            col(WhatsAppMessage.tenant_id) == NO_TENANT,
            col(WhatsAppMessage.id).in_([fate.message_id for fate in fates]),
        )
        await tx.session.execute(mine.values(told=True))


def report_bodies(phone_number_id: str, fates: list[graph.Fate]) -> list[bytes]:
    """The webhooks' bodies as bytes, ready to be signed."""
    told_at = int(time.time())
    return [json.dumps(body).encode() for body in graph.reports(phone_number_id, fates, told_at)]


def _parsed(payload: str) -> object:
    try:
        return json.loads(payload)
    except ValueError:
        return None


async def _keep(tx: Transaction, phone_number_id: str, body: dict[str, Any], mode: str) -> str:
    message_id = f"wamid.{uuid4().hex}"
    row = {
        "tenant_id": NO_TENANT,
        "id": message_id,
        "phone_number_id": phone_number_id,
        "recipient": await tx.seal(raw.sealed_by(PROVIDER), body["to"]),
        "callback_data": str(body.get("biz_opaque_callback_data", "")),
        "fails": mode == "undeliverable",
        "told": mode == "silent",
    }
    await tx.connection.execute(_KEEP, row)
    return message_id


async def _fate(tx: Transaction, row: WhatsAppMessage) -> graph.Fate:
    recipient = await tx.open(raw.sealed_by(PROVIDER), row.recipient)
    return graph.Fate(row.id, recipient, row.callback_data, row.fails)


async def _mode(tx: Transaction, recipient: str) -> str:
    """The recipient's own mode, else everyone's; a mode that lasts N messages counts down."""
    own = _hash(tx, recipient)
    found = (await tx.session.scalars(_MODE, {"own": own})).first()
    return "up" if found is None else await _used(tx, found)


async def _used(tx: Transaction, found: Mode) -> str:
    """The mode, once more used; locked only here, as hardly any recipient has one."""
    await tx.session.refresh(found, with_for_update=True)
    mode = found.mode
    if found.times == 1:
        found.mode = "up"
    found.times = max(0, found.times - 1)
    return mode


def _hash(tx: Transaction, recipient: str) -> str:
    return tx.blind("recipient", recipient)
