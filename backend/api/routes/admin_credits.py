"""What admins do with money: grants, corrections, prices; and the log of it."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from backend.api.deps import ContainerDep, CurrentAdmin, DbDep, IdempotencyKeyDep
from backend.api.errors import errors
from backend.api.routes.generations import get_parts
from backend.api.strict_json import StrictRoute
from backend.core.errors import InvalidRequest, Kind, ModelUnavailable
from backend.core.pricing import Price, read_price
from backend.repositories import audit_repository, credit_repository, task_repository
from backend.repositories.price_repository import PriceRow
from backend.schemas.base import Page
from backend.schemas.credit import (
    AdjustmentCreate,
    AuditAction,
    AuditOut,
    CreditsOut,
    GrantCreate,
    ModelPriceOut,
    PriceChange,
    TransactionOut,
)
from backend.schemas.task import FlaggedTaskOut, FlagResolution
from backend.services.adapters.catalogue import ModelDescriptor
from backend.services.base_generation_service import BaseGenerationService
from backend.services.credit_service import CreditService
from backend.services.grant_service import adjust_credits, grant_credits
from backend.services.price_service import PriceService, find_price_fault, price_scheme

router = APIRouter(prefix="/api/admin", tags=["admin"], route_class=StrictRoute)

ADMIN_ERRORS = (Kind.UNAUTHENTICATED, Kind.FORBIDDEN)


@router.get("/users/{user_id}/credits", summary="Someone's credits", responses=errors(*ADMIN_ERRORS, Kind.NOT_FOUND))
async def get_user_credits(user_id: UUID, _admin: CurrentAdmin, db: DbDep) -> CreditsOut:
    """Return what an account has."""
    return CreditsOut.model_validate(await CreditService(db).get_account(user_id))


@router.get(
    "/users/{user_id}/credits/transactions",
    summary="What happened to someone's credits",
    responses=errors(*ADMIN_ERRORS, Kind.NOT_FOUND),
)
async def list_user_transactions(
    user_id: UUID,
    _admin: CurrentAdmin,
    db: DbDep,
    cursor: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> Page[TransactionOut]:
    """Return an account's transactions, newest first."""
    await CreditService(db).get_account(user_id)
    rows = await credit_repository.list_transactions(db, user_id, after=cursor, kind=None, state=None, limit=limit + 1)
    page = [TransactionOut.model_validate(row) for row in rows[:limit]]
    return Page(items=page, next_cursor=str(page[-1].id) if len(rows) > limit else None)


@router.post(
    "/users/{user_id}/grants", status_code=201, summary="Give credits", responses=errors(*ADMIN_ERRORS, Kind.NOT_FOUND)
)
async def create_grant(
    user_id: UUID, body: GrantCreate, admin: CurrentAdmin, db: DbDep, key: IdempotencyKeyDep = None
) -> TransactionOut:
    """Add credits to an account. A repetition with the same `Idempotency-Key` adds nothing."""
    made = await grant_credits(db, user_id, body.amount_mc, body.reason, actor_id=admin.id, key=key)
    return TransactionOut.model_validate(made)


@router.post(
    "/users/{user_id}/adjustments",
    status_code=201,
    summary="Correct credits",
    responses=errors(*ADMIN_ERRORS, Kind.NOT_FOUND, Kind.PAYMENT),
)
async def create_adjustment(
    user_id: UUID, body: AdjustmentCreate, admin: CurrentAdmin, db: DbDep, key: IdempotencyKeyDep = None
) -> TransactionOut:
    """Correct an account up or down; what is held stays covered."""
    if body.amount_mc == 0:
        raise InvalidRequest(field="amount_mc")
    made = await adjust_credits(db, user_id, body.amount_mc, body.reason, actor_id=admin.id, key=key)
    return TransactionOut.model_validate(made)


@router.get("/prices", summary="Prices of all models", responses=errors(*ADMIN_ERRORS))
async def list_prices(_admin: CurrentAdmin, db: DbDep, container: ContainerDep) -> list[ModelPriceOut]:
    """Return each model with its price in force; one without a price cannot be used."""
    models = [model for model in container.registry.all() if model.mode != "transcription"]
    prices = await PriceService(db).list_current(models)
    return [_show(model, prices.get(model.id)) for model in models]


@router.put("/prices", summary="Set a price", responses=errors(*ADMIN_ERRORS, Kind.NOT_FOUND))
async def set_price(body: PriceChange, admin: CurrentAdmin, db: DbDep, container: ContainerDep) -> ModelPriceOut:
    """Put a price in force from now on; what is held already keeps the price it was held at."""
    model = container.registry.find(body.model_id)
    if model is None or model.mode == "transcription":
        raise ModelUnavailable
    fault = find_price_fault(body.price, model)
    if fault is not None:
        raise InvalidRequest(field=fault)
    return _show(model, await PriceService(db).set_price(model.id, body.price, actor_id=admin.id))


@router.get("/tasks/flagged", summary="Tasks to look at", responses=errors(*ADMIN_ERRORS))
async def list_flagged_tasks(
    _admin: CurrentAdmin,
    db: DbDep,
    cursor: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> Page[FlaggedTaskOut]:
    """Return tasks whose submission was never confirmed: their users paid nothing, the provider may want something."""
    rows = await task_repository.list_flagged(db, after=cursor, limit=limit + 1)
    page = [FlaggedTaskOut.model_validate(row) for row in rows[:limit]]
    return Page(items=page, next_cursor=str(page[-1].id) if len(rows) > limit else None)


@router.post(
    "/tasks/flagged/{flagged_id}/resolve",
    summary="A flagged task was looked at",
    responses=errors(*ADMIN_ERRORS, Kind.NOT_FOUND, Kind.PAYMENT),
)
async def resolve_flagged_task(
    flagged_id: UUID, body: FlagResolution, admin: CurrentAdmin, container: ContainerDep
) -> FlaggedTaskOut:
    """Take the flag from a task, and, where its work was delivered after all, deduct what it costs; both once."""
    service = BaseGenerationService(get_parts(container))
    return FlaggedTaskOut.model_validate(
        await service.resolve_flagged(flagged_id, body.charge_mc, body.reason, actor_id=admin.id)
    )


@router.get("/audit", summary="The audit log", responses=errors(*ADMIN_ERRORS))
async def list_audit(
    _admin: CurrentAdmin,
    db: DbDep,
    action: AuditAction | None = None,
    cursor: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> Page[AuditOut]:
    """Return what was done with an admin's power, newest first."""
    rows = await audit_repository.list_records(db, action=action, after=cursor, limit=limit + 1)
    page = [AuditOut.model_validate(row) for row in rows[:limit]]
    return Page(items=page, next_cursor=str(page[-1].id) if len(rows) > limit else None)


def _show(model: ModelDescriptor, row: PriceRow | None) -> ModelPriceOut:
    price: Price | None = read_price(row.formula) if row else None
    return ModelPriceOut.model_validate(
        {
            "model_id": model.id,
            "name": model.name,
            "provider": model.provider,
            "mode": model.mode,
            "price": price,
            "version": row.version if row else None,
            "source": row.source if row else None,
            "since": row.created_at if row else None,
            "scheme": price_scheme(model),
        }
    )
