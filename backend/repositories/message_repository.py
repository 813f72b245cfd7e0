"""SQL of messages; turns begin and end in one statement each (functions of migration 0006)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.sql import bindparam
from sqlalchemy.types import Integer, Text, Uuid

from backend.core.direct_sql import Executor

NULLABLE_JSON = JSONB(none_as_null=True)
BEGIN = text("""
    SELECT * FROM begin_turn(
        :user_id, :conversation_id, :parent_id, :branch, :regenerate, :question_id, :content, :answer_id, :model_id,
        :title, :owner_id, :key, :hash, :user_max, :conversation_max, :history_messages, :history_chars,
        :transaction_id, :tokens_max, :tokens_min, :ttl_s)
""").bindparams(
    *(bindparam(name, type_=Uuid()) for name in ("parent_id", "regenerate", "question_id")),
    *(bindparam(name, type_=Text()) for name in ("content", "title", "key")),
)
FINISH = text("""
    SELECT message, credits FROM finish_turn(:answer_id, :user_id, :owner_id, :status, :content, :reasoning, :usage,
                                             :error, :transaction_id, :charge_mc, :situation, :result)
""").bindparams(
    *(bindparam(name, type_=NULLABLE_JSON) for name in ("usage", "error", "result")),
    bindparam("transaction_id", type_=Uuid()),
)
FIND = text("SELECT message_json(m) FROM messages m WHERE m.id = :id AND m.user_id = :user_id")
PAGE = text("""
    SELECT message_json(m) FROM messages m WHERE m.conversation_id = :conversation_id AND m.seq < :before_seq
    ORDER BY m.seq DESC LIMIT :limit OFFSET :offset
""")
SEQ = text("SELECT seq FROM messages WHERE id = :id AND conversation_id = :conversation_id")
CHECKPOINT = text("""
    WITH stored AS (
        UPDATE messages m SET content = d.content, reasoning = d.reasoning, stream_seq = d.seq
        FROM unnest(:ids, :contents, :reasonings, :seqs) AS d (id, content, reasoning, seq)
        WHERE m.id = d.id AND m.status = 'streaming' AND m.owner_id = :owner_id
    )
    SELECT r.id FROM unnest(:running) AS r (id)
    LEFT JOIN messages m ON m.id = r.id AND m.status = 'streaming' AND m.owner_id = :owner_id
    WHERE m.id IS NULL OR m.stop_requested_at IS NOT NULL
""").bindparams(
    *(bindparam(name, type_=ARRAY(Uuid())) for name in ("ids", "running")),
    *(bindparam(name, type_=ARRAY(Text())) for name in ("contents", "reasonings")),
    bindparam("seqs", type_=ARRAY(Integer())),
)
REQUEST_STOP = text("""
    UPDATE messages SET stop_requested_at = coalesce(stop_requested_at, now())
    WHERE id = :id AND user_id = :user_id AND status = 'streaming'
    RETURNING owner_id
""")
PROGRESS = text("SELECT status, stream_seq FROM messages WHERE id = :id")
BEAT = text("""
    INSERT INTO run_owners (id) VALUES (:owner_id) ON CONFLICT (id) DO UPDATE SET heartbeat_at = now()
""")
LEAVE = text("DELETE FROM run_owners WHERE id = :owner_id")
INTERRUPT = text("SELECT interrupt_orphans(:owner_id, :running, :timeout_s)").bindparams(
    bindparam("running", type_=ARRAY(Uuid()))
)
RUNNING = text("SELECT id, conversation_id FROM messages WHERE user_id = :user_id AND status = 'streaming' ORDER BY id")
DELETE = text("""
    WITH gone AS (SELECT id, parent_id, conversation_id FROM messages
                  WHERE id = :id AND status NOT IN ('streaming', 'developing')),
         adopted AS (UPDATE messages SET parent_id = gone.parent_id FROM gone WHERE messages.parent_id = gone.id)
    SELECT conversation_id FROM gone
""")
DROP = text("DELETE FROM messages WHERE id = :id")
NEW_LEAF = text("""
    UPDATE conversations c SET leaf_id = (
        SELECT m.id FROM messages m WHERE m.conversation_id = c.id ORDER BY m.seq DESC LIMIT 1)
    WHERE c.id = :conversation_id RETURNING leaf_id
