"""Media tasks: begun, moved on and ended in one statement each; messages that develop and hold assets.

Revision ID: 0009
Revises: 0008
"""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# ``request`` is what the adapter is asked for (options, references by asset id, shots), checked against the model.
# ``results`` are the provider's locations while the bytes are being saved; they never leave the server.
TABLES = """
CREATE TABLE tasks (
    id               uuid CONSTRAINT tasks_pkey PRIMARY KEY,
    user_id          uuid NOT NULL CONSTRAINT tasks_user_id_fkey REFERENCES users (id),
    conversation_id  uuid CONSTRAINT tasks_conversation_id_fkey REFERENCES conversations (id) ON DELETE SET NULL,
    message_id       uuid CONSTRAINT tasks_message_id_fkey REFERENCES messages (id) ON DELETE SET NULL,
    kind             text NOT NULL CONSTRAINT tasks_kind_check CHECK (kind IN ('image', 'video')),
    model_id         text NOT NULL,
    prompt           text NOT NULL,
    request          jsonb NOT NULL,
    state            text NOT NULL CONSTRAINT tasks_state_check CHECK (state IN (
                         'waiting', 'queued', 'submitting', 'running', 'saving', 'unconfirmed',
                         'completed', 'failed', 'cancelled')),
    progress         smallint CONSTRAINT tasks_progress_check CHECK (progress BETWEEN 0 AND 100),
    paused_until     timestamptz,
    pause_reason     text,
    results          jsonb,
    asset_ids        uuid[] NOT NULL DEFAULT '{}',
    error            jsonb,
    flagged          boolean NOT NULL DEFAULT false,
    transaction_id   uuid CONSTRAINT tasks_transaction_id_fkey REFERENCES credit_transactions (id),
    idempotency_key  text,
    idempotency_hash bytea,
    created_at       timestamptz NOT NULL DEFAULT now(),
    started_at       timestamptz,
    state_at         timestamptz NOT NULL DEFAULT now(),
    finished_at      timestamptz,
    CONSTRAINT tasks_finished_check
        CHECK ((state IN ('completed', 'failed', 'cancelled')) = (finished_at IS NOT NULL))
);
CREATE INDEX tasks_list_idx ON tasks (user_id, id DESC);
CREATE INDEX tasks_active_idx ON tasks (state, id) WHERE finished_at IS NULL;
CREATE INDEX tasks_flagged_idx ON tasks (id DESC) WHERE flagged;
CREATE INDEX tasks_conversation_id_idx ON tasks (conversation_id) WHERE conversation_id IS NOT NULL;
CREATE UNIQUE INDEX tasks_idempotency_idx ON tasks (user_id, idempotency_key) WHERE idempotency_key IS NOT NULL;

-- One row for each submission, written before it is made: whoever finds 'intent' afterwards knows that a request may
-- be with the provider. The id is random: it is the secret part of the callback's address.
CREATE TABLE task_attempts (
    id               uuid CONSTRAINT task_attempts_pkey PRIMARY KEY,
    task_id          uuid NOT NULL CONSTRAINT task_attempts_task_id_fkey REFERENCES tasks (id) ON DELETE CASCADE,
    number           integer NOT NULL,
    state            text NOT NULL CONSTRAINT task_attempts_state_check
                     CHECK (state IN ('intent', 'accepted', 'refused', 'lost', 'done', 'failed')),
    provider_task_id text,
    error            jsonb,
    created_at       timestamptz NOT NULL DEFAULT now(),
    ended_at         timestamptz,
    CONSTRAINT task_attempts_task_id_number_key UNIQUE (task_id, number)
);

ALTER TABLE messages
    ADD COLUMN task_id uuid,
    ADD COLUMN asset_ids uuid[] NOT NULL DEFAULT '{}',
    DROP CONSTRAINT messages_status_check,
    DROP CONSTRAINT messages_finished_check,
    ADD CONSTRAINT messages_status_check
        CHECK (status IN ('streaming', 'developing', 'complete', 'stopped', 'failed', 'interrupted')),
    ADD CONSTRAINT messages_finished_check CHECK ((status IN ('streaming', 'developing')) = (finished_at IS NULL));
CREATE INDEX messages_asset_ids_idx ON messages USING gin (asset_ids) WHERE asset_ids <> '{}';
"""

