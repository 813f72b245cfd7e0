"""What the ledger must do, said again in plain arithmetic: the same calls as ``SqlLedger``, in memory."""

from copy import deepcopy
from dataclasses import dataclass, field
from uuid import UUID


@dataclass
class Account:
    """An account's sums."""

    balance_mc: int = 0
    held_mc: int = 0
    entries: int = 0

    def move(self, amount_mc: int, held_mc: int) -> None:
        """Take a movement in."""
        self.balance_mc += amount_mc
        self.held_mc += held_mc
        self.entries += 1


@dataclass
class Happened:
    """A transaction."""

    user_id: UUID
    kind: str
    state: str
    held_mc: int
    amount_mc: int
    key: str


@dataclass
class LedgerModel:
    """The ledger in memory."""

    accounts: dict[UUID, Account] = field(default_factory=dict)
    transactions: dict[UUID, Happened] = field(default_factory=dict)
    overdue: set[UUID] = field(default_factory=set)

    def copy(self) -> "LedgerModel":
        """Return a ledger that can be changed without this one."""
        return deepcopy(self)

    def available(self, user_id: UUID) -> int:
        """Return what can be held or spent."""
        return self.accounts[user_id].balance_mc - self.accounts[user_id].held_mc

    def find(self, user_id: UUID, key: str) -> Happened | None:
        """Return what was done under a key."""
        found = (done for done in self.transactions.values() if (done.user_id, done.key) == (user_id, key))
        return next(found, None)

    def lock(self, transaction_id: UUID, user_id: UUID, amount_mc: int, key: str, **_explained: object) -> str:
        """Hold an amount."""
        if earlier := self.find(user_id, key):
            if (earlier.kind, earlier.held_mc) != ("charge", amount_mc):
                return "mismatch"
            return "repeated" if earlier.state == "held" else f"already_{earlier.state}"
        if amount_mc > self.available(user_id):
            return "insufficient"
        self.accounts[user_id].move(0, amount_mc)
        self.transactions[transaction_id] = Happened(user_id, "charge", "held", amount_mc, 0, key)
        return "held"

    def end(self, transaction_id: UUID, charge_mc: int, **_explained: object) -> str:
        """End a hold."""
        done = self.transactions.get(transaction_id)
        if done is None or done.kind != "charge":
            return "not_found"
        if done.state != "held":
            return f"already_{done.state}"
        if not 0 <= charge_mc <= done.held_mc:
            return "over_hold"
        self.accounts[done.user_id].move(-charge_mc, -done.held_mc)
        done.state, done.amount_mc = ("settled" if charge_mc else "returned"), -charge_mc
        return done.state

    def change(self, transaction_id: UUID, user_id: UUID, kind: str, amount_mc: int, key: str) -> str:
        """Change a balance at once."""
        if earlier := self.find(user_id, key):
            return "repeated" if (earlier.kind, earlier.amount_mc) == (kind, amount_mc) else "mismatch"
        if self.available(user_id) + amount_mc < 0:
            return "insufficient"
        self.accounts[user_id].move(amount_mc, 0)
        self.transactions[transaction_id] = Happened(user_id, kind, "settled", 0, amount_mc, key)
        return "done"

    def expire(self, *overdue: UUID) -> str:
        """Let holds be overdue, and sweep."""
        self.overdue.update(overdue)
        ended = [self.end(transaction_id, 0) for transaction_id in self.overdue]
        return str(ended.count("returned"))
