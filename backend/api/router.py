"""All routes, in the order of the API document."""

from fastapi import APIRouter

from backend.api.routes import (
    admin,
    admin_credits,
    assets,
    auth,
    conversations,
    credits,
    events,
    generations,
    me,
    messages,
    models,
    operations,
    storyboards,
    tasks,
)

PARTS = (
    auth,
    me,
    admin,
    admin_credits,
    credits,
    models,
    conversations,
    messages,
    events,
    tasks,
    storyboards,
    generations,
    assets,
    operations,
)

router = APIRouter()
for part in PARTS:
    router.include_router(part.router)
