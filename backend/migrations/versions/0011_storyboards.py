"""Storyboards: tasks that are made of other tasks, a clip each, which are joined into one film.

Revision ID: 0011
Revises: 0010
"""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

# A storyboard is the task that was asked for; it holds nothing and goes to no provider. Its shots are tasks like any
# other, with their own holds, slots and attempts; the newest one of a number counts. ``shot_order`` is the order of
# the film (it marks the storyboard), ``joined`` are the clips (their tasks) of the film that was last tried.
# ``epoch`` counts how often a worker has taken a task up: whoever took it up before can change nothing any more.
TABLES = """
ALTER TABLE tasks
    ADD COLUMN parent_id  uuid CONSTRAINT tasks_parent_id_fkey REFERENCES tasks (id),
    ADD COLUMN shot       smallint,
    ADD COLUMN continues  boolean NOT NULL DEFAULT false,
    ADD COLUMN shot_order smallint[],
    ADD COLUMN joined     uuid[],
    ADD COLUMN epoch      integer NOT NULL DEFAULT 0,
    ADD CONSTRAINT tasks_shot_check CHECK ((parent_id IS NULL) = (shot IS NULL) AND NOT (continues AND shot IS NULL)),
    ADD CONSTRAINT tasks_storyboard_check
        CHECK (shot_order IS NULL OR (parent_id IS NULL AND transaction_id IS NULL));
CREATE INDEX tasks_shots_idx ON tasks (parent_id, shot, id DESC) WHERE parent_id IS NOT NULL;
UPDATE tasks SET request = request || '{"chain": false, "continuous": false}' || jsonb_build_object('shots', (
    SELECT coalesce(jsonb_agg(shot || '{"references": []}' ORDER BY place), '[]')
    FROM jsonb_array_elements(request->'shots') WITH ORDINALITY AS shots (shot, place)));
DELETE FROM events;
"""

# The shots of a storyboard as they count; and whether one is made: its clip is still there.
SHOTS = """
CREATE FUNCTION current_shots(p_storyboard uuid) RETURNS SETOF tasks LANGUAGE sql STABLE AS $$
    SELECT DISTINCT ON (t.shot) t.* FROM tasks t WHERE t.parent_id = p_storyboard ORDER BY t.shot, t.id DESC
$$;
CREATE FUNCTION shot_made(t tasks) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT t.state = 'completed' AND EXISTS (SELECT FROM assets a WHERE a.id = t.asset_ids[1])
$$;
CREATE FUNCTION wanted_clips(t tasks) RETURNS uuid[] LANGUAGE sql STABLE AS $$
    SELECT array_agg(s.id ORDER BY array_position(t.shot_order, s.shot)) FROM current_shots(t.id) s
$$;
"""

# Whether a waiting task may begin once there is a place: a shot that continues another one needs its last frame.
MAY_BEGIN = """
CREATE FUNCTION may_begin(t tasks) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT NOT t.continues OR EXISTS (
        SELECT FROM tasks p WHERE p.parent_id = t.parent_id AND p.shot = t.shot - 1 AND p.state = 'completed')
$$;
"""

