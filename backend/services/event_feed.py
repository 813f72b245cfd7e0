"""A user's newest events, encoded once for all of their sockets, and the sockets' places in them. No I/O here."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import orjson

from backend.repositories.event_repository import EventRow
from backend.repositories.session_repository import SignedInUser
from backend.services.event_service import format_event, task_going_on

FRAMES_KEPT = 100


class End(StrEnum):
    """Why a subscription ended."""

    LEFT = "left"
    SIGNED_OUT = "not_signed_in"
    INVALID_MESSAGE = "invalid_message"
    TOO_MANY_MESSAGES = "too_many_messages"
    GOING_AWAY = "going_away"
    FAILED = "internal_error"


@dataclass(frozen=True, slots=True)
class Frame:
    """An event as it is sent."""

    seq: int
    text: str
    task_id: str | None


class Subscriber:
    """One socket's place in its user's log. ``task_ids`` narrows whose going on it is told of; None: of all."""

    __slots__ = ("_over", "_woken", "behind", "ended", "seq", "session_id", "task_ids", "user_id")

    def __init__(self, user: SignedInUser) -> None:
        self.user_id = user.id
        self.session_id = user.session_id
        self.seq = 0
        self.behind = True
        self.ended: End | None = None
        self.task_ids: frozenset[str] | None = None
        self._woken = asyncio.Event()
        self._over = asyncio.Event()

    def wake(self) -> None:
        """Let the subscriber look again."""
        self._woken.set()

    def end(self, reason: End) -> None:
        """End the subscription; the first reason stays."""
        self.ended = self.ended or reason
        self._over.set()
        self.wake()

    async def over(self) -> End:
        """Return why the subscription ended, once it has."""
        await self._over.wait()
        return self.ended or End.LEFT

    async def woken(self) -> None:
        """Return once there may be something new."""
        await self._woken.wait()
        self._woken.clear()

    def place(self, seq: int, *, behind: bool) -> None:
        """Go on after a number; ``behind``: what follows it has to be read from the log first."""
        self.seq, self.behind = seq, behind

    def take(self, frames: Sequence[Frame]) -> list[str]:
        """Go on after these events, and return the texts of those that this socket asked for."""
        if frames:
            self.seq = frames[-1].seq
        return [frame.text for frame in frames if frame.text and self._wants(frame)]

    def _wants(self, frame: Frame) -> bool:
        return frame.task_id is None or self.task_ids is None or frame.task_id in self.task_ids


class Feed:
    """The newest events of one connected user, and who reads them."""

    __slots__ = ("_frames", "seq", "subscribers")

    def __init__(self) -> None:
        self.seq: int | None = None
        self.subscribers: set[Subscriber] = set()
        self._frames: list[Frame] = []

    def extend(self, frames: Sequence[Frame]) -> None:
        """Append what is new, keep the newest, and wake everyone."""
        self._frames = [*self._frames, *frames][-FRAMES_KEPT:]
        self.seq = frames[-1].seq
        self._wake()

    def restart(self, seq: int) -> None:
        """Forget everything: what follows is not what comes next. Everyone looks for themselves."""
        self._frames, self.seq = [], seq
        for subscriber in self.subscribers:
            subscriber.behind = True
        self._wake()

    def after(self, seq: int) -> list[Frame] | None:
        """Return the events after a number; None when some of them are not here."""
        missing = (self.seq or 0) - seq
        if missing <= 0:
            return []
        return self._frames[-missing:] if missing <= len(self._frames) else None

    def trim(self) -> None:
        """Let go of what everyone has read."""
        read = min((subscriber.seq for subscriber in self.subscribers), default=0)
        self._frames = [frame for frame in self._frames if frame.seq > read]

    def _wake(self) -> None:
        for subscriber in self.subscribers:
            subscriber.wake()


def encode(message: Mapping[str, object]) -> str:
    """Return a message as it is sent."""
    return orjson.dumps(message).decode()


def encode_rows(rows: Sequence[EventRow]) -> list[Frame]:
    """Return events as they are sent; one that this version does not know keeps its place, without a text."""
    shown = ((row, format_event(row)) for row in rows)
    return [Frame(row.seq, encode(event) if event else "", task_going_on(row)) for row, event in shown]
