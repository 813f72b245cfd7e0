"""SQL of media tasks; beginning, claiming and ending are one call each (functions of migration 0009)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql import bindparam
from sqlalchemy.types import Integer, Text, Uuid

from backend.models import FOLLOWS, HOLDING_SLOTS, TaskKind, TaskState

NULLABLE_JSON = JSONB(none_as_null=True)
Row = dict[str, Any]

BEGIN = text("""
    SELECT * FROM begin_task(
        :task_id, :user_id, :conversation_id, :parent_id, :branch, :answer_to, :question_id, :answer_id, :title, :kind,
        :model_id, :prompt, :request, :references, :state, :waiting_max, :transaction_id, :amount_mc, :price_id,
        :estimate, :ttl_s, :key, :hash)
""").bindparams(
    *(bindparam(name, type_=Uuid()) for name in ("conversation_id", "parent_id", "answer_to", "price_id")),
    *(bindparam(name, type_=NULLABLE_JSON) for name in ("request", "estimate")),
    bindparam("references", type_=ARRAY(Uuid())),
    bindparam("key", type_=Text()),
)
# Ages are by the database's clock: whoever works on a task may have another.
COLUMNS = """
    id, user_id, conversation_id, message_id, kind, model_id, prompt, request, state, progress, results, continues,
    shot_order IS NOT NULL AS is_storyboard, epoch,
    extract(epoch FROM now() - created_at)::float8 AS age_s,
    extract(epoch FROM now() - state_at)::float8 AS state_age_s,
    coalesce(extract(epoch FROM paused_until - now()), 0)::float8 AS pause_left_s
"""
LOAD = text(f"""
    SELECT {COLUMNS}, (SELECT a.provider_task_id FROM task_attempts a WHERE a.task_id = tasks.id
                       ORDER BY a.number DESC LIMIT 1) AS provider_task_id,
           (SELECT count(*) FROM task_attempts a WHERE a.task_id = tasks.id) AS attempts,
           (SELECT x.held_mc FROM credit_transactions x WHERE x.id = tasks.transaction_id) AS held_mc
    FROM tasks WHERE id = :id
""")
TAKE = text("""
    UPDATE tasks SET epoch = epoch + 1 WHERE id = :task_id AND finished_at IS NULL RETURNING epoch
""")
CLAIM = text("SELECT id, number FROM claim_task(:task_id, :epoch, :attempt_id)")
MOVE = text("""
    UPDATE tasks SET state = :to_state, state_at = now(), progress = :progress, results = :results,
                     paused_until = now() + make_interval(secs => :pause_s), pause_reason = :pause_reason
    WHERE id = :task_id AND state = ANY (:from_states) AND epoch = :epoch RETURNING id
""").bindparams(
    bindparam("from_states", type_=ARRAY(Text())),
    bindparam("results", type_=NULLABLE_JSON),
    bindparam("pause_reason", type_=Text()),
)
PAUSE = text("""
    UPDATE tasks SET paused_until = now() + make_interval(secs => :pause_s), pause_reason = :reason
    WHERE id = :task_id AND state = 'queued' AND epoch = :epoch
""")
ATTEMPT = text("""
    UPDATE task_attempts SET state = :state, provider_task_id = coalesce(:provider_task_id, provider_task_id),
                             error = :error, ended_at = CASE WHEN :state = 'accepted' THEN NULL ELSE now() END
    WHERE id = :attempt_id AND state IN ('intent', 'lost')
""").bindparams(bindparam("provider_task_id", type_=Text()), bindparam("error", type_=NULLABLE_JSON))
PROGRESS = text("""
    UPDATE tasks SET progress = :progress
    WHERE id = :task_id AND state = 'running' AND epoch = :epoch AND progress IS DISTINCT FROM :progress RETURNING id
""")
HOLDS = text("SELECT id FROM tasks WHERE id = :task_id AND epoch = :epoch AND finished_at IS NULL FOR SHARE")
FINISH = text("""
    SELECT * FROM finish_task(:task_id, :from_states, :state, :charge_mc, :situation, :error, :asset_ids, :flagged,
                              :epoch)
""").bindparams(
    bindparam("epoch", type_=Integer()),
    bindparam("from_states", type_=ARRAY(Text())),
    bindparam("error", type_=NULLABLE_JSON),
    bindparam("asset_ids", type_=ARRAY(Uuid())),
)
FIND = text("SELECT task_json(t) FROM tasks t WHERE t.id = :id AND t.user_id = :user_id")
LIST = text("""
    SELECT task_json(t) FROM tasks t
    WHERE t.user_id = :user_id AND t.parent_id IS NULL AND (CAST(:after AS uuid) IS NULL OR t.id < :after)
      AND (NOT :active OR t.finished_at IS NULL)
    ORDER BY t.id DESC LIMIT :limit
""").bindparams(bindparam("after", type_=Uuid()))
FLAGGED = text("""
    SELECT task_json(t) FROM tasks t WHERE t.flagged AND (CAST(:after AS uuid) IS NULL OR t.id < :after)
    ORDER BY t.id DESC LIMIT :limit
