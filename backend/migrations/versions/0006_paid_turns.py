"""Turns that are paid: begin_turn holds the most that an answer may cost, finish_turn settles what it did cost.

Revision ID: 0006
Revises: 0005
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

DROP_OLD = """
DROP FUNCTION begin_turn;
DROP FUNCTION finish_turn;
DROP FUNCTION interrupt_orphans;
DROP FUNCTION conversation_history;
"""

CREDIT_STATE = """
CREATE FUNCTION credit_state(p_user uuid) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('balance_mc', balance_mc, 'held_mc', held_mc, 'available_mc', balance_mc - held_mc)
    FROM credit_accounts WHERE user_id = p_user
$$;
"""

# The messages that lead to p_message, oldest first (at most p_messages of them and p_chars characters, the newest
# win), and how many bytes and messages that is.
TURN_PROMPT = """
CREATE FUNCTION turn_prompt(p_message uuid, p_messages integer, p_chars integer)
RETURNS TABLE (history jsonb, bytes bigint, messages bigint) LANGUAGE sql STABLE AS $$
    WITH RECURSIVE thread AS (
        SELECT m.parent_id, m.role, m.content, 1 AS depth, length(m.content)::bigint AS chars
        FROM messages m WHERE m.id = p_message
        UNION ALL
        SELECT m.parent_id, m.role, m.content, t.depth + 1, t.chars + length(m.content)
        FROM thread t JOIN messages m ON m.id = t.parent_id
        WHERE t.depth < p_messages AND t.chars < p_chars
    )
    SELECT coalesce(jsonb_agg(jsonb_build_object('role', role, 'content', content) ORDER BY depth DESC), '[]'),
           coalesce(sum(octet_length(content)), 0), count(*)
    FROM thread WHERE content <> '' AND (depth = 1 OR chars <= p_chars)