# An asset as it is shown: what names its bytes stays inside.
ASSET_JSON = """
CREATE FUNCTION asset_json(a assets) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_build_object(
        'id', a.id, 'kind', a.kind, 'mime', a.mime, 'size_bytes', a.size_bytes, 'width', a.width, 'height', a.height,
        'duration_ms', a.duration_ms, 'has_thumbnail', a.thumbnail_sha256 IS NOT NULL,
        'has_poster', a.poster_sha256 IS NOT NULL, 'name', a.name, 'created_at', a.created_at)
$$;
CREATE FUNCTION assets_json(p_ids uuid[]) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT coalesce(jsonb_agg(asset_json(a) ORDER BY shown.place), '[]')
    FROM unnest(p_ids) WITH ORDINALITY AS shown (id, place) JOIN assets a ON a.id = shown.id
$$;
"""

# A message as it is read: with its task and the assets that it shows.
MESSAGE_JSON = """
CREATE FUNCTION message_json(m messages) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT to_jsonb(m) || jsonb_build_object(
        'task', (SELECT task_json(t) FROM tasks t WHERE t.id = m.task_id),
        'assets', CASE WHEN m.asset_ids = '{}' THEN '[]' ELSE assets_json(m.asset_ids) END)
$$;
"""

# A task as it is read; ``place`` counts the user's waiting tasks of its kind up to it.
TASK_JSON = """
CREATE FUNCTION task_json(t tasks) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT to_jsonb(t) - 'results' || jsonb_build_object(
        'place', CASE WHEN t.state = 'waiting' THEN (
            SELECT count(*) FROM tasks w
            WHERE w.user_id = t.user_id AND w.kind = t.kind AND w.state = 'waiting' AND w.id <= t.id) END,
        'held_mc', (SELECT x.held_mc FROM credit_transactions x WHERE x.id = t.transaction_id),
        'charged_mc', (SELECT -x.amount_mc FROM credit_transactions x
                       WHERE x.id = t.transaction_id AND x.state <> 'held'),
        'assets', CASE WHEN t.asset_ids = '{}' THEN '[]' ELSE assets_json(t.asset_ids) END)
$$;
"""

