"""What the contact service needs besides the common environment."""

from pydantic import model_validator

from kit.outside import OutsideUrl
from kit.settings import Settings


class ContactSettings(Settings):
    """`whatsapp_url` is the Graph API in production and the stand-in in the sandbox."""

    service: str = "contact"
    whatsapp_url: OutsideUrl = "https://graph.facebook.com"
    whatsapp_phone_number_id: str = ""
    whatsapp_token: str = ""
    whatsapp_app_secret: str = ""
    whatsapp_verify_token: str = ""
    smtp_host: str = "127.0.0.1"
    smtp_port: int = 25
    smtp_sender: str = "Operadora <nao-responda@vinculo.invalid>"
    send_concurrency: int = 32
    send_timeout_seconds: float = 10
    sweep_seconds: float = 5
    """How often tenants with unfinished tries are looked at for retries and resends."""
    full_sweep_seconds: float = 60
    """How often every tenant is, whoever asked for its contacts."""
    claim_lease_seconds: float = 45
    """After this long without a recorded answer the fate of a claimed send is unknown."""

    @model_validator(mode="after")
    def _reports_can_be_checked(self) -> "ContactSettings":
        if self.whatsapp_token and not self.whatsapp_app_secret:
            raise ValueError("VINCULO_WHATSAPP_APP_SECRET is missing: reports would go unchecked")
        return self
