"""What must hold of declarations and CPTs, counted over all tenants."""

from datetime import timedelta

from sqlalchemy import text

from contracts.health_declaration.process import OpenCases
from kit.db import Begin, Transaction
from kit.invariants import Finding

NO_TENANT = 0
GRACE = timedelta(minutes=15)
"""How much later than its moment something may be done: a restart, an outage that was short."""
ANSWER = timedelta(days=3)
"""How long the ERP may take to confirm a CPT; the clock of CPTs repeats the report meanwhile."""
_WHAT_MUST_HOLD = text("select kind, overdue, cases from what_must_hold(:grace, :answer)")
# In the words of the index of what is open, which is little beside what has ended.
_OPEN = text(
    """select declaration_id from declaration
    where tenant_id = :tenant and declaration_id > :after
      and stage not in ('integrated', 'expired', 'withdrawn', 'cancelled')
    order by declaration_id limit :limit"""
)
_NEXT_TENANT = text("select next_tenant(:tenant)")


async def look(begin: Begin) -> list[Finding]:
    """Moments that passed with nobody acting, and CPTs in force that the ERP does not know."""
    async with begin(NO_TENANT) as tx:
        rows = await tx.session.execute(_WHAT_MUST_HOLD, {"grace": GRACE, "answer": ANSWER})
        return [Finding(*row) for row in rows]


async def open_cases(tx: Transaction, after: str, limit: int) -> OpenCases:
    """A page of the cases that have not ended, and the number of the tenant after this one."""
    asked = {"tenant": tx.tenant_id, "after": after, "limit": limit}
    found = await tx.session.execute(_OPEN, asked)
    following = await tx.session.execute(_NEXT_TENANT, {"tenant": tx.tenant_id})
    return OpenCases(declaration_ids=tuple(found.scalars()), next_tenant=following.scalar())
