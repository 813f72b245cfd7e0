"""Attacks on the money, through the API: wrong amounts, repeated commands, other people's things, moving prices."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import psycopg
import pytest

from backend.core.config import Settings
from backend.core.pricing import AMOUNT_MAX_MC
from tests.support.ledger import SqlLedger, open_ledger
from tests.support.sandbox import Faults
from tests.support.server import PASSWORD, Person, RunningApp, run_app, sign_up

MODEL = "demo/demo-swift"
JSON = {"Content-Type": "application/json"}
ALWAYS_WRONG = {
    "negative beyond": (b"-1000000000001", 422),
    "too large": (b"1000000000001", 422),
    "beyond 64 bits": (b"9223372036854775808", 422),
    "two hundred digits": (b"1" + b"0" * 200, 422),
    "five thousand digits": (b"1" + b"0" * 5_000, 400),
    "zero": (b"0", 422),
    "minus zero": (b"-0", 422),
    "fraction": (b"0.5", 422),
    "float": (b"1000.0", 422),
    "exponent": (b"1e3", 422),
    "vast": (b"1e999", 422),
    "NaN": (b"NaN", 400),
    "infinite": (b"Infinity", 400),
    "text": (b'"1000"', 422),
    "truth value": (b"true", 422),
    "null": (b"null", 422),
    "list": (b"[1000]", 422),
    "object": (b'{"mc": 1000}', 422),
    "twice": (b'1, "amount_mc": 1000', 400),
}
"""JSON of an amount that no route takes, and the status that says so."""
MAY_BE_A_RATE = {"zero", "minus zero", "null", "twice"}
FREE = {"kind": "tokens", "input_mc": 0, "output_mc": 0}
SWIFT = {"kind": "tokens", "input_mc": 60_000, "output_mc": 500_000, "reasoning_mc": None, "cached_mc": None}
OTHER_KINDS = [{"kind": "image", "per_image_mc": {"default": 1}}, {"kind": "call", "per_call_mc": {"default": 0}}]


@pytest.fixture
def ledger(app: RunningApp, postgres_url: str) -> Iterator[SqlLedger]:
    """The ledger behind the API; whatever an attack does, it is sound afterwards."""
    with open_ledger(postgres_url) as ledger:
        yield ledger
        assert ledger.faults() == []


def credits_path(person: Person, what: str) -> str:
    return f"/api/admin/users/{person.user['id']}/{what}"


async def post_raw(person: Person, path: str, body: bytes, *, method: str = "POST") -> tuple[int, str]:
    """Send a body byte by byte; returns the status and the problem's code."""
    async with person.browser.request(method, path, data=body, headers=JSON) as response:
        return response.status, (await response.json(content_type=None))["code"]


# Amounts


@pytest.mark.parametrize("what", ["grants", "adjustments"])
async def test_an_amount_that_is_none_is_refused_before_anything_happens(
    anna: Person, ben: Person, ledger: SqlLedger, what: str
) -> None:
    before = ledger.accounts(), ledger.transactions()
    for name, (amount, status) in ALWAYS_WRONG.items():
        body = b'{"reason": "x", "amount_mc": %s}' % amount
        assert (await post_raw(anna, credits_path(ben, what), body))[0] == status, name
    assert (ledger.accounts(), ledger.transactions()) == before


async def test_a_grant_takes_nothing_away(anna: Person, ben: Person) -> None:
    assert (await anna.call("POST", credits_path(ben, "grants"), {"reason": "x", "amount_mc": -1}))[0] == 422


async def test_a_correction_leaves_what_is_held_covered(anna: Person, ben: Person, faults: Faults) -> None:
    await faults.order(silence_after=0)
    answer = (await (await ben.ask("Hello")).next("started"))["answer"]
    available_mc = (await ben.get("/api/credits"))["available_mc"]

    path, reason = credits_path(ben, "adjustments"), {"reason": "x"}
    status, problem = await anna.call("POST", path, {**reason, "amount_mc": -available_mc - 1})
    assert (status, problem["code"]) == (402, "insufficient_credits")
    assert (await anna.call("POST", path, {**reason, "amount_mc": -available_mc}))[0] == 201
    await ben.call("POST", f"/api/messages/{answer['id']}/stop")