# A task as it is read. A storyboard is read with its shots, in the order of the film.
TASK_JSON = """
CREATE FUNCTION single_task_json(t tasks) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT to_jsonb(t) - '{results,continues,shot_order,joined,epoch}'::text[] || jsonb_build_object(
        'place', CASE WHEN t.state = 'waiting' AND may_begin(t) THEN (
            SELECT count(*) FROM tasks w
            WHERE w.user_id = t.user_id AND w.kind = t.kind AND w.state = 'waiting' AND w.id <= t.id AND may_begin(w)
        ) END,
        'held_mc', (SELECT x.held_mc FROM credit_transactions x WHERE x.id = t.transaction_id),
        'charged_mc', (SELECT -x.amount_mc FROM credit_transactions x
                       WHERE x.id = t.transaction_id AND x.state <> 'held'),
        'assets', CASE WHEN t.asset_ids = '{}' THEN '[]' ELSE assets_json(t.asset_ids) END,
        'storyboard', NULL)
$$;
CREATE FUNCTION shot_json(s tasks) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('number', s.shot, 'task_id', s.id,
                              'retryable', s.finished_at IS NOT NULL AND NOT shot_made(s))
        || (s.request->'shot') || jsonb_object_agg(key, value)
    FROM jsonb_each(single_task_json(s))
    WHERE key IN ('state', 'progress', 'place', 'paused_until', 'pause_reason', 'error', 'assets', 'held_mc',
                  'charged_mc', 'started_at', 'finished_at')
$$;
CREATE FUNCTION storyboard_credits(p_storyboard uuid) RETURNS TABLE (held bigint, charged bigint)
LANGUAGE sql STABLE AS $$
    SELECT (SELECT coalesce(sum(x.held_mc), 0)::bigint
            FROM current_shots(p_storyboard) s JOIN credit_transactions x ON x.id = s.transaction_id),
           (SELECT coalesce(-sum(x.amount_mc), 0)::bigint
            FROM tasks s JOIN credit_transactions x ON x.id = s.transaction_id WHERE s.parent_id = p_storyboard)
$$;
CREATE FUNCTION storyboard_json(t tasks) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
        'progress', round(avg(coalesce(s.progress, 0))),
        'held_mc', min(c.held),
        'charged_mc', CASE WHEN t.finished_at IS NOT NULL THEN min(c.charged) END,
        'storyboard', jsonb_build_object(
            'continuous', t.request->'continuous',
            'shots', coalesce(jsonb_agg(shot_json(s) ORDER BY array_position(t.shot_order, s.shot)), '[]')))
    FROM current_shots(t.id) s CROSS JOIN storyboard_credits(t.id) c
$$;
CREATE OR REPLACE FUNCTION task_json(t tasks) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT single_task_json(t) || CASE WHEN t.shot_order IS NULL THEN '{}' ELSE storyboard_json(t) END
$$;
"""

# What a storyboard is follows from its shots alone, and is set in the transaction of whatever changes them; its
# message follows it. It ends, and goes on again: by a new try of a shot, by another order of the film.
SETTLE_STORYBOARD = """
CREATE FUNCTION settle_storyboard(p_task uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    board tasks;
    at_work bigint;
    cancelled bigint;
    failed jsonb;
    begun timestamptz;
    is_joined boolean;
    becomes text;
    paid record;
BEGIN
    SELECT * INTO STRICT board FROM tasks WHERE id = p_task FOR UPDATE;
    SELECT count(*) FILTER (WHERE s.finished_at IS NULL), count(*) FILTER (WHERE s.state = 'cancelled'),
           jsonb_agg(s.shot::text ORDER BY s.shot) FILTER (WHERE s.state = 'failed'), min(s.started_at)
    INTO at_work, cancelled, failed, begun FROM current_shots(p_task) s;
    is_joined := board.joined IS NOT DISTINCT FROM wanted_clips(board);
    becomes := CASE WHEN at_work > 0 THEN 'running'
                    WHEN failed IS NOT NULL THEN 'failed'
                    WHEN cancelled > 0 THEN 'cancelled'
                    WHEN NOT is_joined THEN 'saving'
                    WHEN board.error IS NOT NULL THEN 'failed'
                    ELSE 'completed' END;
    UPDATE tasks SET
        state = becomes, started_at = begun,
        state_at = CASE WHEN state = becomes THEN state_at ELSE now() END,
        finished_at = CASE WHEN becomes IN ('running', 'saving') THEN NULL
                           WHEN state = becomes THEN finished_at ELSE now() END,
        error = CASE WHEN becomes = 'failed' AND failed IS NOT NULL
                     THEN jsonb_build_object('code', 'shots_missing', 'params', jsonb_build_object('shots', failed))
                     WHEN becomes = 'failed' THEN error END
    WHERE id = p_task RETURNING * INTO board;

    SELECT * INTO paid FROM storyboard_credits(p_task);
    UPDATE messages SET
        status = CASE becomes WHEN 'completed' THEN 'complete' WHEN 'failed' THEN 'failed'
                              WHEN 'cancelled' THEN 'stopped' ELSE 'developing' END,
        error = board.error, asset_ids = board.asset_ids, finished_at = board.finished_at,
        credits = credits || jsonb_build_object(
            'held_mc', paid.held, 'charged_mc', CASE WHEN board.finished_at IS NOT NULL THEN paid.charged END)
    WHERE id = board.message_id;
END
$$;
"""

