"""Accounts, sessions, conversations, messages.

Revision ID: 0001
Revises:
"""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE users (
    id            uuid CONSTRAINT users_pkey PRIMARY KEY,
    email         text NOT NULL,
    email_key     text NOT NULL CONSTRAINT users_email_key_key UNIQUE,
    display_name  text NOT NULL,
    password_hash text NOT NULL,
    role          text NOT NULL CONSTRAINT users_role_check CHECK (role IN ('user', 'admin')),
    status        text NOT NULL CONSTRAINT users_status_check CHECK (status IN ('active', 'pending', 'disabled')),
    created_at    timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE sessions (
    id           uuid CONSTRAINT sessions_pkey PRIMARY KEY,
    user_id      uuid NOT NULL CONSTRAINT sessions_user_id_fkey REFERENCES users (id) ON DELETE CASCADE,
    token_hash   bytea NOT NULL CONSTRAINT sessions_token_hash_key UNIQUE,
    address      text NOT NULL,
    user_agent   text NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    last_seen_at timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz NOT NULL
);
CREATE INDEX sessions_user_id_idx ON sessions (user_id);

CREATE TABLE conversations (
    id              uuid CONSTRAINT conversations_pkey PRIMARY KEY,
    user_id         uuid NOT NULL CONSTRAINT conversations_user_id_fkey REFERENCES users (id) ON DELETE CASCADE,
    title           text NOT NULL DEFAULT '',
    title_is_custom boolean NOT NULL DEFAULT false,
    model_id        text,
    leaf_id         uuid,
    last_seq        integer NOT NULL DEFAULT 0,
    created_at      timestamptz NOT NULL DEFAULT now(),
    updated_at      timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX conversations_list_idx ON conversations (user_id, updated_at DESC, id DESC);

CREATE TABLE messages (
    id               uuid CONSTRAINT messages_pkey PRIMARY KEY,
    conversation_id  uuid NOT NULL CONSTRAINT messages_conversation_id_fkey
                     REFERENCES conversations (id) ON DELETE CASCADE,
    user_id          uuid NOT NULL CONSTRAINT messages_user_id_fkey REFERENCES users (id) ON DELETE CASCADE,
    parent_id        uuid CONSTRAINT messages_parent_id_fkey REFERENCES messages (id),
    seq              integer NOT NULL,
    role             text NOT NULL CONSTRAINT messages_role_check CHECK (role IN ('user', 'assistant')),
    status           text NOT NULL CONSTRAINT messages_status_check
                     CHECK (status IN ('streaming', 'complete', 'stopped', 'failed', 'interrupted')),
    content          text NOT NULL DEFAULT '',
    reasoning        text NOT NULL DEFAULT '',
    model_id         text,
    usage            jsonb,
    error            jsonb,
    owner_id         uuid,
    idempotency_key  text,
    idempotency_hash bytea,
    created_at       timestamptz NOT NULL DEFAULT now(),
    finished_at      timestamptz,
    CONSTRAINT messages_conversation_id_seq_key UNIQUE (conversation_id, seq),
    CONSTRAINT messages_finished_check CHECK ((status = 'streaming') = (finished_at IS NULL))
);
CREATE INDEX messages_parent_id_idx ON messages (parent_id);
CREATE INDEX messages_running_idx ON messages (user_id) WHERE status = 'streaming';
CREATE UNIQUE INDEX messages_idempotency_idx ON messages (user_id, idempotency_key)
    WHERE idempotency_key IS NOT NULL;

CREATE TABLE run_owners (
    id           uuid CONSTRAINT run_owners_pkey PRIMARY KEY,
    heartbeat_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE idempotency_keys (
    user_id      uuid NOT NULL CONSTRAINT idempotency_keys_user_id_fkey REFERENCES users (id) ON DELETE CASCADE,
    operation    text NOT NULL,
    key          text NOT NULL,
    request_hash bytea NOT NULL,
    response     jsonb NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT idempotency_keys_pkey PRIMARY KEY (user_id, operation, key)
);
CREATE INDEX idempotency_keys_created_at_idx ON idempotency_keys (created_at);
"""


def upgrade() -> None:
    """Create the first tables."""
    op.execute(TABLES)


def downgrade() -> None:
    """Remove them again."""
    op.execute("DROP TABLE idempotency_keys, run_owners, messages, conversations, sessions, users")
