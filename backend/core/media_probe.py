"""The frame of the process that looks at one file and ends: limits that the system enforces, one answer.

Decoders of pictures and films are the code that a hostile file attacks. So they run in a process without the
product's secrets in its environment, bounded in memory, time and output, and gone with its parent. A process per
file costs 0.07 to 0.12 s of CPU for its start, less than the decoding of an ordinary photograph; a pool of warm ones
would hold 15 to 30 MB each and carry one file's damage to the next. The modules ``media_probe_*`` are its programs.
"""

import ctypes
import errno
import os
import resource
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from backend.core.media_report import Answer, MediaReport, Question, Refused, Verdict

PR_SET_PDEATHSIG = 1
OPEN_FILES_MAX = 64
NICENESS = 5
"""Answers that stream come before pictures that are looked at."""
OUR_OWN_TROUBLE = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.EACCES))


def run(look: Callable[[Question], MediaReport]) -> None:
    """Answer the question of the first argument on standard output; whatever a decoder raises is an answer as well.

    A full disk and its like are no property of the file: their number is the exit code, and there is no answer.
    """
    question = Question.from_json(sys.argv[1])
    _end_with_parent(question.parent_pid)
    _limit(question)
    print(_answer(look, question).to_json(), flush=True)
    os._exit(0)  # what a decoder left behind is not worth tidying up


def _answer(look: Callable[[Question], MediaReport], question: Question) -> Answer:
    try:
        return Answer(report=look(question))
    except Refused as refused:
        return Answer(verdict=refused.verdict, reason=refused.reason)
    except MemoryError:
        return Answer(verdict=Verdict.TOO_LARGE, reason="memory")
    except OSError as error:
        if error.errno in OUR_OWN_TROUBLE:
            os._exit(error.errno)
        limits = {errno.EFBIG: "bytes", errno.ENOMEM: "memory"}
        if error.errno in limits:
            return Answer(verdict=Verdict.TOO_LARGE, reason=limits[error.errno])
        return Answer(verdict=Verdict.INVALID, reason="undecodable")
    except Exception:  # noqa: BLE001 - the edge of this process: decoders raise whatever they like
        return Answer(verdict=Verdict.INVALID, reason="undecodable")


def _end_with_parent(parent_pid: int) -> None:
    """Be killed when the parent is gone, however it went; elsewhere than on Linux the alarm ends an orphan."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent_pid:  # it was gone before we asked
        os._exit(1)


def _limit(question: Question) -> None:
    """Let the system end this process: by the clock, by CPU time, by what it writes and holds; never a core file.

    The allowance of memory is for the file: it comes on top of what the loaded code takes.
    """
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(question.timeout_s)
    os.nice(NICENESS)
    resource.setrlimit(resource.RLIMIT_CPU, (question.timeout_s, question.timeout_s + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (question.output_bytes_max, question.output_bytes_max))
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES_MAX, OPEN_FILES_MAX))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        most = pages * resource.getpagesize() + question.memory_bytes
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
