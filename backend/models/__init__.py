"""The tables, one aggregate per file."""

from backend.models.asset import Asset, StoredObject
from backend.models.base import Base
from backend.models.conversation import Conversation
from backend.models.idempotency import IdempotencyKey
from backend.models.message import Message, MessageRole, MessageStatus, RunOwner
from backend.models.user import Session, User, UserRole, UserStatus

__all__ = [
    "Asset",
    "Base",
    "Conversation",
    "IdempotencyKey",
    "Message",
    "MessageRole",
    "MessageStatus",
    "RunOwner",
    "Session",
    "StoredObject",
    "User",
    "UserRole",
    "UserStatus",
]
