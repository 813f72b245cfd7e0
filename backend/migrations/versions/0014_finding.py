"""Finding: what messages say, indexed after they have ended; conversations that are pinned, or put away.

Revision ID: 0014
Revises: 0013
"""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

# Words are split by the application (services/search_terms.py), on both sides alike. Each vector also names its user,
# so that the index itself leaves out what others wrote. What waits to be indexed is a small partial index of the
# messages: a turn pays for no more than its entries there.
SEARCH = """
ALTER TABLE messages ADD COLUMN is_indexed boolean NOT NULL DEFAULT false;
CREATE INDEX messages_to_index_idx ON messages (id) WHERE NOT is_indexed AND finished_at IS NOT NULL;

CREATE TABLE message_search (
    message_id uuid CONSTRAINT message_search_pkey PRIMARY KEY
               CONSTRAINT message_search_message_id_fkey REFERENCES messages (id) ON DELETE CASCADE,
    user_id    uuid NOT NULL,
    terms      tsvector NOT NULL
);
CREATE INDEX message_search_newest_idx ON message_search (user_id, message_id);
CREATE INDEX message_search_terms_idx ON message_search USING gin (terms) WITH (gin_pending_list_limit = 1024);
"""

# Newest first, before p_before. The planner guesses how many messages have a word, and guesses badly for beginnings of
# words; a walk over all vectors of a user would take seconds. So the ways are chosen here: what is common is found
# among the newest messages already; what is not is rare enough for the index of words.
FIND_MESSAGES = """
CREATE FUNCTION find_indexed_messages(p_user uuid, p_query tsquery, p_before uuid, p_limit integer) RETURNS SETOF uuid
LANGUAGE sql STABLE SET enable_seqscan = off SET enable_indexscan = off SET enable_indexonlyscan = off AS $$
    SELECT s.message_id FROM message_search s
    WHERE s.terms @@ p_query AND s.user_id = p_user AND (p_before IS NULL OR s.message_id < p_before)
    ORDER BY s.message_id DESC LIMIT p_limit
$$;

CREATE FUNCTION find_messages(p_user uuid, p_query tsquery, p_before uuid, p_limit integer) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE AS $$
DECLARE
    newest uuid[];
BEGIN
    SELECT array_agg(f.message_id) INTO newest FROM (
        SELECT n.message_id FROM (
            SELECT s.message_id, s.terms FROM message_search s
            WHERE s.user_id = p_user AND s.message_id < coalesce(p_before, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
            ORDER BY s.message_id DESC LIMIT 500
        ) n WHERE n.terms @@ p_query ORDER BY n.message_id DESC LIMIT p_limit
    ) f;
    IF cardinality(newest) = p_limit THEN
        RETURN QUERY SELECT unnest(newest);
    ELSE
        RETURN QUERY SELECT find_indexed_messages(p_user, p_query, p_before, p_limit);
    END IF;
END
$$;
"""

# What is pinned stands first; what is archived stands in a list of its own, and is not pinned. Whoever writes in an
# archived conversation takes it out again: each turn, task and import counts on last_seq.
ORDER = """
ALTER TABLE conversations
    ADD COLUMN pinned boolean NOT NULL DEFAULT false,
    ADD COLUMN archived boolean NOT NULL DEFAULT false,
    ADD CONSTRAINT conversations_place_check CHECK (NOT (pinned AND archived));
DROP INDEX conversations_list_idx;
CREATE INDEX conversations_list_idx
    ON conversations (user_id, archived, pinned DESC, updated_at DESC, id DESC);

CREATE FUNCTION take_out_of_archive() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.archived := false;
    RETURN NEW;
END
$$;
CREATE TRIGGER conversations_take_out BEFORE UPDATE ON conversations FOR EACH ROW
    WHEN (OLD.archived AND NEW.last_seq > OLD.last_seq) EXECUTE FUNCTION take_out_of_archive();

DELETE FROM events;
"""


def upgrade() -> None:
    """Create what finds and what orders."""
    for statement in (SEARCH, FIND_MESSAGES, ORDER):
        op.execute(statement)


def downgrade() -> None:
    """Remove it again."""
    op.execute("DROP TRIGGER conversations_take_out ON conversations")
    op.execute("DROP FUNCTION take_out_of_archive, find_messages, find_indexed_messages")
    op.execute("DROP INDEX conversations_list_idx")
    op.execute("ALTER TABLE conversations DROP COLUMN pinned, DROP COLUMN archived")
    op.execute("CREATE INDEX conversations_list_idx ON conversations (user_id, updated_at DESC, id DESC)")
    op.execute("DROP TABLE message_search")
    op.execute("ALTER TABLE messages DROP COLUMN is_indexed")
    op.execute("DELETE FROM events")
