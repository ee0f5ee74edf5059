"""since when a coarse stage holds"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "declaration", sa.Column("coarse_since", sa.DateTime(timezone=True), nullable=True)
    )
    # When earlier steps were taken is not known any more: the last one stands for the first.
    op.execute("update declaration set coarse_since = coalesce(released_at, stage_since)")
    op.alter_column("declaration", "coarse_since", nullable=False)
