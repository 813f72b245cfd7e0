"""The atomic operations of the ledger: hold, end, expire, change; turns that hold and settle in their own statement.

Revision ID: 0005
Revises: 0004
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# One movement of an account and its entry, in one guarded statement; no row: the account would not cover it.
CREDIT_MOVE = """
CREATE FUNCTION credit_move(p_user uuid, p_transaction uuid, p_step text, p_amount bigint, p_held_change bigint)
RETURNS SETOF credit_entries LANGUAGE sql AS $$
    WITH moved AS (
        UPDATE credit_accounts
        SET balance_mc = balance_mc + p_amount, held_mc = held_mc + p_held_change, last_seq = last_seq + 1
        WHERE user_id = p_user AND held_mc + p_held_change >= 0
          AND held_mc + p_held_change <= balance_mc + p_amount
        RETURNING user_id, last_seq, balance_mc, held_mc
    )
    INSERT INTO credit_entries (user_id, seq, transaction_id, step, amount_mc, held_change_mc,
                                balance_after_mc, held_after_mc)
    SELECT user_id, last_seq, p_transaction, p_step, p_amount, p_held_change, balance_mc, held_mc FROM moved
    RETURNING *
$$;
"""

# Hold an amount of an account. outcome: 'held'; 'repeated' (same key, same command: the first one's id, still held);
# 'already_settled', 'already_returned' (the first one's, but it has ended and pays for nothing any more); 'mismatch'
# (same key, another command); 'insufficient'; 'not_found'. The account's row is locked first, so that commands of one
# user happen one after the other.
CREDIT_LOCK = """
CREATE FUNCTION credit_lock(
    p_id uuid, p_user uuid, p_amount bigint, p_reason text, p_subject_type text, p_subject uuid, p_model text,
    p_price uuid, p_estimate jsonb, p_key text, p_ttl_s double precision
) RETURNS TABLE (outcome text, transaction_id uuid, balance bigint, held bigint) LANGUAGE plpgsql AS $$
DECLARE
    account credit_accounts;
    earlier credit_transactions;
    moved credit_entries;
BEGIN
    IF p_amount < 1 OR p_amount > 1000000000000 THEN
        RAISE EXCEPTION 'an amount of % cannot be held', p_amount USING ERRCODE = 'check_violation';
    END IF;
    SELECT * INTO account FROM credit_accounts WHERE user_id = p_user FOR UPDATE;
    IF NOT FOUND THEN
        outcome := 'not_found'; RETURN NEXT; RETURN;
    END IF;
    balance := account.balance_mc; held := account.held_mc;

    SELECT * INTO earlier FROM credit_transactions t WHERE t.user_id = p_user AND t.idempotency_key = p_key;
    IF FOUND THEN
        outcome := CASE WHEN earlier.kind <> 'charge' OR earlier.held_mc <> p_amount
                             OR earlier.subject_id IS DISTINCT FROM p_subject THEN 'mismatch'
                        WHEN earlier.state = 'held' THEN 'repeated' ELSE 'already_' || earlier.state END;
        transaction_id := earlier.id; RETURN NEXT; RETURN;
    END IF;
    IF account.balance_mc - account.held_mc < p_amount THEN
        outcome := 'insufficient'; RETURN NEXT; RETURN;
    END IF;

    INSERT INTO credit_transactions (id, user_id, kind, state, held_mc, reason, subject_type, subject_id, model_id,
                                     price_id, estimate, idempotency_key, expires_at)
    VALUES (p_id, p_user, 'charge', 'held', p_amount, p_reason, p_subject_type, p_subject, p_model,
            p_price, p_estimate, p_key, now() + make_interval(secs => p_ttl_s));
    SELECT * INTO STRICT moved FROM credit_move(p_user, p_id, 'hold', 0, p_amount);
    outcome := 'held'; transaction_id := p_id; balance := moved.balance_after_mc; held := moved.held_after_mc;
    RETURN NEXT;
END
$$;
"""

# End a hold once: p_charge of it is paid, the rest goes back. outcome: 'settled' or 'returned'; else why not:
# 'already_settled', 'already_returned', 'over_hold', 'not_found'; then nothing has changed. (The guard of the update
# asks for the end, not for the state, or the planner would walk the small index of all open holds.)
CREDIT_END = """
CREATE FUNCTION credit_end(p_transaction uuid, p_charge bigint, p_situation text, p_usage jsonb, p_result jsonb)
RETURNS TABLE (outcome text, user_id uuid, amount bigint, balance bigint, held bigint) LANGUAGE plpgsql AS $$
DECLARE
    hold credit_transactions;
    moved credit_entries;
BEGIN
    SELECT * INTO hold FROM credit_transactions t WHERE t.id = p_transaction AND t.kind = 'charge' FOR UPDATE;
    IF NOT FOUND THEN
        outcome := 'not_found'; RETURN NEXT; RETURN;
    END IF;
    user_id := hold.user_id;
    IF hold.state <> 'held' THEN
        outcome := 'already_' || hold.state; amount := -hold.amount_mc; RETURN NEXT; RETURN;
    END IF;
    IF p_charge < 0 OR p_charge > hold.held_mc THEN
        outcome := 'over_hold'; RETURN NEXT; RETURN;
    END IF;

    outcome := CASE WHEN p_charge > 0 THEN 'settled' ELSE 'returned' END;
    UPDATE credit_transactions t
    SET state = outcome, amount_mc = -p_charge, situation = p_situation, usage = p_usage, result = p_result,
        ended_at = now()
    WHERE t.id = p_transaction AND t.ended_at IS NULL;
    SELECT * INTO STRICT moved FROM credit_move(
        hold.user_id, p_transaction, CASE WHEN p_charge > 0 THEN 'settle' ELSE 'return' END, -p_charge, -hold.held_mc);
    amount := p_charge; balance := moved.balance_after_mc; held := moved.held_after_mc;
    RETURN NEXT;