# Begin shots of a storyboard: those of a new one, or those that are tried again. All of them or none: outcome
# 'begun', 'repeated' (same key), or why not; the caller then rolls back. The locks are taken in the order of all
# commands: user, conversation, storyboard, account.
BEGIN_SHOTS = """
CREATE FUNCTION lock_storyboard(p_task uuid, p_user uuid) RETURNS tasks LANGUAGE plpgsql AS $$
DECLARE
    board tasks;
BEGIN
    PERFORM FROM conversations c JOIN tasks t ON t.conversation_id = c.id WHERE t.id = p_task FOR UPDATE OF c;
    SELECT * INTO board FROM tasks t
    WHERE t.id = p_task AND t.user_id = p_user AND t.shot_order IS NOT NULL FOR UPDATE;
    RETURN board;
END
$$;

CREATE FUNCTION begin_shots(
    p_storyboard uuid, p_user uuid, p_shots jsonb, p_waiting_max integer, p_ttl_s double precision, p_key text,
    p_hash bytea
) RETURNS TABLE (outcome text, credits jsonb) LANGUAGE plpgsql AS $$
DECLARE
    board tasks;
    made tasks;
    shot record;
    taken record;
    to_wait bigint;
    total bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(p_user::text, 1));
    board := lock_storyboard(p_storyboard, p_user);
    outcome := 'not_found';
    IF board.id IS NULL THEN
        RETURN NEXT; RETURN;
    END IF;
    IF p_key IS NOT NULL THEN
        SELECT * INTO made FROM tasks t WHERE t.user_id = p_user AND t.idempotency_key = p_key;
        IF FOUND THEN
            outcome := CASE WHEN made.idempotency_hash = p_hash THEN 'repeated' ELSE 'idempotency_mismatch' END;
            RETURN NEXT; RETURN;
        END IF;
    END IF;
    SELECT count(*) INTO to_wait FROM jsonb_array_elements(p_shots) s WHERE s->>'state' = 'waiting';
    IF to_wait > 0 AND to_wait + (
        SELECT count(*) FROM tasks t WHERE t.user_id = p_user AND t.state = 'waiting') > p_waiting_max THEN
        outcome := 'queue_full'; RETURN NEXT; RETURN;
    END IF;

    SELECT sum((s->>'amount_mc')::bigint) INTO total FROM jsonb_array_elements(p_shots) s;
    credits := credit_state(p_user);
    IF total > (credits->>'available_mc')::bigint THEN
        outcome := 'insufficient_credits'; RETURN NEXT; RETURN;
    END IF;

    FOR shot IN
        SELECT * FROM jsonb_to_recordset(p_shots) AS s (
            id uuid, number smallint, continues boolean, state text, prompt text, request jsonb, assets uuid[],
            transaction_id uuid, amount_mc bigint, price_id uuid, estimate jsonb) ORDER BY s.id
    LOOP
        IF EXISTS (SELECT FROM current_shots(p_storyboard) s
                   WHERE s.shot = shot.number AND (s.finished_at IS NULL OR shot_made(s))) THEN
            outcome := 'not_retryable'; RETURN NEXT; RETURN;
        END IF;
        IF EXISTS (SELECT FROM unnest(shot.assets) AS wanted (id)
                   WHERE NOT EXISTS (SELECT FROM assets a WHERE a.id = wanted.id AND a.user_id = p_user)) THEN
            outcome := 'not_found'; RETURN NEXT; RETURN;
        END IF;
        IF shot.amount_mc > 0 THEN
            SELECT * INTO taken FROM credit_lock(
                shot.transaction_id, p_user, shot.amount_mc, board.kind, 'task', shot.id, board.model_id,
                shot.price_id, shot.estimate, 'task:' || shot.id, p_ttl_s);
            IF taken.outcome <> 'held' THEN
                outcome := CASE taken.outcome WHEN 'insufficient' THEN 'insufficient_credits' ELSE taken.outcome END;
                RETURN NEXT; RETURN;
            END IF;
        END IF;
        INSERT INTO tasks (id, user_id, conversation_id, parent_id, shot, continues, kind, model_id, prompt, request,
                           state, transaction_id, idempotency_key, idempotency_hash)
        VALUES (shot.id, p_user, board.conversation_id, board.id, shot.number, shot.continues, board.kind,
                board.model_id, shot.prompt, shot.request, shot.state,
                CASE WHEN shot.amount_mc > 0 THEN shot.transaction_id END, p_key, p_hash);
        p_key := NULL; p_hash := NULL;  -- the first one bears the key
    END LOOP;
    PERFORM settle_storyboard(board.id);
    outcome := 'begun'; credits := credit_state(p_user); RETURN NEXT;
END
$$;
"""

