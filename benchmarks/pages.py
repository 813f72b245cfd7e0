"""What a conversation's length costs: its first page, the list, and the way from Enter to the provider.

Conversations of several lengths are written straight into the database. Pages are counted in CPU time of the API
process; the way to the provider is timed, by turns that each follow the same message, lengths alternating.
"""

import asyncio
import re
import statistics
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import uvloop

from benchmarks.measure import cpu_s, tree_cpu_s
from benchmarks.product import Person, Product, turn_request
from benchmarks.viewer import Stream

LENGTHS = (10, 200, 1000, 20_000)
NEIGHBOURS = 49
PAGES = 200
TURNS = 40
WORDS = 60
ORDER = "tokens=1 rate=20"
CONTENT_LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")

# A conversation of the n-th number: a chain of questions and answers, ids by number, so that each names its parent.
WRITE = """
WITH place AS (
    INSERT INTO conversations (id, user_id, title, leaf_id, last_seq)
    VALUES (%(id)s, %(user_id)s, 'bench', %(leaf)s, %(length)s) RETURNING id, user_id
)
INSERT INTO messages (id, conversation_id, user_id, parent_id, seq, role, status, content, model_id, credits, finished_at)
SELECT overlay(%(id)s::text PLACING lpad(to_hex(n), 12, '0') FROM 25)::uuid, place.id, place.user_id,
       CASE WHEN n > 1 THEN overlay(%(id)s::text PLACING lpad(to_hex(n - 1), 12, '0') FROM 25)::uuid END, n,
       CASE WHEN n %% 2 = 1 THEN 'user' ELSE 'assistant' END, 'complete', repeat('words of ', %(words)s), 'openai/bench',
       CASE WHEN n %% 2 = 0 THEN '{"transaction_id": null, "held_mc": 0, "charged_mc": 0, "tokens_max": 0,
                                  "limited": false}'::jsonb END, now()
FROM place, generate_series(1, %(length)s) AS n
"""  # noqa: E501


@dataclass(frozen=True, slots=True)
class Place:
    """A conversation of a certain length, and the one who reads it."""

    person: Person
    conversation_id: UUID
    leaf_id: UUID


def numbered(group: int, conversation: int, message: int) -> UUID:
    """Return an id that ends in its number."""
    return UUID(f"01900000-{group:04x}-7000-8{conversation:03x}-{message:012x}")


def write_conversations(product: Product) -> dict[int, Place]:
    """Give one person for each length a conversation of it, among others that are short."""
    places = {}
    with product.connect() as connection:
        rows = connection.execute("SELECT id FROM users ORDER BY created_at").fetchall()
        for group, (length, (user_id,)) in enumerate(zip(LENGTHS, rows[-len(LENGTHS) :], strict=True), 1):
            for number in range(NEIGHBOURS + 1):
                messages = length if number == NEIGHBOURS else 10
                own, leaf = numbered(group, number, 0), numbered(group, number, messages)
                values = {"id": own, "user_id": user_id, "leaf": leaf, "length": messages, "words": WORDS}
                connection.execute(WRITE, values)
            places[length] = Place(product.person_of(user_id), own, leaf)
        connection.execute("VACUUM ANALYZE")
    return places


def measure_pages(product: Product) -> dict[str, Any]:
    """Return the cost of pages and the way to the provider, by the length of the conversation."""
    places = write_conversations(product)
    conversation, listing = {}, {}
    for length, place in places.items():
        path = f"/api/conversations/{place.conversation_id}/messages?limit=50"
        conversation[length] = uvloop.run(measure_path(product, place.person, path))
        listing[length] = uvloop.run(measure_path(product, place.person, "/api/conversations?limit=50"))
    ways = uvloop.run(measure_ways(product, places))
    shortest, longest = min(LENGTHS), max(LENGTHS)
    return {
        "conversation_ms": {str(length): round(ms, 2) for length, (ms, _) in conversation.items()},
        "conversation_postgres_ms": {str(length): round(ms, 2) for length, (_, ms) in conversation.items()},
        "list_ms": {str(length): round(ms, 2) for length, (ms, _) in listing.items()},
        "list_postgres_ms": {str(length): round(ms, 2) for length, (_, ms) in listing.items()},
        "enter_to_provider_ms": {str(length): round(ms, 2) for length, ms in ways.items()},
        "enter_to_provider_ratio": round(ways[longest] / ways[shortest], 3),
    }


async def measure_path(product: Product, person: Person, path: str) -> tuple[float, float]:
    """Return the CPU time of one request, in milliseconds: of the API process, and of PostgreSQL."""
    reader, writer = await asyncio.open_connection("127.0.0.1", product.port)
    servers: list[int] = []
    started = started_servers = 0.0
    for number in range(-PAGES // 4, PAGES):
        if number == 0:
            servers = product.servers()["postgres"]
            started, started_servers = cpu_s(product.api), tree_cpu_s(servers)
        writer.write(person.request("GET", path))
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 "), head
        found = CONTENT_LENGTH.search(head)
        assert found is not None
        await reader.readexactly(int(found[1]))
    spent, spent_servers = cpu_s(product.api) - started, tree_cpu_s(servers) - started_servers
    writer.close()
    return spent / PAGES * 1000, spent_servers / PAGES * 1000


async def measure_ways(product: Product, places: dict[int, Place]) -> dict[int, float]:
    """Return the median time from sending a message to its arrival at the provider, in milliseconds."""
    found: dict[int, list[float]] = {length: [] for length in places}
    for number in range(-4, TURNS):
        for length, place in places.items():
            _, stream = await asyncio.get_running_loop().create_connection(Stream, "127.0.0.1", product.port)
            stream.send(turn_request(place.person, str(place.conversation_id), ORDER, place.leaf_id))
            await stream.ended
            seen = stream.see(1, [])
            assert seen.to_provider_us is not None, seen
            if number >= 0:
                found[length].append(seen.to_provider_us / 1000)
    return {length: statistics.median(values) for length, values in found.items()}
