"""Looking at files of strangers without decoding anything in this process: each in a process of its own."""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from backend.core.config import Settings
from backend.core.errors import AppError, MediaInvalid, MediaTooLarge, MediaTypeNotAllowed, Unavailable
from backend.core.logging import get_logger
from backend.core.media_report import CONTENT, POSTER, SOURCE, THUMBNAIL, Answer, MediaReport, Question, Verdict
from backend.core.media_types import AssetKind, MediaFormat
from backend.core.server_process import server_environment

CODE = Path(__file__).resolve().parents[2]
PROGRAM: Mapping[AssetKind, str] = {
    AssetKind.IMAGE: "backend.core.media_probe_pictures",
    AssetKind.VIDEO: "backend.core.media_probe_tracks",
    AssetKind.AUDIO: "backend.core.media_probe_tracks",
    AssetKind.FILE: "backend.core.media_probe_files",
}
LAST_FRAME_PROGRAM = "backend.core.media_probe_frame"
JOIN_PROGRAM = "backend.core.media_probe_join"
START_GRACE_S = 5.0
OUTPUT_FACTOR = 3
"""A picture written anew may be larger than it came, by this much."""
OUT_OF_TIME = frozenset((signal.SIGALRM, signal.SIGXCPU))
CRASHES = frozenset((signal.SIGSEGV, signal.SIGBUS, signal.SIGABRT, signal.SIGILL, signal.SIGFPE, signal.SIGTRAP))

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class CheckedMedia:
    """A file that was looked at, and what was made of it: the bytes to store, and its small pictures."""

    report: MediaReport
    content: Path
    thumbnail: Path | None
    poster: Path | None


class MediaChecker:
    """Runs the decoding processes of this process, a few at once; more wait, up to a limit."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._slots = asyncio.Semaphore(settings.media_checks_at_once)
        self._joins = asyncio.Semaphore(settings.film_joins_at_once)
        self._waiting = 0

    async def check(self, folder: Path, found: MediaFormat, *, rewrite: bool) -> CheckedMedia:
        """Look at the file ``source`` of a folder that holds nothing else; its by-products are left there.

        With ``rewrite``, what is stored is written anew: pictures upright and without metadata, films and sounds in
        a fresh container. Raises MediaInvalid, MediaTooLarge, MediaTypeNotAllowed, and Unavailable where the fault
        is ours.
        """
        if self._waiting >= self._settings.media_checks_waiting_max:
            raise Unavailable(retry_after_s=10)
        self._waiting += 1
        try:
            await self._slots.acquire()
        finally:
            self._waiting -= 1
        try:
            report = await _ask(PROGRAM[found.kind], self._question(folder, found, rewrite=rewrite))
        finally:
            self._slots.release()
        thumbnail, poster = folder / THUMBNAIL, folder / POSTER
        rewritten = rewrite and found.kind is not AssetKind.FILE
        return CheckedMedia(
            report=report,
            content=folder / (CONTENT if rewritten else SOURCE),
            thumbnail=thumbnail if thumbnail.exists() else None,
            poster=poster if poster.exists() else None,
        )

    def _question(self, folder: Path, found: MediaFormat, *, rewrite: bool) -> Question:
        settings = self._settings
        return Question(
            folder=str(folder),
            found=found,
            rewrite=rewrite,
            pixels_max=settings.media_pixels_max,
            frames_max=settings.media_frames_max,
            duration_max_s=settings.media_duration_max_s,
            output_bytes_max=settings.asset_bytes_max(found.kind) * OUTPUT_FACTOR,
            memory_bytes=settings.media_check_memory_bytes,
            timeout_s=settings.media_check_timeout_s,
            parent_pid=os.getpid(),
        )

    async def take_last_frame(self, folder: Path, found: MediaFormat) -> Path:
        """Return the last frame of the film ``source`` of a folder, as a JPEG. Raises as ``check`` does."""
        async with self._slots:
            await _ask(LAST_FRAME_PROGRAM, self._question(folder, found, rewrite=False))
        return folder / CONTENT

    async def join(self, folder: Path, clips: Sequence[MediaFormat]) -> Path:
        """Return the film that the clips of a folder are together (``clip_name``). Raises as ``check`` does."""
        question = replace(
            self._question(folder, MediaFormat.MP4, rewrite=True),
            clips=tuple(clips),
            timeout_s=self._settings.film_join_timeout_s,
            output_bytes_max=self._settings.asset_bytes_max(AssetKind.VIDEO),
        )
        async with self._joins:
            await _ask(JOIN_PROGRAM, question)
        return folder / CONTENT


async def _ask(program: str, question: Question) -> MediaReport:
    """Run one process and return its report; raises what its answer, or its end, means."""
    line, code = await _run(program, question)
    if code != 0:
        raise _meaning_of_end(code)
    try:
        answer = Answer.from_json(line)
    except ValueError:
        raise MediaInvalid(reason="undecodable") from None
    if answer.report is None:
        raise _meaning_of(answer)
    return answer.report


async def _run(program: str, question: Question) -> tuple[bytes, int]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-s", "-E", "-m", program, question.to_json()),
        cwd=CODE,
        env=dict(server_environment()),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(question.timeout_s + START_GRACE_S):
            line = await process.stdout.readline() if process.stdout else b""
            return line, await process.wait()
    except TimeoutError:
        return b"", -signal.SIGALRM
    except ValueError:  # a line without an end: not what our program says
        return b"", -signal.SIGABRT
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def _meaning_of(answer: Answer) -> AppError:
    match answer.verdict:
        case Verdict.TOO_LARGE:
            return MediaTooLarge(reason=answer.reason)
        case Verdict.NOT_ALLOWED:
            return MediaTypeNotAllowed(reason=answer.reason)
        case Verdict.INVALID | None:
            return MediaInvalid(reason=answer.reason)


def _meaning_of_end(code: int) -> AppError:
    """Return what the end of a process without an answer means: a limit, a crash by the file, or our own trouble."""
    if -code in OUT_OF_TIME:
        return MediaTooLarge(reason="time")
    if -code == signal.SIGKILL:
        return MediaTooLarge(reason="memory")
    if -code in CRASHES:
        log.warning("a file crashed its decoder", signal=-code)
        return MediaInvalid(reason="undecodable")
    log.error("a file could not be looked at", exit_code=code, reason=os.strerror(code) if code > 0 else "")
    return Unavailable(retry_after_s=30)
