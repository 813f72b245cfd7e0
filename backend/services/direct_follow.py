"""Following an answer that is written in this process without a wake-up per event: the run itself writes them out."""

import asyncio
from typing import Protocol

from backend.services.chat_run import PING, ChatRun


class Writer(Protocol):
    """Where pieces go: a connection that takes them at once, and says when it cannot keep up."""

    def write(self, piece: bytes) -> bool:
        """Take a piece; False: wait until ``ready`` returns."""
        ...

    async def ready(self) -> None:
        """Return once the next piece may be written."""
        ...


async def pour_run(run: ChatRun, seq: int, writer: Writer) -> None:
    """Write the events of a run after ``seq``, each in the moment it is published, and return after the last.

    A reader who does not keep up is left alone until it has caught up, and is then given all that it missed.
    """
    pings, stalled, attention = run.pings, False, asyncio.Event()

    def pour() -> None:
        nonlocal seq, pings, stalled
        idle = seq == run.seq
        while not stalled and seq < run.seq:
            piece, seq = run.frames_after(seq)
            stalled = not writer.write(piece)
        if idle and not stalled and run.pings != pings:
            stalled = not writer.write(PING)
        pings = run.pings
        if stalled or run.ended:
            attention.set()

    run.listeners.append(pour)
    try:
        pour()
        while seq < run.seq or not run.ended or stalled:
            await attention.wait()
            attention.clear()
            if stalled:
                await writer.ready()
                stalled = False
                pour()
    finally:
        run.listeners.remove(pour)
