"""What the stand-ins need besides the common environment."""

from kit.settings import Settings


class SandboxSettings(Settings):
    """Secrets are the partners' own: the product holds the same ones in its adapters."""

    service: str = "sandbox"
    sandbox_url: str = ""
    contact_url: str = ""
    issuer_key_file: str = ""
    issuer_clients: str = "{}"
    issuer_redirects: str = "{}"
    """JSON: client through which people sign in → addresses to which they may be sent back."""
    issuer_people: str = "[]"
    """JSON: who may be chosen on the page that stands for a sign-in."""
    whatsapp_phone_number_id: str = ""
    whatsapp_token: str = ""
    whatsapp_app_secret: str = ""
    smtp_host: str = "127.0.0.1"
    smtp_port: int = 0
    video_token: str = ""
    erp_key_file: str = ""
    erp_group: str = "notus"
    slow_seconds: float = 2
    """How much later a slow stand-in answers."""
    lost_seconds: float = 30
    """How long a stand-in that loses its answers keeps the connection open."""
    late_seconds: float = 5
    """How much later a late ERP confirms what it applied."""
