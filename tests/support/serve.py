"""The shipped command in a process of its own, and the processes that work for it."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import psutil

from backend.core.embedded import find_places
from backend.core.embedded_postgres import USER

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 40.0


class Serve:
    """``latent serve`` on a data folder."""

    def __init__(self, data_dir: Path, **environment: str) -> None:
        self.data_dir = data_dir
        self.environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "LATENT_DATA_DIR": str(data_dir),
            "LATENT_PORT": "0",
            "LATENT_LOG_LEVEL": "warning",
            **environment,
        }
        self.process: subprocess.Popen[str] | None = None
        self.url = ""

    def start(self) -> "Serve":
        self.process = subprocess.Popen(
            [sys.executable, "-m", "backend.cli", "serve"],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if found := re.search(r"http://\S+", line):
                self.url = found.group()
                break
        wait_for(lambda: self.get("/readyz") == 200, "readiness")
        return self

    def get(self, path: str) -> int:
        try:
            with urllib.request.urlopen(self.url + path, timeout=5) as response:
                return int(response.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def post(self, path: str, body: object) -> int:
        request = urllib.request.Request(
            self.url + path,
            json.dumps(body).encode(),
            {"Content-Type": "application/json", "Sec-Fetch-Site": "same-origin"},
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as response:
                return int(response.status)
        except urllib.error.HTTPError as error:
            return error.code

    def children(self, name: str) -> list[psutil.Process]:
        assert self.process is not None
        return [child for child in psutil.Process(self.process.pid).children() if is_named(child, name)]

    def server(self, name: str) -> psutil.Process:
        """Return an embedded server's own process: ``postgres`` or ``valkey``."""
        if name == "valkey":
            return next(p for p in processes_of(self.data_dir) if "valkey" in p.name())
        instance = self.data_dir / "instance"
        home = Path("/var/lib/latent") / instance.read_text() if instance.exists() else self.data_dir
        return psutil.Process(int((home / "postgres" / "postmaster.pid").read_text().splitlines()[0]))

    def database_url(self) -> str:
        """Return the address of the embedded database."""
        return f"postgresql://{USER}@/postgres?host={find_places(self.data_dir).socket_dir}"

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        code = self.process.wait(15)
        if self.process.stdout is not None:
            self.process.stdout.close()
        return code


def is_named(process: psutil.Process, *names: str) -> bool:
    """Tell whether a process lives and runs one of these commands."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE and not {*names}.isdisjoint(process.cmdline())
    except psutil.NoSuchProcess:
        return False


def wait_for(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.05)


def processes_of(data_dir: Path) -> list[psutil.Process]:
    """Return every process that works for this data folder: its children and its embedded servers."""
    name = (data_dir / "instance").read_text() if (data_dir / "instance").exists() else str(data_dir)
    found = []
    for process in psutil.process_iter():
        try:
            words = " ".join(process.cmdline()) + str(process.environ().get("LATENT_DATA_DIR", ""))
        except psutil.Error:
            continue
        if (name in words or str(data_dir) in words) and process.pid != os.getpid():
            found.append(process)
    return found
