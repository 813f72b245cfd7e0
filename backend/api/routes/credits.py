"""Credits: what there is, what happened, what something would cost, and by which rules."""

import csv
import io
from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from backend.api.deps import ContainerDep, ConversationServiceDep, CurrentUser, DbDep
from backend.api.errors import errors
from backend.api.strict_json import StrictRoute
from backend.core.errors import Kind, ModelUnavailable, NotFound
from backend.core.pricing import Cost
from backend.models import TaskKind
from backend.repositories import credit_repository as ledger
from backend.repositories.credit_repository import TransactionRow
from backend.schemas.base import Page
from backend.schemas.credit import (
    ChargingRuleOut,
    CostOut,
    CreditsOut,
    KindLimits,
    LimitsOut,
    QuoteOut,
    QuoteRequest,
    ScopeUse,
    TransactionDetail,
    TransactionOut,
)
from backend.services.charging import TABLE
from backend.services.credit_service import CreditService
from backend.services.quote_service import Quote, QuoteService
from backend.services.task_limit_service import Scope, limit_of

router = APIRouter(prefix="/api", tags=["credits"], route_class=StrictRoute)

CSV_PAGE = 500
CSV_COLUMNS = (
    "id", "created_at", "ended_at", "kind", "state", "held_mc", "amount_mc", "reason", "situation", "model_id",
)  # fmt: skip
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")

KindFilter = Literal["charge", "grant", "deduct", "adjust"]
StateFilter = Literal["held", "settled", "returned"]


@router.get("/credits", summary="My credits", responses=errors(Kind.UNAUTHENTICATED))
async def get_credits(user: CurrentUser, db: DbDep) -> CreditsOut:
    """Return what is available, held and owned, in milli-credits."""
    return CreditsOut.model_validate(await CreditService(db).get_account(user.id))


@router.get("/credits/transactions", summary="What happened to my credits", responses=errors(Kind.UNAUTHENTICATED))
async def list_transactions(
    user: CurrentUser,
    db: DbDep,
    cursor: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    kind: KindFilter | None = None,
    state: StateFilter | None = None,
) -> Page[TransactionOut]:
    """Return charges, grants and corrections, newest first."""
    rows = await ledger.list_transactions(db, user.id, after=cursor, kind=kind, state=state, limit=limit + 1)
    page = [TransactionOut.model_validate(row) for row in rows[:limit]]
    return Page(items=page, next_cursor=str(page[-1].id) if len(rows) > limit else None)


@router.get(
    "/credits/transactions.csv",
    summary="The same as a table file",
    response_class=StreamingResponse,
    responses={**errors(Kind.UNAUTHENTICATED), 200: {"content": {"text/csv": {}}, "description": "A table."}},
)
async def download_transactions(
    user: CurrentUser, container: ContainerDep, kind: KindFilter | None = None, state: StateFilter | None = None
) -> StreamingResponse:
    """Return all transactions as CSV, newest first, up to the installation's limit of rows."""
    headers = {"Content-Disposition": 'attachment; filename="latent-credits.csv"'}
    lines = _csv_lines(container, user.id, kind, state)
    return StreamingResponse(lines, media_type="text/csv; charset=utf-8", headers=headers)


@router.get(
    "/credits/transactions/{transaction_id}",
    summary="Explain one transaction",
    responses=errors(Kind.UNAUTHENTICATED, Kind.NOT_FOUND),
)
async def get_transaction(transaction_id: UUID, user: CurrentUser, db: DbDep) -> TransactionDetail:
    """Return estimate, hold, reported usage, price version, formula, result and every movement."""
    found = await ledger.find_transaction(db, transaction_id, user.id)
    if found is None:
        raise NotFound
    costs = {name: show_cost(found[name]) for name in ("estimate", "result")}
    return TransactionDetail.model_validate({**found, **costs})