$$;
"""

# Whether a value of a stored price is a rate that can be true: digits of a whole number up to the largest rate. What
# stands in the table may have come there around the product, so nothing is cast before it was looked at.
IS_RATE = """
CREATE FUNCTION is_rate(p_value jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN p_value::text ~ '^[0-9]{1,11}$' THEN p_value::text::bigint <= 10000000000 ELSE false END
$$;
"""

# The most that an answer may cost: a prompt of p_bytes in p_messages messages (a token has at least two bytes; each
# message adds up to 16 tokens of its own), and an answer of p_tokens_max tokens, or of as many as the account still
# covers, down to p_tokens_min. outcome: 'held' (may be), 'insufficient_credits', 'model_unavailable' (no price, or one
# that cannot be true).
TURN_HOLD = """
CREATE FUNCTION turn_hold(
    p_user uuid, p_model text, p_bytes bigint, p_messages bigint, p_tokens_max integer, p_tokens_min integer
) RETURNS TABLE (
    outcome text, price_id uuid, price_version integer, formula jsonb, prompt_tokens bigint, answer_tokens bigint,
    hold bigint, balance bigint, held bigint
) LANGUAGE plpgsql STABLE AS $$
DECLARE
    input_rate numeric;
    output_rate numeric;
    prompt_cost numeric;
BEGIN
    SELECT p.id, p.version, p.formula INTO price_id, price_version, formula
    FROM prices p WHERE p.model_id = p_model ORDER BY p.version DESC LIMIT 1;
    IF formula->>'kind' IS DISTINCT FROM 'tokens' OR NOT is_rate(formula->'input_mc')
       OR NOT is_rate(formula->'output_mc') OR NOT is_rate(coalesce(formula->'reasoning_mc', '0'))
       OR NOT is_rate(coalesce(formula->'cached_mc', '0')) THEN
        outcome := 'model_unavailable'; RETURN NEXT; RETURN;
    END IF;
    IF formula - '{kind,input_mc,output_mc,reasoning_mc,cached_mc}'::text[] <> '{}' THEN
        outcome := 'model_unavailable'; RETURN NEXT; RETURN;
    END IF;
    SELECT a.balance_mc, a.held_mc INTO STRICT balance, held FROM credit_accounts a WHERE a.user_id = p_user;

    input_rate := (formula->>'input_mc')::numeric;
    output_rate := greatest((formula->>'output_mc')::numeric, (formula->>'reasoning_mc')::numeric);
    prompt_tokens := (p_bytes + 1) / 2 + 16 * p_messages;
    prompt_cost := prompt_tokens * input_rate;
    answer_tokens := p_tokens_max;
    IF output_rate > 0 THEN
        answer_tokens := least(p_tokens_max, greatest(
            floor(((balance - held) * 1000000::numeric - prompt_cost) / output_rate), p_tokens_min))::bigint;
    END IF;
    hold := ceil((prompt_cost + answer_tokens * output_rate) / 1000000);
    outcome := CASE WHEN hold > balance - held OR hold > 1000000000000 THEN 'insufficient_credits' ELSE 'held' END;
    RETURN NEXT;
END
$$;
"""

# One command of a user: outcome 'begun', or 'repeated' (same idempotency key), or why not. p_regenerate names a
# message to be answered again; otherwise p_content follows p_parent. The user's lock makes the limits of running
# answers hold for commands that arrive at once in different conversations. The hold, the question and the answer's
# row come into being together or not at all; a free model holds nothing.
BEGIN_TURN = """
CREATE FUNCTION begin_turn(
    p_user uuid, p_conversation uuid, p_parent uuid, p_branch boolean, p_regenerate uuid, p_question uuid,
    p_content text, p_answer uuid, p_model text, p_title text, p_owner uuid, p_key text, p_hash bytea,
    p_user_max integer, p_conversation_max integer, p_history_messages integer, p_history_chars integer,
    p_transaction uuid, p_tokens_max integer, p_tokens_min integer, p_ttl_s double precision
) RETURNS TABLE (
    outcome text, leaf uuid, conversation jsonb, question jsonb, answer jsonb, history jsonb, formula jsonb,
    credits jsonb, needed bigint, running uuid[]
) LANGUAGE plpgsql AS $$
DECLARE
    c conversations;
    earlier messages;
    asked messages;
    reply messages;
    prompt record;
    cost record;
    taken record;
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
    SELECT coalesce(array_agg(m.id ORDER BY m.id), '{}') INTO running
    FROM messages m WHERE m.user_id = p_user AND m.status = 'streaming';
    IF cardinality(running) >= p_user_max THEN
        outcome := 'user_limit'; RETURN NEXT; RETURN;
    END IF;
    IF cardinality(running) >= p_conversation_max THEN
        SELECT coalesce(array_agg(m.id ORDER BY m.id), '{}') INTO running
        FROM messages m WHERE m.id = ANY (running) AND m.conversation_id = c.id;
        IF cardinality(running) >= p_conversation_max THEN
            outcome := 'conversation_limit'; RETURN NEXT; RETURN;
        END IF;
    END IF;

    IF p_regenerate IS NOT NULL THEN
        SELECT * INTO prompt FROM turn_prompt(asked.id, p_history_messages, p_history_chars);
    ELSE
        SELECT * INTO prompt FROM turn_prompt(p_parent, p_history_messages - 1, p_history_chars - length(p_content));
        prompt.history := prompt.history || jsonb_build_object('role', 'user', 'content', p_content);
        prompt.bytes := prompt.bytes + octet_length(p_content);
        prompt.messages := prompt.messages + 1;
    END IF;
    PERFORM FROM credit_accounts WHERE user_id = p_user FOR UPDATE;
    SELECT * INTO cost FROM turn_hold(p_user, p_model, prompt.bytes, prompt.messages, p_tokens_max, p_tokens_min);
    IF cost.outcome <> 'held' THEN
        outcome := cost.outcome; needed := cost.hold; credits := credit_state(p_user); RETURN NEXT; RETURN;
    END IF;
    IF cost.hold > 0 THEN
        SELECT * INTO STRICT taken FROM credit_lock(
            p_transaction, p_user, cost.hold, 'chat', 'message', p_answer, p_model, cost.price_id,
            jsonb_build_object('divisor', 1000000, 'amount_mc', cost.hold, 'terms', jsonb_build_array(
                jsonb_build_object('name', 'input', 'quantity', cost.prompt_tokens,
                                   'rate_mc', cost.formula->'input_mc'),
                jsonb_build_object('name', 'output', 'quantity', cost.answer_tokens,
                                   'rate_mc', greatest((cost.formula->>'output_mc')::bigint,
                                                       (cost.formula->>'reasoning_mc')::bigint)))),
            'turn:' || p_answer, p_ttl_s);
        IF taken.outcome <> 'held' THEN
            RAISE EXCEPTION 'a hold that was covered was refused: %', taken.outcome;
        END IF;
    END IF;

    IF p_regenerate IS NULL THEN
        c.last_seq := c.last_seq + 1;
        INSERT INTO messages (id, conversation_id, user_id, parent_id, seq, role, status, content, finished_at)
        VALUES (p_question, c.id, p_user, p_parent, c.last_seq, 'user', 'complete', p_content, now())
        RETURNING * INTO asked;
    END IF;
    c.last_seq := c.last_seq + 1;
    INSERT INTO messages (id, conversation_id, user_id, parent_id, seq, role, status, model_id, owner_id,
                          idempotency_key, idempotency_hash, credits)
    VALUES (p_answer, c.id, p_user, asked.id, c.last_seq, 'assistant', 'streaming', p_model, p_owner, p_key, p_hash,
            jsonb_build_object('transaction_id', CASE WHEN cost.hold > 0 THEN p_transaction END,
                               'held_mc', cost.hold, 'charged_mc', NULL, 'tokens_max', cost.answer_tokens,
                               'limited', cost.answer_tokens < p_tokens_max))
    RETURNING * INTO reply;
    UPDATE conversations SET
        leaf_id = p_answer, last_seq = c.last_seq, model_id = p_model, updated_at = now(),
        title = CASE WHEN title = '' AND NOT title_is_custom THEN coalesce(p_title, '') ELSE title END
    WHERE id = c.id RETURNING * INTO c;

    outcome := 'begun'; leaf := c.leaf_id; conversation := to_jsonb(c); question := to_jsonb(asked);
    answer := to_jsonb(reply); history := prompt.history; formula := cost.formula; credits := credit_state(p_user);
    RETURN NEXT;
END
$$;
"""

# The end of an answer, once: only while it streams, and only by the process that runs it (message: NULL when it had
# ended before, or its conversation is gone). What is still held for it is settled in the same statement, also when
# the message is not there any more.
FINISH_TURN = """
CREATE FUNCTION finish_turn(
    p_answer uuid, p_user uuid, p_owner uuid, p_status text, p_content text, p_reasoning text, p_usage jsonb,
    p_error jsonb, p_transaction uuid, p_charge bigint, p_situation text, p_result jsonb
) RETURNS TABLE (message jsonb, credits jsonb) LANGUAGE plpgsql AS $$
DECLARE
    m messages;
    ended text;
BEGIN
    UPDATE messages t SET status = p_status, content = p_content, reasoning = p_reasoning, usage = p_usage,
                          error = p_error, finished_at = now(), owner_id = NULL,
                          credits = t.credits || jsonb_build_object('charged_mc', p_charge)
    WHERE t.id = p_answer AND t.status = 'streaming' AND t.owner_id = p_owner
    RETURNING * INTO m;
    IF m.id IS NOT NULL THEN
        message := to_jsonb(m);
    ELSIF EXISTS (SELECT FROM messages t WHERE t.id = p_answer) THEN
        credits := credit_state(p_user); RETURN NEXT; RETURN;
    END IF;
    IF p_transaction IS NOT NULL THEN
        SELECT e.outcome INTO ended FROM credit_end(p_transaction, p_charge, p_situation, p_usage, p_result) e;
        IF ended NOT IN ('settled', 'returned') AND m.id IS NOT NULL THEN
            RAISE EXCEPTION 'the hold of answer % could not be ended: %', p_answer, ended;
        END IF;
    END IF;
    credits := credit_state(p_user);
    RETURN NEXT;
END
$$;
"""

# Answers that nobody writes any more end as interrupted, with the text of their last checkpoint, and cost nothing:
# those whose process stopped beating, and those of p_owner that it does not run (p_running: what it does; the time
# leaves an answer that was just begun the moment until it is).
INTERRUPT_ORPHANS = """
CREATE FUNCTION interrupt_orphans(p_owner uuid, p_running uuid[], p_timeout_s double precision)
RETURNS SETOF uuid LANGUAGE plpgsql AS $$
DECLARE
    orphan messages;
BEGIN
    DELETE FROM run_owners WHERE heartbeat_at < now() - make_interval(secs => p_timeout_s);
    FOR orphan IN
        SELECT * FROM messages m
        WHERE m.status = 'streaming' AND (NOT EXISTS (SELECT FROM run_owners o WHERE o.id = m.owner_id)
              OR m.owner_id = p_owner AND m.id <> ALL (p_running)
                 AND m.created_at < now() - make_interval(secs => p_timeout_s))
        ORDER BY m.user_id, m.id FOR UPDATE SKIP LOCKED
    LOOP
        UPDATE messages SET status = 'interrupted', error = '{"code": "interrupted", "params": {}}',
                            finished_at = now(), owner_id = NULL, credits = credits || '{"charged_mc": 0}'
        WHERE id = orphan.id;
        PERFORM credit_end((orphan.credits->>'transaction_id')::uuid, 0, 'process_died', NULL, NULL);
        RETURN NEXT orphan.id;
    END LOOP;
END
$$;
"""


def upgrade() -> None:
    """Put the paid turns in the place of the free ones."""
    for statement in (
        DROP_OLD, CREDIT_STATE, TURN_PROMPT, IS_RATE, TURN_HOLD, BEGIN_TURN, FINISH_TURN, INTERRUPT_ORPHANS,
    ):  # fmt: skip
        op.execute(statement)


def downgrade() -> None:
    """Money is not thrown away by a command."""
    raise NotImplementedError("the ledger is removed by hand")
