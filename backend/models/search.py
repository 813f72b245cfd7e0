"""What messages are found by."""

from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from backend.models.base import Base


class MessageSearch(Base):
    """The terms of one message that has ended, with its user's own term among them (see ``search_terms``)."""

    __tablename__ = "message_search"
    __table_args__ = (
        Index("message_search_newest_idx", "user_id", "message_id"),
        Index(
            "message_search_terms_idx",
            "terms",
            postgresql_using="gin",
            postgresql_with={"gin_pending_list_limit": 1024},
        ),
    )

    message_id: Mapped[UUID] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[UUID]
    terms: Mapped[str] = mapped_column(TSVECTOR)
