"""Streams that are followed and stopped from any process: which event a stored text stands at, and who wants an end.

Revision ID: 0011
Revises: 0010
"""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

# ``stream_seq`` is the number of the last event that is in the stored text: whoever shows that text goes on after it.
# ``stop_requested_at`` outlives the message that tells the answer's process to stop, which may be lost.
COLUMNS = """
ALTER TABLE messages
    ADD COLUMN stream_seq integer NOT NULL DEFAULT 0,
    ADD COLUMN stop_requested_at timestamptz;
"""


def upgrade() -> None:
    """Add the columns."""
    op.execute(COLUMNS)


def downgrade() -> None:
    """Remove them again."""
    op.execute("ALTER TABLE messages DROP COLUMN stream_seq, DROP COLUMN stop_requested_at")
