"""Every column in which the stack keeps something sealed stands in the record of personal data."""

import asyncpg

from deploy.local.postgres import SERVICES
from deploy.story.stack import open_stack
from tests.api.walk import Walked
from tests.support.kept import Kept, read, told

PREFIX = "sealed:v1:"
_COLUMNS = """
select table_name, column_name from information_schema.columns
where table_schema = 'public' and data_type in ('text', 'character varying', 'jsonb')
"""


async def _sealed(service: str) -> set[str]:
    """Columns of one service that hold a sealed value now."""
    admin = str(open_stack().told["postgres"]["admin"]["admin"]).rpartition("/")[0]
    connection = await asyncpg.connect(f"{admin}/{service}")
    try:
        found = set()
        for table, column in await connection.fetch(_COLUMNS):
            asked = " ".join(["select exists (select from", table, "where position($1 in"])
            if await connection.fetchval(f"{asked} {column}::text) > 0)", PREFIX):
                found.add(f"{service} {table}.{column}")
        return found
    finally:
        await connection.close()


def unrecorded(sealed: set[str], record: list[Kept]) -> list[str]:
    """Columns with something sealed that the record does not know."""
    return sorted(sealed - told(record))


async def test_what_is_kept_sealed_stands_in_the_record(walked: Walked) -> None:
    assert walked.tenant, "somebody has lived in the stack"
    sealed = set[str]().union(*[await _sealed(service) for service in SERVICES])
    assert {
        "registry person.sealed",
        "contact person.addresses",
        "contact contact.params",
    } <= sealed
    assert unrecorded(sealed, read()) == []


def test_planted_fault_a_sealed_column_without_a_record_is_told() -> None:
    assert unrecorded({"contact contact.words"}, read()) == ["contact contact.words"]
