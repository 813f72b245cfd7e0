"""Two hundred at once with money for fifty, through every route that can take credits: exactly fifty succeed."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import aiohttp
import pytest
from psycopg.types.json import Jsonb

from backend.core.config import Settings
from backend.core.ids import new_id
from backend.core.redis import RedisClient
from backend.main import create_app
from tests.support.ledger import SqlLedger
from tests.support.media import sound
from tests.support.sandbox import Faults
from tests.support.server import Person, RunningApp, run_app, sign_up, until

SENT, AFFORDED, PLACES, SHOTS = 200, 50, 10, 5
REQUEST = {"options": {}, "references": [], "shots": [], "chain": False, "continuous": False}
MODEL, FRAME, REEL = "demo/demo-swift", "demo/nano-banana-2", "demo/kling-3.0/video"
TOKENS = 256
LIMITS_OUT_OF_THE_WAY = {
    "answer_tokens_max": TOKENS,
    "answer_tokens_min": TOKENS,
    "chat_limit_per_user": SENT,
    "chat_limit_per_conversation": SENT,
    "image_limit_per_user": SENT,
    "image_limit_per_conversation": SENT,
    "video_limit_per_user": SENT,
    "video_limit_per_conversation": SENT,
    "start_credits_mc": 0,
}


@dataclass
class Race:
    """Who asks, which servers, in which conversations, and what one of the requests costs."""

    servers: list[RunningApp]
    admin: Person
    runner: Person
    hold_mc: int
    places: list[tuple[str, str]]
    """Conversations, each with a question in it."""
    targets: list[str] = field(default_factory=list)
    """What was prepared: an address for each request."""
    responses: list[aiohttp.ClientResponse] = field(default_factory=list)

    async def post(self, number: int, path: str, body: object, *, person: Person | None = None) -> int:
        """Send one of the requests to one of the servers, and return its status."""
        url = self.servers[number % len(self.servers)].url + path
        response = await (person or self.runner).browser.post(url, json=body)
        self.responses.append(response)
        return response.status

    async def stop_answers(self) -> None:
        """Stop whatever is being answered, on whichever server."""
        kinds = (await self.runner.get("/api/limits"))["kinds"]
        running = next(kind["running"] for kind in kinds if kind["kind"] == "chat")
        paths = [f"{server.url}/api/messages/{answer}/stop" for answer in running for server in self.servers]
        await asyncio.gather(*(self.runner.call("POST", path) for path in paths))

    async def cancel_tasks(self) -> None:
        """Cancel whatever is to be made; no worker is there to begin it."""
        tasks = (await self.runner.get("/api/tasks?active=true&limit=100"))["items"]
        await asyncio.gather(*(self.runner.call("POST", f"/api/tasks/{task['id']}/cancel") for task in tasks))

    def close(self) -> None:
        """Leave all streams."""
        for response in self.responses:
            response.close()


async def send(race: Race, number: int) -> int:
    body = {"content": "x", "model_id": MODEL, "branch": True}
    return await race.post(number, f"/api/conversations/{race.places[number % PLACES][0]}/messages", body)


async def stream(race: Race, number: int) -> int:
    body = {"content": "x", "model_id": MODEL, "branch": True}
    return await race.post(number, f"/api/conversations/{race.places[number % PLACES][0]}/messages/stream", body)


async def regenerate(race: Race, number: int) -> int:
    conversation, question = race.places[number % PLACES]
    path = f"/api/conversations/{conversation}/messages/{question}/regenerate"
    return await race.post(number, path, {"model_id": MODEL})


async def adjust(race: Race, number: int) -> int:
    path = f"/api/admin/users/{race.runner.user['id']}/adjustments"
    return await race.post(number, path, {"amount_mc": -race.hold_mc, "reason": "race"}, person=race.admin)


async def make(race: Race, number: int) -> int:
    return await race.post(number, "/api/tasks", {"model_id": FRAME, "prompt": "x"})


async def make_picture(race: Race, number: int) -> int:
    return await race.post(number, "/api/images/generations", {"model_id": FRAME, "prompt": "x"})


async def edit_picture(race: Race, number: int) -> int:
    return await race.post(number, "/api/images/edits", {"model_id": FRAME, "prompt": "x"})


async def make_clip(race: Race, number: int) -> int:
    return await race.post(number, "/api/videos/generations", {"model_id": REEL, "prompt": "x", "seconds": 5})


async def resolve(race: Race, number: int) -> int:
    body = {"charge_mc": race.hold_mc, "reason": "race"}
    return await race.post(number, race.targets[number], body, person=race.admin)


async def retry_shot(race: Race, number: int) -> int:
    return await race.post(number, race.targets[number], {})


async def flag_tasks(race: Race, ledger: SqlLedger) -> None:
    """Leave as many tasks to be looked at as there are requests."""
    rows = ledger.connection.execute(
        "INSERT INTO tasks (id, user_id, kind, model_id, prompt, request, state, flagged, finished_at)"
        " SELECT gen_random_uuid(), %s, 'image', %s, 'x', %s, 'failed', true, now()"
        " FROM generate_series(1, %s) RETURNING id",
        [race.runner.user["id"], FRAME, Jsonb(REQUEST), SENT],
    )
    race.targets = [f"/api/admin/tasks/flagged/{task_id}/resolve" for (task_id,) in rows]


async def cancel_storyboards(race: Race, _ledger: SqlLedger) -> None:
    """Leave as many cancelled shots as there are requests."""
    await give(race, HOLDS_MC[retry_shot] * SHOTS)
    order = {"model_id": REEL, "prompt": "", "chain": True, "shots": [{"prompt": "x", "seconds": 3}] * SHOTS}
    for _ in range(SENT // SHOTS):
        status, begun = await race.runner.call("POST", "/api/tasks", order)
        assert status == 202, begun
        path = f"/api/tasks/{begun['task']['id']}"
        assert (await race.runner.call("POST", f"{path}/cancel"))[0] == 200
        race.targets += [f"{path}/shots/{number}/retry" for number in range(1, SHOTS + 1)]


Route = tuple[str, str]
CASES: Mapping[Route, tuple[Callable[[Race, int], Awaitable[int]], int]] = {
    ("POST", "/api/conversations/{conversation_id}/messages"): (send, 201),
    ("POST", "/api/conversations/{conversation_id}/messages/stream"): (stream, 200),
    ("POST", "/api/conversations/{conversation_id}/messages/{message_id}/regenerate"): (regenerate, 200),
    ("POST", "/api/admin/users/{user_id}/adjustments"): (adjust, 201),
    ("POST", "/api/tasks"): (make, 202),
    ("POST", "/api/images/generations"): (make_picture, 202),
    ("POST", "/api/images/edits"): (edit_picture, 202),
    ("POST", "/api/videos/generations"): (make_clip, 202),
    ("POST", "/api/admin/tasks/flagged/{flagged_id}/resolve"): (resolve, 200),
    ("POST", "/api/tasks/{task_id}/shots/{number}/retry"): (retry_shot, 202),
}
"""Each route with what asks for it once, and the status of success."""
HOLDS_MC = {make: 8_000, make_picture: 8_000, edit_picture: 8_000, make_clip: 40_000, retry_shot: 24_000}
"""What one request of those holds that make media; the others are turns of chat."""
TAKEN_AT_ONCE = (adjust, resolve)
"""What takes credits without a hold."""
PREPARED: Mapping[Callable[[Race, int], Awaitable[int]], Callable[[Race, SqlLedger], Awaitable[None]]] = {
    resolve: flag_tasks,
    retry_shot: cancel_storyboards,
}
RECORDINGS: Route = ("POST", "/api/transcriptions")
"""A user has one at a time, so no two hundred of them meet: they have a test of their own."""
RECORDING_MC, RECORDINGS_AFFORDED, ROUNDS_MAX = 1_000, 3, 20


def routes_that_take_credits() -> Iterator[Route]:
    """Find every route that says that the credits may not suffice."""
    for path, methods in create_app(Settings()).openapi()["paths"].items():
        for method, operation in methods.items():
            if "402" in operation["responses"]:
                yield method.upper(), path


def test_every_route_that_takes_credits_has_a_case() -> None:
    assert set(routes_that_take_credits()) == set(CASES) | {RECORDINGS}


@pytest.fixture
async def servers(
    settings: Settings, empty_database: str, redis: RedisClient, faults: Faults
) -> AsyncIterator[list[RunningApp]]:
    """Two servers on one database; every limit but money is out of the way."""
    changed = settings.model_copy(update={"sandbox_url": faults.url, **LIMITS_OUT_OF_THE_WAY})
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(run_app(changed)) for _ in range(2)]


@pytest.fixture
async def race(servers: list[RunningApp], ledger: SqlLedger) -> AsyncIterator[Race]:
    """A race of someone whose account was just made and is empty."""
    admin, runner = [await sign_up(servers[0], f"{name}@example.org") for name in ("admin", "runner")]
    _, quote = await runner.call("POST", "/api/quotes", {"model_id": MODEL, "content_bytes": 1})
    places = [(await runner.conversation(), str(new_id())) for _ in range(PLACES)]
    for conversation, question in places:
        ledger.connection.execute(
            "INSERT INTO messages (id, conversation_id, user_id, seq, role, status, content, finished_at)"
            " VALUES (%s, %s, %s, 1, 'user', 'complete', 'x', now())",
            [question, conversation, runner.user["id"]],
        )
        ledger.connection.execute("UPDATE conversations SET leaf_id = %s, last_seq = 1 WHERE id = %s",
                                  [question, conversation])  # fmt: skip
    race = Race(servers, admin, runner, quote["maximum"]["amount_mc"], places)
    yield race
    race.close()
    await admin.close()
    await runner.close()


async def give(race: Race, available_mc: int) -> None:
    """Let the runner have exactly so much."""
    has_mc = (await race.runner.get("/api/credits"))["available_mc"]
    path = f"/api/admin/users/{race.runner.user['id']}/adjustments"
    assert (await race.admin.call("POST", path, {"amount_mc": available_mc - has_mc, "reason": "race"}))[0] == 201


async def run_race(race: Race, faults: Faults, ask: Callable[[Race, int], Awaitable[int]]) -> Counter[int]:
    """Ask all at once, and return the statuses; no answer ends before every question was judged."""
    await faults.order(silence_after=0)
    asked = [asyncio.create_task(ask(race, number)) for number in range(SENT)]

    async def are_judged() -> bool:
        return sum(task.done() and task.result() == 402 for task in asked) == SENT - AFFORDED

    await until(are_judged, "the refusals of those who were too late")
    await race.stop_answers()
    await race.cancel_tasks()
    return Counter(await asyncio.gather(*asked))


@pytest.mark.parametrize("route", CASES, ids=" ".join)
async def test_of_two_hundred_with_money_for_fifty_fifty_succeed(
    race: Race, faults: Faults, ledger: SqlLedger, route: Route
) -> None:
    ask, success = CASES[route]
    hold_mc = HOLDS_MC.get(ask, race.hold_mc)
    if ask in PREPARED:
        await PREPARED[ask](race, ledger)
    await give(race, hold_mc * AFFORDED)

    assert await run_race(race, faults, ask) == {success: AFFORDED, 402: SENT - AFFORDED}
    credits = await race.runner.get("/api/credits")
    assert credits["held_mc"] == 0
    assert credits["balance_mc"] == (0 if ask in TAKEN_AT_ONCE else hold_mc * AFFORDED)
    assert ledger.faults() == []


async def test_an_account_that_was_used_before_affords_no_more(race: Race, faults: Faults, ledger: SqlLedger) -> None:
    await give(race, race.hold_mc)
    await (await race.runner.ask("x")).all()
    await give(race, race.hold_mc * AFFORDED + race.hold_mc - 1)

    assert await run_race(race, faults, stream) == {200: AFFORDED, 402: SENT - AFFORDED}
    assert (await race.runner.get("/api/credits"))["balance_mc"] == race.hold_mc * AFFORDED + race.hold_mc - 1
    assert ledger.faults() == []


async def test_of_recordings_that_take_turns_as_many_succeed_as_there_is_money_for(
    race: Race, ledger: SqlLedger
) -> None:
    async def record(number: int) -> int:
        url = race.servers[number % len(race.servers)].url + RECORDINGS[1]
        async with race.runner.browser.post(url, data=sound(), headers={"Content-Type": "audio/webm"}) as response:
            return response.status

    await give(race, RECORDING_MC * RECORDINGS_AFFORDED)
    statuses: Counter[int] = Counter()
    for _ in range(ROUNDS_MAX):
        statuses.update(await asyncio.gather(*(record(number) for number in range(4))))
        if statuses[402]:
            break

    assert statuses[200] == RECORDINGS_AFFORDED
    assert set(statuses) <= {200, 402, 429}
    credits = await race.runner.get("/api/credits")
    assert (credits["balance_mc"], credits["held_mc"]) == (0, 0)
    assert ledger.faults() == []
