"""The one place outside the workers that knows the queue: a job is deferred in the transaction of what it is for."""

from collections.abc import Sequence
from uuid import UUID

from procrastinate.jobs import Job
from procrastinate.manager import JobManager
from procrastinate.psycopg_connector import PsycopgConnector
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

TASK_JOB = "process_task_worker"
QUEUE = "tasks"

FORGOTTEN = text("""
    SELECT t.id FROM tasks t
    WHERE t.finished_at IS NULL AND t.state <> 'waiting' AND NOT (t.shot_order IS NOT NULL AND t.state = 'running')
      AND NOT EXISTS (
        SELECT FROM procrastinate_jobs j WHERE j.lock = 'task:' || t.id AND j.status IN ('todo', 'doing'))
    ORDER BY t.id LIMIT :limit FOR UPDATE SKIP LOCKED
""")
HAS_WORKER = text("SELECT EXISTS (SELECT FROM procrastinate_workers WHERE id = :worker_id)")
# Never opened: statements run on the caller's own connection, so task, hold and job commit together or not at all.
_manager = JobManager(PsycopgConnector(conninfo=""))


async def defer_tasks(db: AsyncSession, task_ids: Sequence[UUID]) -> None:
    """Let a worker process these tasks once the transaction is committed; a task has at most one job at work."""
    if not task_ids:
        return
    connection = (await (await db.connection()).get_raw_connection()).driver_connection
    jobs = [
        Job(
            id=None,
            queue=QUEUE,
            lock=f"task:{task_id}",
            queueing_lock=None,
            task_name=TASK_JOB,
            task_kwargs={"task_id": str(task_id)},
        )
        for task_id in task_ids
    ]
    await _manager.batch_defer_jobs_async(jobs=jobs, connection=connection)


async def defer_forgotten_tasks(db: AsyncSession, *, limit: int) -> int:
    """Give tasks that are to be worked on and have no job (any more) a new one; returns how many."""
    forgotten = list((await db.execute(FORGOTTEN, {"limit": limit})).scalars())
    await defer_tasks(db, forgotten)
    return len(forgotten)


async def has_worker(db: AsyncSession, worker_id: int) -> bool:
    """Tell whether the queue still counts on a worker."""
    return bool((await db.execute(HAS_WORKER, {"worker_id": worker_id})).scalar())
