"""Streams that are followed and stopped from any process: which event a stored text stands at, and who wants an end.

Also: whoever leaves the line of waiting tasks lets those behind it be told, since their places have changed.

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

# Fires after the trigger that tells the task itself, which took the number: what others changed before is seen here.
TELL_LINE = """
CREATE FUNCTION tell_task_line() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM append_event(t.user_id, 'task.changed',
                         task_json(t) - '{user_id,idempotency_key,idempotency_hash,flagged,asset_ids}'::text[])
    FROM tasks t
    WHERE t.user_id = NEW.user_id AND t.kind = NEW.kind AND t.state = 'waiting' AND t.id > NEW.id;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER tasks_tell_line AFTER UPDATE ON tasks
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (OLD.state = 'waiting' AND NEW.state <> 'waiting') EXECUTE FUNCTION tell_task_line();
"""


def upgrade() -> None:
    """Add the columns and the trigger."""
    op.execute(COLUMNS)
    op.execute(TELL_LINE)


def downgrade() -> None:
    """Remove them again."""
    op.execute("DROP FUNCTION tell_task_line CASCADE")
    op.execute("ALTER TABLE messages DROP COLUMN stream_seq, DROP COLUMN stop_requested_at")
