"""Bring the database to the code's version: once, whoever starts first; never back from a newer one."""

from pathlib import Path

import psycopg
from psycopg import sql

from backend.core.errors import StartError

MIGRATIONS = Path(__file__).resolve().parents[1] / "migrations"
ADVISORY_LOCK = 0x4C6174656E74  # "Latent"
LOCK_TIMEOUT_S = 120


def code_versions() -> list[str]:
    """Return the revisions that this code knows, oldest first; read from the file names, without Alembic."""
    return sorted(file.name.split("_", 1)[0] for file in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def database_version(connection: psycopg.Connection) -> str | None:
    """Return the revision that the database stands at, or None when it is empty."""
    row = connection.execute("SELECT to_regclass('alembic_version') IS NOT NULL").fetchone()
    if row is None or not row[0]:
        return None
    version = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(version[0]) if version else None


def migrate(database_url: str) -> bool:
    """Apply the migrations that the database lacks; returns whether there were any.

    An advisory lock makes a second process wait, and then find nothing left to do. Raises StartError for a
    database that is newer than this code, and for one that cannot be reached.
    """
    with connect(database_url) as connection:
        if _is_current(connection):
            return False
        connection.execute(sql.SQL("SET lock_timeout = {}").format(f"{LOCK_TIMEOUT_S}s"))
        connection.execute("SELECT pg_advisory_lock(%s)", [ADVISORY_LOCK])
        try:
            if _is_current(connection):
                return False
            _upgrade(database_url)
        finally:
            connection.execute("SELECT pg_advisory_unlock(%s)", [ADVISORY_LOCK])
    return True


def connect(database_url: str) -> psycopg.Connection:
    """Open a connection or say in one sentence why there is none; the address is named without its password."""
    try:
        return psycopg.connect(database_url, autocommit=True, connect_timeout=10)
    except psycopg.Error as error:
        reason = str(error).strip().splitlines()[-1] if str(error).strip() else type(error).__name__
        raise StartError(f"The database cannot be reached: {reason}") from None


def _is_current(connection: psycopg.Connection) -> bool:
    known, found = code_versions(), database_version(connection)
    if found is not None and found not in known:
        raise StartError(
            f"The database stands at version {found}, newer than this Latent ({known[-1]}); start the newer Latent."
        )
    return found == known[-1]


def _upgrade(database_url: str) -> None:
    from alembic import command  # Alembic takes 0.2 s to import, and most starts need it not
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["database_url"] = database_url
    command.upgrade(config, "head")
