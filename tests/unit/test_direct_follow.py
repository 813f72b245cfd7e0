"""A run that writes to its sender's connection itself, also to one that does not keep up."""

import asyncio
from uuid import uuid4

from backend.services.adapters.base import ChatCompletionChunk
from backend.services.chat_run import PING, ChatRun
from backend.services.direct_follow import pour_run


class Peer:
    """A connection that takes so many pieces until it is told to go on."""

    def __init__(self, room: int = 1_000) -> None:
        self.pieces: list[bytes] = []
        self.room = room
        self.caught_up = asyncio.Event()

    def write(self, piece: bytes) -> bool:
        self.pieces.append(piece)
        self.room -= 1
        return self.room > 0

    async def ready(self) -> None:
        await self.caught_up.wait()
        self.room = 1_000


def make_run() -> ChatRun:
    credits = {"held_mc": 0, "tokens_max": 100, "transaction_id": None}
    answer = {"id": str(uuid4()), "conversation_id": str(uuid4()), "credits": credits, "usage": None, "error": None}
    return ChatRun(answer, user_id=uuid4(), history=[], price=None)


def say(run: ChatRun, *words: str) -> None:
    for word in words:
        run.apply(ChatCompletionChunk(word))


async def test_each_event_is_written_in_the_moment_it_is_published() -> None:
    run, peer = make_run(), Peer()
    say(run, "before")
    pouring = asyncio.ensure_future(pour_run(run, 0, peer))
    await asyncio.sleep(0)
    say(run, "one", "two")

    assert [b"before" in peer.pieces[0], b"one" in peer.pieces[1], b"two" in peer.pieces[2]] == [True] * 3
    run.ping()
    run.end(run.answer, None)
    await pouring
    assert peer.pieces[3] == PING
    assert b'"end"' in peer.pieces[-1]
    assert run.listeners == []


async def test_a_peer_that_does_not_keep_up_gets_all_of_it_later() -> None:
    run, peer = make_run(), Peer(room=1)
    pouring = asyncio.ensure_future(pour_run(run, 0, peer))
    await asyncio.sleep(0)
    say(run, "one", "two", "three")
    run.end(run.answer, None)
    await asyncio.sleep(0)
    assert len(peer.pieces) == 1

    peer.caught_up.set()
    await pouring
    everything = b"".join(peer.pieces)
    assert everything == run.frames_after(0)[0]


async def test_leaving_leaves_the_run_alone() -> None:
    run = make_run()
    pouring = asyncio.ensure_future(pour_run(run, 0, Peer()))
    await asyncio.sleep(0)
    pouring.cancel()
    await asyncio.wait([pouring])
    say(run, "on")

    assert run.listeners == []
    assert run.content == "on"
