"""``/ws``: what changes for a user, told to each of their devices as it happens.

A socket is opened by the session's cookie from our own page alone. It is told ``hello`` with the number of the newest
event, then every event after ``?after=``; ``reset`` where those are gone. What a device may say is little: ``ping``,
and which tasks it wants to hear of.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress

from pydantic import TypeAdapter, ValidationError
from starlette.websockets import WebSocket, WebSocketDisconnect

from backend.api.deps import authenticate
from backend.api.errors import app_error_response
from backend.api.strict_json import parse_strict_json
from backend.core.errors import AppError, InvalidRequest, MalformedRequest
from backend.core.logging import get_logger
from backend.schemas.events import SEQ_MAX, SocketCommand, SubscribeCommand
from backend.services.container import Container
from backend.services.event_feed import End, Subscriber, encode
from backend.services.event_hub import EventHub

MESSAGES_MAX = 30
WINDOW_S = 10.0
"""A device that says more than so many messages in so many seconds is cut off."""
CODES: Mapping[End, int] = {
    End.LEFT: 1000,
    End.GOING_AWAY: 1001,
    End.SIGNED_OUT: 1008,
    End.INVALID_MESSAGE: 1008,
    End.TOO_MANY_MESSAGES: 1008,
    End.FAILED: 1011,
}
COMMAND: TypeAdapter[SocketCommand] = TypeAdapter(SocketCommand)

log = get_logger(__name__)


async def serve_socket(socket: WebSocket) -> None:
    """Serve one device from its handshake to its close; refusals come before the handshake is accepted."""
    container: Container = socket.app.state.container
    hub = container.events
    try:
        after = read_after(socket)
        subscriber = hub.admit(await authenticate(socket, container))
    except AppError as error:
        await socket.send_denial_response(app_error_response(error))
        return
    try:
        last_seq = await hub.begin(subscriber, after)
        with suppress(WebSocketDisconnect):
            await socket.accept()
            await UserSocket(socket, hub, subscriber).run(last_seq)
    finally:
        hub.release(subscriber)


def read_after(socket: WebSocket) -> int | None:
    """Return the number after which to go on. Raises InvalidRequest; a token here would end up in logs."""
    query = socket.query_params.multi_items()
    if not query:
        return None
    (name, value), *others = query
    if others or name != "after" or not value.isdecimal() or not value.isascii() or len(value) > len(str(SEQ_MAX)):
        raise InvalidRequest(field="after")
    return int(value)


class UserSocket:
    """An accepted socket: one task tells, one listens, whatever ends first ends both."""

    def __init__(self, socket: WebSocket, hub: EventHub, subscriber: Subscriber) -> None:
        self._socket = socket
        self._hub = hub
        self._subscriber = subscriber
        self._window_ends = 0.0
        self._heard = 0

    async def run(self, last_seq: int) -> None:
        """Tell and listen until one of the two sides has enough."""
        await self._socket.send_text(encode({"seq": last_seq, "type": "hello", "build": self._socket.app.state.build}))
        tasks = [asyncio.create_task(self._guard(work)) for work in (self._tell, self._listen)]
        try:
            reason = await self._subscriber.over()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if reason is not End.LEFT:
            await self._socket.close(CODES[reason], reason.value)

    async def _guard(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except WebSocketDisconnect:
            self._subscriber.end(End.LEFT)
        except Exception as error:  # an edge: the other task would wait for ever
            log.error("socket failed", exc_info=error)
            self._subscriber.end(End.FAILED)

    async def _tell(self) -> None:
        while texts := await self._hub.next(self._subscriber):
            for text in texts:
                await self._socket.send_text(text)

    async def _listen(self) -> None:
        while True:
            message = await self._socket.receive()
            if message["type"] == "websocket.disconnect":
                raise WebSocketDisconnect
            if self._says_too_much():
                self._subscriber.end(End.TOO_MANY_MESSAGES)
                return
            try:
                command = COMMAND.validate_python(parse_strict_json((message.get("text") or "").encode()))
            except (MalformedRequest, ValidationError):
                self._subscriber.end(End.INVALID_MESSAGE)
                return
            await self._obey(command)

    async def _obey(self, command: SocketCommand) -> None:
        if isinstance(command, SubscribeCommand):
            wanted = command.task_ids
            self._subscriber.task_ids = None if wanted is None else frozenset(str(task_id) for task_id in wanted)
        else:
            await self._socket.send_text(encode({"type": "pong"}))

    def _says_too_much(self) -> bool:
        now = asyncio.get_running_loop().time()
        if now >= self._window_ends:
            self._window_ends, self._heard = now + WINDOW_S, 0
        self._heard += 1
        return self._heard > MESSAGES_MAX
