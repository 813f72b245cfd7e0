"""For those who run the installation: is it alive, is it ready, how does it do."""

import hmac
from typing import Any

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from backend import __version__
from backend.api.deps import ContainerDep, CurrentAdmin, DbDep, authenticate, require_admin
from backend.api.errors import errors
from backend.core.errors import Kind
from backend.repositories import user_repository
from backend.schemas.auth import InstanceOut

router = APIRouter(tags=["operations"])


class Health(BaseModel):
    """Alive."""

    status: str


class Readiness(BaseModel):
    """Whether requests can be served, and what each part says: ``ok`` or why not."""

    status: str
    checks: dict[str, str]


@router.get("/api/instance", summary="About this installation", responses=errors())
async def get_instance(db: DbDep, container: ContainerDep) -> InstanceOut:
    """Return what the sign-in page needs to know."""
    first = not await user_repository.any_user(db)
    return InstanceOut(version=__version__, sign_up=container.settings.sign_up.value, first_account=first)


@router.get("/healthz", summary="Is the process alive")
async def healthz() -> Health:
    """Answer as long as the process can answer at all."""
    return Health(status="ok")


@router.get("/readyz", summary="Can requests be served", responses={503: {"model": Readiness}})
async def readyz(container: ContainerDep, response: Response) -> Readiness:
    """Try the database, Redis and the media store, and say what is wrong."""
    checks = {
        "database": await _check_database(container),
        "redis": await _check_redis(container),
        "storage": await _check_storage(container),
    }
    ready = all(state == "ok" for state in checks.values())
    if not ready:
        response.status_code = 503
    return Readiness(status="ok" if ready else "unavailable", checks=checks)


async def _check_database(container: ContainerDep) -> str:
    try:
        async with container.database.unit_of_work() as db:
            await db.execute(text("SELECT 1"))
    except (SQLAlchemyError, OSError):
        return "the database does not answer"
    return "ok"


async def _check_redis(container: ContainerDep) -> str:
    return "ok" if await container.redis.health_check() else "Redis does not answer"


async def _check_storage(container: ContainerDep) -> str:
    return "ok" if await container.storage.health_check() else "the media store does not answer"


@router.get(
    "/metrics",
    summary="Numbers for Prometheus",
    responses={**errors(Kind.UNAUTHENTICATED, Kind.FORBIDDEN), 200: {"content": {"text/plain": {}}}},
)
async def metrics(request: Request, container: ContainerDep) -> Response:
    """Return counts and times, to an admin's session or to the bearer of the configured metrics token."""
    expected = container.settings.metrics_token
    given = request.headers.get("authorization", "")
    if expected is None or not hmac.compare_digest(given.encode(), f"Bearer {expected.get_secret_value()}".encode()):
        await require_admin(await authenticate(request, container))
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


@router.get("/api/openapi.json", summary="This document", responses=errors(Kind.UNAUTHENTICATED, Kind.FORBIDDEN))
async def openapi_document(request: Request, _admin: CurrentAdmin) -> dict[str, Any]:
    """Return the API's description, to admins."""
    document: dict[str, Any] = request.app.openapi()
    return document
