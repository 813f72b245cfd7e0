"""The state that a device repairs to is the truth: old snapshot + events == new snapshot, for every command.

What each command told is kept in ``tests/unit/state_truth.json``, which the web client's tests replay with the code
that runs in browsers; ``LATENT_WRITE_FIXTURES=1`` writes it anew.
"""

import asyncio
import itertools
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from pydantic import TypeAdapter

from backend.core.config import Settings
from backend.core.ids import new_id
from backend.repositories import message_repository
from backend.schemas.events import UserEvent
from tests.support.devices import told
from tests.support.sandbox import Faults
from tests.support.server import Person, RunningApp, run_worker_here, sign_up
from tests.support.state import State, read_state, replay
from tests.support.turns import hammer

FIXTURE = Path(__file__).parents[1] / "unit" / "state_truth.json"
MODEL = "demo/demo-swift"


@dataclass
class Scene:
    """A person with a conversation of one turn, and everything around them."""

    app: RunningApp
    faults: Faults
    admin: Person
    person: Person
    conversation: str
    answer: dict[str, Any]

    async def do(self, method: str, path: str, body: object = None, **headers: str) -> Any:
        """Call the API; it must succeed."""
        status, answer = await self.person.call(method, path, body, **headers)
        assert status < 300, answer
        return answer

    async def ask(self, content: str = "echo: more", **more: Any) -> Any:
        """Ask below the answer that is there."""
        placed = {"parent_id": self.answer["id"], **more}
        return await self.person.ask(content, conversation=self.conversation, **placed)

    @property
    def path(self) -> str:
        return f"/api/conversations/{self.conversation}"


Command = Callable[[Scene], Awaitable[object]]


async def send_streamed(scene: Scene) -> None:
    await (await scene.ask()).all()


async def send_whole(scene: Scene) -> None:
    body = {"content": "echo: more", "model_id": MODEL, "parent_id": scene.answer["id"]}
    await scene.do("POST", f"{scene.path}/messages", body)


async def begin_an_answer(scene: Scene) -> None:
    await scene.faults.order(silence_after=2)
    await (await scene.ask("Write 50 words")).next("delta")


async def stop(scene: Scene) -> None:
    await scene.faults.order(silence_after=2)
    stream = await scene.ask("Write 50 words")
    answer_id = (await stream.next("started"))["answer"]["id"]
    await stream.next("delta")
    await scene.do("POST", f"/api/messages/{answer_id}/stop")


async def fail_early(scene: Scene) -> None:
    await scene.faults.order(http_status=500)
    await (await scene.ask()).all()


async def break_off(scene: Scene) -> None:
    await scene.faults.order(cut_after=3)
    await (await scene.ask("Write 50 words")).all()


async def die(scene: Scene) -> None:
    await begin_an_answer(scene)
    async with scene.app.container.database.unit_of_work() as db:
        await message_repository.leave(db, scene.app.container.runs.owner_id)
        assert await message_repository.interrupt_orphans(db, new_id(), [], timeout_s=60)


async def regenerate(scene: Scene) -> None:
    stream = await scene.person.stream(f"{scene.path}/messages/{scene.answer['id']}/regenerate", {})
    await stream.all()


async def edit(scene: Scene) -> None:
    await (await scene.ask("echo: other", parent_id=None, branch=True)).all()


async def delete_the_last_message(scene: Scene) -> None:
    await scene.do("DELETE", f"/api/messages/{scene.answer['id']}")


async def delete_the_first_message(scene: Scene) -> None:
    await scene.do("DELETE", f"/api/messages/{scene.answer['parent_id']}")


async def import_messages(scene: Scene) -> None:
    messages = [{"role": "user", "content": "tea?"}, {"role": "assistant", "content": "tea.", "model_id": MODEL}]
    await scene.do("POST", f"{scene.path}/messages/import", {"messages": messages})


async def make_a_conversation(scene: Scene) -> None:
    await scene.do("POST", "/api/conversations", {"title": "Tea"})


async def rename(scene: Scene) -> None:
    await scene.do("PATCH", scene.path, {"title": "Tea house"})


async def pin(scene: Scene) -> None:
    await scene.do("PATCH", scene.path, {"pinned": True})


async def archive(scene: Scene) -> None:
    await scene.do("PATCH", scene.path, {"archived": True})


async def write_in_the_archive(scene: Scene) -> None:
    await archive(scene)
    await (await scene.ask()).all()


async def delete_several(scene: Scene) -> None:
    other = await scene.person.conversation()
    await scene.do("POST", "/api/conversations/delete", {"ids": [scene.conversation, other]})


async def delete_the_conversation(scene: Scene) -> None:
    await scene.do("DELETE", scene.path)


async def delete_a_conversation_with_a_picture(scene: Scene) -> None:
    await complete_a_task(scene)
    await scene.do("DELETE", scene.path)


async def grant(scene: Scene) -> None:
    path = f"/api/admin/users/{scene.person.user['id']}/grants"
    body = {"amount_mc": 5_000, "reason": "a gift"}
    assert (await scene.admin.call("POST", path, body, Idempotency_Key=uuid4().hex))[0] == 201


