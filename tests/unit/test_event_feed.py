"""The newest events of a user and the places of their sockets in them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from backend.models import UserRole, UserStatus
from backend.repositories.event_repository import EventRow, EventRows
from backend.repositories.session_repository import SignedInUser
from backend.services.event_feed import FRAMES_KEPT, End, Feed, Frame, Subscriber, encode_rows
from backend.services.message_utils import TASK_FIELDS, TASK_TIMES

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def subscriber() -> Subscriber:
    return Subscriber(SignedInUser(uuid4(), uuid4(), "a@b", "a", UserRole.USER, UserStatus.ACTIVE, NOW))


def frames(first: int, last: int) -> list[Frame]:
    return [Frame(seq, str(seq), None) for seq in range(first, last + 1)]


def feed_at(seq: int) -> Feed:
    feed = Feed()
    feed.seq = seq
    return feed


def numbers(found: Sequence[Frame] | None) -> list[int] | None:
    return None if found is None else [frame.seq for frame in found]


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        pytest.param(9, None, id="before what is here"),
        pytest.param(10, [11, 12, 13], id="all that is here"),
        pytest.param(12, [13], id="some"),
        pytest.param(13, [], id="none"),
        pytest.param(15, [], id="read further than this already"),
    ],
)
def test_a_place_finds_what_follows_it_or_learns_that_it_is_not_here(after: int, expected: list[int] | None) -> None:
    feed = feed_at(10)
    feed.extend(frames(11, 13))

    assert numbers(feed.after(after)) == expected


def test_only_the_newest_events_are_kept_and_only_until_everyone_has_them() -> None:
    feed, quick, slow = feed_at(0), subscriber(), subscriber()
    feed.subscribers |= {quick, slow}
    feed.extend(frames(1, FRAMES_KEPT + 50))
    assert feed.after(49) is None
    assert len(feed.after(50) or []) == FRAMES_KEPT

    quick.seq, slow.seq = FRAMES_KEPT + 50, FRAMES_KEPT
    feed.trim()
    assert len(feed.after(FRAMES_KEPT) or []) == 50
    assert feed.after(FRAMES_KEPT - 1) is None


def test_a_gap_sends_everyone_to_look_for_themselves() -> None:
    feed, reader = feed_at(5), subscriber()
    reader.place(5, behind=False)
    feed.subscribers.add(reader)
    feed.restart(90)

    assert reader.behind
    assert feed.after(90) == []


def test_a_socket_hears_of_the_tasks_that_it_asked_for_and_of_everything_else() -> None:
    reader = subscriber()
    news = [Frame(1, "a", "task-a"), Frame(2, "b", "task-b"), Frame(3, "other", None)]
    assert reader.take(news) == ["a", "b", "other"]

    reader.task_ids = frozenset({"task-b", "somebody-elses"})
    assert reader.take(news) == ["b", "other"]
    assert reader.seq == 3


def test_whoever_asked_for_no_task_still_hears_of_every_end() -> None:
    reader = subscriber()
    reader.task_ids = frozenset()
    task = {**dict.fromkeys((*TASK_FIELDS, *TASK_TIMES)), "id": str(uuid4()), "assets": [], "storyboard": None}
    news = [EventRow(1, "task.changed", task), EventRow(2, "task.changed", {**task, "finished_at": NOW.isoformat()})]
    going_on, ended = encode_rows(news)

    assert reader.take([going_on, ended]) == [ended.text]


def test_events_of_a_newer_version_keep_their_place_but_are_not_sent() -> None:
    reader = subscriber()
    read = encode_rows([EventRow(1, "weather.changed", {"secret": 1}), EventRow(2, "message.deleted", {"id": "x"})])

    assert reader.take(read) == ['{"seq":2,"type":"message.deleted","data":{"id":"x"}}']
    assert reader.seq == 2


def test_the_first_reason_of_an_end_stays() -> None:
    reader = subscriber()
    reader.end(End.SIGNED_OUT)
    reader.end(End.LEFT)

    assert reader.ended is End.SIGNED_OUT


@pytest.mark.parametrize(
    ("after", "last_seq", "rows", "gap"),
    [
        pytest.param(0, 0, [], False, id="nothing yet"),
        pytest.param(3, 3, [], False, id="nothing new"),
        pytest.param(3, 5, [4, 5], False, id="what follows"),
        pytest.param(3, 9, [4, 5], False, id="a page of it"),
        pytest.param(3, 5, [], True, id="all forgotten"),
        pytest.param(3, 9, [6, 7], True, id="the beginning forgotten"),
        pytest.param(3, 9, [4, 6], True, id="a hole"),
        pytest.param(7, 5, [], True, id="a number that never was"),
    ],
)
def test_a_gap_is_seen_by_the_numbers(after: int, last_seq: int, rows: list[int], gap: bool) -> None:
    assert EventRows(after, last_seq, [EventRow(seq, "x", {}) for seq in rows]).is_gap is gap