""")
LOCK_CONVERSATION = text("""
    SELECT c.id FROM conversations c JOIN messages m ON m.conversation_id = c.id
    WHERE m.id = :id AND c.user_id = :user_id FOR UPDATE OF c
""")
APPEND = text("""
    WITH place AS (
        SELECT id, user_id, leaf_id, last_seq + 1 AS seq FROM conversations
        WHERE id = :conversation_id AND user_id = :user_id FOR UPDATE
    ), moved AS (
        UPDATE conversations c SET leaf_id = :id, last_seq = place.seq, updated_at = now(),
            title = CASE WHEN c.title = '' AND NOT c.title_is_custom THEN :title ELSE c.title END
        FROM place WHERE c.id = place.id
    )
    INSERT INTO messages AS m (id, conversation_id, user_id, parent_id, seq, role, status, content, model_id, error,
                               credits, finished_at)
    SELECT :id, id, user_id, leaf_id, seq, :role, :status, :content, :model_id, :error, :credits, now() FROM place
    RETURNING to_jsonb(m)
""").bindparams(
    bindparam("model_id", type_=Text()),
    bindparam("error", type_=NULLABLE_JSON),
    bindparam("credits", type_=NULLABLE_JSON),
)
HISTORY = text("""
    SELECT p.history FROM conversations c, LATERAL turn_prompt(c.leaf_id, :messages_max, :chars_max) p
    WHERE c.id = :conversation_id AND c.user_id = :user_id
""")
# What is said again changes nothing, and is told to nobody.
RATE = text("""
    WITH rated AS (
        UPDATE messages m SET feedback = :feedback
        WHERE m.id = :id AND m.user_id = :user_id AND m.role = 'assistant' AND m.status <> 'streaming'
          AND m.feedback IS DISTINCT FROM :feedback
        RETURNING m.id
    )
    SELECT EXISTS (SELECT FROM rated) OR EXISTS (
        SELECT FROM messages m WHERE m.id = :id AND m.user_id = :user_id AND m.role = 'assistant'
          AND m.status <> 'streaming')
""").bindparams(bindparam("feedback", type_=NULLABLE_JSON))
SEQ_MAX = 2**31 - 1

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class TurnRows:
    """What ``begin_turn`` says: ``outcome``, and the rows of the turn where there is one.

    ``formula`` is the frozen price, ``credits`` the user's account, ``needed`` what could not be held, ``running``
    what takes the places of a limit.
    """

    outcome: str
    leaf: UUID | None
    conversation: Row | None
    question: Row | None
    answer: Row | None
    history: list[dict[str, str]] | None
    formula: Row | None
    credits: dict[str, int] | None
    needed: int | None
    running: list[UUID] | None


async def begin_turn(db: Executor, values: Mapping[str, Any]) -> TurnRows:
    """Begin a turn, or say why not, in one statement."""
    row = (await db.execute(BEGIN, values)).one()
    return TurnRows(*row)


async def finish_turn(db: Executor, values: Mapping[str, Any]) -> tuple[Row | None, dict[str, int] | None]:
    """End an answer and settle its hold; returns its row (None when it had ended before) and the user's account."""
    row = (await db.execute(FINISH, values)).one()
    return row.message, row.credits


async def find_message(db: Executor, message_id: UUID, user_id: UUID) -> Row | None:
    """Return the user's message."""
    row: Row | None = (await db.execute(FIND, {"id": message_id, "user_id": user_id})).scalar_one_or_none()
    return row


async def list_messages(
    db: Executor, conversation_id: UUID, *, before_id: UUID | None, limit: int, offset: int
) -> list[Row] | None:
    """Return messages before a message (or the newest), newest first; None when that message is not in there."""
    before_seq = SEQ_MAX
    if before_id is not None:
        found = (await db.execute(SEQ, {"id": before_id, "conversation_id": conversation_id})).scalar_one_or_none()
        if found is None:
            return None
        before_seq = found
    values = {"conversation_id": conversation_id, "before_seq": before_seq, "limit": limit, "offset": offset}
    return list((await db.execute(PAGE, values)).scalars())


