"""Works: which task made a file, so that one's pictures and clips are a list of their own. Feedback on answers.

Revision ID: 0016
Revises: 0015
"""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

# The same bytes are one asset: it belongs to the task that made it last. The model stands beside it for the list.
ORIGIN = """
ALTER TABLE assets
    ADD COLUMN task_id uuid CONSTRAINT assets_task_id_fkey REFERENCES tasks (id) ON DELETE SET NULL,
    ADD COLUMN model_id text;
UPDATE assets a SET task_id = t.id, model_id = t.model_id
FROM (SELECT DISTINCT ON (made.id) made.id AS asset_id, k.id, k.user_id, k.model_id
      FROM tasks k, unnest(k.asset_ids) AS made (id) ORDER BY made.id, k.id DESC) AS t
WHERE a.id = t.asset_id AND a.user_id = t.user_id;
CREATE INDEX assets_works_idx ON assets (user_id, id DESC) WHERE task_id IS NOT NULL;
CREATE INDEX assets_model_idx ON assets (user_id, model_id, id DESC) WHERE task_id IS NOT NULL;
CREATE INDEX assets_task_id_idx ON assets (task_id) WHERE task_id IS NOT NULL;

CREATE FUNCTION note_origin() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE assets SET task_id = NEW.id, model_id = NEW.model_id
    WHERE id = ANY (NEW.asset_ids) AND user_id = NEW.user_id;
    RETURN NULL;
END
$$;
CREATE TRIGGER tasks_note_origin AFTER UPDATE OF asset_ids ON tasks FOR EACH ROW
    WHEN (NEW.asset_ids <> '{}' AND OLD.asset_ids IS DISTINCT FROM NEW.asset_ids) EXECUTE FUNCTION note_origin();
"""

# What somebody thinks of an answer: {rating, comment}. It is told like the message's state.
FEEDBACK = """
ALTER TABLE messages ADD COLUMN feedback jsonb;
DROP TRIGGER messages_tell_change ON messages;
CREATE CONSTRAINT TRIGGER messages_tell_change AFTER UPDATE ON messages
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN ((OLD.status, OLD.parent_id, OLD.feedback) IS DISTINCT FROM (NEW.status, NEW.parent_id, NEW.feedback))
    EXECUTE FUNCTION tell_message();
"""


def upgrade() -> None:
    """Add the columns, and fill what is known."""
    op.execute(ORIGIN)
    op.execute(FEEDBACK)


def downgrade() -> None:
    """Remove them again."""
    op.execute("DROP TRIGGER tasks_note_origin ON tasks")
    op.execute("DROP FUNCTION note_origin")
    op.execute("ALTER TABLE assets DROP COLUMN task_id, DROP COLUMN model_id")
