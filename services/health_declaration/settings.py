"""What this service reads from its environment beside the common settings."""

from kit.outside import OutsideUrl
from kit.settings import Settings


class HealthDeclarationSettings(Settings):
    """`ans_register` is the operator's six digits, the beginning of every protocol number."""

    service: str = "health_declaration"
    ans_register: str = "000000"
    video_url: OutsideUrl = ""
    """Base of the video provider's API; rooms are made by POST `{video_url}/rooms`."""
    video_token: str = ""
    pdf_certificate_file: str = ""
    pdf_certificate_password: str = ""
