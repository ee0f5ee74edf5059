"""Temporal as this house uses it: encrypted payloads and failures, a strict workflow sandbox."""

import base64
import dataclasses
import os
from collections.abc import Sequence

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from opentelemetry.metrics import get_meter
from temporalio.api.common.v1 import Payload
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.converter import (
    DataConverter,
    DefaultFailureConverterWithEncodedAttributes,
    PayloadCodec,
)
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from kit.http import Refused
from kit.logs import logger
from kit.settings import Settings

log = logger("kit.temporal")
refused = get_meter("kit.temporal").create_counter(
    "processes.refused", description="requests of processes that a service refused for good"
)
ENCRYPTED = b"binary/encrypted"
NONCE_BYTES = 12
FINAL = frozenset(
    {
        RPCStatusCode.INVALID_ARGUMENT,
        RPCStatusCode.FAILED_PRECONDITION,
        RPCStatusCode.OUT_OF_RANGE,
        RPCStatusCode.ALREADY_EXISTS,
        RPCStatusCode.DATA_LOSS,
    }
)
"""What Temporal says of one request and will say of it again; all else is about the moment, or
about us (credentials, namespace, version), where no other request would fare better."""


class EncryptedPayloads(PayloadCodec):
    """AES-256-GCM over every payload, so that Temporal's store holds nothing readable."""

    def __init__(self, key: bytes, key_id: str = "p1") -> None:
        self._cipher = AESGCM(key)
        self._key_id = key_id.encode()

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Encrypts each payload under a nonce of its own."""
        return [self._encrypt(payload) for payload in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Decrypts what this codec encrypted; leaves the rest as it is."""
        return [self._decrypt(payload) for payload in payloads]

    def _encrypt(self, payload: Payload) -> Payload:
        nonce = os.urandom(NONCE_BYTES)
        data = nonce + self._cipher.encrypt(nonce, payload.SerializeToString(), self._key_id)
        return Payload(metadata={"encoding": ENCRYPTED, "key": self._key_id}, data=data)

    def _decrypt(self, payload: Payload) -> Payload:
        if payload.metadata.get("encoding") != ENCRYPTED:
            return payload
        nonce, data = payload.data[:NONCE_BYTES], payload.data[NONCE_BYTES:]
        return Payload.FromString(self._cipher.decrypt(nonce, data, self._key_id))


def data_converter(payload_key: str) -> DataConverter:
    """Pydantic models in, encrypted payloads out; failure messages are encoded too.

    `payload_key`: 32 bytes in base64.
    """
    return dataclasses.replace(
        pydantic_data_converter,
        payload_codec=EncryptedPayloads(base64.b64decode(payload_key)),
        failure_converter_class=DefaultFailureConverterWithEncodedAttributes,
    )


async def connect(settings: Settings, *, lazy: bool = False) -> Client:
    """A client of the namespace; lazy ones connect on first use."""
    return await Client.connect(
        settings.temporal_address,
        namespace=settings.temporal_namespace,
        data_converter=data_converter(settings.payload_key),
        lazy=lazy,
    )


def workflow_runner() -> SandboxedWorkflowRunner:
    """Only pure packages pass through; everything else is reloaded and watched by the sandbox."""
    return SandboxedWorkflowRunner(
        restrictions=SandboxRestrictions.default.with_passthrough_modules(
            "contracts", "pydantic", "pydantic_core"
        )
    )


def outage(error: BaseException) -> bool:
    """Whether Temporal is away or takes nothing from us now: the same request may be heard later.

    False for what it refuses for good, and for what is no answer of Temporal's at all.
    """
    if isinstance(error, RPCError):
        return error.status not in FINAL
    return isinstance(error, OSError)


def final(refusal: Refused) -> ApplicationError:
    """A refusal by a service as Temporal understands it: not to be retried, and an alarm."""
    refused.add(1, {"error.type": refusal.code})
    log.error("a service refused what a process asked", status=refusal.status, code=refusal.code)
    return ApplicationError(refusal.code, refusal.status, type="Refused", non_retryable=True)
