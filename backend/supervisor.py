"""``latent serve``: the embedded servers, the migrations, and one process each for API, worker and sandbox.

The supervisor itself imports none of their code. Children that die are started again, more slowly each
time; when it is told to end, they drain and the embedded servers stop last. Killed outright, its children notice
(their standard input closes) and end by themselves.
"""

import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from types import FrameType

from backend.core.config import Settings
from backend.core.embedded import EmbeddedServers, exclusive_use, prepare_data_dir
from backend.core.errors import StartError
from backend.core.logging import get_logger
from backend.core.migrate import migrate
from backend.core.provider_config import wants_sandbox

WATCH_S = 0.2
RESTART_PAUSES_S = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
STEADY_AFTER_S = 10.0
GO = b"\n"
CHILD_GRACE_EXTRA_S = 5.0
REVIVE_S = 1.0

log = get_logger(__name__)


@dataclass(slots=True)
class Child:
    """One supervised process: how it is started, and how often it had to be."""

    name: str
    arguments: Sequence[str]
    environment: Mapping[str, str]
    sockets: Sequence[int] = ()
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    failures: int = 0
    restart_at: float = field(default=0.0)

    def start(self) -> None:
        """Start the process, which loads its code and then waits for ``go``.

        Its standard input is a pipe that closes when the supervisor is gone, however it went.
        """
        self.process = subprocess.Popen(
            [sys.executable, "-m", "backend.cli", *self.arguments],
            stdin=subprocess.PIPE,
            env={**os.environ, **self.environment, "LATENT_CHILD": "1"},
            pass_fds=tuple(self.sockets),
            start_new_session=True,  # Ctrl-C reaches the supervisor alone, which then ends them in order
        )
        self.started_at = time.monotonic()

    def go(self) -> None:
        """Let the process begin: the servers that it needs are there."""
        if self.process is None or self.process.stdin is None:
            return
        with suppress(BrokenPipeError):  # it died meanwhile, which the next look finds
            self.process.stdin.write(GO)
            self.process.stdin.flush()

    def has_died(self) -> bool:
        """Tell whether the process ended by itself."""
        return self.process is not None and self.process.poll() is not None

    def note_death(self) -> None:
        """Plan the next start, later each time, sooner again after a steady while."""
        lived_s = time.monotonic() - self.started_at
        self.failures = 1 if lived_s > STEADY_AFTER_S else self.failures + 1
        pause_s = RESTART_PAUSES_S[min(self.failures, len(RESTART_PAUSES_S)) - 1]
        self.restart_at = time.monotonic() + pause_s
        log.warning("process ended; starting it again", name=self.name, exit_code=self.code, pause_s=pause_s)
        self.process = None

    @property
    def code(self) -> int | None:
        """The exit code of the process that ended."""
        return self.process.returncode if self.process else None


