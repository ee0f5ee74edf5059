"""The service that the processes ask, and how they reach it."""

import httpx

from kit.auth import ServiceToken
from kit.settings import Settings

REQUEST_SECONDS = 25.0


class WorkerSettings(Settings):
    """Where the service is that the processes ask."""

    service: str = "workflows"
    health_declaration_url: str = ""
    max_cached_workflows: int = 2000


def service_http(settings: Settings, url: str) -> httpx.AsyncClient:
    """A pool of connections to one service, with the process's own token."""
    token = ServiceToken(settings.token_url, settings.client_id, settings.client_secret)
    return httpx.AsyncClient(base_url=url, auth=token, timeout=REQUEST_SECONDS)
