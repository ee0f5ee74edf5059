"""Certificates made on the spot, for tests of who trusts whom."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class Certificate:
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        return self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )


def authority(name: str) -> Certificate:
    """One that vouches for others."""
    key = ec.generate_private_key(ec.SECP256R1())
    builder = _builder(name, name, key, vouches=True)
    for extension in (_signs(), x509.SubjectKeyIdentifier.from_public_key(key.public_key())):
        builder = builder.add_extension(extension, critical=isinstance(extension, x509.KeyUsage))
    return Certificate(key, builder.sign(key, hashes.SHA256()))


def vouched(by: Certificate, name: str) -> Certificate:
    """One for a server of this machine."""
    key = ec.generate_private_key(ec.SECP256R1())
    issuer = by.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
    places = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
    signer = x509.AuthorityKeyIdentifier.from_issuer_public_key(by.key.public_key())
    builder = _builder(name, str(issuer), key, vouches=False)
    for extension in (x509.SubjectAlternativeName(places), signer):
        builder = builder.add_extension(extension, critical=False)
    return Certificate(key, builder.sign(by.key, hashes.SHA256()))


def _builder(
    name: str, issuer: str, key: ec.EllipticCurvePrivateKey, *, vouches: bool
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(_named(name))
        .issuer_name(_named(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=vouches, path_length=None), critical=True)
    )


def _signs() -> x509.KeyUsage:
    """Python is strict with whoever vouches: it must say that it signs certificates."""
    names = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment")
    no = dict.fromkeys((*names, "key_agreement", "encipher_only", "decipher_only"), False)
    return x509.KeyUsage(key_cert_sign=True, crl_sign=True, **no)


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