async def test_a_balance_has_a_largest_value(anna: Person, ben: Person, ledger: SqlLedger) -> None:
    ledger.connection.execute("SET session_replication_role = replica")
    ledger.connection.execute("UPDATE credit_accounts SET balance_mc = 1000000000000000 - 5")

    status, problem = await anna.call("POST", credits_path(ben, "grants"), {"reason": "x", "amount_mc": AMOUNT_MAX_MC})
    assert (status, problem["code"]) == (422, "amount_invalid")
    ledger.connection.execute("UPDATE credit_accounts SET balance_mc = 200000")


@pytest.mark.parametrize("field", ["input_mc", "output_mc", "reasoning_mc", "cached_mc"])
async def test_a_rate_that_is_none_is_refused_before_anything_happens(anna: Person, field: str) -> None:
    before = await anna.get("/api/admin/prices")
    others = b"".join(b'"%s": 1, ' % name for name in (b"input_mc", b"output_mc") if name != field.encode())
    for name, (rate, status) in ALWAYS_WRONG.items():
        if name in MAY_BE_A_RATE:
            continue
        price = b'{"kind": "tokens", %s"%s": %s}' % (others, field.encode(), rate)
        body = b'{"model_id": "demo/demo-swift", "price": %s}' % price
        assert (await post_raw(anna, "/api/admin/prices", body, method="PUT"))[0] == status, name
    assert await anna.get("/api/admin/prices") == before


@pytest.mark.parametrize("price", OTHER_KINDS)
async def test_a_chat_model_takes_no_price_of_another_kind(anna: Person, price: dict[str, Any]) -> None:
    status, _ = await anna.call("PUT", "/api/admin/prices", {"model_id": MODEL, "price": price})

    assert status == 422


# Repeated commands


async def turn(person: Person, conversation: str, key: str, **changes: object) -> tuple[int, Any]:
    body = {"content": "echo: once", "model_id": MODEL, "branch": True, **changes}
    return await person.call("POST", f"/api/conversations/{conversation}/messages", body, Idempotency_Key=key)


async def charges_of(person: Person) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await person.get("/api/credits/transactions?kind=charge"))["items"]
    return found


async def test_a_turn_repeated_with_its_key_is_charged_once(ben: Person) -> None:
    conversation = await ben.conversation()
    first = await turn(ben, conversation, "key-of-ben")

    assert first[0] == 201
    assert await turn(ben, conversation, "key-of-ben") == first
    assert len(await charges_of(ben)) == 1


async def test_a_turns_key_with_another_body_is_refused_and_charges_nothing(ben: Person) -> None:
    conversation, other = await ben.conversation(), await ben.conversation()
    await turn(ben, conversation, "key-of-ben")

    for where, changes in (
        (conversation, {"content": "echo: twice"}),
        (conversation, {"model_id": "demo/demo-thinker"}),
        (conversation, {"branch": False}),
        (other, {}),
    ):
        status, problem = await turn(ben, where, "key-of-ben", **changes)
        assert (status, problem["code"]) == (422, "idempotency_mismatch"), changes
    assert len(await charges_of(ben)) == 1


async def test_a_turns_key_by_another_route_is_refused_unless_it_is_the_same_command(ben: Person) -> None:
    conversation = await ben.conversation()
    _, first = await turn(ben, conversation, "key-of-ben")
    path, key = f"/api/conversations/{conversation}/messages", "key-of-ben"

    again = f"{path}/{first['answer']['id']}/regenerate"
    status, problem = await ben.call("POST", again, {"model_id": MODEL}, Idempotency_Key=key)
    assert (status, problem["code"]) == (422, "idempotency_mismatch")
    body = {"content": "echo: once", "model_id": MODEL, "branch": True}
    streamed = await (await ben.stream(f"{path}/stream", body, Idempotency_Key=key)).all()
    assert streamed[-1]["answer"] == first["answer"]
    assert len(await charges_of(ben)) == 1