# Another order of the film costs nothing. outcome: 'ordered', 'not_found', 'invalid' (no permutation), 'shot_missing'
# (a clip was deleted). The same order again has a film that could not be joined tried again.
ORDER_SHOTS = """
CREATE FUNCTION order_shots(p_task uuid, p_user uuid, p_order smallint[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    board tasks := lock_storyboard(p_task, p_user);
BEGIN
    IF board.id IS NULL THEN
        RETURN 'not_found';
    END IF;
    IF (SELECT array_agg(n ORDER BY n) FROM unnest(p_order) n) IS DISTINCT FROM
       (SELECT array_agg(n ORDER BY n) FROM unnest(board.shot_order) n) THEN
        RETURN 'invalid';
    END IF;
    IF EXISTS (SELECT FROM current_shots(p_task) s WHERE s.state = 'completed' AND NOT shot_made(s)) THEN
        RETURN 'shot_missing';
    END IF;
    UPDATE tasks SET shot_order = p_order, joined = CASE WHEN error IS NULL THEN joined END WHERE id = p_task;
    PERFORM settle_storyboard(p_task);
    RETURN 'ordered';
END
$$;

CREATE FUNCTION finish_film(p_task uuid, p_epoch integer, p_clips uuid[], p_asset uuid, p_error jsonb)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    board tasks;
BEGIN
    SELECT * INTO board FROM tasks t WHERE t.id = p_task AND t.state = 'saving' AND t.epoch = p_epoch FOR UPDATE;
    IF board.id IS NULL OR wanted_clips(board) IS DISTINCT FROM p_clips THEN
        RETURN false;
    END IF;
    UPDATE tasks SET joined = p_clips, error = p_error,
                     asset_ids = CASE WHEN p_asset IS NULL THEN asset_ids ELSE ARRAY[p_asset] END
    WHERE id = p_task;
    PERFORM settle_storyboard(p_task);
    RETURN true;
END
$$;
"""

