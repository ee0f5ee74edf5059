"""lists that are watched, views to begin in, acts taken back"""

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "default_view",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("sub", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("view_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "sub"),
    )
    op.add_column(
        "task",
        sa.Column("former", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    )
    op.add_column(
        "task",
        sa.Column(
            "moved_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
    )
    op.create_index("task_moved", "task", ["tenant_id", "moved_at", "id"], unique=False)
    op.create_index(
        "task_of_form",
        "task",
        ["tenant_id", "queue", "form", "due_at", "id"],
        unique=False,
        postgresql_where=sa.text("settled_at is null"),
    )
    op.drop_index("task_of_owner", table_name="task")
    op.create_index(
        "task_of_owner",
        "task",
        ["tenant_id", "owner", "settled_at", "id"],
        unique=False,
        postgresql_where=sa.text("owner is not null"),
    )
