"""What the tests of the ledger share."""

from collections.abc import Iterator

import pytest

from tests.support.ledger import SqlLedger, open_ledger


@pytest.fixture
def ledger(empty_database: str) -> Iterator[SqlLedger]:
    """A connection to an empty ledger; whatever a test does, the ledger is sound afterwards."""
    with open_ledger(empty_database) as ledger:
        yield ledger
        assert ledger.faults() == []
