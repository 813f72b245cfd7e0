"""One embedded server as a process: started with an argument list, awaited, ended."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from backend.core.errors import StartError

POLL_S = 0.01
LOG_BYTES_MAX = 5 * 1024 * 1024

# Servers that this process started. They may outlive it: another process of the same data folder may use them.
_children: dict[int, subprocess.Popen[bytes]] = {}


@dataclass(frozen=True, slots=True)
class RunAs:
    """The system user that a server runs as; only root can choose another than its own."""

    uid: int
    gid: int


def start_process(
    arguments: Sequence[str], *, cwd: Path, log_file: Path, run_as: RunAs | None
) -> subprocess.Popen[bytes]:
    """Start a server in a session of its own, so that the terminal's Ctrl-C does not reach it.

    Its output is appended to ``log_file``, which begins anew once it is over 5 MB.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    if log_file.exists() and log_file.stat().st_size > LOG_BYTES_MAX:
        flags |= os.O_TRUNC
    descriptor = os.open(log_file, flags, 0o600)
    try:
        process = subprocess.Popen(
            list(arguments),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=descriptor,
            stderr=descriptor,
            start_new_session=True,
            env=server_environment(),
            user=run_as.uid if run_as else None,
            group=run_as.gid if run_as else None,
            extra_groups=[] if run_as else None,
        )
    finally:
        os.close(descriptor)
    _children[process.pid] = process
    return process


def server_environment() -> Mapping[str, str]:
    """Return the little that a server needs to know; nothing of ours, so no secret reaches it."""
    return {"PATH": os.defpath, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def wait_until(
    ready: Callable[[], bool], *, timeout_s: float, alive: Callable[[], bool], what: str, log_file: Path
) -> None:
    """Return once ``ready``; raises StartError when the process ends first or the time is over."""
    deadline = time.monotonic() + timeout_s
    while not ready():
        if not alive():
            raise StartError(f"{what} ended while starting; its log is {log_file}.")
        if time.monotonic() > deadline:
            raise StartError(f"{what} did not answer within {timeout_s:.0f} s; its log is {log_file}.")
        time.sleep(POLL_S)


def is_alive(pid: int) -> bool:
    """Tell whether a process with this id exists and has not ended."""
    if child := _children.get(pid):
        return child.poll() is None
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def end_process(pid: int, signals: Sequence[tuple[signal.Signals, float]]) -> None:
    """Send each signal in turn and give the process its seconds to end; returns when it is gone."""
    for number, patience_s in signals:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return
        deadline = time.monotonic() + patience_s
        while time.monotonic() < deadline:
            if not is_alive(pid):
                return
            time.sleep(POLL_S)


def reap_children(timeout_s: float) -> None:
    """Take note of the end of servers that this process started and that were just told to end."""
    for pid, child in list(_children.items()):
        try:
            child.wait(timeout_s)
        except subprocess.TimeoutExpired:
            continue
        del _children[pid]


def accepts_connections(path: Path) -> bool:
    """Tell whether something listens on this unix socket."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(1.0)
        try:
            client.connect(os.fspath(path))
        except OSError:
            return False
        return True
