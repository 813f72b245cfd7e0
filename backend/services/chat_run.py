"""One answer being written: owned by the process, watched by any number of followers.

The run keeps every event it sends as encoded bytes, in order; a follower is an index into that list. So each
event is encoded once for all followers, a late follower reads from where it left off, and a slow one costs
nothing but its own connection. Memory is bounded by the longest answer.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import orjson

from backend.core.errors import AppError
from backend.core.pricing import TokenPrice
from backend.models import MessageStatus
from backend.services.adapters.base import ChatCompletionChunk, ErrorKind, ProviderError, Usage

PING = b": ping\n\n"
FRAMES_AT_ONCE = 512
"""So many events go out in one piece at most: what waits for a slow reader is small."""


def encode_event(seq: int, event: dict[str, Any]) -> bytes:
    """Return an event as SSE bytes; JSON has no raw line breaks, so one ``data:`` line always suffices."""
    return b"id: %d\ndata: %b\n\n" % (seq, orjson.dumps(event))


def storable(text: str) -> str:
    """Return a text without the one character that PostgreSQL cannot store."""
    return text.replace("\x00", "") if "\x00" in text else text


class ChatRun:
    """The state of one running answer. ``apply`` and ``end`` write, followers read; no I/O here."""

    __slots__ = (
        "_content", "_frames", "_reasoning", "_waiters", "answer", "answer_id", "chars", "conversation_id", "dirty",
        "ended", "error", "finish_reason", "held_mc", "history", "listeners", "pings", "price", "read_out",
        "stop_status", "stored_before", "stored_seq", "tokens_max", "transaction_id", "usage", "user_id",
    )  # fmt: skip

    def __init__(
        self, answer: dict[str, Any], *, user_id: UUID, history: Sequence[dict[str, str]], price: TokenPrice | None
    ) -> None:
        """``answer``: the answer as it was begun, in the API's form; ``history``: what the model is given.

        ``price``: the one that is frozen into the hold, which ``answer["credits"]`` describes.
        """
        self.answer = answer
        self.answer_id = UUID(answer["id"])
        self.conversation_id = UUID(answer["conversation_id"])
        self.user_id = user_id
        self.history = history
        self.price = price
        self.held_mc: int = answer["credits"]["held_mc"]
        self.tokens_max: int = answer["credits"]["tokens_max"]
        held = answer["credits"]["transaction_id"]
        self.transaction_id = UUID(held) if held else None
        self.usage: Usage | None = None
        self.finish_reason: str | None = None
        self.error: dict[str, Any] | None = None
        self.stop_status: MessageStatus | None = None
        self.read_out = False
        self.ended = False
        self.dirty = False
        self.stored_seq = self.stored_before = 0
        self.chars = 0
        self.pings = 0
        self._content: list[str] = []
        self._reasoning: list[str] = []
        self._frames: list[bytes] = []
        self._waiters: list[asyncio.Future[None]] = []
        self.listeners: list[Callable[[], None]] = []

    @property
    def content(self) -> str:
        """The text so far."""
        if len(self._content) > 1:
            self._content = ["".join(self._content)]
        return self._content[0] if self._content else ""

    @property
    def reasoning(self) -> str:
        """The model's thoughts so far."""
        if len(self._reasoning) > 1:
            self._reasoning = ["".join(self._reasoning)]
        return self._reasoning[0] if self._reasoning else ""

    def snapshot(self) -> dict[str, Any]:
        """Return the answer as it stands now, in the API's form."""
        return {**self.answer, "content": self.content, "reasoning": self.reasoning}

    @property
    def seq(self) -> int:
        """The number of the last event."""
        return len(self._frames)

    def note_stored(self, seq: int) -> None:
        """Note that the database has the text up to an event; a reader may still have seen what it had before."""
        self.stored_before, self.stored_seq = self.stored_seq, seq

    def apply(self, chunk: ChatCompletionChunk) -> None:
        """Take a piece of the answer in, and tell the followers."""
        text, reasoning, finish_reason, usage = chunk
        if text:
            text = storable(text)
            self._content.append(text)
            self._append(b"delta", text)
        if reasoning:
            reasoning = storable(reasoning)
            self._reasoning.append(reasoning)
            self._append(b"reasoning", reasoning)
        if usage is not None:
            self.usage = usage
        if finish_reason is not None:
            self.finish_reason = finish_reason
        self.chars += len(text) + len(reasoning)
        self.dirty = True

    def _append(self, kind: bytes, text: str) -> None:
        """Append a piece of text: ``publish`` for what comes most often."""
        frame = b'id: %d\ndata: {"type":"%b","text":%b}\n\n' % (len(self._frames) + 1, kind, orjson.dumps(text))
        self._frames.append(frame)
        self._wake()

    def publish(self, event: dict[str, Any]) -> None:
        """Append an event and wake whoever waits for it."""
        self._frames.append(encode_event(len(self._frames) + 1, event))
        self._wake()

    def end(self, answer: dict[str, Any], credits: dict[str, int] | None) -> None:
        """Say the last words: the answer as stored, and what the user has now."""
        if answer["usage"]:
            self.publish({"type": "usage", "usage": answer["usage"]})
        if credits:
            self.publish({"type": "credits", "credits": credits})
        if answer["error"]:
            self.publish({"type": "error", "error": answer["error"]})
        self.ended = True
        self.publish({"type": "end", "answer": answer})

    def ping(self) -> None:
        """Let followers that have nothing to send show that they live."""
        self.pings += 1
        self._wake()

    def frames_after(self, seq: int) -> tuple[bytes, int]:
        """Return the events after ``seq`` as bytes, and the number of the last one; nothing when there are none yet."""
        frames = self._frames
        if len(frames) == seq + 1:
            return frames[seq], seq + 1
        some = frames[seq : seq + FRAMES_AT_ONCE]
        return b"".join(some), seq + len(some)

    async def changed(self, seq: int) -> None:
        """Return when there is an event after ``seq``, when the answer ended, or for a ping."""
        if len(self._frames) > seq or self.ended:
            return
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        await waiter

    def fail(self, error: BaseException) -> None:
        """Note why the provider's answer broke off, in the form that is stored and shown."""
        match error:
            case ProviderError():
                self.error = {"code": str(error.kind), "params": {}}
            case AppError():
                self.error = {"code": error.code, "params": error.params}
            case TimeoutError():
                self.error = {"code": str(ErrorKind.TIMEOUT), "params": {}}
            case _:
                self.error = {"code": "internal_error", "params": {}}

    def outcome(self) -> MessageStatus:
        """Return the state that this answer ends in (sections 3 and 4 of the architecture).

        An error before any text is a failure; after some text the text stays, and the answer is interrupted.
        """
        if self.stop_status is not None:
            return self.stop_status
        if self.error is None and self.finish_reason == "content_filter":
            self.error = {"code": str(ErrorKind.MODERATION), "params": {}}
        if self.error is None and not self.content:
            self.error = {"code": str(ErrorKind.BROKEN), "params": {}}
        if self.error is None:
            return MessageStatus.COMPLETE
        return MessageStatus.INTERRUPTED if self.content else MessageStatus.FAILED

    def _wake(self) -> None:
        for listener in self.listeners:
            listener()
        if not self._waiters:
            return
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)
