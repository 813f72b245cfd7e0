"""Turns: begin and finish an answer in one statement each.

Revision ID: 0002
Revises: 0001
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# The messages that lead to p_message, oldest first: at most p_messages of them and p_chars characters, the newest win.
CONVERSATION_HISTORY = """
CREATE FUNCTION conversation_history(p_message uuid, p_messages integer, p_chars integer) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    WITH RECURSIVE thread AS (
        SELECT m.parent_id, m.role, m.content, 1 AS depth, length(m.content)::bigint AS chars
        FROM messages m WHERE m.id = p_message
        UNION ALL
        SELECT m.parent_id, m.role, m.content, t.depth + 1, t.chars + length(m.content)
        FROM thread t JOIN messages m ON m.id = t.parent_id
        WHERE t.depth < p_messages AND t.chars < p_chars
    )
    SELECT coalesce(jsonb_agg(jsonb_build_object('role', role, 'content', content) ORDER BY depth DESC), '[]')
    FROM thread WHERE content <> '' AND (depth = 1 OR chars <= p_chars)
$$;
"""

# One command of a user: outcome 'begun', or 'repeated' (same idempotency key), or why not. p_regenerate names a
# message to be answered again; otherwise p_content follows p_parent. The user's lock makes the limit of running
# answers hold for commands that arrive at once in different conversations.
BEGIN_TURN = """
CREATE FUNCTION begin_turn(
    p_user uuid, p_conversation uuid, p_parent uuid, p_branch boolean, p_regenerate uuid, p_question uuid,
    p_content text, p_answer uuid, p_model text, p_title text, p_owner uuid, p_key text, p_hash bytea,
    p_streams_max integer, p_history_messages integer, p_history_chars integer
) RETURNS TABLE (outcome text, leaf uuid, conversation jsonb, question jsonb, answer jsonb, history jsonb)
LANGUAGE plpgsql AS $$
DECLARE
    c conversations;
    earlier messages;
    asked messages;
    reply messages;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(p_user::text, 1));
    SELECT * INTO c FROM conversations WHERE id = p_conversation AND user_id = p_user FOR UPDATE;
    IF NOT FOUND THEN
        outcome := 'not_found'; RETURN NEXT; RETURN;
    END IF;
    leaf := c.leaf_id;

    IF p_key IS NOT NULL THEN
        SELECT * INTO reply FROM messages m WHERE m.user_id = p_user AND m.idempotency_key = p_key;
        IF FOUND THEN
            SELECT * INTO asked FROM messages m WHERE m.id = reply.parent_id;
            outcome := CASE WHEN reply.idempotency_hash = p_hash THEN 'repeated' ELSE 'idempotency_mismatch' END;
            conversation := to_jsonb(c); question := to_jsonb(asked); answer := to_jsonb(reply);
            RETURN NEXT; RETURN;
        END IF;
    END IF;

    IF p_regenerate IS NOT NULL THEN
        SELECT * INTO earlier FROM messages m WHERE m.id = p_regenerate AND m.conversation_id = c.id;
        IF earlier.role = 'assistant' THEN
            SELECT * INTO asked FROM messages m WHERE m.id = earlier.parent_id;
        ELSE
            asked := earlier;
        END IF;
        IF asked.id IS NULL THEN
            outcome := 'not_found'; RETURN NEXT; RETURN;
        END IF;
    ELSE
        IF p_parent IS DISTINCT FROM c.leaf_id AND NOT p_branch THEN
            outcome := 'stale_parent'; RETURN NEXT; RETURN;
        END IF;
        IF p_parent IS NOT NULL THEN
            SELECT * INTO earlier FROM messages m WHERE m.id = p_parent AND m.conversation_id = c.id;
            IF NOT FOUND THEN
                outcome := 'not_found'; RETURN NEXT; RETURN;
            END IF;
        END IF;
    END IF;
    IF earlier.status = 'streaming' THEN
        outcome := 'answer_running'; RETURN NEXT; RETURN;
    END IF;
    IF (SELECT count(*) FROM messages m WHERE m.user_id = p_user AND m.status = 'streaming') >= p_streams_max THEN
        outcome := 'too_many_streams'; RETURN NEXT; RETURN;
    END IF;

    IF p_regenerate IS NULL THEN
        c.last_seq := c.last_seq + 1;
        INSERT INTO messages (id, conversation_id, user_id, parent_id, seq, role, status, content, finished_at)
        VALUES (p_question, c.id, p_user, p_parent, c.last_seq, 'user', 'complete', p_content, now())
        RETURNING * INTO asked;
    END IF;
    c.last_seq := c.last_seq + 1;
    INSERT INTO messages (id, conversation_id, user_id, parent_id, seq, role, status, model_id, owner_id,
                          idempotency_key, idempotency_hash)
    VALUES (p_answer, c.id, p_user, asked.id, c.last_seq, 'assistant', 'streaming', p_model, p_owner, p_key, p_hash)
    RETURNING * INTO reply;
    UPDATE conversations SET
        leaf_id = p_answer, last_seq = c.last_seq, model_id = p_model, updated_at = now(),
        title = CASE WHEN title = '' AND NOT title_is_custom THEN coalesce(p_title, '') ELSE title END
    WHERE id = c.id RETURNING * INTO c;

    outcome := 'begun'; leaf := c.leaf_id; conversation := to_jsonb(c); question := to_jsonb(asked);
    answer := to_jsonb(reply); history := conversation_history(asked.id, p_history_messages, p_history_chars);
    RETURN NEXT;
END
$$;
"""

# The end of an answer, once: only while it streams, and only by the process that runs it. No row: it had ended.
FINISH_TURN = """
CREATE FUNCTION finish_turn(
    p_answer uuid, p_owner uuid, p_status text, p_content text, p_reasoning text, p_usage jsonb, p_error jsonb
) RETURNS SETOF messages LANGUAGE sql AS $$
    UPDATE messages SET status = p_status, content = p_content, reasoning = p_reasoning, usage = p_usage,
                        error = p_error, finished_at = now(), owner_id = NULL
    WHERE id = p_answer AND status = 'streaming' AND owner_id = p_owner
    RETURNING *
$$;
"""

# Answers whose process stopped beating end as interrupted, with the text of their last checkpoint.
INTERRUPT_ORPHANS = """
CREATE FUNCTION interrupt_orphans(p_timeout_s double precision) RETURNS SETOF uuid LANGUAGE sql AS $$
    DELETE FROM run_owners WHERE heartbeat_at < now() - make_interval(secs => p_timeout_s);
    UPDATE messages m SET status = 'interrupted', error = '{"code": "interrupted", "params": {}}',
                          finished_at = now(), owner_id = NULL
    WHERE m.status = 'streaming' AND NOT EXISTS (SELECT FROM run_owners o WHERE o.id = m.owner_id)
    RETURNING m.id
$$;
"""


def upgrade() -> None:
    """Create the functions."""
    for statement in (CONVERSATION_HISTORY, BEGIN_TURN, FINISH_TURN, INTERRUPT_ORPHANS):
        op.execute(statement)


def downgrade() -> None:
    """Remove them again."""
    for name in ("interrupt_orphans", "finish_turn", "begin_turn", "conversation_history"):
        op.execute(f"DROP FUNCTION {name}")
