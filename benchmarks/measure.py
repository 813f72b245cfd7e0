"""CPU time and memory of processes, as the Linux kernel counts them."""

import os
import threading
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

PROC = Path("/proc")
TICK_S = 1 / os.sysconf("SC_CLK_TCK")
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
SAMPLE_S = 0.25


def cpu_s(pid: int) -> float:
    """Return the CPU time of a process, all threads together, to the nanosecond.

    Threads that have ended are not in it; the processes measured here keep theirs.
    """
    total = 0
    for task in (PROC / str(pid) / "task").iterdir():
        with suppress(FileNotFoundError, ProcessLookupError):
            total += int((task / "schedstat").read_text().split()[0])
    return total / 1e9


def tree_cpu_s(pids: Iterable[int]) -> float:
    """Return the CPU time of processes and of their children that have ended, to the hundredth of a second."""
    total = 0
    for pid in pids:
        with suppress(FileNotFoundError, ProcessLookupError):
            total += sum(map(int, _stat(pid)[11:15]))
    return total * TICK_S


def children_of(pid: int) -> list[int]:
    """Return the direct children of a process."""
    found = []
    for entry in PROC.iterdir():
        if entry.name.isdigit():
            with suppress(FileNotFoundError, ProcessLookupError):
                if int(_stat(int(entry.name))[1]) == pid:
                    found.append(int(entry.name))
    return found


def command_of(pid: int) -> str:
    """Return the command line of a process, nothing when it is gone."""
    with suppress(FileNotFoundError, ProcessLookupError):
        return (PROC / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace").strip()
    return ""


def name_of(pid: int) -> str:
    """Return the name of a process's program, nothing when it is gone."""
    with suppress(FileNotFoundError, ProcessLookupError):
        return (PROC / str(pid) / "comm").read_text().strip()
    return ""


def resident_mb(pid: int) -> float:
    """Return the resident memory of a process."""
    return int((PROC / str(pid) / "statm").read_text().split()[1]) * PAGE_BYTES / 2**20


class MemoryWatch:
    """The most memory that a process takes while the context is open."""

    def __init__(self, pid: int) -> None:
        self.peak_mb = 0.0
        self._pid = pid
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> "MemoryWatch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(SAMPLE_S):
            with suppress(FileNotFoundError, ProcessLookupError):
                self.peak_mb = max(self.peak_mb, resident_mb(self._pid))


def _stat(pid: int) -> list[str]:
    """Return the fields of ``stat`` behind the name, which may hold anything."""
    return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