class Supervisor:
    """Runs the whole product on one machine until it is told to end."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._ended = threading.Event()
        self._children: list[Child] = []

    def run(self) -> None:
        """Start everything, print the address, watch, and end everything. Raises StartError, nothing left running."""
        settings = self._settings
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._on_signal)
        data_dir = prepare_data_dir(settings.data_dir)
        with ExitStack() as stack:
            stack.enter_context(
                exclusive_use(data_dir, message=f"Another Latent already runs on the data folder {data_dir}.")
            )
            listener = stack.enter_context(listen(settings.host, settings.port))
            sandbox = self._claim_sandbox(stack)
            servers = EmbeddedServers(
                data_dir, postgres=settings.database_url is None, valkey=settings.redis_url is None
            )
            environment = self._environment(servers, sandbox, listener)
            stack.callback(servers.stop)
            stack.callback(self._stop_children)
            # The API loads its code while the servers start: that is most of what a start takes.
            for _ in range(settings.api_processes):
                self._start(Child("api", ["api"], environment, [listener.fileno()]))
            servers.start()
            migrate(environment["LATENT_DATABASE_URL"])
            check_redis(environment["LATENT_REDIS_URL"])
            for child in self._children:
                child.go()
            if self._wait_for_first_answer(listener):
                self._start_others(environment, sandbox)
                self._watch(servers)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._ended.set()

    def _claim_sandbox(self, stack: ExitStack) -> socket.socket | None:
        """Take the sandbox's port, so that its address is known before it runs."""
        if self._settings.sandbox_url is not None or not wants_sandbox(self._settings):
            return None
        return stack.enter_context(listen("127.0.0.1", self._settings.sandbox_port))

    def _environment(
        self, servers: EmbeddedServers, sandbox: socket.socket | None, listener: socket.socket
    ) -> dict[str, str]:
        database_url = servers.database_url or _reveal(self._settings.database_url)
        redis_url = servers.redis_url or _reveal(self._settings.redis_url)
        environment = {
            "LATENT_DATA_DIR": os.fspath(servers.data_dir),
            "LATENT_DATABASE_URL": database_url,
            "LATENT_REDIS_URL": redis_url,
            "LATENT_LISTEN_FD": str(listener.fileno()),
        }
        if sandbox is not None:
            host, port = sandbox.getsockname()[:2]
            environment["LATENT_SANDBOX_URL"] = f"http://{host}:{port}"
        return environment

    def _start(self, child: Child) -> None:
        self._children.append(child)
        child.start()

    def _start_others(self, environment: dict[str, str], sandbox: socket.socket | None) -> None:
        """Start what the first page does not need, once it was served."""
        self._start(Child("worker", ["worker"], environment))
        if sandbox is not None:
            own = {**environment, "LATENT_LISTEN_FD": str(sandbox.fileno())}
            self._start(Child("sandbox", ["sandbox"], own, [sandbox.fileno()]))
        for child in self._children:
            child.go()

    def _wait_for_first_answer(self, listener: socket.socket) -> bool:
        """Print the address once the API answers; False when told to end before. Raises StartError when it cannot."""
        host, port = listener.getsockname()[:2]
        with ask_health(host, port) as question:
            while not select.select([question], [], [], WATCH_S)[0]:
                if self._ended.is_set():
                    return False
                if any(child.has_died() for child in self._children):
                    raise StartError("The API process could not start; its message stands above.")
        shown = f"[{host}]" if ":" in host else host
        print(f"\n  Latent  显影室   http://{shown}:{port}\n", flush=True)
        return True

    def _watch(self, servers: EmbeddedServers) -> None:
        """Start again what dies, until the end."""
        revive_at = time.monotonic()
        while not self._ended.wait(WATCH_S):
            if time.monotonic() >= revive_at:
                revive(servers)
                revive_at = time.monotonic() + REVIVE_S
            for child in self._children:
                if child.has_died():
                    child.note_death()
                elif child.process is None and time.monotonic() >= child.restart_at:
                    child.start()
                    child.go()

    def _stop_children(self) -> None:
        """Ask all children to end, together; those that do not within the grace time are killed."""
        running = [child.process for child in self._children if child.process is not None]
        for process in running:
            process.terminate()
        deadline = time.monotonic() + self._settings.shutdown_grace_s + CHILD_GRACE_EXTRA_S
        for process in running:
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if process.stdin is not None:
                process.stdin.close()


def revive(servers: EmbeddedServers) -> None:
    """Start an embedded server that ended by itself again; what cannot be done now is tried again later."""
    try:
        for name in servers.revive():
            log.warning("an embedded server had ended; started it again", name=name)
    except StartError as error:
        log.warning("an embedded server has ended; trying again", reason=str(error))


def listen(host: str, port: int) -> socket.socket:
    """Take a port, or say in one sentence why it cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        reason = "is in use by another program" if error.errno == 98 else f"cannot be used: {error.strerror}"
        raise StartError(
            f"The address {host}:{port} {reason}; choose another with LATENT_HOST and LATENT_PORT."
        ) from None
    listener.listen(2048)
    return listener


def ask_health(host: str, port: int) -> socket.socket:
    """Ask the API for a sign of life; whoever asks waits until the answer can be read."""
    everywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - asked on loopback, not listened on
    question = socket.create_connection((everywhere.get(host, host), port), timeout=5)
    question.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    return question


def check_redis(url: str) -> None:
    """Raise StartError unless Redis answers at this address."""
    from redis import Redis  # only a supervisor with an external Redis needs the client
    from redis.exceptions import RedisError

    if url.startswith("unix:///var/lib/latent/") or "/latent-" in url:
        return
    try:
        with Redis.from_url(url, socket_connect_timeout=5, socket_timeout=5) as client:
            client.ping()
    except ValueError as error:
        raise StartError(f"LATENT_REDIS_URL is not an address of Redis: {error}") from None
    except RedisError as error:
        raise StartError(f"Redis cannot be reached: {error}") from None


def _reveal(secret: object) -> str:
    reveal = getattr(secret, "get_secret_value", None)
    return str(reveal()) if reveal else ""