async def test_a_turns_key_belongs_to_its_user(anna: Person, ben: Person) -> None:
    _, of_ben = await turn(ben, await ben.conversation(), "the same key")
    status, of_anna = await turn(anna, await anna.conversation(), "the same key")

    assert status == 422  # a blank is no part of a key
    _, of_ben = await turn(ben, await ben.conversation(), "the-same-key")
    status, of_anna = await turn(anna, await anna.conversation(), "the-same-key")
    assert status == 201
    assert of_anna["answer"]["id"] != of_ben["answer"]["id"]


async def test_of_turns_at_once_with_one_key_one_is_charged_and_all_get_its_answer(ben: Person, faults: Faults) -> None:
    conversation = await ben.conversation()

    answers = await asyncio.gather(*(turn(ben, conversation, "key-of-ben") for _ in range(20)))
    assert {status for status, _ in answers} == {201}
    assert len({answer["answer"]["id"] for _, answer in answers}) == 1
    assert len(await charges_of(ben)) == 1
    assert (await faults.state())["counts"]["chat"] == 1


@pytest.fixture
def broken_turns(postgres_url: str) -> Iterator[Callable[[bool], None]]:
    """Let the beginning of turns fail inside the database, or take that back."""

    def switch(on: bool) -> None:
        names = ("begin_turn", "begin_turn_gone") if on else ("begin_turn_gone", "begin_turn")
        with psycopg.connect(postgres_url, autocommit=True) as connection:
            connection.execute("ALTER FUNCTION {} RENAME TO {}".format(*names).encode())

    yield switch
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        if connection.execute("SELECT to_regproc('begin_turn_gone') IS NOT NULL").fetchone() == (True,):
            connection.execute("ALTER FUNCTION begin_turn_gone RENAME TO begin_turn")


async def test_a_turns_key_is_not_spent_by_a_500(ben: Person, broken_turns: Callable[[bool], None]) -> None:
    conversation = await ben.conversation()
    broken_turns(True)
    status, problem = await turn(ben, conversation, "key-of-ben")
    assert (status, problem["code"]) == (500, "internal_error")
    broken_turns(False)

    assert (await turn(ben, conversation, "key-of-ben"))[0] == 201
    assert len(await charges_of(ben)) == 1


@pytest.fixture
async def full_app(app: RunningApp, settings: Settings, faults: Faults) -> AsyncIterator[RunningApp]:
    """A second server on the same database that has no place for answers."""
    changed = {"sandbox_url": faults.url, "max_streams_per_process": 0}
    async with run_app(settings.model_copy(update=changed)) as running:
        yield running


async def test_a_turns_key_is_not_spent_by_a_503(ben: Person, full_app: RunningApp) -> None:
    conversation = await ben.conversation()
    body = {"content": "echo: once", "model_id": MODEL, "branch": True}
    path = f"/api/conversations/{conversation}/messages"
    status, _ = await ben.call("POST", full_app.url + path, body, Idempotency_Key="key-of-ben")
    assert status == 503

    assert (await turn(ben, conversation, "key-of-ben"))[0] == 201
    assert len(await charges_of(ben)) == 1


async def test_a_turns_key_does_not_expire_while_its_answer_is_there(ben: Person, ledger: SqlLedger) -> None:
    conversation = await ben.conversation()
    first = await turn(ben, conversation, "key-of-ben")
    for table in ("messages", "conversations"):
        ledger.connection.execute(f"UPDATE {table} SET created_at = created_at - interval '1 year'".encode())

    status, again = await turn(ben, conversation, "key-of-ben")
    assert (status, again["answer"]["id"]) == (201, first[1]["answer"]["id"])
    assert len(await charges_of(ben)) == 1


