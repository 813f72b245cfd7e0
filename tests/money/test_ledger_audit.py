"""The doctor's eyes: each rule of the ledger is broken on purpose, and found by its name."""

from collections.abc import Iterator
from uuid import UUID

import pytest
from psycopg.errors import CheckViolation, RaiseException

from backend.core.ids import new_id
from backend.core.pricing import TokenPrice, TokenUsage, dump_price, price_tokens
from backend.repositories.ledger_audit import RULES
from tests.support.ledger import SqlLedger, open_ledger

PRICE = TokenPrice(kind="tokens", input_mc=60_000, output_mc=500_000)
COST = price_tokens(PRICE, TokenUsage(1_000, 2_000))
HELD_MC = 5_000
IDS = {name: UUID(int=number) for number, name in enumerate(("settled", "returned", "held", "message"), 1)}


@pytest.fixture
def ledger(empty_database: str) -> Iterator[SqlLedger]:
    """A ledger in which a little of everything has happened."""
    with open_ledger(empty_database) as ledger:
        user_id, price_id = ledger.open_account(100_000), ledger.set_price(dump_price(PRICE))
        for key in ("settled", "returned", "held"):
            outcome = ledger.lock(IDS[key], user_id, HELD_MC, key, price_id=price_id, subject_id=IDS["message"])
            assert outcome == "held"
        assert ledger.end(IDS["settled"], COST.amount_mc, result=COST.to_json()) == "settled"
        assert ledger.end(IDS["returned"], 0, "stopped_early") == "returned"
        assert ledger.change(new_id(), user_id, "deduct", -1, "deduct") == "done"
        yield ledger
        ledger.empty()


SABOTAGE = {
    "a balance is the sum of its entries": "UPDATE credit_accounts SET balance_mc = balance_mc + 1",
    "what is held is the sum of the open holds": "UPDATE credit_accounts SET held_mc = held_mc - 1",
    "entries are numbered without gaps": "UPDATE credit_accounts SET last_seq = last_seq + 1",
    "each entry follows from the one before": """
        UPDATE credit_entries SET balance_after_mc = balance_after_mc + 1 WHERE seq = 3""",
    "a transaction has the entries of its state": "DELETE FROM credit_entries WHERE transaction_id = %(returned)s",
    "a charge is what its formula gives, at most the hold": """
        UPDATE credit_transactions SET result = jsonb_set(result, '{terms}', '[]') WHERE id = %(settled)s""",
    "a charge for tokens is made at the rates of its frozen price": """
        UPDATE prices SET formula = jsonb_set(formula, '{output_mc}', '499999')""",
    "what is free of charge was not charged": """
        UPDATE credit_transactions SET situation = 'process_died' WHERE id = %(settled)s""",
    "an answer that has ended holds nothing": """
        INSERT INTO messages (id, conversation_id, user_id, seq, role, status, finished_at)
        SELECT %(message)s, id, id, 1, 'assistant', 'complete', now() FROM users""",
}


def test_a_sound_ledger_has_no_fault(ledger: SqlLedger) -> None:
    assert ledger.faults() == []


@pytest.mark.parametrize("rule", RULES)
def test_a_broken_rule_is_found_by_its_name(ledger: SqlLedger, rule: str) -> None:
    ledger.connection.execute("SET session_replication_role = replica")  # entries refuse to be changed otherwise
    ledger.connection.execute(SABOTAGE[rule].encode(), IDS)

    found = ledger.faults()
    assert any(fault.startswith(f"{rule}: ") for fault in found), found


@pytest.mark.parametrize("what", ["UPDATE credit_entries SET amount_mc = 0", "DELETE FROM credit_entries"])
def test_entries_refuse_to_be_changed(ledger: SqlLedger, what: str) -> None:
    with pytest.raises(RaiseException, match="append-only"):
        ledger.connection.execute(what.encode())


def test_entries_refuse_to_be_emptied(ledger: SqlLedger) -> None:
    with pytest.raises(RaiseException, match="append-only"):
        ledger.connection.execute("TRUNCATE credit_entries CASCADE")


@pytest.mark.parametrize(
    "what",
    [
        "UPDATE credit_accounts SET balance_mc = -1, held_mc = -1",
        "UPDATE credit_accounts SET held_mc = balance_mc + 1",
        "UPDATE credit_accounts SET held_mc = -1",
        "UPDATE credit_accounts SET balance_mc = 1000000000000001",
        "UPDATE credit_transactions SET amount_mc = -held_mc - 1 WHERE id = %(settled)s",
        "UPDATE credit_transactions SET amount_mc = 1 WHERE id = %(settled)s",
        "UPDATE credit_transactions SET amount_mc = -1 WHERE id = %(returned)s",
        "UPDATE credit_transactions SET state = 'held' WHERE id = %(settled)s",
        "UPDATE credit_transactions SET held_mc = 0, amount_mc = 0 WHERE id = %(held)s",
        "SELECT credit_lock(%(new)s, user_id, 0, 'x', NULL, NULL, NULL, NULL, NULL, 'x', 1) FROM credit_accounts",
        "SELECT credit_lock(%(new)s, user_id, -1, 'x', NULL, NULL, NULL, NULL, NULL, 'x', 1) FROM credit_accounts",
        "SELECT credit_lock(%(new)s, user_id, 1000000000001, 'x', NULL, NULL, NULL, NULL, NULL, 'x', 1)"
        " FROM credit_accounts",
        "SELECT credit_change(%(new)s, user_id, 'grant', -1, 'x', NULL, 'x') FROM credit_accounts",
        "SELECT credit_change(%(new)s, user_id, 'deduct', 1, 'x', NULL, 'x') FROM credit_accounts",
        "SELECT credit_change(%(new)s, user_id, 'adjust', 0, 'x', NULL, 'x') FROM credit_accounts",
        "SELECT credit_change(%(new)s, user_id, 'charge', 5, 'x', NULL, 'x') FROM credit_accounts",
        "SELECT credit_change(%(new)s, user_id, 'grant', 1000000000001, 'x', NULL, 'x') FROM credit_accounts",
    ],
)
def test_the_database_itself_refuses_what_cannot_be(ledger: SqlLedger, what: str) -> None:
    with pytest.raises(CheckViolation):
        ledger.connection.execute(what.encode(), {**IDS, "new": new_id()})

    assert ledger.faults() == []