# One media command: outcome 'begun', 'repeated' (same key), or why not. Hold, question, answer and task come into
# being together or not at all; the job is deferred in the same transaction. Without a conversation there are no
# messages. p_answer_to names a question that is answered once more.
BEGIN_TASK = """
CREATE FUNCTION begin_task(
    p_task uuid, p_user uuid, p_conversation uuid, p_parent uuid, p_branch boolean, p_answer_to uuid,
    p_question uuid, p_answer uuid, p_title text, p_kind text, p_model text, p_prompt text, p_request jsonb,
    p_references uuid[], p_state text, p_waiting_max integer, p_transaction uuid, p_amount bigint, p_price uuid,
    p_estimate jsonb, p_ttl_s double precision, p_key text, p_hash bytea
) RETURNS TABLE (
    outcome text, leaf uuid, conversation jsonb, question jsonb, answer jsonb, task jsonb, credits jsonb
) LANGUAGE plpgsql AS $$
DECLARE
    c conversations;
    asked messages;
    reply messages;
    made tasks;
    taken record;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(p_user::text, 1));
    IF p_key IS NOT NULL THEN
        SELECT * INTO made FROM tasks t WHERE t.user_id = p_user AND t.idempotency_key = p_key;
        IF FOUND THEN
            SELECT * INTO c FROM conversations WHERE id = made.conversation_id;
            SELECT * INTO reply FROM messages m WHERE m.id = made.message_id;
            SELECT * INTO asked FROM messages m WHERE m.id = reply.parent_id;
            outcome := CASE WHEN made.idempotency_hash = p_hash THEN 'repeated' ELSE 'idempotency_mismatch' END;
            conversation := to_jsonb(c); question := message_json(asked); answer := message_json(reply);
            task := task_json(made); credits := credit_state(p_user);
            RETURN NEXT; RETURN;
        END IF;
    END IF;

    IF p_conversation IS NOT NULL THEN
        SELECT * INTO c FROM conversations WHERE id = p_conversation AND user_id = p_user FOR UPDATE;
        IF NOT FOUND THEN
            outcome := 'not_found'; RETURN NEXT; RETURN;
        END IF;
        leaf := c.leaf_id;
        IF p_answer_to IS NOT NULL THEN
            SELECT * INTO asked FROM messages m
            WHERE m.id = p_answer_to AND m.conversation_id = c.id AND m.role = 'user';
            IF NOT FOUND THEN
                outcome := 'not_found'; RETURN NEXT; RETURN;
            END IF;
        ELSIF p_parent IS DISTINCT FROM c.leaf_id AND NOT p_branch THEN
            outcome := 'stale_parent'; RETURN NEXT; RETURN;
        ELSIF p_parent IS NOT NULL AND NOT EXISTS (
            SELECT FROM messages m WHERE m.id = p_parent AND m.conversation_id = c.id) THEN
            outcome := 'not_found'; RETURN NEXT; RETURN;
        END IF;
    END IF;
    IF EXISTS (SELECT FROM unnest(p_references) AS wanted (id)
               WHERE NOT EXISTS (SELECT FROM assets a WHERE a.id = wanted.id AND a.user_id = p_user)) THEN
        outcome := 'not_found'; RETURN NEXT; RETURN;
    END IF;
    IF p_state = 'waiting' AND p_waiting_max <= (
        SELECT count(*) FROM tasks t WHERE t.user_id = p_user AND t.state = 'waiting') THEN
        outcome := 'queue_full'; RETURN NEXT; RETURN;
    END IF;

    IF p_amount > 0 THEN
        SELECT * INTO taken FROM credit_lock(p_transaction, p_user, p_amount, p_kind, 'task', p_task, p_model, p_price,
                                             p_estimate, 'task:' || p_task, p_ttl_s);
        IF taken.outcome <> 'held' THEN
            outcome := CASE taken.outcome WHEN 'insufficient' THEN 'insufficient_credits' ELSE taken.outcome END;
            credits := credit_state(p_user); RETURN NEXT; RETURN;
        END IF;
    END IF;

    IF p_conversation IS NOT NULL THEN
        IF p_answer_to IS NULL THEN
            c.last_seq := c.last_seq + 1;
            INSERT INTO messages (id, conversation_id, user_id, parent_id, seq, role, status, content, asset_ids,
                                  finished_at)
            VALUES (p_question, c.id, p_user, p_parent, c.last_seq, 'user', 'complete', p_prompt, p_references, now())
            RETURNING * INTO asked;
        END IF;
        c.last_seq := c.last_seq + 1;
        INSERT INTO messages (id, conversation_id, user_id, parent_id, seq, role, status, model_id, task_id, credits)
        VALUES (p_answer, c.id, p_user, asked.id, c.last_seq, 'assistant', 'developing', p_model, p_task,
                jsonb_build_object('transaction_id', CASE WHEN p_amount > 0 THEN p_transaction END,
                                   'held_mc', p_amount, 'charged_mc', NULL, 'tokens_max', 0, 'limited', false))
        RETURNING * INTO reply;
        UPDATE conversations SET
            leaf_id = p_answer, last_seq = c.last_seq, updated_at = now(),
            title = CASE WHEN title = '' AND NOT title_is_custom THEN coalesce(p_title, '') ELSE title END
        WHERE id = c.id RETURNING * INTO c;
    END IF;
    INSERT INTO tasks (id, user_id, conversation_id, message_id, kind, model_id, prompt, request, state,
                       transaction_id, idempotency_key, idempotency_hash)
    VALUES (p_task, p_user, p_conversation, reply.id, p_kind, p_model, p_prompt, p_request, p_state,
            CASE WHEN p_amount > 0 THEN p_transaction END, p_key, p_hash)
    RETURNING * INTO made;

    outcome := 'begun'; leaf := c.leaf_id; conversation := to_jsonb(c); question := message_json(asked);
    answer := message_json(reply); task := task_json(made); credits := credit_state(p_user);
    RETURN NEXT;
END
$$;
"""

