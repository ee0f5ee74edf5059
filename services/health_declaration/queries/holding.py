"""What must hold of declarations and CPTs, counted over all tenants."""

from datetime import timedelta

from sqlalchemy import text

from kit.db import Begin
from kit.invariants import Finding

NO_TENANT = 0
GRACE = timedelta(minutes=15)
"""How much later than its moment something may be done: a restart, an outage that was short."""
ANSWER = timedelta(days=3)
"""How long the ERP may take to confirm a CPT; the clock of CPTs repeats the report meanwhile."""
_WHAT_MUST_HOLD = text("select kind, overdue, cases from what_must_hold(:grace, :answer)")


async def look(begin: Begin) -> list[Finding]:
    """Moments that passed with nobody acting, and CPTs in force that the ERP does not know."""
    async with begin(NO_TENANT) as tx:
        rows = await tx.session.execute(_WHAT_MUST_HOLD, {"grace": GRACE, "answer": ANSWER})
        return [Finding(*row) for row in rows]
