"""What was signed on paper at the desk: its scan, and the text that was printed."""

from typing import Literal

from pydantic import Field

from contracts.base import Message
from contracts.health_declaration.public import Choice


class ScanIn(Message):
    """A scan made at the desk, base64; PDF, JPEG or PNG up to 8 MB."""

    media_type: Literal["application/pdf", "image/jpeg", "image/png"]
    content_base64: str = Field(min_length=4, max_length=11_300_000)


class PaperSignatureIn(ScanIn):
    """The proponent signed on paper: the scan is kept as evidence."""

    text_hash: str = Field(pattern=r"^[0-9a-f]{64}$")


class PaperTermIn(ScanIn):
    """The proponent signed the printed term: `sha256` names the PDF that was printed."""

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class PaperOfferIn(ScanIn):
    """The proponent answered the printed offer on paper, and signed the answer."""

    offer_id: str = Field(min_length=1, max_length=60)
    choice: Choice


class SurchargeIn(ScanIn):
    """What the addendum says, and its scan as the person signed it on paper.

    `addendum_sha256` names the text that was printed.
    """

    cents_per_month: int = Field(ge=1)
    months: int = Field(ge=1)
    addendum_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
