"""One readable message per event version, the same at every run: partners and tests start here.

Values come from the field's name, so a field means the same in every example; a field this table
does not name gets a value by its type. No example is a real person.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, Literal, Union, get_args, get_origin
from uuid import UUID

from pydantic import BaseModel

from contracts.base import Event, sensitive_fields

WHEN = datetime(2026, 11, 23, 13, 5, tzinfo=UTC)
DAY = date(2026, 12, 1)
_SEALED_VERSION = b"\x01"
_SEALED_BYTES = 45
_OPTIONAL_KEPT = frozenset({"linked_on", "line", "social_name"})
_WHOLE = frozenset({"registry.enrolment.changed.v1"})
"""Facts whose optional fields are only so because older ones lack them."""
_NEITHER = frozenset({"newborn_on", "adopted_on", "holder_ref", "representative_person_id"})


def _uuid(name: str) -> str:
    """A fixed identifier of the shape of a UUID version 7."""
    digest = bytearray(hashlib.sha256(name.encode()).digest()[:16])
    digest[:6] = (0x019AB0C55E00).to_bytes(6)
    digest[6] = 0x70 | digest[6] & 0x0F
    digest[8] = 0x80 | digest[8] & 0x3F
    return str(UUID(bytes=bytes(digest)))


_LINE = {
    "source": "NOTUS",
    "sequence": 18,
    "kind": "created",
    "enrolment_ref": "NOTUS-2026-000731",
    "enrolment": {
        "enrolment_ref": "NOTUS-2026-000731",
        "contract": {
            "contract_ref": "CT-2026-0042",
            "kind": "company",
            "signed_on": "2026-11-03",
            "lives": 18,
            "company": {"cnpj": "12ABC34501DE35", "name": "Padaria Pão de Mel Ltda."},
        },
        "role": "holder",
        "requested_on": "2026-11-20",
        "joining_on": "2026-12-01",
        "person": {
            "full_name": "Maria Aparecida de Souza",
            "birth_on": "1984-05-17",
            "cpf": "52998224725",
            "contacts": [{"channel": "whatsapp", "value": "+5541998765432", "preferred": True}],
        },
    },
}
VALUES: Mapping[str, object] = {
    "tenant_id": 1,
    "actor": None,
    "full_name": "Maria Aparecida de Souza",
    "social_name": "Mariana Souza",
    "birth_on": date(1984, 5, 17),
    "cpf": "52998224725",
    "contacts": (
        {"channel": "whatsapp", "value": "+5541998765432", "preferred": True},
        {"channel": "email", "value": "maria.souza@exemplo.com.br"},
    ),
    "kind": "company",
    "contract_kind": "company",
    "contract_lives": 18,
    "lives": 18,
    "enrolment_ref": "NOTUS-2026-000731",
    "role": "holder",
    "line": _LINE,
    "signed_on": date(2026, 11, 3),
    "contract_signed_on": date(2026, 11, 3),
    "linked_on": date(2026, 11, 10),
    "requested_on": date(2026, 11, 20),
    "ended_on": date(2027, 3, 31),
    "ends_on": date(2028, 12, 1),
    "expires_at": datetime(2026, 11, 30, 13, 5, tzinfo=UTC),
    "starts_at": datetime(2026, 11, 26, 17, 30, tzinfo=UTC),
    "reasons": ("mesmo CPF, escrito com pontos",),
    "fields": ("line.enrolment.person.cpf",),
    "source": "NOTUS",
    "purpose": "health_declaration",
    "text_version": "consentimento-2026-1",
    "letter_version": "ANS-558",
    "rules_version": "interview@1",
    "rule_id": "DS-009",
    "cause": "interview_criteria",
    "protocol": "DS-2026-7F3K-19QX",
    "sha256": hashlib.sha256(b"termo de exemplo").hexdigest(),
    "stage": "analysis",
    "template": "ds_link",
    "params": {"first_name": "Maria", "link": "https://exemplo.com.br/ds/…"},
    "provider_id": "wamid.HBgNNTU0MTk5ODc2NTQzMhUCABEYEjE",
    "name": "cpt_by_pathology",
    "offset_seconds": 2_592_000,
    "version": 3,
    "jwe": "eyJhbGciOiJFQ0RILUVTK0EyNTZLVyIsImVuYyI6IkEyNTZHQ00ifQ.exemplo.exemplo.exemplo.exemplo",
}
OVERRIDES: Mapping[tuple[str, str], object] = {
    ("registry.people.merged.v1", "reason"): "in_registry",
    ("registry.merge.undone.v1", "reason"): "in_registry",
    ("health_declaration.interview.requested.v1", "purpose"): "clarification",
    ("health_declaration.declaration.cancelled.v1", "reason"): "enrolment_ended",
    ("health_declaration.cpt.ended.v1", "reason"): "term",
    ("health_declaration.cpt.ended.v1", "ended_on"): date(2028, 12, 1),
    ("health_declaration.cpt.ended.v1", "waived"): False,
    ("contact.contact.failed.v1", "reason"): "no_channel_accepted",
    ("registry.enrolment.changed.v1", "portability"): False,
    ("erp.cpt.acknowledged.v1", "reason"): None,
    ("erp.enrolment.reported.v1", "jwe"): None,
}


def example(event: type[Event]) -> Event:
    """The example once opened, as a handler receives it."""
    return event.model_validate(_fields(event, event.type))


def wire(event: type[Event]) -> dict[str, Any]:
    """The example as it lies on the topic: sensitive fields are sealed text."""
    body: dict[str, Any] = json.loads(example(event).model_dump_json())
    return body | {name: _sealed(event.type, name) for name in sensitive_fields(event)}


def _sealed(event_type: str, name: str) -> str:
    """Text with the shape of a sealed value; no key opens it."""
    digest = hashlib.sha512(f"{event_type} {name}".encode()).digest()
    return base64.b64encode(_SEALED_VERSION + digest[: _SEALED_BYTES - 1]).decode()


def _fields(model: type[BaseModel], event_type: str) -> dict[str, object]:
    return {
        name: _value(event_type, name, field.annotation)
        for name, field in model.model_fields.items()
    }


def _value(event_type: str, name: str, annotation: object) -> object:
    if (event_type, name) in OVERRIDES:
        return OVERRIDES[event_type, name]
    if name == "id":
        return _uuid(event_type)
    if type(None) in get_args(annotation) and not _kept(event_type, name):
        return None
    if name in VALUES:
        return VALUES[name]
    return _by_type(event_type, name, annotation)


def _kept(event_type: str, name: str) -> bool:
    return name in _OPTIONAL_KEPT or (event_type in _WHOLE and name not in {*_NEITHER, "actor"})


def _by_type(event_type: str, name: str, annotation: object) -> object:
    origin = get_origin(annotation)
    if origin is Literal:
        return get_args(annotation)[0]
    if origin is tuple:
        return (_value(event_type, f"{name}[]", get_args(annotation)[0]),)
    if origin is Union:
        return _value(event_type, name, get_args(annotation)[0])
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return _fields(annotation, event_type)
    return _plain(name, annotation)


def _plain(name: str, annotation: object) -> object:
    by_type: dict[object, object] = {datetime: WHEN, date: DAY, int: 1, bool: True, dict: {}}
    if annotation in by_type:
        return by_type[annotation]
    return _uuid(name) if name.endswith("_id") else f"exemplo de {name.removesuffix('[]')}"
