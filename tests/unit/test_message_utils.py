"""Stored rows in the API's form."""

from datetime import UTC, datetime

import pytest
from pydantic import TypeAdapter

from backend.services.message_utils import format_time

# One table for both ways in which a time reaches the API: a row's JSON, and a datetime that pydantic writes.
TIMES = [
    pytest.param("2026-11-23T23:05:06.14126+00:00", datetime(2026, 11, 23, 23, 5, 6, 141260, UTC), id="trailing zero"),
    pytest.param("2026-11-23T23:05:06+00:00", datetime(2026, 11, 23, 23, 5, 6, 0, UTC), id="whole second"),
    pytest.param("2026-11-23T23:05:06.000001+00:00", datetime(2026, 11, 23, 23, 5, 6, 1, UTC), id="one microsecond"),
]


@pytest.mark.parametrize(("stored", "moment"), TIMES)
def test_a_time_is_written_alike_wherever_it_comes_from(stored: str, moment: datetime) -> None:
    written = TypeAdapter(datetime).dump_json(moment).decode().strip('"')
    assert format_time(stored) == format_time(moment) == written


def test_no_time_stays_none() -> None:
    assert format_time(None) is None
