"""The public API of the health declaration, asked in the name of a form's session."""

from dataclasses import dataclass

import httpx

from services.console.gateways.upstream import Asking, Upstream

HEADER = "Vinculo-Session"
TITLE = "A declaração de saúde"


@dataclass(frozen=True)
class Form(Asking):
    """The form that a session opens; without one, its doors."""

    def _credentials(self) -> dict[str, str]:
        return {HEADER: self.token} if self.token else {}


def declarations(url: str, timeout: float) -> Upstream:
    """Connections to the service at an address."""
    return Upstream(TITLE, httpx.AsyncClient(base_url=url, timeout=timeout))


def form(upstream: Upstream, session: str = "") -> Form:
    """The form of a session."""
    return Form(upstream, session)
