"""Shares: conversations as they were at a moment, to be read by whoever has the link.

Revision ID: 0015
Revises: 0014
"""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

# ``share_files`` names the stored objects themselves: the bytes outlive the asset for as long as the share lives, and
# the sweep of what nothing refers to looks in one place more.
TABLES = """
CREATE TABLE shares (
    id              uuid CONSTRAINT shares_pkey PRIMARY KEY,
    user_id         uuid NOT NULL CONSTRAINT shares_user_id_fkey REFERENCES users (id) ON DELETE CASCADE,
    conversation_id uuid NOT NULL CONSTRAINT shares_conversation_id_fkey
                    REFERENCES conversations (id) ON DELETE CASCADE,
    token           text NOT NULL,
    token_hash      bytea NOT NULL CONSTRAINT shares_token_hash_check CHECK (octet_length(token_hash) = 32),
    title           text NOT NULL,
    messages        jsonb NOT NULL,
    message_count   integer NOT NULL,
    expires_at      timestamptz,
    created_at      timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT shares_token_hash_key UNIQUE (token_hash)
);
CREATE INDEX shares_list_idx ON shares (user_id, id DESC);
CREATE INDEX shares_conversation_id_idx ON shares (conversation_id);
CREATE INDEX shares_expires_at_idx ON shares (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE share_files (
    share_id uuid NOT NULL CONSTRAINT share_files_share_id_fkey REFERENCES shares (id) ON DELETE CASCADE,
    asset_id uuid NOT NULL,
    part     text NOT NULL CONSTRAINT share_files_part_check CHECK (part IN ('content', 'thumbnail', 'poster')),
    sha256   bytea NOT NULL CONSTRAINT share_files_sha256_fkey REFERENCES stored_objects (sha256),
    mime     text NOT NULL,
    CONSTRAINT share_files_pkey PRIMARY KEY (share_id, asset_id, part)
);
CREATE INDEX share_files_sha256_idx ON share_files (sha256);
"""


def upgrade() -> None:
    """Create the tables."""
    op.execute(TABLES)


def downgrade() -> None:
    """Remove them again; every link is dead then."""
    op.execute("DROP TABLE share_files, shares")