async def delete_message(db: Executor, message_id: UUID, user_id: UUID) -> tuple[UUID, UUID | None] | None:
    """Delete a message; what followed it follows its parent. Returns the conversation and its newest message.

    None: there is no such message, or it is still being written.
    """
    if (await db.execute(LOCK_CONVERSATION, {"id": message_id, "user_id": user_id})).first() is None:
        return None
    conversation_id = (await db.execute(DELETE, {"id": message_id})).scalar_one_or_none()
    if conversation_id is None:
        return None
    await db.execute(DROP, {"id": message_id})
    leaf_id = (await db.execute(NEW_LEAF, {"conversation_id": conversation_id})).scalar_one()
    return conversation_id, leaf_id


async def checkpoint(
    db: Executor, owner_id: UUID, texts: Sequence[tuple[UUID, str, str, int]], running: Sequence[UUID]
) -> list[UUID]:
    """Store the text so far of answers (id, content, reasoning, last event), all in one statement.

    Returns those of ``running``, all that the process writes, that shall not go on: stopped by their user, deleted, or
    ended by another process.
    """
    values = {"owner_id": owner_id, "running": list(running)}
    for column, name in enumerate(("ids", "contents", "reasonings", "seqs")):
        values[name] = [row[column] for row in texts]
    return list((await db.execute(CHECKPOINT, values)).scalars())


async def rate_message(db: Executor, message_id: UUID, user_id: UUID, feedback: Row | None) -> bool:
    """Store what the user thinks of an answer that has ended; False when there is no such answer. Safe to repeat."""
    values = {"id": message_id, "user_id": user_id, "feedback": feedback}
    return bool((await db.execute(RATE, values)).scalar_one())


async def request_stop(db: Executor, message_id: UUID, user_id: UUID) -> UUID | None:
    """Note that the user's answer shall stop; returns the process that writes it, None when nothing is written."""
    owner_id: UUID | None = (
        await db.execute(REQUEST_STOP, {"id": message_id, "user_id": user_id})
    ).scalar_one_or_none()
    return owner_id


async def find_progress(db: Executor, message_id: UUID) -> tuple[str, int] | None:
    """Return an answer's state and the last event in its stored text, without that text."""
    row = (await db.execute(PROGRESS, {"id": message_id})).one_or_none()
    return (row.status, row.stream_seq) if row else None


async def beat(db: Executor, owner_id: UUID) -> None:
    """Note that this process lives."""
    await db.execute(BEAT, {"owner_id": owner_id})


async def leave(db: Executor, owner_id: UUID) -> None:
    """Note that this process runs no answers any more."""
    await db.execute(LEAVE, {"owner_id": owner_id})


async def interrupt_orphans(db: Executor, owner_id: UUID, running: Sequence[UUID], *, timeout_s: float) -> list[UUID]:
    """End answers that nobody writes any more as interrupted; returns their ids. Safe in any number of processes.

    ``running``: what ``owner_id`` does write.
    """
    values = {"owner_id": owner_id, "running": list(running), "timeout_s": timeout_s}
    return list((await db.execute(INTERRUPT, values)).scalars())


async def list_running(db: Executor, user_id: UUID) -> list[tuple[UUID, UUID]]:
    """Return the user's answers that are being written, oldest first: answer and conversation."""
    return [(row.id, row.conversation_id) for row in await db.execute(RUNNING, {"user_id": user_id})]


async def append_message(db: Executor, values: Mapping[str, Any]) -> Row | None:
    """Store a message that has ended behind the newest of its conversation; None when that is not the user's."""
    row: Row | None = (await db.execute(APPEND, values)).scalar_one_or_none()
    return row


async def read_history(
    db: Executor, conversation_id: UUID, user_id: UUID, *, messages_max: int, chars_max: int
) -> list[dict[str, str]] | None:
    """Return what was said on the newest branch, oldest first; None when the conversation is not the user's."""
    values = {"conversation_id": conversation_id, "user_id": user_id}
    limits = {"messages_max": messages_max, "chars_max": chars_max}
    history: list[dict[str, str]] | None = (await db.execute(HISTORY, {**values, **limits})).scalar_one_or_none()
    return history
