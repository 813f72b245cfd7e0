"""Finding conversations and messages."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from backend.api.deps import ContainerDep, CurrentUser
from backend.api.errors import errors
from backend.api.json_response import json_response
from backend.api.routes.conversations import Cursor
from backend.api.strict_json import StrictRoute
from backend.core.errors import Kind
from backend.schemas.base import Page
from backend.schemas.search import SearchHit, SearchQuery
from backend.services.search_service import SearchService

router = APIRouter(prefix="/api", tags=["search"], route_class=StrictRoute)


@router.get(
    "/search",
    summary="Search my conversations",
    response_model=Page[SearchHit],
    responses=errors(Kind.UNAUTHENTICATED),
)
async def search(
    q: SearchQuery,
    user: CurrentUser,
    container: ContainerDep,
    cursor: Cursor | None = None,
    limit: Annotated[int, Query(ge=1, le=50)] = 20,
) -> Response:
    """Return titles, then messages that have all words of `q` (the last one may be unfinished), newest first each."""
    async with container.database.one_statement() as db:
        hits, next_cursor = await SearchService(db).search(user.id, q, cursor=cursor, limit=limit)
    return json_response({"items": hits, "next_cursor": next_cursor})
