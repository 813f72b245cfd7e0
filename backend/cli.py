"""The command line: ``latent serve`` runs everything, the other commands are its parts one by one."""

import asyncio
import os
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from backend.core.errors import AppError, StartError

if TYPE_CHECKING:
    from backend.core.config import Settings

cli = typer.Typer(
    name="latent", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="Latent (显影室)"
)
admin = typer.Typer(no_args_is_help=True, help="Accounts, from the command line.")
cli.add_typer(admin, name="admin")


def load_settings() -> "Settings":
    """Return the settings of the environment; raises StartError that names what is wrong."""
    from pydantic import ValidationError

    from backend.core.config import Settings
    from backend.core.logging import setup_logging

    try:
        settings = Settings()
    except ValidationError as error:
        problem = error.errors(include_input=False, include_url=False)[0]
        name = "LATENT_" + "_".join(str(part) for part in problem["loc"]).upper()
        raise StartError(f"{name} is wrong: {problem['msg']}.") from None
    setup_logging(level=settings.log_level, json=settings.log_json)
    return settings


@cli.command()
def serve() -> None:
    """Run the whole product: database, API, worker, web client."""
    from backend.supervisor import Supervisor

    Supervisor(load_settings(), run).run()


@cli.command()
def api() -> None:
    """Run one API process; LATENT_DATABASE_URL and LATENT_REDIS_URL say where the servers are."""
    import socket

    from backend.core.server import make_server
    from backend.main import create_app

    settings = load_settings()
    app = create_app(settings)
    _end_with_supervisor()
    descriptor = os.environ.get("LATENT_LISTEN_FD")
    sockets = [socket.socket(fileno=int(descriptor))] if descriptor else None
    server = make_server(app, settings)
    _use_fast_loop()
    asyncio.run(server.serve(sockets=sockets))
    if not server.started:
        raise StartError("The API process could not start.")


@cli.command()
def worker() -> None:
    """Run one worker process."""
    from backend.bootstrap import open_media
    from backend.workers.app import run_worker

    settings = load_settings()
    _end_with_supervisor()
    _use_fast_loop()
    asyncio.run(run_worker(settings, open_media(settings)))


@cli.command()
def sandbox() -> None:
    """Run the demo provider alone, on LATENT_SANDBOX_PORT of the loopback address."""
    from backend.sandbox.server import serve_sandbox

    descriptor = os.environ.get("LATENT_LISTEN_FD")
    if descriptor is not None:  # a child of the supervisor needs no settings, and stays small
        _end_with_supervisor()
        asyncio.run(serve_sandbox("127.0.0.1", 0, descriptor=int(descriptor)))
    else:
        asyncio.run(serve_sandbox("127.0.0.1", load_settings().sandbox_port))


@cli.command()
def migrate() -> None:
    """Bring the database to this version."""
    from backend.core.migrate import migrate as run_migrations

    with _database() as url:
        typer.echo("Migrated." if run_migrations(url) else "Nothing to do.")


@admin.command("create-user")
def create_user(
    email: str,
    admin_role: Annotated[bool, typer.Option("--admin", help="Make an admin.")] = False,
    password: Annotated[str, typer.Option(prompt=True, hide_input=True, envvar="LATENT_NEW_PASSWORD")] = "",
) -> None:
    """Make an account, whatever the sign-up mode is."""
    from backend.admin_commands import create_account

    with _database() as url:
        typer.echo(asyncio.run(create_account(load_settings(), url, email, password, admin=admin_role)))


@admin.command("set-password")
def set_password(
    email: str,
    password: Annotated[str, typer.Option(prompt=True, hide_input=True, envvar="LATENT_NEW_PASSWORD")] = "",
) -> None:
    """Give an account a new password and end its sessions."""
    from backend.admin_commands import reset_password

    with _database() as url:
        typer.echo(asyncio.run(reset_password(load_settings(), url, email, password)))


@admin.command("grant")
def grant(
    email: str,
    credits: Annotated[str, typer.Argument(help="How many credits, with at most three decimals.")],
    reason: Annotated[str, typer.Option(help="Why; it stands in the ledger.")],
    key: Annotated[str | None, typer.Option(help="A repetition with the same key adds nothing.")] = None,
) -> None:
    """Give an account credits."""
    from backend.admin_commands import grant_to

    with _database() as url:
        typer.echo(asyncio.run(grant_to(load_settings(), url, email, credits, reason, key)))


@cli.command()
def openapi(output: Annotated[Path | None, typer.Argument(help="A file; else standard output.")] = None) -> None:
    """Write the API's OpenAPI document."""
    import orjson

    from backend.main import create_app

    document = orjson.dumps(create_app(load_settings()).openapi(), option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS)
    if output is None:
        sys.stdout.buffer.write(document + b"\n")
    else:
        output.write_bytes(document + b"\n")


@cli.command()
def doctor() -> None:
    """Check settings, servers and providers, and say what is wrong."""
    from backend.doctor import examine

    settings = load_settings()
    healthy = True
    for line in examine(settings):
        typer.echo(f"{'ok ' if line.ok else 'BAD'}  {line.what}: {line.says}")
        healthy = healthy and line.ok
    if not healthy:
        raise typer.Exit(1)


def main() -> None:
    """Run the command of the command line."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run a command and return its exit code; what a user can mend is one sentence and code 1, never a trace."""
    try:
        cli(arguments)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except StartError as error:
        print(f"latent: {error}", file=sys.stderr)
        return 1
    except AppError as error:
        print(f"latent: {error.code}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _database() -> "DatabaseForCommand":
    return DatabaseForCommand(load_settings())


class DatabaseForCommand:
    """The database's address for one command: the configured one, or the embedded server, joined or started."""

    def __init__(self, settings: "Settings") -> None:
        from backend.core.embedded import EmbeddedServers

        self._settings = settings
        external = settings.database_url is not None
        self._servers = None if external else EmbeddedServers(settings.data_dir, valkey=False)

    def __enter__(self) -> str:
        if self._servers is None:
            return self._settings.database_url.get_secret_value() if self._settings.database_url else ""
        return self._servers.start().database_url or ""

    def __exit__(self, *_error: object) -> None:
        if self._servers is not None:
            self._servers.stop()


def _use_fast_loop() -> None:
    if sys.platform != "win32":
        import uvloop

        uvloop.install()


def _end_with_supervisor() -> None:
    """End when the supervisor is gone: our standard input, which it holds open, closes then."""
    if os.environ.get("LATENT_CHILD") != "1":
        return

    def watch() -> None:
        while os.read(0, 1024):
            pass
        os.kill(os.getpid(), 15)

    threading.Thread(target=watch, daemon=True).start()


if __name__ == "__main__":
    main()
