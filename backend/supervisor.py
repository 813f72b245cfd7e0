"""``latent serve``: the embedded servers, the migrations, and one process each for API, worker and sandbox.

Where processes can be forked, their code is loaded here, once, while the servers start: that is most of what a start
takes, and what all of them share in memory. Nothing of it runs here. Children that die are started again, more slowly
each time; when the supervisor is told to end, they drain and the embedded servers stop last. Killed outright, its
children notice (see `Lifeline`) and end by themselves.
"""

import gc
import importlib
import os
import select
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from types import FrameType

from backend.child import FORKS, Child, Lifeline, RunCommand
from backend.core.config import Settings
from backend.core.embedded import EmbeddedServers, exclusive_use, prepare_data_dir
from backend.core.errors import StartError
from backend.core.logging import get_logger
from backend.core.migrate import migrate
from backend.core.provider_config import wants_sandbox

WATCH_S = 0.2
CHILD_GRACE_EXTRA_S = 5.0
REVIVE_S = 1.0
FIRST_CODE = ("backend.main",)
OTHER_CODE = ("backend.workers.app", "backend.sandbox.server")

log = get_logger(__name__)


class Supervisor:
    """Runs the whole product on one machine until it is told to end."""

    def __init__(self, settings: Settings, run_command: RunCommand) -> None:
        self._settings = settings
        self._run_command = run_command
        self._ended = threading.Event()
        self._children: list[Child] = []

    def run(self) -> None:
        """Start everything, print the address, watch, and end everything. Raises StartError, nothing left running."""
        settings = self._settings
        gc.disable()  # loading code makes much and drops little; children have it on
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
            lifeline = stack.enter_context(Lifeline())
            with ThreadPoolExecutor(1) as loading:  # no thread may be left when the first child is forked
                loaded = loading.submit(load_code, FIRST_CODE)
                servers.start()
                loaded.result()
            migrate(environment["LATENT_DATABASE_URL"])  # imports too: beside the other thread it may get half a module
            if settings.redis_url is not None:
                check_redis(environment["LATENT_REDIS_URL"])
            for _ in range(settings.api_processes):
                self._start(Child("api", environment, [listener.fileno()], lifeline, self._run_command))
            if self._wait_for_first_answer(listener):
                self._start_others(environment, sandbox, lifeline)
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

    def _start_others(self, environment: dict[str, str], sandbox: socket.socket | None, lifeline: Lifeline) -> None:
        """Start what the first page does not need, once it was served."""
        load_code(OTHER_CODE)
        self._start(Child("worker", environment, [], lifeline, self._run_command))
        if sandbox is not None:
            own = {**environment, "LATENT_LISTEN_FD": str(sandbox.fileno())}
            self._start(Child("sandbox", own, [sandbox.fileno()], lifeline, self._run_command))

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
        gc.enable()
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


def load_code(modules: Sequence[str]) -> None:
    """Import what children are going to run, where they are forked from here."""
    if FORKS:
        for module in modules:
            importlib.import_module(module)


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
