"""Who did what to whom and why: rows inserted in the transaction, sealed in a chain afterwards.

The application can only add rows. A process of its own chains them, per tenant, in the order in
which it saw them committed; changing, removing or swapping a sealed row breaks the chain.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

import asyncpg
from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

_LOCK = "select pg_try_advisory_xact_lock(hashtextextended('kit.audit.seal', 0))"

# One unambiguous text per row, the same whatever the session's settings: JSON escapes separators,
# the moment is written in UTC to the microsecond.
_CANONICAL = """
    jsonb_build_array(
        id, tenant_id, to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'),
        actor, actor_name, action, subject, reason, details
    )::text
"""
_CONTENT = f"sha256(convert_to({_CANONICAL}, 'UTF8'))"

_PENDING = f"""
    select id, tenant_id, {_CONTENT} as content
    from audit where chain_seq is null order by id limit $1
"""  # noqa: S608 (constants of this module)

_ANY = "select exists (select 1 from audit where chain_seq is null)"

_HEADS = """
    select tenant.id, head.chain_seq, head.hash
    from unnest($1::int[]) as tenant(id)
    cross join lateral (
        select chain_seq, hash from audit
        where tenant_id = tenant.id and chain_seq is not null
        order by chain_seq desc limit 1
    ) as head
"""

_SEAL = """
    update audit set chain_seq = sealed.seq, prev = sealed.prev, hash = sealed.hash
    from unnest($1::bigint[], $2::bigint[], $3::bytea[], $4::bytea[])
        as sealed(id, seq, prev, hash)
    where audit.id = sealed.id
"""

_VERIFY = f"""
    select count(*) as entries,
        min(coalesce(chain_seq, 0)) filter (where not holds) as broken_at,
        (array_agg(hash order by chain_seq desc))[1] as head
    from (
        select chain_seq, hash,
            (
                chain_seq = row_number() over chain
                and prev = coalesce(lag(hash) over chain, ''::bytea)
                and hash = sha256(prev || int8send(chain_seq) || {_CONTENT})
            ) is true as holds
        from audit where tenant_id = $1 and chain_seq is not null
        window chain as (order by chain_seq)
    ) as links
"""  # noqa: S608 (constants of this module)


_UNSEALED = """
    select count(*) as unsealed, min(at) as since
    from audit where tenant_id = $1 and chain_seq is null
"""


@dataclass(frozen=True)
class ChainReport:
    """How many sealed rows a tenant has, the place of the first broken one, the last hash.

    The head kept elsewhere also shows rows removed from the end. `unsealed` rows are not protected
    yet; `unsealed_since` tells the oldest: more than some seconds ago means that sealing stopped.
    """

    entries: int
    broken_at: int | None
    head: bytes | None
    unsealed: int = 0
    unsealed_since: datetime | None = None

    @property
    def holds(self) -> bool:
        """Whether every link holds; it says nothing of rows that were not sealed."""
        return self.broken_at is None


def audit_table(metadata: MetaData) -> Table:
    """The table `audit` in a service's own metadata; stamps are real time, never moved."""
    table = Table(
        "audit",
        metadata,
        Column("id", BigInteger, Identity(always=True), primary_key=True),
        Column("tenant_id", Integer, nullable=False),
        Column(
            "at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()
        ),
        Column("actor", Text, nullable=False),
        Column("actor_name", Text, nullable=False),
        Column("action", Text, nullable=False),
        Column("subject", Text, nullable=False),
        Column("reason", Text),
        Column("details", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
        Column("chain_seq", BigInteger),
        Column("prev", LargeBinary),
        Column("hash", LargeBinary),
        UniqueConstraint("tenant_id", "chain_seq", name="audit_chain"),
    )
    Index("audit_subject", table.c.tenant_id, table.c.subject, table.c.id)
    Index("audit_unsealed", table.c.id, postgresql_where=table.c.chain_seq.is_(None))
    return table


def audit_grants(app_role: str, relay_role: str) -> list[str]:
    """Statements for the owner: the application adds and reads, the relay seals, no one removes."""
    return [
        f"grant select, insert on audit to {app_role}",
        # The identity and the seal are not the application's to write.
        f"revoke insert on audit from {app_role}",
        "grant insert (tenant_id, actor, actor_name, action, subject, reason, details)"
        f" on audit to {app_role}",
        f"grant select, update (chain_seq, prev, hash) on audit to {relay_role}",
    ]


async def seal_chain(connection: asyncpg.Connection, limit: int = 1000) -> int:
    """Chain up to `limit` unsealed rows of all tenants; the number sealed.

    One sealer at a time per database: who comes second seals nothing. Asks for a connection
    that sees all tenants and is in no transaction.
    """
    if not await connection.fetchval(_ANY):
        return 0
    async with connection.transaction():
        if not await connection.fetchval(_LOCK):
            return 0
        rows = await connection.fetch(_PENDING, limit)
        if not rows:
            return 0
        heads = await connection.fetch(_HEADS, list({row["tenant_id"] for row in rows}))
        await connection.execute(_SEAL, *_chained(rows, heads))
    return len(rows)


async def verify_chain(connection: asyncpg.Connection, tenant_id: int) -> ChainReport:
    """Recompute every sealed row of a tenant, from the first."""
    row = await connection.fetchrow(_VERIFY, tenant_id)
    left = await connection.fetchrow(_UNSEALED, tenant_id)
    return ChainReport(
        row["entries"], row["broken_at"], row["head"], left["unsealed"], left["since"]
    )


def _chained(
    rows: list[asyncpg.Record], heads: list[asyncpg.Record]
) -> tuple[list[int], list[int], list[bytes], list[bytes]]:
    last: dict[int, tuple[int, bytes]] = defaultdict(lambda: (0, b""))
    last |= {head["id"]: (head["chain_seq"], head["hash"]) for head in heads}
    seqs: list[int] = []
    befores: list[bytes] = []
    hashes: list[bytes] = []
    for row in rows:
        seq, before = last[row["tenant_id"]]
        seq += 1
        link = sha256(before + seq.to_bytes(8, "big", signed=True) + row["content"]).digest()
        last[row["tenant_id"]] = (seq, link)
        seqs.append(seq)
        befores.append(before)
        hashes.append(link)
    return [row["id"] for row in rows], seqs, befores, hashes
