"""lists in the order of their terms, also of the few that wait, were escalated or put away; hours
that time them anew"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BY_TERM = ["due_at", "priority", "opened_at", "id"]
FEW = {
    "task_waiting_due": "waiting_since is not null",
    "task_escalated_due": "escalated > 0",
    "task_put_away_due": "(until_answered or snoozed_until is not null)",
}
LONGER = {"task_due": ["tenant_id", "queue"], "task_of_form": ["tenant_id", "queue", "form"]}


def upgrade() -> None:
    for name, columns in LONGER.items():
        op.drop_index(name, table_name="task")
        _create(name, columns, "settled_at is null")
    for name, state in FEW.items():
        _create(name, ["tenant_id", "queue"], f"settled_at is null and {state}")
    op.add_column(
        "hours",
        sa.Column("timed_to", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    )


def _create(name: str, columns: list[str], state: str) -> None:
    where = sa.text(state)
    op.create_index(name, "task", [*columns, *BY_TERM], unique=False, postgresql_where=where)