async def change(
    admin: Person, person: Person, key: str, *, what: str = "grants", **changes: object
) -> tuple[int, Any]:
    body = {"amount_mc": 700, "reason": "gift", **changes}
    return await admin.call("POST", credits_path(person, what), body, Idempotency_Key=key)


async def test_a_grant_repeated_with_its_key_adds_once_and_answers_the_same(anna: Person, ben: Person) -> None:
    before_mc = (await ben.get("/api/credits"))["balance_mc"]
    answers = await asyncio.gather(*(change(anna, ben, "key-of-anna") for _ in range(10)))

    assert {status for status, _ in answers} == {201}
    assert len({answer["id"] for _, answer in answers}) == 1
    assert (await ben.get("/api/credits"))["balance_mc"] == before_mc + 700


async def test_a_grants_key_with_another_body_or_route_is_refused(anna: Person, ben: Person) -> None:
    await change(anna, ben, "key-of-anna")
    after_mc = (await ben.get("/api/credits"))["balance_mc"]

    for changes in ({"amount_mc": 701}, {"reason": "another"}, {"what": "adjustments"}):
        status, problem = await change(anna, ben, "key-of-anna", **changes)  # type: ignore[arg-type]
        assert (status, problem["code"]) == (422, "idempotency_mismatch"), changes
    assert (await ben.get("/api/credits"))["balance_mc"] == after_mc


async def test_a_grants_key_belongs_to_its_admin_and_its_account(app: RunningApp, anna: Person, ben: Person) -> None:
    assert (await anna.call("PATCH", f"/api/admin/users/{ben.user['id']}", {"role": "admin"}))[0] == 200
    second = await sign_up(app, "carl@example.org")
    async with ben.browser.post("/api/auth/sign-in", json={"email": "ben@example.org", "password": PASSWORD}):
        pass

    made = [await change(admin, who, "the-same-key") for admin in (anna, ben) for who in (second, ben)]
    assert [status for status, _ in made] == [201] * 4
    assert len({answer["id"] for _, answer in made}) == 4
    await second.close()


# Prices that move


async def test_a_price_that_changes_while_an_answer_is_written_does_not_change_its_charge(
    anna: Person, ben: Person, faults: Faults
) -> None:
    await faults.order(answer="word " * 40, silence_after=40, usage={"prompt_tokens": 100, "completion_tokens": 40})
    stream = await ben.ask("Hello")
    answer = (await stream.next("started"))["answer"]
    for _ in range(40):
        await stream.next("delta")
    dear = {"kind": "tokens", "input_mc": 10**10, "output_mc": 10**10}
    assert (await anna.call("PUT", "/api/admin/prices", {"model_id": MODEL, "price": dear}))[0] == 200
    await ben.call("POST", f"/api/messages/{answer['id']}/stop")

    detail = await ben.get(f"/api/credits/transactions/{answer['credits']['transaction_id']}")
    assert detail["price"] == SWIFT
    assert {term["rate_mc"] for term in detail["result"]["terms"]} == {60_000, 500_000}
    assert (await ben.call("POST", "/api/quotes", {"model_id": MODEL}))[1]["affordable"] is False


async def test_what_a_quote_says_is_what_sending_holds(ben: Person, faults: Faults) -> None:
    conversation = await ben.conversation()
    await (await ben.ask("echo: one", conversation=conversation)).all()
    text = "字" * 100
    request = {"model_id": MODEL, "conversation_id": conversation, "content_bytes": len(text.encode())}
    _, quote = await ben.call("POST", "/api/quotes", request)
    leaf = (await ben.get(f"/api/conversations/{conversation}"))["leaf_id"]

    started = await (await ben.ask(text, conversation=conversation, parent_id=leaf)).next("started")
    assert started["answer"]["credits"]["held_mc"] == quote["maximum"]["amount_mc"]


# Other people's things, and powers that are not one's own


async def test_a_foreign_transaction_is_not_found(anna: Person, ben: Person) -> None:
    await (await ben.ask("Hello")).all()
    transaction = (await charges_of(ben))[0]["id"]

    status, problem = await anna.call("GET", f"/api/credits/transactions/{transaction}")
    assert (status, problem["code"]) == (404, "not_found")
    assert transaction not in str(await anna.get("/api/credits/transactions"))


