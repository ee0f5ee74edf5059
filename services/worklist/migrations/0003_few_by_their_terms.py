"""the few tasks that wait, were escalated or put away, by their terms; hours that time them anew"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

FEW = {
    "task_waiting_due": "waiting_since is not null",
    "task_escalated_due": "escalated > 0",
    "task_put_away_due": "(until_answered or snoozed_until is not null)",
}


def upgrade() -> None:
    for name, state in FEW.items():
        where = sa.text(f"settled_at is null and {state}")
        columns = ["tenant_id", "queue", "due_at", "id"]
        op.create_index(name, "task", columns, unique=False, postgresql_where=where)
    op.add_column(
        "hours",
        sa.Column("timed_to", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    )
