"""All routes, in the order of the API document."""

from fastapi import APIRouter

from backend.api.routes import admin, assets, auth, conversations, me, messages, models, operations

router = APIRouter()
for part in (auth, me, admin, models, conversations, messages, assets, operations):
    router.include_router(part.router)
