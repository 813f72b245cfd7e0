"""The product under load: ``latent serve`` on its embedded defaults in a process tree of its own, and its people."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg

from backend.api.deps import COOKIE
from backend.core.embedded import EmbeddedServers
from backend.core.ids import new_id
from backend.core.security import hash_token, new_token
from benchmarks.measure import children_of, command_of, name_of

MODEL = "openai/bench"
STREAMS_PER_USER = 4
START_S = 60.0
PEOPLE_MAX = 1000 // STREAMS_PER_USER
SESSION_DAYS = 1
CREDITS_MC = 10**9
ACCOUNT = """
    INSERT INTO users (id, email, email_key, display_name, password_hash, role, status)
    VALUES (%(id)s, %(email)s, %(email)s, 'bench', '-', 'user', 'active')
"""
SESSION = """
    INSERT INTO sessions (id, user_id, token_hash, address, user_agent, expires_at)
    VALUES (%(id)s, %(user_id)s, %(hash)s, '127.0.0.1', 'bench', now() + make_interval(days => %(days)s))
"""
GRANT = "SELECT outcome FROM credit_change(%(user_id)s, %(user_id)s, 'grant', %(amount)s, 'bench', NULL, %(key)s)"
CONVERSATION = "INSERT INTO conversations (id, user_id) VALUES (%s, %s)"


@dataclass(slots=True)
class Person:
    """Someone who is signed in, by the cookie that says so."""

    id: uuid.UUID
    cookie: str

    def request(self, method: str, path: str, body: object = None) -> bytes:
        """Return a request as a browser's, in bytes."""
        content = json.dumps(body).encode() if body is not None else b""
        lines = [
            f"{method} {path} HTTP/1.1", "host: 127.0.0.1", "sec-fetch-site: same-origin", f"cookie: {self.cookie}",
            "user-agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0",
            "accept: text/event-stream", "accept-language: zh-CN,zh;q=0.9,en;q=0.8", "accept-encoding: gzip, deflate",
        ]  # fmt: skip
        if content:
            key = f"idempotency-key: {uuid.uuid4()}"
            lines += ["content-type: application/json", f"content-length: {len(content)}", key]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


class Product:
    """A running installation. ``api`` is its one API process, ``servers`` are PostgreSQL's and Valkey's."""

    def __init__(self, port: int, supervisor: int, folder: Path) -> None:
        self.port = port
        self.folder = folder
        self._supervisor = supervisor
        self.people: list[Person] = []
        self.api = next(pid for pid in children_of(supervisor) if command_of(pid).startswith("latent api "))

    @property
    def data_dir(self) -> Path:
        """Its data folder."""
        return self.folder / "data"

    def person_of(self, user_id: uuid.UUID) -> Person:
        """Return the person with this id."""
        return next(person for person in self.people if person.id == user_id)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def servers(self) -> dict[str, list[int]]:
        """Return the processes of the embedded servers."""
        found: dict[str, list[int]] = {"postgres": [], "valkey": []}
        for pid in children_of(self._supervisor):
            for name, pids in found.items():
                if name_of(pid).startswith(name):
                    pids += [pid, *children_of(pid)]
        return found

    def settle_in(self, people: int) -> None:
        """Give so many people accounts, and sessions that began just now; credits come with the account."""
        with self.connect() as connection:
            for _ in range(people - len(self.people)):
                token, person_id = new_token(), new_id()
                email = f"{person_id.hex}@example.org"
                connection.execute(ACCOUNT, {"id": person_id, "email": email})
                connection.execute(
                    SESSION, {"id": new_id(), "user_id": person_id, "hash": hash_token(token), "days": SESSION_DAYS}
                )
                connection.execute(GRANT, {"user_id": person_id, "amount": CREDITS_MC, "key": f"bench:{person_id}"})
                self.people.append(Person(person_id, f"{COOKIE}={token}"))

    def begin_conversations(self, count: int) -> list[tuple[Person, str]]:
        """Begin so many conversations, a few for each person."""
        owners = [self.people[number // STREAMS_PER_USER % len(self.people)] for number in range(count)]
        places = [(person, new_id()) for person in owners]
        with self.connect() as connection, connection.cursor() as cursor:
            cursor.executemany(CONVERSATION, [(place, person.id) for person, place in places])
        return [(person, str(place)) for person, place in places]

    @contextlib.contextmanager
    def connect(self) -> Iterator[psycopg.Connection]:
        """Connect to its database."""
        with (
            EmbeddedServers(self.data_dir, valkey=False) as servers,
            psycopg.connect(servers.database_url or "", autocommit=True) as connection,
        ):
            yield connection


def turn_request(person: Person, conversation_id: str, question: str, parent_id: uuid.UUID | None = None) -> bytes:
    """Return the request that sends a message and streams the answer; behind a message it is a branch."""
    parent = {"parent_id": str(parent_id), "branch": True} if parent_id else {}
    body = {"content": question, "model_id": MODEL, **parent}
    return person.request("POST", f"/api/conversations/{conversation_id}/messages/stream", body)


@contextlib.contextmanager
def run_product(provider_port: int, changes: Sequence[tuple[str, str]] = ()) -> Iterator[Product]:
    """Run ``latent serve`` in a new data folder, with this provider; its limits are the defaults."""
    with tempfile.TemporaryDirectory(prefix="latent bench ", ignore_cleanup_errors=True) as folder:
        port = free_port()
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("LATENT_")},
            "LATENT_DATA_DIR": os.fspath(Path(folder) / "data"),
            "LATENT_PORT": str(port),
            "LATENT_OPENAI_BASE_URL": f"http://127.0.0.1:{provider_port}/v1",
            "LATENT_OPENAI_API_KEY": "sk-bench",
            "LATENT_PROVIDER_ALLOWED_HOSTS": f"127.0.0.1:{provider_port}",
            "LATENT_CHAT_PRICE": "60/500",
            "LATENT_LOG_LEVEL": "warning",
            **dict(changes),
        }
        process = subprocess.Popen([sys.executable, "-m", "backend.cli", "serve"], env=environment, stdout=2)
        try:
            wait_for(port, process)
            yield Product(port, process.pid, Path(folder))
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    """Return once the product answers and its worker has begun."""
    deadline = time.monotonic() + START_S
    while process.poll() is None and time.monotonic() < deadline:
        if any(command_of(pid).startswith("latent worker ") for pid in children_of(process.pid)):
            return
        time.sleep(0.1)
    raise SystemExit(f"the product did not start on port {port}")


def free_port() -> int:
    """Return a port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
