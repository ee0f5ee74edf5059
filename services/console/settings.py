"""What the console needs besides the common environment."""

from collections.abc import Mapping
from datetime import timedelta
from typing import ClassVar

from pydantic import Field

from kit.settings import Settings


class ConsoleSettings(Settings):
    """`console_url` is the one origin that browsers see: cookies, redirects and checks follow."""

    tells: ClassVar[frozenset[str]] = frozenset({"figures", "ops"})
    service: str = "console"
    console_url: str = "http://localhost:8008"
    registry_url: str = ""
    health_declaration_url: str = ""
    worklist_url: str = ""
    contact_url: str = ""
    desk_url: str = ""
    oidc_authorize_url: str = ""
    """Where browsers sign in, when the issuer's own word for it leads nowhere from their side."""
    oidc_scope: str = "openid profile"
    session_idle_minutes: int = 30
    session_hours: int = 10
    upstream_timeout_seconds: float = 8
    live_seconds: float = 5
    """How often the worklist is asked whether anything changed, once for all of an operator."""

    @property
    def secure(self) -> bool:
        """Whether browsers come by https: cookies are theirs alone then."""
        return self.console_url.startswith("https://")

    @property
    def session_idle(self) -> timedelta:
        """How long a session lasts with nobody at it."""
        return timedelta(minutes=self.session_idle_minutes)

    @property
    def session_whole(self) -> timedelta:
        """How long it lasts at most."""
        return timedelta(hours=self.session_hours)


class PublicSettings(Settings):
    """What the public pages need: `public_url` is the one origin that phones see.

    Whoever comes there is a stranger: figures leave by OTLP alone.
    """

    tells: ClassVar[frozenset[str]] = frozenset()
    service: str = "console"
    health_declaration_url: str = ""
    operators: Mapping[int, str] = Field(default_factory=dict)
    """What each tenant calls itself on its pages."""
    operator_logos: str = ""
    """A folder with `{tenant}.svg` or `{tenant}.png`."""
    visit_hours: int = 12
    upstream_timeout_seconds: float = 20
    """Longer than at a desk: a phone would only ask again."""

    @property
    def secure(self) -> bool:
        """Whether phones come by https: the cookie is theirs alone then."""
        return self.public_url.startswith("https://")

    @property
    def visit(self) -> timedelta:
        """How long a phone is remembered at most; the form's own session may end before."""
        return timedelta(hours=self.visit_hours)
