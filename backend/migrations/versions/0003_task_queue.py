"""The task queue's own tables and functions, as Procrastinate ships them.

Revision ID: 0003
Revises: 0002
"""

from alembic import op
from procrastinate.schema import SchemaManager

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create them, through the driver itself: their text is not ours to quote."""
    connection = op.get_bind().connection.driver_connection
    assert connection is not None  # noqa: S101 - a migration runs on an open connection
    connection.execute(SchemaManager.get_schema().encode())


def downgrade() -> None:
    """Take them back by hand: the queue may hold work."""
    raise NotImplementedError("the task queue's tables are removed by hand")