async def correct(scene: Scene) -> None:
    path = f"/api/admin/users/{scene.person.user['id']}/adjustments"
    body = {"amount_mc": -5_000, "reason": "a mistake"}
    assert (await scene.admin.call("POST", path, body, Idempotency_Key=uuid4().hex))[0] == 201


async def order_a_picture(scene: Scene) -> dict[str, Any]:
    return await scene.person.make(conversation_id=scene.conversation, parent_id=scene.answer["id"])


async def cancel_a_task(scene: Scene) -> None:
    task = (await order_a_picture(scene))["task"]
    await scene.do("POST", f"/api/tasks/{task['id']}/cancel")


async def complete_a_task(scene: Scene) -> None:
    task = (await order_a_picture(scene))["task"]
    async with run_worker_here(scene.app):
        assert (await scene.person.finished(task["id"]))["state"] == "completed"


async def fail_a_task(scene: Scene) -> None:
    await scene.faults.order(fail_msg="The job timed out")
    task = (await order_a_picture(scene))["task"]
    async with run_worker_here(scene.app):
        assert (await scene.person.finished(task["id"]))["state"] == "failed"


async def wait_in_line(scene: Scene) -> None:
    """More pictures than may run at once; the first one is cancelled, so another one moves up."""
    limit = scene.app.container.settings.image_limit_per_conversation
    tasks = [await scene.person.make(f"number {n}", conversation_id=scene.conversation, branch=True, parent_id=None)
             for n in range(limit + 3)]  # fmt: skip
    for turn in (tasks[-2], tasks[0]):
        await scene.do("POST", f"/api/tasks/{turn['task']['id']}/cancel")


COMMANDS: list[Command] = [
    send_streamed, send_whole, begin_an_answer, stop, fail_early, break_off, die, regenerate, edit,
    delete_the_last_message, delete_the_first_message, import_messages, make_a_conversation, rename, pin, archive,
    write_in_the_archive, delete_several, delete_the_conversation, delete_a_conversation_with_a_picture, grant, correct,
    order_a_picture, cancel_a_task, complete_a_task, fail_a_task, wait_in_line,
]  # fmt: skip


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"poll_factor": 0.02, "sign_up_attempts_per_address": 100})


async def test_for_every_command_the_old_snapshot_and_the_events_make_the_new_one(
    anna: Person, app: RunningApp, faults: Faults
) -> None:
    recorded = []
    for command in COMMANDS:
        await faults.order()
        person = await sign_up(app)
        conversation = await person.conversation()
        answer = (await (await person.ask("echo: one", conversation=conversation)).all())[-1]["answer"]
        scene, user_id = Scene(app, faults, anna, person, conversation, answer), UUID(person.user["id"])
        before = await read_state(app, user_id)

        await command(scene)
        after = await read_state(app, user_id)
        events = [event for event in await told(person, before.seq) if event["seq"] <= after.seq]
        assert events, command.__name__
        assert replay(events, before) == after, command.__name__
        recorded.append({"command": command.__name__, "before": shown(before), "events": events, "after": shown(after)})
        await person.close()
        app.container.runs.abandon_conversation(UUID(conversation))

    if os.environ.get("LATENT_WRITE_FIXTURES"):
        FIXTURE.write_bytes(orjson.dumps(recorded, option=orjson.OPT_APPEND_NEWLINE))
    check_fixture(recorded)


def shown(state: State) -> dict[str, Any]:
    """Return a snapshot as the web client loads it."""
    return {
        "seq": state.seq,
        "conversations": list(state.conversations.values()),
        "messages": list(state.texts.values()),
        "tasks": list(state.tasks.values()),
    }


def check_fixture(recorded: list[dict[str, Any]]) -> None:
    """The recording that the web client replays tells of the same commands, in the form that they have now."""
    stored = orjson.loads(FIXTURE.read_bytes())
    assert [each["command"] for each in stored] == [each["command"] for each in recorded]
    for old, new in zip(stored, recorded, strict=True):
        TypeAdapter(list[UserEvent]).validate_python(old["events"])
        assert {event["type"] for event in old["events"]} == {event["type"] for event in new["events"]}, old["command"]
        for kind in ("conversations", "messages", "tasks"):
            forms = [{frozenset(row) for row in each["after"][kind]} for each in (old, new)]
            assert forms[0] == forms[1], (old["command"], kind)


async def test_snapshots_taken_under_a_hammer_and_the_events_between_them_agree(anna: Person, app: RunningApp) -> None:
    user_id, random = UUID(anna.user["id"]), Random(4)
    hammering = asyncio.gather(*(hammer(app, user_id, seed, rounds=8) for seed in range(4)))
    snapshots = [await read_state(app, user_id)]
    while not hammering.done():
        await asyncio.sleep(random.uniform(0, 0.05))
        snapshots.append(await read_state(app, user_id))
    await hammering

    log = await told(anna)
    for old, new in itertools.pairwise(snapshots):
        assert replay([event for event in log if old.seq < event["seq"] <= new.seq], old) == new
    assert len(snapshots) > 3
