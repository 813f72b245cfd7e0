"""How long a search takes in 100,000 messages of one user, among as many of others, and how fast they are indexed.

Everything from the question to the page of hits, in this process, on the embedded server: the service, the statements,
the snippets. Writes ``benchmarks/results/search.json``.
"""

import asyncio
import json
import random
import statistics
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
from backend.services.search_service import SearchService, index_messages

MINE = 100_000
OTHERS = 100_000
PER_CONVERSATION = 10
ROUNDS = 30
BATCH = 200
RARE = "量子退火 zanzibar"
RESULTS = Path(__file__).parent / "results" / "search.json"
# No title has words of a text, so that each question looks through all titles and then through the messages.
QUESTIONS = {
    "titles": "话题",
    "rare_word": "zanzibar",
    "rare_two_characters": "退火",
    "rare_run": "量子退火",
    "common_word": "the",
    "common_two_characters": "我们",
    "one_character": "的",
    "beginning_of_words": "st",
    "mixed": "我们 the",
    "many_words": "我们 一个 the and of sta",
    "nothing": "饕餮 quetzalcoatl",
}
WORDS_ZH = "我们 一个 可以 没有 自己 什么 时候 因为 所以 如果 但是 问题 这个 那个 知道 需要 使用 图片 颜色 光线"
WORDS_EN = "the and of to in is that for it as with on be at by this from or an are star stone still light"
COMMON_ZH, COMMON_EN = WORDS_ZH.split(), WORDS_EN.split()


def make_text(pick: random.Random, characters: str, words: list[str]) -> str:
    """Return a message half in Chinese, half in English, of 200 to 600 characters, as common words go."""
    parts = []
    for _ in range(pick.randint(10, 30)):
        run = "".join(pick.choices(characters, k=pick.randint(3, 9)))
        parts.append(run + pick.choice(COMMON_ZH) + "的" + pick.choice(characters))
        parts += [pick.choice(COMMON_EN), pick.choice(words)]
    return "，".join(parts)


def fill(url: str, user_id: UUID, count: int, seed: int) -> None:
    """Store so many messages of a user."""
    pick = random.Random(seed)
    characters = "".join(chr(0x4E00 + min(int(pick.paretovariate(0.9)), 5_000)) for _ in range(20_000))
    words = ["".join(pick.choices("etaoinshrdlucm", k=pick.randint(3, 9))) for _ in range(20_000)]
    with psycopg.connect(url, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # what is told of rows is not what is measured
        cursor.execute(
            "INSERT INTO users (id, email, email_key, display_name, password_hash, role, status)"
            " VALUES (%s, %s, %s, 'x', '-', 'user', 'active')",
            [user_id, f"{seed}@x", f"{seed}@x"],
        )
        conversations = [new_id() for _ in range(count // PER_CONVERSATION)]
        with cursor.copy("COPY conversations (id, user_id, title) FROM STDIN") as copy:
            for number, conversation_id in enumerate(conversations):
                copy.write_row((conversation_id, user_id, f"第 {number} 个话题"))
        with cursor.copy(
            "COPY messages (id, conversation_id, user_id, seq, role, status, content, finished_at) FROM STDIN"
        ) as copy:
            for number in range(count):
                text = make_text(pick, characters, words) + (RARE if number % 5_000 == 0 else "")
                place = conversations[number // PER_CONVERSATION]
                role = "assistant" if number % 2 else "user"
                copy.write_row((new_id(), place, user_id, number, role, "complete", text, "2026-01-01T00:00:00Z"))


async def index_all(database: Database) -> float:
    """Index what waits; returns the messages per second."""
    started, done = time.perf_counter(), 0
    while count := await index_messages(database, limit=BATCH):
        done += count
    return done / (time.perf_counter() - started)


async def ask(database: Database, user_id: UUID, query: str) -> dict[str, float | int]:
    """Return how long a question takes, and what it found on its first page."""
    took, hits = [], []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        async with database.one_statement() as db:
            hits, _ = await SearchService(db).search(user_id, query)
        took.append((time.perf_counter() - started) * 1000)
    return {"hits": len(hits), "median_ms": round(statistics.median(took), 1), "max_ms": round(max(took), 1)}


async def measure(url: str, settings: Settings) -> dict[str, object]:
    """Index, ask, and return what was measured."""
    database = Database(url, settings)
    me, other = new_id(), new_id()
    fill(url, me, MINE, 1)
    fill(url, other, OTHERS, 2)
    indexed_per_s = await index_all(database)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
        (index_bytes,) = connection.execute("SELECT pg_indexes_size('message_search')").fetchone() or (0,)
        (table_bytes,) = connection.execute("SELECT pg_table_size('message_search')").fetchone() or (0,)
    results = {name: await ask(database, me, query) for name, query in QUESTIONS.items()}
    await database.close()
    return {
        "messages_of_the_user": MINE,
        "messages_of_others": OTHERS,
        "indexed_per_s": round(indexed_per_s),
        "index_mb": round(index_bytes / 1e6),
        "terms_mb": round(table_bytes / 1e6),
        "worst_median_ms": max(float(found["median_ms"]) for found in results.values()),
        "questions": results,
    }


def main() -> None:
    """Measure, print, and write the results."""
    folder = Path(tempfile.mkdtemp(prefix="latent bench "))
    with EmbeddedServers(folder / "data", valkey=False, postgres_options=("fsync=off",)) as servers:
        url = servers.database_url or ""
        migrate(url)
        results = asyncio.run(measure(url, Settings(data_dir=folder)))
    RESULTS.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    json.dump(results, sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    main()
