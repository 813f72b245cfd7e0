"""Credits: balances, holds and what ends them. Each operation is one call of an atomic function of the ledger.

Amounts are whole milli-credits, from 1 to ``AMOUNT_MAX_MC``; anything else is refused before SQL. Every operation is
safe to repeat: the same key finds what the first one did.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.database import Database
from backend.core.errors import (
    AmountInvalid,
    AppError,
    HoldReturned,
    HoldSettled,
    IdempotencyMismatch,
    InsufficientCredits,
    NotFound,
    OverHold,
)
from backend.core.ids import new_id
from backend.core.pricing import AMOUNT_MAX_MC
from backend.core.redis import RedisClient
from backend.models import TransactionKind
from backend.repositories import credit_repository as ledger
from backend.repositories.credit_repository import AccountRow, Change, Hold, Moved
from backend.services.charging import Situation

HOLD_TTL_S = 3600.0
HELD_BY_MAX = 10


class CreditService:
    """The ledger, in one unit of work."""

    def __init__(self, db: AsyncSession) -> None:
        self._db = db

    async def get_account(self, user_id: UUID) -> AccountRow:
        """Return balance, held and available milli-credits; raises NotFound."""
        account = await ledger.find_account(self._db, user_id)
        if account is None:
            raise NotFound
        return account

    async def get_balance(self, user_id: UUID) -> int:
        """Return the balance in milli-credits, held ones included; raises NotFound."""
        return (await self.get_account(user_id)).balance_mc

    async def deduct_atomic(
        self, user_id: UUID, amount: int, reason: str, change_type: TransactionKind = TransactionKind.DEDUCT
    ) -> int:
        """Take credits at once and return the balance after it. Raises InsufficientCredits: held ones stay covered."""
        moved = await self.change_balance(user_id, change_type, -check_amount(amount), reason)
        return moved.balance_mc or 0

    async def grant_credits(
        self, user_id: UUID, amount: int, reason: str, *, actor_id: UUID | None = None, key: str | None = None
    ) -> Moved:
        """Add credits; a repetition with the same key changes nothing."""
        amount = check_amount(amount)
        return await self.change_balance(user_id, TransactionKind.GRANT, amount, reason, actor_id=actor_id, key=key)

    async def change_balance(
        self,
        user_id: UUID,
        kind: TransactionKind,
        amount: int,
        reason: str,
        *,
        actor_id: UUID | None = None,
        key: str | None = None,
    ) -> Moved:
        """Change a balance by a signed amount. Raises InsufficientCredits, IdempotencyMismatch, AmountInvalid."""
        check_amount(abs(amount))
        transaction_id = new_id()
        what = Change(transaction_id, user_id, kind, amount, reason, actor_id, key or str(transaction_id))
        moved = await ledger.change(self._db, what)
        match moved.outcome:
            case "done" | "repeated":
                return moved
            case "insufficient":
                raise await self._insufficient(user_id, -amount)
            case "mismatch":
                raise IdempotencyMismatch
            case "too_large":
                raise AmountInvalid(max_mc=AMOUNT_MAX_MC)
            case _:
                raise NotFound

    async def lock_credits(
        self, task_id: UUID, user_id: UUID, amount: int, reason: str, *, ttl_s: float = HOLD_TTL_S
    ) -> str:
        """Hold credits for a task and return the hold's id; a task that has its hold gets the same one.

        Raises InsufficientCredits, IdempotencyMismatch for another amount, and HoldSettled or HoldReturned when the
        task's hold has ended: whatever is done now, nothing pays for it.
        """
        hold = Hold(
            id=new_id(),
            user_id=user_id,
            amount_mc=check_amount(amount),
            reason=reason,
            key=f"task:{task_id}",
            ttl_s=ttl_s,
            subject_type="task",
            subject_id=task_id,
        )
        return str((await self.hold(hold)).transaction_id)

    async def hold(self, hold: Hold) -> Moved:
        """Hold credits as described, once per key.

        Raises InsufficientCredits, IdempotencyMismatch, HoldSettled, HoldReturned, NotFound.
        """
        moved = await ledger.lock(self._db, hold)
        match moved.outcome:
            case "held" | "repeated":
                return moved
            case "insufficient":
                raise await self._insufficient(hold.user_id, hold.amount_mc)
            case "mismatch":
                raise IdempotencyMismatch
            case "already_settled":
                raise HoldSettled
            case "already_returned":
                raise HoldReturned
            case _:
                raise NotFound

    async def confirm_deduct(self, transaction_id: str | UUID, amount: int | None = None) -> None:
        """Charge a hold (by default all of it) and return the rest; a second time changes nothing.

        Raises HoldReturned, OverHold, NotFound.
        """
        hold_id = UUID(str(transaction_id))
        charge_mc = await ledger.find_hold(self._db, hold_id) if amount is None else check_amount(amount)
        if charge_mc is None:
            raise NotFound
        await self._end(hold_id, charge_mc, Situation.MEDIA_STORED, expected="settled")

    async def refund_credits(self, transaction_id: str | UUID) -> None:
        """Return a hold; a second time changes nothing. Raises HoldSettled, NotFound."""
        await self._end(UUID(str(transaction_id)), 0, Situation.MEDIA_FAILED, expected="returned")

    async def _end(self, transaction_id: UUID, charge_mc: int, situation: Situation, *, expected: str) -> None:
        moved = await ledger.end(self._db, transaction_id, charge_mc, situation=situation)
        if moved.outcome in (expected, f"already_{expected}"):
            return
        refusals: dict[str, type[AppError]] = {
            "already_settled": HoldSettled,
            "already_returned": HoldReturned,
            "over_hold": OverHold,
        }
        raise refusals.get(moved.outcome, NotFound)()

    async def _insufficient(self, user_id: UUID, needed_mc: int) -> InsufficientCredits:
        account = await self.get_account(user_id)
        return insufficient_credits(needed_mc, account, await list_held_by(self._db, user_id))


def get_credit_service(db: AsyncSession, redis: RedisClient | None = None) -> CreditService:
    """Return the ledger of a unit of work."""
    return CreditService(db)


def check_amount(amount: object) -> int:
    """Return an amount that may be moved; raises AmountInvalid for anything but an integer from 1 to the maximum."""
    if type(amount) is not int or not 1 <= amount <= AMOUNT_MAX_MC:
        raise AmountInvalid(max_mc=AMOUNT_MAX_MC)
    return amount


async def list_held_by(db: AsyncSession, user_id: UUID) -> list[UUID]:
    """Return what the user's largest open holds are for."""
    return await ledger.list_held_by(db, user_id, limit=HELD_BY_MAX)


