"""What a user can do, straight on the database's functions, as fast as it goes."""

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.database import Database
from backend.core.ids import new_id
from backend.repositories import message_repository
from backend.services.conversation_service import ConversationService
from backend.services.credit_service import CreditService
from tests.support.server import RunningApp

MODEL = "demo/demo-swift"


async def hammer(app: RunningApp, user_id: UUID, seed: int, *, rounds: int) -> None:
    """Do everything that a user can do, again and again; others do the same to the same conversation."""
    database, settings = app.container.database, app.container.settings
    async with database.unit_of_work() as db:
        own = (await ConversationService(db, settings).create_conversation(user_id)).id
    shared = own
    async with database.unit_of_work() as db:
        shared = (await ConversationService(db, settings).get_conversation_list(user_id))[0][-1].id
    for round_ in range(rounds):
        answers = [await begin(database, user_id, where, app.container.runs.owner_id) for where in (shared, own)]
        async with database.unit_of_work() as db:
            await ConversationService(db, settings).update_conversation_title(shared, f"{seed}/{round_}", True)
        for answer in filter(None, answers):
            await finish(database, user_id, answer, app.container.runs.owner_id)
        async with database.unit_of_work() as db:
            await grant(db, user_id)
        if round_ % 3 == 2 and answers[1]:
            async with database.unit_of_work() as db:
                await message_repository.delete_message(db, answers[1][0], user_id)
        if round_ % 6 == 5:
            async with database.unit_of_work() as db:
                service = ConversationService(db, settings)
                await service.delete_conversation(own)
                own = (await service.create_conversation(user_id)).id


async def begin(database: Database, user_id: UUID, where: UUID, owner: UUID) -> tuple[UUID, UUID] | None:
    answer, transaction = new_id(), new_id()
    values: dict[str, Any] = {
        "user_id": user_id, "conversation_id": where, "parent_id": None, "branch": True, "regenerate": None,
        "question_id": new_id(), "content": "hello", "answer_id": answer, "model_id": MODEL, "title": "t",
        "owner_id": owner, "key": None, "hash": None, "user_max": 100, "conversation_max": 100,
        "history_messages": 2, "history_chars": 1000, "transaction_id": transaction, "tokens_max": 10,
        "tokens_min": 1, "ttl_s": 60.0,
    }  # fmt: skip
    async with database.unit_of_work() as db:
        rows = await message_repository.begin_turn(db, values)
    return (answer, transaction) if rows.outcome == "begun" else None


async def finish(database: Database, user_id: UUID, answer: tuple[UUID, UUID], owner: UUID) -> None:
    values = {
        "answer_id": answer[0], "user_id": user_id, "owner_id": owner, "status": "complete", "content": "yes",
        "reasoning": "", "usage": None, "error": None, "transaction_id": answer[1], "charge_mc": 0,
        "situation": "complete", "result": None,
    }  # fmt: skip
    async with database.unit_of_work() as db:
        await message_repository.finish_turn(db, values)


async def grant(db: AsyncSession, user_id: UUID) -> None:
    await CreditService(db).grant_credits(user_id, 1_000, "hammered")