@router.post("/quotes", summary="What would it cost", responses=errors(Kind.UNAUTHENTICATED, Kind.NOT_FOUND))
async def create_quote(body: QuoteRequest, user: CurrentUser, db: DbDep, container: ContainerDep) -> QuoteOut:
    """Return the most that sending would hold, and how it comes about; nothing is held."""
    model = container.registry.find(body.model_id)
    if model is None or not model.available:
        raise ModelUnavailable
    quotes = QuoteService(db, container.settings)
    if model.media is not None:
        return _show_quote(await quotes.quote_media(user.id, model, body.options, body.shot_seconds, body.chain))
    quote = await quotes.quote_chat(
        user.id, model, conversation_id=body.conversation_id, content_bytes=body.content_bytes
    )
    return _show_quote(quote)


@router.get("/charging-rules", summary="Who pays when", responses=errors(Kind.UNAUTHENTICATED))
async def list_charging_rules(_user: CurrentUser) -> list[ChargingRuleOut]:
    """Return the table by which every charge is decided."""
    return [ChargingRuleOut.model_validate(row) for row in TABLE]


@router.get("/limits", summary="What may run at once", responses=errors(Kind.UNAUTHENTICATED, Kind.NOT_FOUND))
async def get_limits(
    user: CurrentUser,
    container: ContainerDep,
    conversations: ConversationServiceDep,
    conversation_id: UUID | None = None,
) -> LimitsOut:
    """Return what runs and what may run, for me and for one of my conversations."""
    if conversation_id is not None:
        await conversations.get_conversation(conversation_id, user.id)
    active = await container.limits.get_active_count(user.id, conversation_id)
    tasks = container.tasks
    here = None if conversation_id is None else await tasks.count_conversation_active_tasks(conversation_id)
    return LimitsOut(
        kinds=[_show_kind(container, kind, held) for kind, held in active.items()],
        unfinished=await tasks.count_active_tasks(user.id),
        conversation_unfinished=here,
    )


def _show_kind(container: ContainerDep, kind: TaskKind, held: dict[Scope, list[UUID]]) -> KindLimits:
    uses = {
        scope: ScopeUse(active=len(slots), limit=limit_of(container.settings, kind, scope))
        for scope, slots in held.items()
    }
    full = next((scope for scope, use in uses.items() if use.active >= use.limit), None)
    return KindLimits(
        kind=kind.value,
        user=uses[Scope.USER],
        conversation=uses.get(Scope.CONVERSATION),
        allowed=full is None,
        reason=full.value if full else None,
        running=held[Scope.USER],
    )


def show_cost(stored: dict[str, Any] | None) -> CostOut | None:
    """Return a stored cost with its formula; its amount is computed anew from the terms."""
    if stored is None:
        return None
    cost = Cost.from_json(stored)
    return CostOut.model_validate({**cost.to_json(), "formula": cost.formula()})


def _show_quote(quote: Quote) -> QuoteOut:
    maximum = CostOut.model_validate({**quote.maximum.to_json(), "formula": quote.maximum.formula()})
    return QuoteOut(
        model_id=quote.model_id,
        maximum=maximum,
        price_version=quote.price_version,
        available_mc=quote.available_mc,
        affordable=quote.affordable,
        answer_tokens=quote.answer_tokens,
        limited=quote.limited,
        chain=quote.chain,
    )


async def _csv_lines(
    container: ContainerDep, user_id: UUID, kind: KindFilter | None, state: StateFilter | None
) -> AsyncIterator[str]:
    """Yield the table page by page; each page is a unit of its own, so none is open while the client reads."""
    yield _csv_line(CSV_COLUMNS)
    after, left = None, container.settings.ledger_csv_rows_max
    while left > 0:
        async with container.database.unit_of_work() as db:
            rows = await ledger.list_transactions(
                db, user_id, after=after, kind=kind, state=state, limit=min(CSV_PAGE, left)
            )
        yield "".join(_csv_line(_csv_cells(row)) for row in rows)
        if len(rows) < CSV_PAGE:
            return
        after, left = rows[-1].id, left - len(rows)


def _csv_cells(row: TransactionRow) -> list[str]:
    values = [getattr(row, name) for name in CSV_COLUMNS]
    return ["" if value is None else _harmless(value) for value in values]


def _harmless(value: object) -> str:
    """Return a cell that no table program takes for a formula; numbers stay numbers."""
    text = str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(FORMULA_STARTS) else text


def _csv_line(cells: tuple[str, ...] | list[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(cells)
    return line.getvalue()