""").bindparams(bindparam("after", type_=Uuid()))
RESOLVE = text("UPDATE tasks SET flagged = false WHERE id = :id AND flagged RETURNING task_json(tasks)")
COUNT = text("SELECT count(*) FROM tasks WHERE user_id = :user_id AND parent_id IS NULL AND finished_at IS NULL")
COUNT_CONVERSATION = text("""
    SELECT count(*) FROM tasks WHERE conversation_id = :id AND parent_id IS NULL AND finished_at IS NULL
""")
SLOTS = text("""
    SELECT kind, user_id, coalesce(conversation_id, user_id) AS conversation_id, id FROM tasks
    WHERE state = ANY (:states) AND shot_order IS NULL
""").bindparams(bindparam("states", type_=ARRAY(Text())))
# The oldest waiting tasks of each user first, then the second oldest of each ...: whoever has many waits longer.
WAITING = text("""
    SELECT kind, user_id, coalesce(conversation_id, user_id) AS conversation_id, id FROM (
        SELECT *, row_number() OVER (PARTITION BY user_id ORDER BY id) AS turn
        FROM tasks WHERE state = 'waiting' AND may_begin(tasks)
    ) AS waiting ORDER BY turn, id LIMIT :limit
""")
PROMOTE = text("""
    UPDATE tasks SET state = 'queued', state_at = now() WHERE id = :task_id AND state = 'waiting' RETURNING id
""")
ATTEMPT_OF_CALLBACK = text("""
    SELECT a.task_id, a.provider_task_id, t.state FROM task_attempts a JOIN tasks t ON t.id = a.task_id
    WHERE a.id = :attempt_id
""")
CONFIRM = text("""
    WITH known AS (
        UPDATE task_attempts SET state = 'accepted', provider_task_id = :provider_task_id, ended_at = NULL
        WHERE id = :attempt_id AND provider_task_id IS NULL AND state IN ('intent', 'lost')
        RETURNING task_id)
    UPDATE tasks SET state = 'running', state_at = now() FROM known
    WHERE tasks.id = known.task_id AND tasks.state = 'unconfirmed' RETURNING tasks.id
""")


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A task as whoever works on it needs it; ``conversation_id`` may be gone, ``provider_task_id`` not yet there.

    Ages in seconds, as of when it was read. ``epoch`` tells who took it up last.
    """

    id: UUID
    user_id: UUID
    conversation_id: UUID | None
    message_id: UUID | None
    kind: str
    model_id: str
    prompt: str
    request: Row
    state: str
    progress: int | None
    results: Row | None
    continues: bool
    is_storyboard: bool
    epoch: int
    age_s: float
    state_age_s: float
    pause_left_s: float
    provider_task_id: str | None
    attempts: int
    held_mc: int | None


@dataclass(frozen=True, slots=True)
class BegunTask:
    """What ``begin_task`` says: ``outcome``, and the rows where there are any."""

    outcome: str
    leaf: UUID | None
    conversation: Row | None
    question: Row | None
    answer: Row | None
    task: Row | None
    credits: dict[str, int] | None


async def begin_task(db: AsyncSession, values: Mapping[str, Any]) -> BegunTask:
    """Begin a task with its hold and its messages, or say why not."""
    return BegunTask(**(await db.execute(BEGIN, values)).one()._mapping)


async def load_task(db: AsyncSession, task_id: UUID) -> TaskRow | None:
    """Return a task as whoever works on it needs it."""
    row = (await db.execute(LOAD, {"id": task_id})).one_or_none()
    return TaskRow(**row._mapping) if row else None


async def take_task(db: AsyncSession, task_id: UUID) -> int | None:
    """Take a task up: whoever did so before can change nothing of it any more. None: it has ended."""
    return (await db.execute(TAKE, {"task_id": task_id})).scalar_one_or_none()


async def holds_task(db: AsyncSession, task_id: UUID, epoch: int) -> bool:
    """Tell whether a task is still in the hands of whoever took it up; it stays so to the end of the transaction."""
    return (await db.execute(HOLDS, {"task_id": task_id, "epoch": epoch})).first() is not None


async def claim_task(db: AsyncSession, task_id: UUID, epoch: int, attempt_id: UUID) -> bool:
    """Take a queued task for one submission and write its intent; False when it is not queued, or paused."""
    values = {"task_id": task_id, "epoch": epoch, "attempt_id": attempt_id}
    return (await db.execute(CLAIM, values)).first() is not None


async def move_task(
    db: AsyncSession,
    task_id: UUID,
    epoch: int,
    to_state: TaskState,
    *,
    progress: int | None = None,
    results: Row | None = None,
    pause_s: float | None = None,
    pause_reason: str | None = None,
) -> bool:
    """Move a task on, from any state that may lead there; False when it is in none of them, or in others' hands."""
    values = {"task_id": task_id, "epoch": epoch, "to_state": to_state.value, "from_states": _values(FOLLOWS[to_state])}
    more = {"progress": progress, "results": results, "pause_s": pause_s, "pause_reason": pause_reason}
    return (await db.execute(MOVE, {**values, **more})).first() is not None


