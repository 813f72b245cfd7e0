"""One supervised process: forked from its supervisor, with the code that is loaded there, or started anew.

Forked on Linux only: elsewhere system libraries may not survive it.
"""

import gc
import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn, Protocol

from setproctitle import setproctitle

from backend.core.logging import get_logger

FORKS = sys.platform == "linux"
RESTART_PAUSES_S = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
STEADY_AFTER_S = 60.0
POLL_S = 0.01
STANDARD_DESCRIPTORS = 3

RunCommand = Callable[[Sequence[str]], int]
"""Runs a command line and returns its exit code."""

log = get_logger(__name__)


class Lifeline:
    """A pipe into which nobody writes: all children read from it, and its end is the end of their supervisor."""

    def __enter__(self) -> "Lifeline":
        self.read_end, self.write_end = os.pipe()
        return self

    def __exit__(self, *_error: object) -> None:
        os.close(self.read_end)
        os.close(self.write_end)


class Process(Protocol):
    """What a supervisor needs of a process."""

    pid: int
    returncode: int | None

    def poll(self) -> int | None:
        """Return the exit code, or None while it runs."""

    def wait(self, timeout: float | None = None) -> int:
        """Return the exit code once it has ended; raises subprocess.TimeoutExpired."""

    def terminate(self) -> None:
        """Ask it to end."""

    def kill(self) -> None:
        """End it."""


@dataclass(slots=True)
class ForkedProcess:
    """A process that was forked here."""

    pid: int
    returncode: int | None = None

    def poll(self) -> int | None:
        """Return the exit code, or None while it runs."""
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Return the exit code once it has ended; raises subprocess.TimeoutExpired."""
        deadline = time.monotonic() + timeout if timeout is not None else math.inf
        while (code := self.poll()) is None:
            if time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0.0)
            time.sleep(POLL_S)
        return code

    def terminate(self) -> None:
        """Ask it to end."""
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self._send(signal.SIGKILL)

    def _send(self, number: signal.Signals) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)


class Child:
    """A process that is started, watched, and started again when it dies: more slowly each time."""

    def __init__(
        self,
        command: str,
        environment: Mapping[str, str],
        sockets: Sequence[int],
        lifeline: Lifeline,
        run_command: RunCommand,
    ) -> None:
        """``command``: of the command line; ``sockets``: what it inherits, by descriptor."""
        self.process: Process | None = None
        self.restart_at = 0.0
        self._command = command
        self._environment = {**environment, "LATENT_CHILD": "1"}
        self._sockets = sockets
        self._lifeline = lifeline
        self._run_command = run_command
        self._started_at = 0.0
        self._failures = 0

    def start(self) -> None:
        """Start the process, out of reach of the terminal's Ctrl-C: the supervisor ends its children in order."""
        self.process = self._fork() if FORKS else self._spawn()
        self._started_at = time.monotonic()

    def has_died(self) -> bool:
        """Tell whether the process ended by itself."""
        return self.process is not None and self.process.poll() is not None

    def note_death(self) -> None:
        """Plan the next start, later each time, sooner again after a steady while."""
        lived_s = time.monotonic() - self._started_at
        self._failures = 0 if lived_s > STEADY_AFTER_S else self._failures + 1
        pause_s = RESTART_PAUSES_S[min(self._failures, len(RESTART_PAUSES_S)) - 1]
        self.restart_at = time.monotonic() + pause_s
        code = self.process.returncode if self.process else None
        log.warning("process ended; starting it again", name=self._command, exit_code=code, pause_s=pause_s)
        self.process = None

    def _spawn(self) -> Process:
        return subprocess.Popen(
            [sys.executable, "-m", "backend.cli", self._command],
            stdin=self._lifeline.read_end,
            env={**os.environ, **self._environment},
            pass_fds=tuple(self._sockets),
            start_new_session=True,
        )

    def _fork(self) -> Process:
        sys.stdout.flush()
        sys.stderr.flush()
        gc.freeze()  # the collector writes to what it looks at, which would then be shared no more
        pid = os.fork()
        if pid == 0:
            self._be()
        gc.unfreeze()
        return ForkedProcess(pid)

    def _be(self) -> NoReturn:
        """Be the forked process, to its end."""
        code = 1
        try:
            gc.enable()
            os.setsid()
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, signal.SIG_DFL)
            os.dup2(self._lifeline.read_end, 0)
            close_others(self._sockets)
            os.environ.update(self._environment)
            setproctitle(f"latent {self._command} {self._environment['LATENT_DATA_DIR']}")
            code = self._run_command([self._command])
        except Exception as error:
            log.error("process failed", name=self._command, exc_info=error)
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)


def close_others(kept: Sequence[int]) -> None:
    """Close all descriptors but the standard ones and these: locks and pipes are the supervisor's own."""
    first = STANDARD_DESCRIPTORS
    for descriptor in sorted(kept):
        os.closerange(first, descriptor)
        first = descriptor + 1
    os.closerange(first, os.sysconf("SC_OPEN_MAX"))
