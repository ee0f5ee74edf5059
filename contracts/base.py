"""The shape every message shares and the envelope every fact travels in."""

from datetime import UTC, datetime
from functools import cache
from typing import Annotated, ClassVar, TypeVar
from uuid import UUID, uuid4

from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

T = TypeVar("T")


class SensitiveMark:
    """Marks a field that leaves the process only sealed with the person's own key."""

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """On the wire the field is the sealed text, whatever its type is once opened."""
        handler(schema)
        return {
            "type": "string",
            "x-sensitive": True,
            "description": "sealed with the person's key",
        }


Sensitive = Annotated[T, SensitiveMark()]


class Message(BaseModel):
    """Anything that crosses a process boundary. Frozen; unknown fields are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Event(Message):
    """A fact. `type` ends in its version: a breaking change is a new class, never an edit.

    `key_field` names the field whose value orders the fact on its topic; facts with `Sensitive`
    fields carry `person_id`, whose key seals them.
    """

    type: ClassVar[str]
    topic: ClassVar[str]
    key_field: ClassVar[str] = "person_id"

    id: UUID = Field(default_factory=uuid4)
    occurred_at: datetime = Field(default_factory=lambda: datetime.now(UTC))
    tenant_id: int
    actor: str | None = None
    """Subject of the token of whoever caused the fact; None when a process or a partner did."""

    @property
    def key(self) -> str:
        """Partition key: facts of one key keep their order."""
        return str(getattr(self, self.key_field))


@cache
def sensitive_fields(event: type[Event]) -> tuple[str, ...]:
    """Names of the fields of `event` that travel sealed."""
    return tuple(
        name
        for name, field in event.model_fields.items()
        if any(isinstance(mark, SensitiveMark) for mark in field.metadata)
    )