# Take a queued task for one submission: the attempt's row is the intent, written before anything is sent. No row:
# it is not queued (any more), or paused.
CLAIM_TASK = """
CREATE FUNCTION claim_task(p_task uuid, p_attempt uuid) RETURNS SETOF task_attempts LANGUAGE plpgsql AS $$
BEGIN
    UPDATE tasks SET state = 'submitting', state_at = now(), started_at = coalesce(started_at, now()),
                     paused_until = NULL, pause_reason = NULL
    WHERE id = p_task AND state = 'queued' AND (paused_until IS NULL OR paused_until <= now());
    IF NOT FOUND THEN
        RETURN;
    END IF;
    RETURN QUERY INSERT INTO task_attempts (id, task_id, number, state)
    SELECT p_attempt, p_task, coalesce(max(number), 0) + 1, 'intent' FROM task_attempts WHERE task_id = p_task
    RETURNING *;
END
$$;
"""

# The end of a task, once, from one of p_from: its hold, its message and its last attempt end with it. No row: it is
# not in any of these states.
FINISH_TASK = """
CREATE FUNCTION finish_task(
    p_task uuid, p_from text[], p_state text, p_charge bigint, p_situation text, p_error jsonb, p_assets uuid[],
    p_flagged boolean
) RETURNS SETOF jsonb LANGUAGE plpgsql AS $$
DECLARE
    done tasks;
    ended text;
BEGIN
    UPDATE tasks SET state = p_state, state_at = now(), finished_at = now(), error = p_error, asset_ids = p_assets,
                     flagged = p_flagged, results = NULL, paused_until = NULL, pause_reason = NULL,
                     progress = CASE WHEN p_state = 'completed' THEN 100 ELSE progress END
    WHERE id = p_task AND state = ANY (p_from)
    RETURNING * INTO done;
    IF done.id IS NULL THEN
        RETURN;
    END IF;
    UPDATE messages SET
        status = CASE p_state WHEN 'completed' THEN 'complete' WHEN 'cancelled' THEN 'stopped' ELSE 'failed' END,
        error = p_error, asset_ids = p_assets, finished_at = now(),
        credits = credits || jsonb_build_object('charged_mc', p_charge)
    WHERE id = done.message_id AND status = 'developing';
    UPDATE task_attempts SET state = CASE p_state WHEN 'completed' THEN 'done' ELSE 'failed' END, ended_at = now()
    WHERE task_id = p_task AND state IN ('intent', 'accepted');
    IF done.transaction_id IS NOT NULL THEN
        SELECT e.outcome INTO ended FROM credit_transactions x, LATERAL credit_end(
            x.id, p_charge, p_situation, NULL, CASE WHEN p_charge > 0 THEN x.estimate END) e
        WHERE x.id = done.transaction_id;
        IF ended NOT IN ('settled', 'returned') THEN
            RAISE EXCEPTION 'the hold of task % could not be ended: %', p_task, ended;
        END IF;
    END IF;
    RETURN NEXT task_json(done);
END
$$;
"""

