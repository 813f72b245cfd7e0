"""Everyone who is connected to this process: who waits for which events, and the little that keeps them current.

A subscriber is a place in its user's log. The newest events are encoded once and shared by all of a user's sockets;
whoever lags behind them reads the log itself, at its own pace, so a slow one costs nothing but its own connection.
Whatever the number of sockets, waiting takes no database connection, and looking (for events whose hint was lost, for
sessions that ended) takes two statements per process every few seconds.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError

from backend.core.background import end_tasks
from backend.core.config import Settings
from backend.core.database import Database
from backend.core.errors import TooManySockets, Unavailable
from backend.core.events import WakeChannel
from backend.core.logging import get_logger
from backend.core.metrics import SOCKETS_OPEN
from backend.repositories import event_repository, session_repository
from backend.repositories.event_repository import EventRows
from backend.repositories.session_repository import SignedInUser
from backend.services.event_feed import End, Feed, Subscriber, encode, encode_rows

PAGE = 100
"""Events that are read at once for one user."""
USERS_PER_READ = 50
UNFOLLOW_S = 30.0
READERS_BEHIND = 3
"""Subscribers that may read the log for themselves at the same time; the others wait for their turn."""

log = get_logger(__name__)


class EventHub:
    """The connected users of this process. ``start`` and ``close`` belong to the process's life."""

    def __init__(self, database: Database, settings: Settings, channel: WakeChannel) -> None:
        self._database = database
        self._settings = settings
        self._channel = channel
        self._feeds: dict[UUID, Feed] = {}
        self._count = 0
        self._stale: set[UUID] = set()
        self._work = asyncio.Event()
        self._reading = asyncio.Semaphore(READERS_BEHIND)
        self._tasks: list[asyncio.Task[None]] = []
        self._closing = False

    def start(self) -> None:
        """Begin to listen, to read and to look."""
        self._channel.start(self.wake)
        self._tasks.append(asyncio.create_task(self._read_stale()))
        for work, period_s in ((self._look, self._settings.socket_check_s), (self._unfollow, UNFOLLOW_S)):
            self._tasks.append(asyncio.create_task(self._repeat(work, period_s)))

    async def close(self) -> None:
        """Take nobody in, and end all subscriptions."""
        self._closing = True
        for feed in self._feeds.values():
            for subscriber in feed.subscribers:
                subscriber.end(End.GOING_AWAY)
        await end_tasks(*self._tasks)
        await self._channel.close()

    def wake(self, user_id: UUID, seq: int) -> None:
        """Take a hint: the user's log has grown to this number at least."""
        feed = self._feeds.get(user_id)
        if feed is not None and feed.seq is not None and seq > feed.seq:
            self._read_again(user_id)

    def admit(self, user: SignedInUser) -> Subscriber:
        """Count one more socket in. Raises TooManySockets, and Unavailable for a process that is full or ending."""
        feed = self._feeds.get(user.id)
        if self._closing or self._count >= self._settings.sockets_per_process:
            raise Unavailable(retry_after_s=5)
        if feed is not None and len(feed.subscribers) >= self._settings.sockets_per_user:
            raise TooManySockets(limit=self._settings.sockets_per_user)
        subscriber = Subscriber(user)
        self._feeds.setdefault(user.id, feed or Feed()).subscribers.add(subscriber)
        self._note_count(1)
        return subscriber

    def release(self, subscriber: Subscriber) -> None:
        """Count a socket out."""
        feed = self._feeds[subscriber.user_id]
        feed.subscribers.remove(subscriber)
        if not feed.subscribers:
            del self._feeds[subscriber.user_id]
        self._note_count(-1)

    async def begin(self, subscriber: Subscriber, after: int | None) -> int:
        """Place a subscriber after a number (None: at the end) and return the user's newest number."""
        await self._channel.follow(subscriber.user_id)  # first, so that nothing falls between looking and listening
        async with self._database.one_statement() as db:
            last_seq = (await event_repository.last_seqs(db, [subscriber.user_id])).get(subscriber.user_id, 0)
        feed = self._feeds[subscriber.user_id]
        if feed.seq is None:
            feed.seq = last_seq
            self._read_again(subscriber.user_id)  # a hint that came while we looked was not taken
        subscriber.place(last_seq if after is None else after, behind=after not in (None, last_seq))
        return last_seq

    async def next(self, subscriber: Subscriber) -> list[str]:
        """Return what comes next for a subscriber, once there is something; nothing when its subscription ended."""
        feed = self._feeds[subscriber.user_id]
        while subscriber.ended is None:
            if subscriber.behind:
                texts = await self._catch_up(subscriber)
            elif (frames := feed.after(subscriber.seq)) is None:
                subscriber.behind = True
                continue
            elif not frames:
                await subscriber.woken()
                continue
            else:
                texts = subscriber.take(frames)
            if texts:
                return texts
        return []

    async def _catch_up(self, subscriber: Subscriber) -> list[str]:
        """Read one page of the log for a subscriber who is behind what the others share."""
        async with self._reading:
            read = (await self._read({subscriber.user_id: subscriber.seq}))[subscriber.user_id]
        if read.is_gap:
            subscriber.place(read.last_seq, behind=False)
            return [encode({"seq": read.last_seq, "type": "reset"})]
        subscriber.behind = len(read.rows) == PAGE
        return subscriber.take(encode_rows(read.rows))

    async def _read(self, wanted: Mapping[UUID, int]) -> dict[UUID, EventRows]:
        async with self._database.one_statement() as db:
            return await event_repository.read_after(db, wanted, limit=PAGE)

    async def _read_stale(self) -> None:
        """Read what users of whom there was a hint have new, many of them in one statement."""
        while True:
            await self._work.wait()
            some = [self._stale.pop() for _ in range(min(len(self._stale), USERS_PER_READ))]
            if not self._stale:
                self._work.clear()
            wanted = {user: feed.seq for user in some if (feed := self._feeds.get(user)) and feed.seq is not None}
            if not wanted:
                continue
            try:
                found = await self._read(wanted)
            except (SQLAlchemyError, OSError) as error:
                self._work.clear()
                self._stale.update(wanted)  # for the next look
                log.warning("events could not be read; trying again", reason=str(error))
                continue
            for user_id, read in found.items():
                self._spread(user_id, read)

    def _spread(self, user_id: UUID, read: EventRows) -> None:
        feed = self._feeds.get(user_id)
        if feed is None or feed.seq != read.after:
            return  # left meanwhile, or came back
        if read.is_gap:
            feed.restart(read.last_seq)
        elif read.rows:
            feed.extend(encode_rows(read.rows))
            self.wake(user_id, read.last_seq)

    @staticmethod
    async def _repeat(work: Callable[[], Awaitable[None]], period_s: float) -> None:
        while True:
            await asyncio.sleep(period_s)
            try:
                await work()
            except (SQLAlchemyError, OSError) as error:
                log.warning("upkeep of sockets failed; trying again", work=work.__name__, reason=str(error))

    async def _unfollow(self) -> None:
        await self._channel.keep_only(self._feeds)

    async def _look(self) -> None:
        """Look for events whose hint was lost, and for sessions that have ended."""
        if not self._feeds:
            return
        subscribers = [subscriber for feed in self._feeds.values() for subscriber in feed.subscribers]
        async with self._database.one_statement() as db:
            last_seqs = await event_repository.last_seqs(db, list(self._feeds))
            living = await session_repository.living_sessions(
                db, {subscriber.session_id for subscriber in subscribers}, idle_s=self._settings.session_idle_s
            )
        for subscriber in subscribers:
            if subscriber.session_id not in living:
                subscriber.end(End.SIGNED_OUT)
        for user_id, feed in self._feeds.items():
            feed.trim()
            if feed.seq is not None and last_seqs.get(user_id, feed.seq) != feed.seq:
                self._read_again(user_id)
        if self._stale:
            self._work.set()

    def _read_again(self, user_id: UUID) -> None:
        self._stale.add(user_id)
        self._work.set()

    def _note_count(self, change: int) -> None:
        self._count += change
        SOCKETS_OPEN.set(self._count)
