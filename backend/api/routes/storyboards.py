"""Storyboards that are chains of clips: a shot once more, another order of the film. They begin as tasks do."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path

from backend.api.deps import ContainerDep, CurrentUser, IdempotencyKeyDep
from backend.api.errors import errors
from backend.api.routes.tasks import CREATING, to_shot
from backend.api.strict_json import StrictRoute
from backend.core.errors import Kind
from backend.schemas.task import TaskOut
from backend.schemas.task_command import SHOTS_MAX, ShotOrder, ShotRetry

router = APIRouter(prefix="/api/tasks/{task_id}/shots", tags=["tasks"], route_class=StrictRoute)


@router.post("/{number}/retry", status_code=202, summary="Try a shot again", responses=CREATING)
async def retry_shot(
    task_id: UUID,
    number: Annotated[int, Path(ge=1, le=SHOTS_MAX)],
    body: ShotRetry,
    user: CurrentUser,
    container: ContainerDep,
    key: IdempotencyKeyDep = None,
) -> TaskOut:
    """Begin a shot anew that has ended without a clip, at the price in force; the others stay paid and stored.

    In a continuous chain, shots that were cancelled because of it begin again with it.
    """
    shot = to_shot(body.shot) if body.shot else None
    row = await container.tasks.storyboards.retry_shot(task_id, user.id, number, shot, key=key)
    return TaskOut.model_validate(row)


@router.put(
    "/order",
    summary="Order the shots anew",
    responses=errors(Kind.UNAUTHENTICATED, Kind.NOT_FOUND, Kind.CONFLICT, Kind.LIMIT),
)
async def order_shots(task_id: UUID, body: ShotOrder, user: CurrentUser, container: ContainerDep) -> TaskOut:
    """Give the film another order, at no cost; one that is there is joined anew, the earlier one stays in the works."""
    return TaskOut.model_validate(await container.tasks.storyboards.order_shots(task_id, user.id, body.order))