async def test_only_an_admin_gives_credits_and_only_while_one(anna: Person, ben: Person, ledger: SqlLedger) -> None:
    before = ledger.accounts()
    assert (await change(ben, ben, "key-of-ben"))[0] == 403
    assert (await ben.call("PUT", "/api/admin/prices", {"model_id": MODEL, "price": FREE}))[0] == 403
    assert ledger.accounts() == before


async def test_what_an_admin_does_with_money_stands_in_the_audit_log(anna: Person, ben: Person) -> None:
    await change(anna, ben, "key-of-anna")
    await change(anna, ben, "key-of-anna")
    await change(anna, ben, "another-key", what="adjustments", amount_mc=-5)

    log = (await anna.get("/api/admin/audit"))["items"]
    assert [(line["action"], line["target"], line["actor_id"]) for line in log] == [
        ("credits.adjust", ben.user["id"], anna.user["id"]),
        ("credits.grant", ben.user["id"], anna.user["id"]),
    ]


# Ends that meet


async def test_stopping_while_the_answer_completes_ends_and_charges_it_once(ben: Person, ledger: SqlLedger) -> None:
    before_mc = (await ben.get("/api/credits"))["balance_mc"]
    charged_mc, statuses = 0, set()
    for _ in range(25):
        stream = await ben.ask("echo: a few words")
        answer = (await stream.next("started"))["answer"]
        _, stopped = await ben.call("POST", f"/api/messages/{answer['id']}/stop")
        end = (await stream.all())[-1]["answer"]
        assert end == stopped
        statuses.add(end["status"])
        charged_mc += end["credits"]["charged_mc"]

    credits = await ben.get("/api/credits")
    assert statuses <= {"stopped", "complete"}
    assert (credits["held_mc"], before_mc - credits["balance_mc"]) == (0, charged_mc)


async def test_deleting_a_conversation_while_it_is_answered_settles_what_was_written(
    ben: Person, faults: Faults
) -> None:
    await faults.order(silence_after=12)
    conversation = await ben.conversation()
    stream = await ben.ask("Write 300 words", conversation=conversation)
    for _ in range(12):
        await stream.next("delta")
    assert (await ben.call("DELETE", f"/api/conversations/{conversation}"))[0] == 200
    await stream.next("end")

    (charge,) = await charges_of(ben)
    assert (charge["state"], charge["situation"]) == ("settled", "stopped")
    assert (await ben.get("/api/credits"))["held_mc"] == 0


# A user's own limits are nobody else's trouble


async def test_an_empty_account_and_a_full_limit_are_no_failures_of_the_provider(
    anna: Person, ben: Person, app: RunningApp, faults: Faults
) -> None:
    before = await provider_errors(anna)
    await faults.order(silence_after=0)
    limit = app.container.settings.chat_limit_per_user
    answers = [(await (await ben.ask("wait")).next("started"))["answer"]["id"] for _ in range(limit)]
    where = await ben.conversation()
    assert (await turn(ben, where, "over-the-limit"))[0] == 429
    for answer in answers:
        await ben.call("POST", f"/api/messages/{answer}/stop")
    available_mc = (await ben.get("/api/credits"))["available_mc"]
    assert (await change(anna, ben, "take-it-all", what="adjustments", amount_mc=-available_mc))[0] == 201
    for number in range(10):
        assert (await turn(ben, where, f"without-credits-{number}"))[0] == 402

    assert await provider_errors(anna) == before
    await faults.order()
    assert (await (await anna.ask("Hello")).all())[-1]["answer"]["status"] == "complete"


async def provider_errors(admin: Person) -> list[str]:
    """Return the lines that count failures of providers."""
    async with admin.browser.get("/metrics") as response:
        assert response.status == 200
        return [line for line in (await response.text()).splitlines() if line.startswith("latent_provider_errors")]
