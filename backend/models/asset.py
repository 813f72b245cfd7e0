"""Assets: pictures, films, sounds and files of users, and the objects that hold their bytes."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.core.media_types import AssetKind
from backend.models.base import Base


class StoredObject(Base):
    """Bytes in the object store, by their SHA-256; several users' assets may share them.

    Whoever stores bytes claims the row first (``touched_at``); the sweep dooms a row that nothing refers to and
    nobody claimed for a while, removes the bytes, then the row.
    """

    __tablename__ = "stored_objects"

    sha256: Mapped[bytes] = mapped_column(primary_key=True)
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    touched_at: Mapped[datetime] = mapped_column(server_default=text("now()"), index=True)
    doomed: Mapped[bool] = mapped_column(server_default=text("false"))


class Asset(Base):
    """A file of one user. The same bytes are one asset, however often they come.

    ``sha256`` names what is stored, ``source_sha256`` what came: pictures and films of users are written anew.
    ``name`` is metadata and never a path. ``task_id`` and ``model_id`` tell what made it last; a trigger sets them.
    """

    __tablename__ = "assets"
    __table_args__ = (
        UniqueConstraint("user_id", "sha256"),
        Index("assets_list_idx", "user_id", text("id DESC"), postgresql_include=["size_bytes"]),
        Index("assets_kind_idx", "user_id", "kind", text("id DESC")),
        Index("assets_user_id_source_sha256_idx", "user_id", "source_sha256"),
        Index("assets_works_idx", "user_id", text("id DESC"), postgresql_where=text("task_id IS NOT NULL")),
        Index("assets_model_idx", "user_id", "model_id", text("id DESC"), postgresql_where=text("task_id IS NOT NULL")),
        Index("assets_task_id_idx", "task_id", postgresql_where=text("task_id IS NOT NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    kind: Mapped[AssetKind] = mapped_column(Text)
    mime: Mapped[str] = mapped_column(Text)
    sha256: Mapped[bytes] = mapped_column(ForeignKey("stored_objects.sha256"), index=True)
    source_sha256: Mapped[bytes]
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    width: Mapped[int | None]
    height: Mapped[int | None]
    duration_ms: Mapped[int | None] = mapped_column(BigInteger)
    thumbnail_sha256: Mapped[bytes | None] = mapped_column(ForeignKey("stored_objects.sha256"), index=True)
    poster_sha256: Mapped[bytes | None] = mapped_column(ForeignKey("stored_objects.sha256"), index=True)
    name: Mapped[str] = mapped_column(Text)
    task_id: Mapped[UUID | None] = mapped_column(ForeignKey("tasks.id", ondelete="SET NULL"))
    model_id: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
