"""Streams that are followed and stopped from any process: which event a stored text stands at, and who wants an end.

Also: whoever leaves the line of waiting tasks lets those behind it be told, since their places have changed.

Revision ID: 0012
Revises: 0011
"""

from alembic import op

revision = "0012"
down_revision = "0011"
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
# Shots are told as their storyboard.
TELL_LINE = """
CREATE FUNCTION tell_task_line() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM append_event(t.user_id, 'task.changed',
                         task_json(t) - '{user_id,idempotency_key,idempotency_hash,flagged,asset_ids}'::text[])
    FROM tasks t
    WHERE t.id IN (SELECT coalesce(w.parent_id, w.id) FROM tasks w
                   WHERE w.user_id = NEW.user_id AND w.kind = NEW.kind AND w.state = 'waiting' AND w.id > NEW.id);
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
