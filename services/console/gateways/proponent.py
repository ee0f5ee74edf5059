"""The public API of the health declaration, asked in the name of a form's session."""

from dataclasses import dataclass

import httpx

from services.console.gateways.upstream import Asking, Upstream

HEADER = "Vinculo-Session"
TITLE = "A declaração de saúde"


@dataclass(frozen=True)
class Form(Asking):
    """The form that a session opens; without one, its doors, which count who guesses."""

    address: str = ""

    def _credentials(self) -> dict[str, str]:
        told = {HEADER: self.token, "X-Forwarded-For": self.address}
        return {name: value for name, value in told.items() if value}


def declarations(url: str, timeout: float) -> Upstream:
    """Connections to the service at an address."""
    return Upstream(TITLE, httpx.AsyncClient(base_url=url, timeout=timeout))


def form(upstream: Upstream, session: str = "", address: str = "") -> Form:
    """The form of a session, or the doors for a phone at an address."""
    return Form(upstream, session, address)
