"""A client of the bus says who it is, and trusts only brokers that somebody vouches for."""

import ssl
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from pydantic import ValidationError

from kit import kafka
from kit.kafka_login import login
from kit.settings import Settings
from services.sandbox.gateways import bus
from services.sandbox.settings import SandboxSettings
from tests.support.certificates import authority

NAMED: dict[str, Any] = {"kafka_username": "registry", "kafka_password": "its-secret"}


def test_on_one_machine_nobody_is_asked_for_a_name() -> None:
    assert login(Settings()) == {"security_protocol": "PLAINTEXT"}


def test_a_login_travels_only_where_the_brokers_are_vouched_for(tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    file.write_bytes(authority("brokers").pem)
    given = login(Settings(kafka_security_protocol="SASL_SSL", kafka_ca_file=str(file), **NAMED))
    context = given.pop("ssl_context")
    assert given == {
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "registry",
        "sasl_plain_password": "its-secret",
    }
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    (trusted,) = context.get_ca_certs(binary_form=True)
    assert x509.load_der_x509_certificate(trusted).subject.rfc4514_string() == "CN=brokers"


def test_planted_faults_a_login_without_a_secret_or_an_authority_ends_the_start() -> None:
    with pytest.raises(ValueError, match="VINCULO_KAFKA_PASSWORD"):
        login(Settings(kafka_security_protocol="SASL_PLAINTEXT", kafka_username="registry"))
    with pytest.raises(OSError, match="No such file"):
        login(Settings(kafka_security_protocol="SSL", kafka_ca_file="/nowhere/ca.pem"))
    with pytest.raises(ValidationError):
        Settings.model_validate({"kafka_security_protocol": "sasl_ssl"})


async def test_every_client_of_the_product_shows_the_same_login(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[dict[str, Any]] = []

    class Client:
        def __init__(self, *_: object, **given: object) -> None:
            seen.append(given)

        async def start(self) -> None: ...

        async def stop(self) -> None: ...

    for module in (kafka, bus):
        monkeypatch.setattr(module, "AIOKafkaConsumer", Client)
        monkeypatch.setattr(module, "AIOKafkaProducer", Client)
    settings = SandboxSettings(kafka_security_protocol="SASL_PLAINTEXT", **NAMED)
    kafka.producer(settings)
    kafka.consumer(settings, "registry")
    async with bus.consuming(settings), bus.producing(settings):
        pass
    assert len(seen) == 4
    for given in seen:
        assert given.items() >= login(settings).items()
