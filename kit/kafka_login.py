"""How a client of ours shows the brokers who it is, and by what it knows them."""

import ssl
from typing import Any

from kit.settings import Settings


def login(settings: Settings) -> dict[str, Any]:
    """What every client of the bus is given besides the brokers' addresses.

    OSError when the file of trusted authorities is not there, ValueError where a login lacks its
    name or its secret: better at the start than as a broker's silence.
    """
    protocol = settings.kafka_security_protocol
    given: dict[str, Any] = {"security_protocol": protocol}
    if protocol.endswith("SSL"):
        given["ssl_context"] = ssl.create_default_context(cafile=settings.kafka_ca_file or None)
    if protocol.startswith("SASL"):
        if not (settings.kafka_username and settings.kafka_password):
            raise ValueError(f"{protocol} needs VINCULO_KAFKA_USERNAME and VINCULO_KAFKA_PASSWORD")
        given["sasl_mechanism"] = settings.kafka_sasl_mechanism
        given["sasl_plain_username"] = settings.kafka_username
        given["sasl_plain_password"] = settings.kafka_password
    return given
