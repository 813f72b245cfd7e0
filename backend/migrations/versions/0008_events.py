"""Events: what changed for a user, numbered, written in the transaction that changed it.

Revision ID: 0008
Revises: 0007
"""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# A user's events are numbered without gaps, in the order of commit: whoever appends holds the counter's row until the
# transaction ends. The log is kept for a while only (so it needs no foreign key either); its numbers go on. A migration
# that changes what is shown of a row empties the log: its readers then begin anew.
TABLES = """
CREATE TABLE event_counters (
    user_id  uuid CONSTRAINT event_counters_pkey PRIMARY KEY
             CONSTRAINT event_counters_user_id_fkey REFERENCES users (id) ON DELETE CASCADE,
    last_seq bigint NOT NULL DEFAULT 0
);

CREATE TABLE events (
    user_id    uuid NOT NULL,
    seq        bigint NOT NULL,
    type       text NOT NULL,
    data       jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT events_pkey PRIMARY KEY (user_id, seq)
);
CREATE INDEX events_created_at_idx ON events (created_at);

CREATE FUNCTION open_event_log() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO event_counters (user_id) VALUES (NEW.id);
    RETURN NULL;
END
$$;
CREATE TRIGGER users_open_event_log AFTER INSERT ON users FOR EACH ROW EXECUTE FUNCTION open_event_log();
INSERT INTO event_counters (user_id) SELECT id FROM users;
"""

# The number of a user's next event; from here to the end of the transaction nobody else gets one. The notice reaches
# whoever runs the transaction, together with its commit, so that they know whom to wake: once for each user, with the
# first number. NULL: the account itself is being deleted, nobody is left to be told.
NEXT_EVENT = """
CREATE FUNCTION next_event(p_user uuid) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    number bigint;
BEGIN
    UPDATE event_counters SET last_seq = last_seq + 1 WHERE user_id = p_user RETURNING last_seq INTO number;
    IF number IS NOT NULL AND current_setting('latent.told', true) IS DISTINCT FROM p_user::text THEN
        PERFORM set_config('latent.told', p_user::text, true);
        RAISE NOTICE '% %', p_user, number USING ERRCODE = 'LTEVT';
    END IF;
    RETURN number;
END
$$;
"""

APPEND_EVENT = """
CREATE FUNCTION append_event(p_user uuid, p_type text, p_data jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    number bigint := next_event(p_user);
BEGIN
    IF number IS NOT NULL THEN
        INSERT INTO events (user_id, seq, type, data) VALUES (p_user, number, p_type, p_data);
    END IF;
END
$$;
"""

# A conversation as it is now, with whether an answer is being written in it. That depends on rows which other
# transactions may be changing: the number is taken first, so that those have either been told or are seen here.
APPEND_CONVERSATION = """
CREATE FUNCTION append_conversation(p_user uuid, p_conversation uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    number bigint := next_event(p_user);
BEGIN
    IF number IS NOT NULL THEN
        INSERT INTO events (user_id, seq, type, data)
        SELECT p_user, number, 'conversation.changed',
               to_jsonb(c) - '{user_id,last_seq}'::text[] || jsonb_build_object('running', EXISTS (
                   SELECT FROM messages m
                   WHERE m.user_id = p_user AND m.conversation_id = c.id AND m.status = 'streaming'))
        FROM conversations c WHERE c.id = p_conversation;
    END IF;
END
$$;
"""

# The triggers below fire once all work of a transaction is done, so the counter is the last lock it takes, and it
# waits for nothing else while holding it: telling cannot deadlock with what begin_turn, finish_turn and the ledger
# lock before. (A transaction that changes rows of several users does so in the order of their ids.) A row that
# changed again, or went, in the same transaction is told by its last change only.
TELL_CONVERSATION = """
CREATE FUNCTION tell_conversation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        PERFORM append_event(OLD.user_id, 'conversation.deleted', jsonb_build_object('id', OLD.id));
    ELSIF EXISTS (SELECT FROM conversations c WHERE c.id = NEW.id AND c IS NOT DISTINCT FROM NEW) THEN
        PERFORM append_conversation(NEW.user_id, NEW.id);
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER conversations_tell_change AFTER UPDATE ON conversations
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD IS DISTINCT FROM NEW) EXECUTE FUNCTION tell_conversation();
CREATE CONSTRAINT TRIGGER conversations_tell AFTER INSERT OR DELETE ON conversations
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION tell_conversation();
"""

# Texts may be long and are told by their length alone; their growth while they are written is not told here. An
# answer that ends may leave its conversation at rest, so that is told as well. Messages that go with their
# conversation (a cascade: depth 1) are not told one by one.
TELL_MESSAGE = """
CREATE FUNCTION tell_message() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    m messages;
    chars bigint;
BEGIN
    IF TG_OP = 'DELETE' THEN
        PERFORM append_event(OLD.user_id, 'message.deleted',
                             jsonb_build_object('id', OLD.id, 'conversation_id', OLD.conversation_id));
        RETURN NULL;
    END IF;
    SELECT * INTO m FROM messages t
    WHERE t.id = NEW.id AND (t.status, t.parent_id) IS NOT DISTINCT FROM (NEW.status, NEW.parent_id);
    IF m.id IS NULL THEN
        RETURN NULL;
    END IF;
    chars := length(m.content);
    m.content := ''; m.reasoning := '';
    PERFORM append_event(m.user_id, 'message.changed',
        to_jsonb(m) - '{user_id,content,reasoning,owner_id,idempotency_key,idempotency_hash}'::text[]
        || jsonb_build_object('content_chars', chars));
    IF TG_OP = 'UPDATE' AND OLD.status = 'streaming' AND m.status <> 'streaming' THEN
        PERFORM append_conversation(m.user_id, m.conversation_id);
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER messages_tell_new AFTER INSERT ON messages
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION tell_message();
CREATE CONSTRAINT TRIGGER messages_tell_change AFTER UPDATE ON messages
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN ((OLD.status, OLD.parent_id) IS DISTINCT FROM (NEW.status, NEW.parent_id)) EXECUTE FUNCTION tell_message();
CREATE CONSTRAINT TRIGGER messages_tell_end AFTER DELETE ON messages
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION tell_message();
"""

TELL_CREDITS = """
CREATE FUNCTION tell_credits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM credit_accounts a WHERE a.user_id = NEW.user_id AND a.last_seq = NEW.last_seq) THEN
        PERFORM append_event(NEW.user_id, 'credits.changed', credit_state(NEW.user_id));
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER credit_accounts_tell AFTER UPDATE ON credit_accounts
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD IS DISTINCT FROM NEW) EXECUTE FUNCTION tell_credits();
"""


def upgrade() -> None:
    """Create the log and let the tables tell what happens to them."""
    for statement in (
        TABLES, NEXT_EVENT, APPEND_EVENT, APPEND_CONVERSATION, TELL_CONVERSATION, TELL_MESSAGE, TELL_CREDITS,
    ):  # fmt: skip
        op.execute(statement)


def downgrade() -> None:
    """Remove them again."""
    for name in ("tell_credits", "tell_message", "tell_conversation", "open_event_log"):
        op.execute(f"DROP FUNCTION {name} CASCADE")
    op.execute("DROP FUNCTION append_conversation, append_event, next_event")
    op.execute("DROP TABLE events, event_counters")
