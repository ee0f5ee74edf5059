"""an interview that went on by telephone"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "interview", sa.Column("by_phone_since", sa.DateTime(timezone=True), nullable=True)
    )
