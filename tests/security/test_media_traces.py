"""What media tasks leave behind: no provider's address, no bytes as text, no secret and no prompt in a job."""

import base64
import re
from typing import Any
from urllib.parse import urlsplit

import orjson
import psycopg
import pytest

from backend.core.config import Settings
from tests.support.devices import told
from tests.support.media import png, stored
from tests.support.sandbox import Faults
from tests.support.server import Person, RunningApp, run_worker_here

CANARY = "canary-in-a-prompt"
TABLES = """
    SELECT table_name FROM information_schema.tables
    WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND table_name NOT LIKE 'alembic%'
"""
BASE64 = re.compile(r";base64,")


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"poll_factor": 0.02, "sweep_s": 0.3})


def all_rows(settings: Settings, *, only: str = "") -> str:
    """Return every row of every table (or of those whose name begins so) as text."""
    url = settings.database_url.get_secret_value() if settings.database_url else ""
    with psycopg.connect(url) as connection:
        names = [name for (name,) in connection.execute(TABLES) if name.startswith(only)]
        rows = [row for name in names for row in connection.execute(f'SELECT to_jsonb(t)::text FROM "{name}" t')]
    return "\n".join(text for (text,) in rows)


async def all_answers(person: Person, conversation: str) -> str:
    """Return what every route and the log of events tell of the person's media."""
    paths = (
        "/api/tasks",
        "/api/assets",
        "/api/admin/tasks/flagged",
        f"/api/conversations/{conversation}/messages",
        "/api/credits/transactions",
        "/api/models",
    )
    answers: list[Any] = [await person.get(path) for path in paths]
    answers += [await person.get(f"/api/tasks/{task['id']}") for task in answers[0]["items"]]
    return orjson.dumps([answers, await told(person)]).decode()


async def test_no_address_of_a_provider_and_no_bytes_as_text_are_ever_stored_or_told(
    anna: Person, faults: Faults, app: RunningApp
) -> None:
    conversation = await anna.conversation()
    picture = await stored(anna, png())
    async with run_worker_here(app, download_retry_max_s=0.5):
        made = await anna.make(
            f"{CANARY} one", conversation_id=conversation, references=[{"asset_id": picture["id"], "role": "reference"}]
        )
        await anna.finished(made["task"]["id"])
        await anna.finished((await anna.make("two", model="demo-openai/demo-canvas", options={"n": 2}))["task"]["id"])
        shots = [{"prompt": f"shot {number}", "seconds": 3} for number in range(2)]
        film = await anna.make("", model="demo/kling-3.0/video", shots=shots, continuous=True)
        await anna.finished(film["task"]["id"])
        for fault in ({"link": "404"}, {"link": "html"}, {"fail_msg": f"see {faults.url}/secret"}):
            await faults.order(**fault)
            await anna.finished((await anna.make("three"))["task"]["id"])
        await faults.order(never_ends=True)
        await anna.reaches((await anna.make("four"))["task"]["id"], "running")
        rows = all_rows(app.container.settings)
        answers = await all_answers(anna, conversation)
        jobs = all_rows(app.container.settings, only="procrastinate_jobs")

    place = urlsplit(faults.url).netloc
    for text in (rows, answers):
        assert not BASE64.search(text)
        assert base64.b64encode(png())[:60].decode() not in text
    assert place not in answers
    assert place not in rows
    assert '"task_id"' in jobs
    assert CANARY in rows
    assert CANARY not in jobs
    assert "sandbox" not in jobs


async def test_addresses_of_results_are_kept_only_while_they_are_fetched(
    anna: Person, faults: Faults, app: RunningApp
) -> None:
    await faults.order(link="drip")
    async with run_worker_here(app):
        task = (await anna.make())["task"]
        await anna.reaches(task["id"], "saving")
        answers = orjson.dumps([await anna.get(f"/api/tasks/{task['id']}"), await told(anna)]).decode()
        assert urlsplit(faults.url).netloc not in answers
        await faults.order()
        await anna.finished(task["id"])
    assert urlsplit(faults.url).netloc not in all_rows(app.container.settings)
