"""Media tasks: begin, look, cancel; and where providers say that there is something new."""

import re
from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Request, Response

from backend.api.deps import ContainerDep, CurrentUser, IdempotencyKeyDep
from backend.api.errors import errors
from backend.api.strict_json import StrictRoute
from backend.core.clock import utc_now
from backend.core.errors import Kind, NotSignedIn
from backend.repositories import task_repository
from backend.repositories.task_repository import BegunTask
from backend.schemas.base import Page
from backend.schemas.task import TaskOut
from backend.schemas.task_command import ReferenceIn, ShotIn, TaskCreate, TaskTurn
from backend.services.adapters.base import ReferenceRole
from backend.services.adapters.kie.callback import CallbackRefused, verify_callback
from backend.services.media_plan import AssetReference, MediaOrder, OrderedShot
from backend.services.message_utils import format_conversation, format_message
from backend.services.task_service import TaskPlace, TaskService

router = APIRouter(prefix="/api", tags=["tasks"], route_class=StrictRoute)

WAIT_MAX_S = 30
PREFER_WAIT = re.compile(r"(?:^|[\s,;])wait\s*=\s*(\d{1,4})(?:$|[\s,;])")
CREATING = errors(Kind.UNAUTHENTICATED, Kind.PAYMENT, Kind.NOT_FOUND, Kind.CONFLICT, Kind.LIMIT, Kind.UNPROCESSABLE)
PreferDep = Annotated[
    str | None,
    Header(alias="Prefer", max_length=100, description="`wait=N`: answer once the task has ended, after 30 s at most."),
]


async def get_task_service(container: ContainerDep) -> TaskService:
    """Return the media tasks."""
    return container.tasks


TaskServiceDep = Annotated[TaskService, Depends(get_task_service)]


@router.post("/tasks", status_code=202, summary="Make a picture or a clip", responses=CREATING)
async def create_task(
    body: TaskCreate,
    user: CurrentUser,
    tasks: TaskServiceDep,
    key: IdempotencyKeyDep = None,
    prefer: PreferDep = None,
) -> TaskTurn:
    """Begin a task: its price is held, it runs or waits for a place, and goes on whether anyone watches or not."""
    place = TaskPlace(body.conversation_id, body.parent_id, body.branch, body.answer_to, key)
    order = MediaOrder(
        model_id=body.model_id,
        prompt=body.prompt,
        options=body.options,
        references=to_references(body.references),
        shots=tuple(to_shot(shot) for shot in body.shots),
        chain=body.chain,
        continuous=body.continuous,
    )
    begun = await tasks.create_task(user.id, body.conversation_id, body.prompt, order, place)
    turn = show_turn(begun)
    seconds = wait_seconds(prefer)
    if seconds:
        turn["task"] = await tasks.wait_for_task(UUID(turn["task"]["id"]), user.id, seconds=seconds)
    return TaskTurn.model_validate(turn)


@router.get("/tasks", summary="My tasks", responses=errors(Kind.UNAUTHENTICATED))
async def list_tasks(
    user: CurrentUser,
    tasks: TaskServiceDep,
    active: bool = False,
    cursor: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> Page[TaskOut]:
    """Return tasks, newest first; with `active` only those that have not ended."""
    list_of = tasks.get_active_tasks if active else tasks.get_tasks
    rows = await list_of(user.id, after=cursor, limit=limit + 1)
    page = [TaskOut.model_validate(row) for row in rows[:limit]]
    return Page(items=page, next_cursor=str(page[-1].id) if len(rows) > limit else None)


@router.get("/tasks/{task_id}", summary="One task", responses=errors(Kind.UNAUTHENTICATED, Kind.NOT_FOUND))
async def get_task(task_id: UUID, user: CurrentUser, tasks: TaskServiceDep, prefer: PreferDep = None) -> TaskOut:
    """Return a task as it is, or, with `Prefer: wait=N`, once it has ended."""
    return TaskOut.model_validate(await tasks.wait_for_task(task_id, user.id, seconds=wait_seconds(prefer)))


@router.post(
    "/tasks/{task_id}/cancel",
    summary="Cancel a task",
    responses=errors(Kind.UNAUTHENTICATED, Kind.NOT_FOUND, Kind.CONFLICT),
)
async def cancel_task(task_id: UUID, user: CurrentUser, tasks: TaskServiceDep) -> TaskOut:
    """Cancel what no provider works on yet; it costs nothing. Later it goes on and is charged if it succeeds.

    Of a storyboard's shots those are cancelled that no provider works on; the others go on and are kept.
    """
    return TaskOut.model_validate(await tasks.cancel_task(task_id, user.id))


@router.post(
    "/callbacks/kie/{attempt_id}",
    status_code=204,
    summary="KIE says that a task has news",
    responses=errors(Kind.UNAUTHENTICATED),
)
async def take_kie_callback(attempt_id: UUID, request: Request, container: ContainerDep) -> Response:
    """Take a signed hint: it wakes whoever asks the provider. Its body is not believed; unknown tasks are not told."""
    key = container.settings.kie_webhook_key
    try:
        provider_task_id = verify_callback(
            dict(request.headers), await request.body(), key.get_secret_value() if key else None, utc_now()
        )
    except CallbackRefused:
        raise NotSignedIn from None
    async with container.database.unit_of_work() as db:
        found = await task_repository.find_attempt(db, attempt_id)
        if found is not None and found[1] is None:
            await task_repository.confirm_attempt(db, attempt_id, provider_task_id)
    if found is not None and found[1] in (None, provider_task_id):
        await container.wakes.publish(found[0])
    return Response(status_code=204)


def wait_seconds(prefer: str | None) -> int:
    """Return how long a caller wants to wait, at most 30 s."""
    found = PREFER_WAIT.search(prefer or "")
    return min(int(found.group(1)), WAIT_MAX_S) if found else 0


def to_references(given: Sequence[ReferenceIn]) -> tuple[AssetReference, ...]:
    """Return references as the services know them."""
    return tuple(AssetReference(reference.asset_id, ReferenceRole(reference.role)) for reference in given)


def to_shot(given: ShotIn) -> OrderedShot:
    """Return a shot as the services know it."""
    return OrderedShot(given.prompt, given.seconds, to_references(given.references))


def show_turn(begun: BegunTask) -> dict[str, Any]:
    """Return a task that was begun, with its messages, in the API's form."""
    conversation = begun.conversation if begun.conversation and begun.conversation.get("id") else None
    return {
        "task": begun.task,
        "conversation": format_conversation(conversation, running=True) if conversation else None,
        "user_message": _show(begun.question),
        "answer": _show(begun.answer),
        "credits": begun.credits,
    }


def _show(message: dict[str, Any] | None) -> dict[str, Any] | None:
    return format_message(message) if message and message.get("id") else None
