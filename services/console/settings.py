"""What the console needs besides the common environment."""

from datetime import timedelta

from kit.settings import Settings


class ConsoleSettings(Settings):
    """`console_url` is the one origin that browsers see: cookies, redirects and checks follow."""

    service: str = "console"
    console_url: str = "http://localhost:8008"
    registry_url: str = ""
    health_declaration_url: str = ""
    worklist_url: str = ""
    contact_url: str = ""
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