async def pause_task(db: AsyncSession, task_id: UUID, epoch: int, pause_s: float, reason: str) -> None:
    """Let a queued task stand back, and say why."""
    await db.execute(PAUSE, {"task_id": task_id, "epoch": epoch, "pause_s": pause_s, "reason": reason})


async def note_attempt(
    db: AsyncSession, attempt_id: UUID, state: str, *, provider_task_id: str | None = None, error: Row | None = None
) -> None:
    """Note what became of a submission."""
    values = {"attempt_id": attempt_id, "state": state, "provider_task_id": provider_task_id, "error": error}
    await db.execute(ATTEMPT, values)


async def set_progress(db: AsyncSession, task_id: UUID, epoch: int, progress: int | None) -> bool:
    """Note how far a running task is; False when nothing changed."""
    values = {"task_id": task_id, "epoch": epoch, "progress": progress}
    return (await db.execute(PROGRESS, values)).first() is not None


async def finish_task(
    db: AsyncSession,
    task_id: UUID,
    state: TaskState,
    *,
    charge_mc: int,
    situation: str,
    error: Row | None = None,
    asset_ids: Sequence[UUID] = (),
    flagged: bool = False,
    from_states: Collection[TaskState] | None = None,
    epoch: int | None = None,
) -> Row | None:
    """End a task, its hold and its message, once; None when it is in none of the states that this may end.

    ``epoch``: only while whoever took it up then still has it.
    """
    values = {
        "task_id": task_id,
        "from_states": _values(FOLLOWS[state] if from_states is None else from_states),
        "state": state.value,
        "charge_mc": charge_mc,
        "situation": situation,
        "error": error,
        "asset_ids": list(asset_ids),
        "flagged": flagged,
        "epoch": epoch,
    }
    row: Row | None = (await db.execute(FINISH, values)).scalar_one_or_none()
    return row


async def find_task(db: AsyncSession, task_id: UUID, user_id: UUID) -> Row | None:
    """Return the user's task as it is shown."""
    row: Row | None = (await db.execute(FIND, {"id": task_id, "user_id": user_id})).scalar_one_or_none()
    return row


async def list_tasks(db: AsyncSession, user_id: UUID, *, active: bool, after: UUID | None, limit: int) -> list[Row]:
    """Return the user's tasks, newest first."""
    values = {"user_id": user_id, "active": active, "after": after, "limit": limit}
    return list((await db.execute(LIST, values)).scalars())


async def list_flagged(db: AsyncSession, *, after: UUID | None, limit: int) -> list[Row]:
    """Return tasks that a person should look at, newest first."""
    return list((await db.execute(FLAGGED, {"after": after, "limit": limit})).scalars())


async def resolve_flagged(db: AsyncSession, task_id: UUID) -> Row | None:
    """Take the flag from a task, once; None when it has none."""
    row: Row | None = (await db.execute(RESOLVE, {"id": task_id})).scalar_one_or_none()
    return row


async def count_active(db: AsyncSession, user_id: UUID) -> int:
    """Return how many of the user's tasks have not ended."""
    return int((await db.execute(COUNT, {"user_id": user_id})).scalar_one())


async def count_active_in(db: AsyncSession, conversation_id: UUID) -> int:
    """Return how many tasks of a conversation have not ended."""
    return int((await db.execute(COUNT_CONVERSATION, {"id": conversation_id})).scalar_one())


async def list_slots(db: AsyncSession) -> list[tuple[TaskKind, UUID, UUID, UUID]]:
    """Return what holds slots: kind, user, conversation (or the user, outside of one), task."""
    rows = await db.execute(SLOTS, {"states": _values(HOLDING_SLOTS)})
    return [(TaskKind(row.kind), row.user_id, row.conversation_id, row.id) for row in rows]


async def list_waiting(db: AsyncSession, *, limit: int) -> list[tuple[TaskKind, UUID, UUID, UUID]]:
    """Return waiting tasks in the order in which they may be let in: fair between users, in turn for each."""
    rows = await db.execute(WAITING, {"limit": limit})
    return [(TaskKind(row.kind), row.user_id, row.conversation_id, row.id) for row in rows]


async def promote_task(db: AsyncSession, task_id: UUID) -> bool:
    """Let a waiting task into the queue; False when it does not wait any more."""
    return (await db.execute(PROMOTE, {"task_id": task_id})).first() is not None


async def find_attempt(db: AsyncSession, attempt_id: UUID) -> tuple[UUID, str | None, str] | None:
    """Return the task of an attempt, the provider's id of it if it is known, and the task's state."""
    row = (await db.execute(ATTEMPT_OF_CALLBACK, {"attempt_id": attempt_id})).one_or_none()
    return (row.task_id, row.provider_task_id, row.state) if row else None


async def confirm_attempt(db: AsyncSession, attempt_id: UUID, provider_task_id: str) -> bool:
    """Give an unconfirmed task the provider's id that a callback brought; False when nothing was unconfirmed."""
    values = {"attempt_id": attempt_id, "provider_task_id": provider_task_id}
    return (await db.execute(CONFIRM, values)).first() is not None


def _values(states: Collection[TaskState]) -> list[str]:
    return sorted(state.value for state in states)