# Holds of tasks that still live are their task's to end.
CREDIT_EXPIRE = """
CREATE OR REPLACE FUNCTION credit_expire(p_limit integer) RETURNS TABLE (transaction_id uuid, user_id uuid)
LANGUAGE plpgsql AS $$
DECLARE
    hold credit_transactions;
BEGIN
    FOR hold IN
        SELECT * FROM credit_transactions t
        WHERE t.state = 'held' AND t.expires_at <= now()
          AND NOT EXISTS (SELECT FROM messages m WHERE m.id = t.subject_id AND m.status = 'streaming')
          AND NOT EXISTS (SELECT FROM tasks k WHERE k.id = t.subject_id AND k.finished_at IS NULL)
        ORDER BY t.user_id, t.id LIMIT p_limit FOR UPDATE SKIP LOCKED
    LOOP
        PERFORM credit_end(hold.id, 0, 'process_died', NULL, NULL);
        transaction_id := hold.id; user_id := hold.user_id; RETURN NEXT;
    END LOOP;
END
$$;
"""

# A task is told like everything else (see the migration of events); so are messages, now with what they show. What
# was told before them had another form, so readers begin anew.
TELL_TASK = """
CREATE FUNCTION tell_task() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    t tasks;
BEGIN
    SELECT * INTO t FROM tasks k
    WHERE k.id = NEW.id AND (k.state, k.state_at, k.progress) IS NOT DISTINCT FROM
                            (NEW.state, NEW.state_at, NEW.progress);
    IF t.id IS NOT NULL THEN
        PERFORM append_event(t.user_id, 'task.changed',
                             task_json(t) - '{user_id,idempotency_key,idempotency_hash,flagged,asset_ids}'::text[]);
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER tasks_tell_new AFTER INSERT ON tasks
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION tell_task();
CREATE CONSTRAINT TRIGGER tasks_tell_change AFTER UPDATE ON tasks
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN ((OLD.state, OLD.progress, OLD.paused_until) IS DISTINCT FROM (NEW.state, NEW.progress, NEW.paused_until))
    EXECUTE FUNCTION tell_task();

CREATE OR REPLACE FUNCTION tell_message() RETURNS trigger LANGUAGE plpgsql AS $$
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
        message_json(m) - '{user_id,content,reasoning,owner_id,idempotency_key,idempotency_hash}'::text[]
        || jsonb_build_object('content_chars', chars));
    IF TG_OP = 'UPDATE' AND OLD.status = 'streaming' AND m.status <> 'streaming' THEN
        PERFORM append_conversation(m.user_id, m.conversation_id);
    END IF;
    RETURN NULL;
END
$$;
DELETE FROM events;
"""

# Delete a conversation with its messages. Tasks that no provider works on yet are cancelled; others go on, and what
# they make goes to the user's works.
DELETE_CONVERSATION = """
CREATE FUNCTION delete_conversation(p_conversation uuid) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    task uuid;
BEGIN
    PERFORM FROM conversations WHERE id = p_conversation FOR UPDATE;
    PERFORM FROM tasks WHERE conversation_id = p_conversation ORDER BY id FOR UPDATE;  -- before their messages' rows
    FOR task IN
        SELECT id FROM tasks WHERE conversation_id = p_conversation AND state IN ('waiting', 'queued') ORDER BY id
    LOOP
        PERFORM finish_task(task, '{waiting,queued}', 'cancelled', 0, 'cancelled_waiting', NULL, '{}', false);
    END LOOP;
    DELETE FROM conversations WHERE id = p_conversation;
    RETURN FOUND;
END
$$;
"""


def upgrade() -> None:
    """Create tables and functions."""
    for statement in (
        TABLES, ASSET_JSON, TASK_JSON, MESSAGE_JSON, BEGIN_TASK, CLAIM_TASK, FINISH_TASK, CREDIT_EXPIRE,
        TELL_TASK, DELETE_CONVERSATION,
    ):  # fmt: skip
        op.execute(statement)


def downgrade() -> None:
    """Tasks hold money and works; they are not thrown away by a command."""
    raise NotImplementedError("tasks are removed by hand")
