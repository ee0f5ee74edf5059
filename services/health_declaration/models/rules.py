"""Rule sets, notices and partners of a tenant. Version 1 of a rule set is the product's default."""

from datetime import datetime
from typing import Any

from sqlalchemy import Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, VARCHAR
from sqlmodel import Field

from services.health_declaration.models.base import Row, moment, optional_moment


class RuleSetRow(Row, table=True):
    """One version of one rule set of one tenant; at most one draft at a time."""

    __tablename__ = "rule_set"

    tenant_id: int = Field(primary_key=True)
    name: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    status: str
    content: dict[str, Any] = Field(sa_type=JSONB)
    cases: list[dict[str, Any]] = Field(sa_type=JSONB)
    author: str
    writers: list[str] = Field(default_factory=list, sa_type=ARRAY(VARCHAR))
    """Everybody whose hand is in the draft: none of them publishes it."""
    approver: str | None = None
    created_at: datetime = moment()
    published_at: datetime | None = optional_moment()


class NoticeRow(Row, table=True):
    """A version of the letter, the privacy notice or the terms of use loaded by the tenant."""

    __tablename__ = "notice"

    tenant_id: int = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    version: str = Field(primary_key=True)
    title: str
    text: str = Field(sa_type=Text)
    loaded_by: str
    loaded_at: datetime = moment()
    writers: list[str] = Field(default_factory=list, sa_type=ARRAY(VARCHAR))
    approver: str | None = None
    published_at: datetime | None = optional_moment()
    """None while it is a draft, which nobody but its owners reads."""


class Partner(Row, table=True):
    """A partner's public key, for what leaves to it as JWE."""

    tenant_id: int = Field(primary_key=True)
    name: str = Field(primary_key=True)
    jwk: dict[str, Any] = Field(sa_type=JSONB)
    thumbprint: str
    registered_by: str
    registered_at: datetime = moment()
