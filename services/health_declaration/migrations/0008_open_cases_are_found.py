"""open cases are found"""

from alembic import op
from sqlalchemy import text

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "declaration_open",
        "declaration",
        ["tenant_id", "declaration_id"],
        postgresql_where=text("stage not in ('integrated', 'expired', 'withdrawn', 'cancelled')"),
    )
    # Whoever asks in the name of one tenant learns the number of the next, and nothing else.
    op.execute(
        """create function next_tenant(after int) returns int
        language sql stable security definer set search_path = public as
        $$ select min(tenant_id) from declaration where tenant_id > after $$"""
    )
    op.execute("revoke all on function next_tenant from public")
    op.execute("grant execute on function next_tenant to health_declaration_app")
