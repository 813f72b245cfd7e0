"""The tables, one aggregate per file."""

from backend.models.asset import Asset, StoredObject
from backend.models.audit import AuditRecord
from backend.models.base import Base
from backend.models.conversation import Conversation
from backend.models.credit import (
    CreditAccount,
    CreditEntry,
    CreditTransaction,
    PriceVersion,
    TransactionKind,
    TransactionState,
)
from backend.models.event import Event, EventCounter, EventType
from backend.models.idempotency import IdempotencyKey
from backend.models.message import Message, MessageRole, MessageStatus, RunOwner
from backend.models.search import MessageSearch
from backend.models.share import Share, ShareFile
from backend.models.task import FINAL, FOLLOWS, HOLDING_SLOTS, Task, TaskAttempt, TaskKind, TaskState
from backend.models.user import Session, User, UserRole, UserStatus

__all__ = [
    "FINAL",
    "FOLLOWS",
    "HOLDING_SLOTS",
    "Asset",
    "AuditRecord",
    "Base",
    "Conversation",
    "CreditAccount",
    "CreditEntry",
    "CreditTransaction",
    "Event",
    "EventCounter",
    "EventType",
    "IdempotencyKey",
    "Message",
    "MessageRole",
    "MessageSearch",
    "MessageStatus",
    "PriceVersion",
    "RunOwner",
    "Session",
    "Share",
    "ShareFile",
    "StoredObject",
    "Task",
    "TaskAttempt",
    "TaskKind",
    "TaskState",
    "TransactionKind",
    "TransactionState",
    "User",
    "UserRole",
    "UserStatus",
]
