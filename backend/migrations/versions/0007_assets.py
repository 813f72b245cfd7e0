"""Assets, and the objects that hold their bytes.

Revision ID: 0007
Revises: 0006
"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# An object is claimed here before its bytes are stored, and doomed here before they are removed: the two meet at the
# object's row, so that no asset ever refers to bytes that a sweep takes away.
TABLES = """
CREATE TABLE stored_objects (
    sha256     bytea CONSTRAINT stored_objects_pkey PRIMARY KEY
               CONSTRAINT stored_objects_sha256_check CHECK (octet_length(sha256) = 32),
    size_bytes bigint NOT NULL CONSTRAINT stored_objects_size_bytes_check CHECK (size_bytes > 0),
    touched_at timestamptz NOT NULL DEFAULT now(),
    doomed     boolean NOT NULL DEFAULT false
);
CREATE INDEX stored_objects_touched_at_idx ON stored_objects (touched_at);

CREATE TABLE assets (
    id               uuid CONSTRAINT assets_pkey PRIMARY KEY,
    user_id          uuid NOT NULL CONSTRAINT assets_user_id_fkey REFERENCES users (id) ON DELETE CASCADE,
    kind             text NOT NULL CONSTRAINT assets_kind_check CHECK (kind IN ('image', 'video', 'audio', 'file')),
    mime             text NOT NULL,
    sha256           bytea NOT NULL CONSTRAINT assets_sha256_fkey REFERENCES stored_objects (sha256),
    source_sha256    bytea NOT NULL,
    size_bytes       bigint NOT NULL CONSTRAINT assets_size_bytes_check CHECK (size_bytes > 0),
    width            integer,
    height           integer,
    duration_ms      bigint,
    thumbnail_sha256 bytea CONSTRAINT assets_thumbnail_sha256_fkey REFERENCES stored_objects (sha256),
    poster_sha256    bytea CONSTRAINT assets_poster_sha256_fkey REFERENCES stored_objects (sha256),
    name             text NOT NULL,
    created_at       timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT assets_user_id_sha256_key UNIQUE (user_id, sha256)
);
CREATE INDEX assets_list_idx ON assets (user_id, id DESC) INCLUDE (size_bytes);
CREATE INDEX assets_kind_idx ON assets (user_id, kind, id DESC);
CREATE INDEX assets_user_id_source_sha256_idx ON assets (user_id, source_sha256);
CREATE INDEX assets_sha256_idx ON assets (sha256);
CREATE INDEX assets_thumbnail_sha256_idx ON assets (thumbnail_sha256);
CREATE INDEX assets_poster_sha256_idx ON assets (poster_sha256);
"""


def upgrade() -> None:
    """Create the tables."""
    op.execute(TABLES)


def downgrade() -> None:
    """Remove them again; the bytes stay in the store."""
    op.execute("DROP TABLE assets, stored_objects")
