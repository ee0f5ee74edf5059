"""whose hand is in a draft"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

AUTHORS = {"rule_set": "author", "notice": "loaded_by"}


def upgrade() -> None:
    for table, author in AUTHORS.items():
        names = postgresql.ARRAY(sa.VARCHAR())
        op.add_column(table, sa.Column("writers", names, nullable=True))
        # Of what was written before only the last hand is known.
        op.execute(f"update {table} set writers = array[{author}]")  # noqa: S608 (our own names)
        op.alter_column(table, "writers", nullable=False)