# As before, and: only the worker that took the task up last claims and ends it; a storyboard's row is locked before
# those of its shots; shots that would have gone on from one that is not made are cancelled with it.
TASK_FUNCTIONS = """
DROP FUNCTION claim_task;
CREATE FUNCTION claim_task(p_task uuid, p_epoch integer, p_attempt uuid) RETURNS SETOF task_attempts
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE tasks SET state = 'submitting', state_at = now(), started_at = coalesce(started_at, now()),
                     paused_until = NULL, pause_reason = NULL
    WHERE id = p_task AND state = 'queued' AND epoch = p_epoch AND (paused_until IS NULL OR paused_until <= now());
    IF NOT FOUND THEN
        RETURN;
    END IF;
    RETURN QUERY INSERT INTO task_attempts (id, task_id, number, state)
    SELECT p_attempt, p_task, coalesce(max(number), 0) + 1, 'intent' FROM task_attempts WHERE task_id = p_task
    RETURNING *;
END
$$;

DROP FUNCTION finish_task;
CREATE FUNCTION finish_task(
    p_task uuid, p_from text[], p_state text, p_charge bigint, p_situation text, p_error jsonb, p_assets uuid[],
    p_flagged boolean, p_epoch integer DEFAULT NULL
) RETURNS SETOF jsonb LANGUAGE plpgsql AS $$
DECLARE
    done tasks;
    ended text;
    next uuid;
BEGIN
    PERFORM FROM tasks b WHERE b.id = (SELECT t.parent_id FROM tasks t WHERE t.id = p_task) FOR UPDATE;
    UPDATE tasks SET state = p_state, state_at = now(), finished_at = now(), error = p_error, asset_ids = p_assets,
                     flagged = p_flagged, results = NULL, paused_until = NULL, pause_reason = NULL,
                     progress = CASE WHEN p_state = 'completed' THEN 100 ELSE progress END
    WHERE id = p_task AND state = ANY (p_from) AND (p_epoch IS NULL OR epoch = p_epoch) AND shot_order IS NULL
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
    IF done.parent_id IS NOT NULL THEN
        IF p_state <> 'completed' THEN
            SELECT s.id INTO next FROM current_shots(done.parent_id) s
            WHERE s.shot = done.shot + 1 AND s.continues AND s.state = 'waiting';
            PERFORM finish_task(next, '{waiting}', 'cancelled', 0, 'cancelled_waiting', NULL, '{}', false);
        END IF;
        PERFORM settle_storyboard(done.parent_id);
    END IF;
    RETURN NEXT task_json(done);
END
$$;

CREATE FUNCTION cancel_shots(p_task uuid) RETURNS SETOF jsonb LANGUAGE plpgsql AS $$
DECLARE
    shot uuid;
BEGIN
    PERFORM FROM tasks WHERE id = p_task FOR UPDATE;
    FOR shot IN
        SELECT s.id FROM current_shots(p_task) s WHERE s.state IN ('waiting', 'queued') ORDER BY s.id DESC
    LOOP
        RETURN QUERY SELECT * FROM finish_task(
            shot, '{waiting,queued}', 'cancelled', 0, 'cancelled_waiting', NULL, '{}', false);
    END LOOP;
END
$$;
"""

# A shot that changes is told as its storyboard, whole; once, where that changes in the same transaction.
TELL_TASK = """
DROP TRIGGER tasks_tell_change ON tasks;
CREATE OR REPLACE FUNCTION tell_task() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    t tasks;
BEGIN
    SELECT * INTO t FROM tasks k
    WHERE k.id = NEW.id AND (k.state, k.state_at, k.progress, k.shot_order) IS NOT DISTINCT FROM
                            (NEW.state, NEW.state_at, NEW.progress, NEW.shot_order);
    IF t.parent_id IS NOT NULL THEN
        SELECT * INTO t FROM tasks b WHERE b.id = NEW.parent_id AND b.state_at <> now();
    END IF;
    IF t.id IS NOT NULL THEN
        PERFORM append_event(t.user_id, 'task.changed',
                             task_json(t) - '{user_id,idempotency_key,idempotency_hash,flagged,asset_ids}'::text[]);
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER tasks_tell_change AFTER UPDATE ON tasks
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN ((OLD.state, OLD.progress, OLD.paused_until, OLD.shot_order) IS DISTINCT FROM
          (NEW.state, NEW.progress, NEW.paused_until, NEW.shot_order))
    EXECUTE FUNCTION tell_task();
"""


def upgrade() -> None:
    """Let tasks be made of tasks."""
    for statement in (
        TABLES, SHOTS, MAY_BEGIN, TASK_JSON, SETTLE_STORYBOARD, BEGIN_SHOTS, ORDER_SHOTS, TASK_FUNCTIONS, TELL_TASK,
    ):  # fmt: skip
        op.execute(statement)


def downgrade() -> None:
    """Tasks hold money and works; they are not thrown away by a command."""
    raise NotImplementedError("tasks are removed by hand")