def insufficient_credits(needed_mc: int, account: AccountRow, held_by: list[UUID]) -> InsufficientCredits:
    """Return the refusal that says what was needed, what there is, and what holds the rest."""
    return InsufficientCredits(
        needed_mc=needed_mc,
        available_mc=account.available_mc,
        held_mc=account.held_mc,
        held_by=[str(subject) for subject in held_by],
    )


@dataclass(slots=True)
class HeldCredits:
    """A hold during the work that it pays for; ``charge_mc`` may be lowered, down to nothing, before the work ends."""

    transaction_id: str
    charge_mc: int


@asynccontextmanager
async def credit_lock(
    database: Database, task_id: UUID, user_id: UUID, amount: int, reason: str, *, ttl_s: float = HOLD_TTL_S
) -> AsyncIterator[HeldCredits]:
    """Hold credits around work that has its own transactions: charge them when it ends well, else return them.

    One statement holds, another one ends; no transaction is open between them. This is comfort: a process that dies
    in between leaves a hold, which the sweeper ends by the state of the task.
    """
    async with database.one_statement() as db:
        held = HeldCredits(await CreditService(db).lock_credits(task_id, user_id, amount, reason, ttl_s=ttl_s), amount)
    try:
        yield held
    except BaseException:
        async with database.one_statement() as db:
            await CreditService(db).refund_credits(held.transaction_id)
        raise
    async with database.one_statement() as db:
        if held.charge_mc == 0:
            await CreditService(db).refund_credits(held.transaction_id)
        else:
            await CreditService(db).confirm_deduct(held.transaction_id, held.charge_mc)
