"""The background process: remembers people, plans contacts, sends them, relays the outbox."""

import httpx

from kit.worker import WorkerContext, run
from services.contact.consumers import HANDLERS
from services.contact.gateways.base import Provider
from services.contact.gateways.smtp import Smtp
from services.contact.gateways.whatsapp import WhatsApp
from services.contact.models import plumbing
from services.contact.settings import ContactSettings
from services.contact.usecases.sender import Sender


def providers(settings: ContactSettings, http: httpx.AsyncClient) -> dict[str, Provider]:
    """One adapter per channel that can be sent today."""
    return {
        "whatsapp": WhatsApp(http, settings.whatsapp_phone_number_id, settings.whatsapp_token),
        "email": Smtp(
            settings.smtp_host,
            settings.smtp_port,
            settings.smtp_sender,
            settings.send_timeout_seconds,
        ),
    }


def client(settings: ContactSettings) -> httpx.AsyncClient:
    """The connection to the Graph API; no retries of its own."""
    # A connection that the provider closes as a message sets out leaves its fate unknown: unused
    # ones are given up before a provider would.
    limits = httpx.Limits(max_connections=settings.send_concurrency, keepalive_expiry=2)
    return httpx.AsyncClient(
        base_url=settings.whatsapp_url, timeout=settings.send_timeout_seconds, limits=limits
    )


def main() -> None:
    settings = ContactSettings()
    kept: list[Sender] = []

    async def send(context: WorkerContext) -> None:
        # Started again after an outage, the same sender still holds the answers it must record.
        if not kept:
            kept.append(Sender(settings, providers(settings, client(settings))))
        await kept[0].run(context.begin, context.stopping)

    run(settings, plumbing=plumbing, handlers=HANDLERS, tasks=[send])


if __name__ == "__main__":
    main()
