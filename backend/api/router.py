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
    exports,
    generations,
    me,
    messages,
    models,
    operations,
    search,
    shares,
    storyboards,
    tasks,
    transcriptions,
)

PARTS = (
    messages,  # routes are looked through in order: what is asked for most comes first
    conversations,
    search,
    auth,
    me,
    admin,
    admin_credits,
    credits,
    models,
    events,
    tasks,
    storyboards,
    generations,
    assets,
    shares,
    exports,
    transcriptions,
    operations,
)

router = APIRouter()
router.include_router(messages.turns)
for part in PARTS:
    router.include_router(part.router)
