"""Base of this service's tables and the columns they share."""

from typing import Any

from sqlalchemy import DateTime, MetaData
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from kit.db import plumbing as declare_plumbing


class Row(SQLModel, registry=registry()):
    """Its own metadata, so two services may name a table alike."""

    metadata = MetaData()


plumbing = declare_plumbing(Row.metadata)


def moment(**more: Any) -> Any:
    """An aware instant."""
    return Field(sa_type=DateTime(timezone=True), **more)


def optional_moment() -> Any:
    """An aware instant that may not have come yet."""
    return Field(default=None, sa_type=DateTime(timezone=True), nullable=True)
