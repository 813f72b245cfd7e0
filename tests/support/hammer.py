"""One of several processes that hit the same few accounts with everything at once; bounded, seeded.

``python -m tests.support.hammer URL SEED CALLS USER...`` prints how often each outcome came, as JSON.
"""

import json
import sys
from collections import Counter
from random import Random
from uuid import UUID

from backend.core.ids import new_id
from tests.support.ledger import SqlLedger, open_ledger


def hammer(ledger: SqlLedger, seed: int, calls: int, users: list[UUID]) -> Counter[str]:
    """Lock, settle, return, expire, deduct and grant in random order; keys and holds are shared with the others."""
    random, seen, holds = Random(seed), Counter[str](), [UUID(int=0)]
    for number in range(calls):
        user_id, kind = random.choice(users), random.choice(("lock", "lock", "end", "end", "change", "expire"))
        match kind:
            case "lock":
                hold = new_id()
                outcome = ledger.lock(hold, user_id, random.randint(1, 400), f"hammer {random.randrange(calls)}")
                holds += [hold] if outcome == "held" else []
            case "end":
                outcome = ledger.end(random.choice(any_hold(ledger, holds)), random.choice((0, 1, 100, 500)))
            case "change":
                amount_mc = random.choice((-300, -50, 40, 200))
                kind = "grant" if amount_mc > 0 else "deduct"
                outcome = ledger.change(new_id(), user_id, kind, amount_mc, f"{kind} {seed} {number % 50}")
            case _:
                outcome = "swept" if ledger.expire(random.choice(holds)) != "0" else "nothing"
        seen[f"{kind} {outcome}"] += 1
    return seen


def any_hold(ledger: SqlLedger, own: list[UUID]) -> list[UUID]:
    """Return holds to choose from: the last of one's own, and some of the others'."""
    rows = ledger.connection.execute("SELECT id FROM credit_transactions WHERE state = 'held' ORDER BY id LIMIT 5")
    return [*own[-3:], *(row[0] for row in rows)]


if __name__ == "__main__":
    address, seed_text, calls_text, *names = sys.argv[1:]
    with open_ledger(address) as opened:
        print(json.dumps(hammer(opened, int(seed_text), int(calls_text), [UUID(name) for name in names])))
