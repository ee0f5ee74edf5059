"""The SMTP sink: takes every mail and keeps it raw."""

import asyncio
from email import message_from_bytes

from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy.exc import DBAPIError

from kit.db import Begin
from services.sandbox.models import NO_TENANT
from services.sandbox.usecases import raw

PROVIDER = "smtp"
LARGEST_BYTES = 1_000_000


class Sink:
    """aiosmtpd's handler: answers 250 only once the mail is kept."""

    def __init__(self, begin: Begin) -> None:
        self._begin = begin

    async def handle_DATA(  # noqa: N802 (the name that aiosmtpd calls)
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """One row per recipient, as a mailbox each would have; later, please, in an outage."""
        content = envelope.original_content or b""
        kept = False
        try:
            async with self._begin(NO_TENANT) as tx:
                for recipient in envelope.rcpt_tos:
                    await raw.keep(tx, PROVIDER, recipient, content.decode(errors="replace"))
                kept = True
        except (DBAPIError, OSError):
            if kept and isinstance(server.transport, asyncio.Transport):
                # Whether the commit happened is in doubt: an answer either way might be a lie.
                server.transport.abort()
            return "451 4.3.0 try again later"
        message_id = message_from_bytes(content).get("Message-ID", "")
        return f"250 2.0.0 kept {message_id}".strip()


async def serve(begin: Begin, host: str, port: int, stopping: asyncio.Event) -> None:
    """Listen until told to stop; port 0 listens nowhere."""
    if not port:
        return
    loop = asyncio.get_running_loop()

    def protocol() -> SMTP:
        return SMTP(Sink(begin), data_size_limit=LARGEST_BYTES, enable_SMTPUTF8=True, loop=loop)

    server = await loop.create_server(protocol, host, port)
    async with server:
        await stopping.wait()
