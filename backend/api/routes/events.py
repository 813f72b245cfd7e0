"""The log of what changed, read page by page; ``/ws`` tells the same live."""

from typing import Annotated

from fastapi import APIRouter, Query

from backend.api.deps import CurrentUser, DbDep
from backend.api.errors import errors
from backend.api.strict_json import StrictRoute
from backend.core.errors import Kind
from backend.schemas.events import SEQ_MAX, EventPage
from backend.services.event_service import EventService

router = APIRouter(prefix="/api/events", tags=["events"], route_class=StrictRoute)


@router.get("", summary="What changed", responses=errors(Kind.UNAUTHENTICATED))
async def list_events(
    user: CurrentUser,
    db: DbDep,
    after: Annotated[int | None, Query(ge=0, le=SEQ_MAX)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> EventPage:
    """Return what changed after an event, oldest first; without `after`, only the number of the newest event.

    Go on after the last item, or, where there is none, after `last_seq`. With `reset` the events asked for are gone:
    read everything else anew, and go on after `last_seq`.
    """
    return EventPage.model_validate(await EventService(db).get_events(user.id, after, limit))
