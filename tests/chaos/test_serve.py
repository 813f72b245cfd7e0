"""The shipped command: started, killed in part, refused for reasons, ended; nothing is left behind."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

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

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        code = self.process.wait(15)
        if self.process.stdout is not None:
            self.process.stdout.close()
        return code


def is_named(process: psutil.Process, name: str) -> bool:
    """Tell whether a process lives and runs this command."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE and name in process.cmdline()
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


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "data with blanks 数据"
    yield folder
    for process in processes_of(folder):
        process.kill()


def test_ctrl_c_ends_everything_in_time_and_leaves_no_process(data_dir: Path) -> None:
    serve = Serve(data_dir).start()
    assert processes_of(data_dir)
    started = time.monotonic()

    assert serve.stop() == 0
    assert time.monotonic() - started < 10
    assert processes_of(data_dir) == []


def test_whoever_is_killed_comes_back_with_all_data(data_dir: Path) -> None:
    serve = Serve(data_dir).start()
    account = {"email": "lin@example.org", "password": "a long and quiet sentence"}
    assert serve.post("/api/auth/sign-up", account) == 201

    for name in ("api", "worker", "sandbox"):
        before = serve.children(name)[0]
        before.kill()
        wait_for(lambda name=name, before=before: before not in serve.children(name) != [], name)  # type: ignore[misc]
    wait_for(lambda: serve.get("/readyz") == 200, "readiness")
    assert serve.post("/api/auth/sign-in", account) == 200

    assert serve.stop(signal.SIGKILL) == -signal.SIGKILL
    ours = {"latent", "backend.cli"}  # the embedded servers stay, and are taken over
    wait_for(lambda: not any(ours & {*child.cmdline()} for child in processes_of(data_dir)), "the children's end")
    again = Serve(data_dir).start()
    assert again.post("/api/auth/sign-in", account) == 200
    assert again.stop() == 0
    assert processes_of(data_dir) == []


def refused(data_dir: Path, **environment: str) -> str:
    """Run the command that must refuse; returns its one sentence."""
    serve = Serve(data_dir, **environment)
    result = subprocess.run(
        [sys.executable, "-m", "backend.cli", "serve"],
        cwd=ROOT,
        env=serve.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 1, result
    assert "Traceback" not in result.stderr
    lines = result.stderr.strip().splitlines()
    assert len(lines) == 1, result.stderr
    return lines[0]


def test_an_occupied_port_is_one_sentence(data_dir: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        assert f"127.0.0.1:{port} is in use" in refused(data_dir, LATENT_PORT=str(port))
    assert processes_of(data_dir) == []


def test_a_second_start_on_the_same_folder_is_one_sentence(data_dir: Path) -> None:
    serve = Serve(data_dir).start()

    assert "Another Latent already runs" in refused(data_dir)
    assert serve.get("/readyz") == 200
    serve.stop()


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        pytest.param({"LATENT_DATA_DIR": "/proc/latent"}, "data folder /proc/latent cannot be written", id="folder"),
        pytest.param({"LATENT_PORT": "x"}, "LATENT_PORT is wrong", id="no number"),
        pytest.param({"LATENT_DATABASE_URL": "postgresql://u:hush@127.0.0.1:1/x"}, "cannot be reached", id="database"),
        pytest.param({"LATENT_DATABASE_URL": "nonsense"}, "database cannot be reached", id="wrong database url"),
        pytest.param({"LATENT_REDIS_URL": "redis://127.0.0.1:1"}, "Redis cannot be reached", id="redis"),
        pytest.param({"LATENT_REDIS_URL": "nonsense"}, "LATENT_REDIS_URL is not an address", id="wrong redis url"),
    ],
)
def test_what_cannot_start_says_why_in_one_sentence(data_dir: Path, environment: dict[str, str], says: str) -> None:
    sentence = refused(data_dir, **environment)

    assert says in sentence
    assert "hush" not in sentence
    assert processes_of(data_dir) == []


def test_a_cluster_of_a_newer_postgresql_is_refused(data_dir: Path) -> None:
    assert Serve(data_dir).start().stop() == 0
    instance = data_dir / "instance"  # only root's servers live elsewhere, under this name
    home = Path("/var/lib/latent") / instance.read_text() if instance.exists() else data_dir
    version = home / "postgres" / "PG_VERSION"
    version.write_text("19\n")

    assert "was made by PostgreSQL 19" in refused(data_dir)
    version.write_text("18\n")
