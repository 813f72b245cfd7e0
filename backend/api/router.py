"""All routes, in the order of the API document."""

from fastapi import APIRouter

from backend.api.routes import (
    admin,
    admin_credits,
    auth,
    conversations,
    credits,
    events,
    me,
    messages,
    models,
    operations,
)

router = APIRouter()
for part in (auth, me, admin, admin_credits, credits, models, conversations, messages, events, operations):
    router.include_router(part.router)
