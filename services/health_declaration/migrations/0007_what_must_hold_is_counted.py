"""what must hold is counted"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Counted over all tenants by a login that sees one at a time: the owner's function tells
    # numbers and nothing else.
    op.execute(
        """create function what_must_hold(grace interval, answer interval)
        returns table (kind text, overdue boolean, cases bigint)
        language sql stable security definer set search_path = public as $$
            select 'declaration', true, count(*) from declaration where due_at < now() - grace
            union all
            select 'cpt_end', true, count(*) from cpt
            where status = 'in_force' and ends_on < (now() - grace - interval '1 day')::date
            union all
            select 'erp_report', true, count(*) from cpt where report_due_at < now() - grace
            union all
            select 'cpt_at_erp', false, count(*) from cpt
            where status = 'in_force' and erp_revision < revision
              and coalesce(reported_at, created_at) < now() - answer $$"""
    )
    op.execute("revoke all on function what_must_hold from public")
    op.execute("grant execute on function what_must_hold to health_declaration_app")