END
$$;
"""

# Give back what was held for something that no one works on any more: past its time, and its message not being
# written. What is still alive is left to its owner; a settling in progress holds the row and is passed by.
CREDIT_EXPIRE = """
CREATE FUNCTION credit_expire(p_limit integer) RETURNS TABLE (transaction_id uuid, user_id uuid)
LANGUAGE plpgsql AS $$
DECLARE
    hold credit_transactions;
BEGIN
    FOR hold IN
        SELECT * FROM credit_transactions t
        WHERE t.state = 'held' AND t.expires_at <= now()
          AND NOT EXISTS (SELECT FROM messages m WHERE m.id = t.subject_id AND m.status = 'streaming')
        ORDER BY t.user_id, t.id LIMIT p_limit FOR UPDATE SKIP LOCKED
    LOOP
        PERFORM credit_end(hold.id, 0, 'process_died', NULL, NULL);
        transaction_id := hold.id; user_id := hold.user_id; RETURN NEXT;
    END LOOP;
END
$$;
"""

# Add to a balance (grant), take from it (deduct) or correct it (adjust), at once. outcome: 'done', 'repeated',
# 'mismatch', 'insufficient', 'too_large', 'not_found'. What is held stays covered.
CREDIT_CHANGE = """
CREATE FUNCTION credit_change(
    p_id uuid, p_user uuid, p_kind text, p_amount bigint, p_reason text, p_actor uuid, p_key text
) RETURNS TABLE (outcome text, transaction_id uuid, balance bigint, held bigint) LANGUAGE plpgsql AS $$
DECLARE
    account credit_accounts;
    earlier credit_transactions;
    moved credit_entries;
BEGIN
    IF p_amount = 0 OR abs(p_amount) > 1000000000000
       OR (p_kind = 'grant' AND p_amount < 0) OR (p_kind = 'deduct' AND p_amount > 0) THEN
        RAISE EXCEPTION 'a % of % is not possible', p_kind, p_amount USING ERRCODE = 'check_violation';
    END IF;
    SELECT * INTO account FROM credit_accounts WHERE user_id = p_user FOR UPDATE;
    IF NOT FOUND THEN
        outcome := 'not_found'; RETURN NEXT; RETURN;
    END IF;
    balance := account.balance_mc; held := account.held_mc;

    SELECT * INTO earlier FROM credit_transactions t WHERE t.user_id = p_user AND t.idempotency_key = p_key;
    IF FOUND THEN
        outcome := CASE WHEN earlier.kind = p_kind AND earlier.amount_mc = p_amount AND earlier.reason = p_reason
                        THEN 'repeated' ELSE 'mismatch' END;
        transaction_id := earlier.id; RETURN NEXT; RETURN;
    END IF;
    IF account.balance_mc + p_amount < account.held_mc THEN
        outcome := 'insufficient'; RETURN NEXT; RETURN;
    END IF;
    IF account.balance_mc + p_amount > 1000000000000000 THEN
        outcome := 'too_large'; RETURN NEXT; RETURN;
    END IF;

    INSERT INTO credit_transactions (id, user_id, kind, state, amount_mc, reason, actor_id, idempotency_key, ended_at)
    VALUES (p_id, p_user, p_kind, 'settled', p_amount, p_reason, p_actor, p_key, now());
    SELECT * INTO STRICT moved FROM credit_move(p_user, p_id, p_kind, p_amount, 0);
    outcome := 'done'; transaction_id := p_id; balance := moved.balance_after_mc; held := moved.held_after_mc;
    RETURN NEXT;
END
$$;
"""

# Store a model's price as a new version, unless it is the one in force (for 'config': the newest that came from
# there, so that an admin's price stays until the configuration really changes). Returns the new version.
PRICE_SET = """
CREATE FUNCTION price_set(p_id uuid, p_model text, p_formula jsonb, p_source text, p_actor uuid)
RETURNS SETOF prices LANGUAGE plpgsql AS $$
DECLARE
    newest prices;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(p_model, 2));
    SELECT * INTO newest FROM prices WHERE model_id = p_model AND (p_source = 'admin' OR source = p_source)
    ORDER BY version DESC LIMIT 1;
    IF newest.formula IS NOT DISTINCT FROM p_formula THEN
        RETURN;
    END IF;
    RETURN QUERY INSERT INTO prices (id, model_id, version, formula, source, actor_id)
    SELECT p_id, p_model, coalesce(max(version), 0) + 1, p_formula, p_source, p_actor
    FROM prices WHERE model_id = p_model
    RETURNING *;
END
$$;
"""

FUNCTIONS = (CREDIT_MOVE, CREDIT_LOCK, CREDIT_END, CREDIT_EXPIRE, CREDIT_CHANGE, PRICE_SET)


def upgrade() -> None:
    """Create the functions."""
    for statement in FUNCTIONS:
        op.execute(statement)


def downgrade() -> None:
    """Remove them again."""
    for name in ("price_set", "credit_change", "credit_expire", "credit_end", "credit_lock", "credit_move"):
        op.execute(f"DROP FUNCTION {name}")
