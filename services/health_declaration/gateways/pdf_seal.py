"""The operator's seal on a PDF: PAdES-B-B with the certificate of its PKCS#12 file."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from io import BytesIO

from fastapi import FastAPI
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import PdfSignatureMetadata, PdfSigner
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.signers import SimpleSigner

from kit.errors import Unavailable
from services.health_declaration.settings import HealthDeclarationSettings

FIELD = "Operadora"
REASON = "Termo de Cobertura Parcial Temporaria"


class Seal:
    """Holds the operator's key; sealing takes some 130 ms of processor: call it in a thread."""

    def __init__(self, certificate_file: str, password: str) -> None:
        load: Callable[..., SimpleSigner | None] = SimpleSigner.load_pkcs12
        signer = load(certificate_file, passphrase=password.encode())
        if signer is None or signer.signing_cert is None:
            raise ValueError("the PKCS#12 file of the operator's certificate does not open")
        self.operator: str = signer.signing_cert.subject.native["common_name"]
        metadata = PdfSignatureMetadata(
            field_name=FIELD, subfilter=SigSeedSubFilter.PADES, reason=REASON
        )
        self._signer = PdfSigner(metadata, signer=signer)

    def __call__(self, pdf: bytes) -> bytes:
        """The sealed document, its former bytes untouched."""
        sealed: BytesIO = self._signer.sign_pdf(IncrementalPdfFileWriter(BytesIO(pdf)))
        return sealed.getvalue()


_installed: dict[str, Seal] = {}


def installed() -> Seal:
    """The seal of this process; 503 where no certificate was configured."""
    if FIELD not in _installed:
        raise Unavailable("Falta o certificado da operadora para selar o termo", "no-certificate")
    return _installed[FIELD]


def install(settings: HealthDeclarationSettings) -> None:
    """Opens the certificate named by the settings; an app that names none takes nobody's away."""
    if settings.pdf_certificate_file:
        _installed[FIELD] = Seal(settings.pdf_certificate_file, settings.pdf_certificate_password)


@asynccontextmanager
async def holding_seal(app: FastAPI) -> AsyncIterator[None]:
    """For the life of an HTTP process."""
    install(app.state.settings)
    yield
