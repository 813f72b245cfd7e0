"""Credits: accounts, prices, transactions, append-only entries; the audit log.

Revision ID: 0004
Revises: 0003
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# Amounts are milli-credits (1 credit = 1000). A transaction is one thing that happened (a charge with its hold, a
# grant ...); entries are the single movements, each with the account's state after it, without gaps: an update that
# was lost or made twice would break a constraint here.
TABLES = """
CREATE TABLE credit_accounts (
    user_id    uuid CONSTRAINT credit_accounts_pkey PRIMARY KEY
               CONSTRAINT credit_accounts_user_id_fkey REFERENCES users (id),
    balance_mc bigint NOT NULL DEFAULT 0,
    held_mc    bigint NOT NULL DEFAULT 0,
    last_seq   bigint NOT NULL DEFAULT 0,
    CONSTRAINT credit_accounts_held_check CHECK (0 <= held_mc AND held_mc <= balance_mc),
    CONSTRAINT credit_accounts_balance_check CHECK (balance_mc <= 1000000000000000)
);

CREATE TABLE prices (
    id         uuid CONSTRAINT prices_pkey PRIMARY KEY,
    model_id   text NOT NULL,
    version    integer NOT NULL,
    formula    jsonb NOT NULL,
    source     text NOT NULL CONSTRAINT prices_source_check CHECK (source IN ('config', 'admin')),
    actor_id   uuid CONSTRAINT prices_actor_id_fkey REFERENCES users (id),
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT prices_model_id_version_key UNIQUE (model_id, version)
);

CREATE TABLE credit_transactions (
    id              uuid CONSTRAINT credit_transactions_pkey PRIMARY KEY,
    user_id         uuid NOT NULL CONSTRAINT credit_transactions_user_id_fkey REFERENCES credit_accounts (user_id),
    kind            text NOT NULL
                    CONSTRAINT credit_transactions_kind_check CHECK (kind IN ('charge', 'grant', 'deduct', 'adjust')),
    state           text NOT NULL
                    CONSTRAINT credit_transactions_state_check CHECK (state IN ('held', 'settled', 'returned')),
    held_mc         bigint NOT NULL DEFAULT 0,
    amount_mc       bigint NOT NULL DEFAULT 0,
    reason          text NOT NULL,
    situation       text,
    subject_type    text CONSTRAINT credit_transactions_subject_check CHECK (subject_type IN ('message', 'task')),
    subject_id      uuid,
    model_id        text,
    price_id        uuid CONSTRAINT credit_transactions_price_id_fkey REFERENCES prices (id),
    estimate        jsonb,
    usage           jsonb,
    result          jsonb,
    actor_id        uuid CONSTRAINT credit_transactions_actor_id_fkey REFERENCES users (id),
    idempotency_key text NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT now(),
    ended_at        timestamptz,
    expires_at      timestamptz,
    CONSTRAINT credit_transactions_key UNIQUE (user_id, idempotency_key),
    CONSTRAINT credit_transactions_ended_check CHECK ((state = 'held') = (ended_at IS NULL)),
    CONSTRAINT credit_transactions_expires_check CHECK (state <> 'held' OR expires_at IS NOT NULL),
    CONSTRAINT credit_transactions_charge_check CHECK (
        CASE WHEN kind = 'charge'
        THEN held_mc >= 1 AND -held_mc <= amount_mc AND amount_mc <= 0 AND (state = 'settled') = (amount_mc < 0)
        ELSE held_mc = 0 AND state = 'settled' AND amount_mc <> 0 END)
);
CREATE INDEX credit_transactions_list_idx ON credit_transactions (user_id, id DESC);
CREATE INDEX credit_transactions_held_idx ON credit_transactions (user_id, expires_at) WHERE state = 'held';
CREATE INDEX credit_transactions_subject_idx ON credit_transactions (subject_id) WHERE subject_id IS NOT NULL;

CREATE TABLE credit_entries (
    user_id          uuid NOT NULL,
    seq              bigint NOT NULL,
    transaction_id   uuid NOT NULL CONSTRAINT credit_entries_transaction_id_fkey REFERENCES credit_transactions (id),
    step             text NOT NULL CONSTRAINT credit_entries_step_check
                     CHECK (step IN ('hold', 'settle', 'return', 'grant', 'deduct', 'adjust')),
    amount_mc        bigint NOT NULL,
    held_change_mc   bigint NOT NULL,
    balance_after_mc bigint NOT NULL,
    held_after_mc    bigint NOT NULL,
    created_at       timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT credit_entries_pkey PRIMARY KEY (user_id, seq),
    CONSTRAINT credit_entries_after_check CHECK (0 <= held_after_mc AND held_after_mc <= balance_after_mc)
);
CREATE UNIQUE INDEX credit_entries_ends_once_idx ON credit_entries (transaction_id) WHERE step <> 'hold';
CREATE UNIQUE INDEX credit_entries_holds_once_idx ON credit_entries (transaction_id) WHERE step = 'hold';

CREATE TABLE audit_log (
    id         uuid CONSTRAINT audit_log_pkey PRIMARY KEY,
    actor_id   uuid,
    action     text NOT NULL,
    target     text NOT NULL,
    details    jsonb NOT NULL,
    request_id text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX audit_log_action_idx ON audit_log (action, id DESC);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END
$$;
CREATE TRIGGER credit_entries_append_only BEFORE UPDATE OR DELETE ON credit_entries
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER credit_entries_no_truncate BEFORE TRUNCATE ON credit_entries
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE ON audit_log
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_log_no_truncate BEFORE TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Whoever has an account has credits, however the account was made.
CREATE FUNCTION open_credit_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO credit_accounts (user_id) VALUES (NEW.id);
    RETURN NULL;
END
$$;
CREATE TRIGGER users_open_credit_account AFTER INSERT ON users
    FOR EACH ROW EXECUTE FUNCTION open_credit_account();
INSERT INTO credit_accounts (user_id) SELECT id FROM users;

ALTER TABLE messages ADD COLUMN credits jsonb;
"""


def upgrade() -> None:
    """Create the tables, and an account for everyone who is there."""
    op.execute(TABLES)


def downgrade() -> None:
    """Money is not thrown away by a command."""
    raise NotImplementedError("the ledger is removed by hand")
