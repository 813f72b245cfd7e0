"""Prices and usages that cannot be true, from the database and from providers: refused by name, nobody is ever paid."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from backend.core.config import Settings
from backend.core.ids import new_id
from backend.core.redis import RedisClient
from tests.support.ledger import SqlLedger
from tests.support.raw_provider import RawProvider, open_raw_provider
from tests.support.sandbox import Faults
from tests.support.server import Person, RunningApp, run_app, sign_up

MODEL = "demo/demo-swift"
POISONED_PRICES = {
    "negative": '{"kind": "tokens", "input_mc": -1, "output_mc": 500000}',
    "negative output": '{"kind": "tokens", "input_mc": 60000, "output_mc": -1000000}',
    "huge": '{"kind": "tokens", "input_mc": 10000000001, "output_mc": 1}',
    "1e300": '{"kind": "tokens", "input_mc": 1e300, "output_mc": 1e300}',
    "fraction": '{"kind": "tokens", "input_mc": 0.5, "output_mc": 500000}',
    "float": '{"kind": "tokens", "input_mc": 60000.0, "output_mc": 500000.0}',
    "text": '{"kind": "tokens", "input_mc": "60000", "output_mc": "500000"}',
    "NaN": '{"kind": "tokens", "input_mc": "NaN", "output_mc": "NaN"}',
    "infinite": '{"kind": "tokens", "input_mc": "Infinity", "output_mc": 1}',
    "words": '{"kind": "tokens", "input_mc": "cheap", "output_mc": 1}',
    "truth value": '{"kind": "tokens", "input_mc": true, "output_mc": 1}',
    "null": '{"kind": "tokens", "input_mc": null, "output_mc": 1}',
    "list": '{"kind": "tokens", "input_mc": [1], "output_mc": 1}',
    "no output": '{"kind": "tokens", "input_mc": 60000}',
    "no rates": '{"kind": "tokens"}',
    "negative thoughts": '{"kind": "tokens", "input_mc": 1, "output_mc": 1, "reasoning_mc": -5}',
    "thoughts in words": '{"kind": "tokens", "input_mc": 1, "output_mc": 1, "reasoning_mc": "x"}',
    "negative cache": '{"kind": "tokens", "input_mc": 1, "output_mc": 1, "cached_mc": -5}',
    "unknown rate": '{"kind": "tokens", "input_mc": 1, "output_mc": 1, "gift_mc": 1}',
    "pictures": '{"kind": "image", "per_image_mc": {"default": 1}}',
    "calls": '{"kind": "call", "per_call_mc": {"default": 0}}',
    "unknown kind": '{"kind": "gift", "input_mc": 0, "output_mc": 0}',
    "no kind": '{"input_mc": 0, "output_mc": 0}',
    "empty": "{}",
    "a list": "[]",
    "a text": '"free"',
    "a number": "0",
    "nothing": "null",
}
POISONED_USAGES = {
    "negative": '{"prompt_tokens": -5, "completion_tokens": -1}',
    "huge": '{"prompt_tokens": 100000001, "completion_tokens": 9223372036854775807}',
    "beyond 64 bits": '{"prompt_tokens": 18446744073709551616, "completion_tokens": 18446744073709551616}',
    "1e300": '{"prompt_tokens": 1e300, "completion_tokens": 1e300}',
    "float": '{"prompt_tokens": 5.0, "completion_tokens": 5.0}',
    "text": '{"prompt_tokens": "5", "completion_tokens": "5"}',
    "truth values": '{"prompt_tokens": true, "completion_tokens": false}',
    "null": '{"prompt_tokens": null, "completion_tokens": null}',
    "a list": "[1, 2]",
    "a text": '"many"',
    "thoughts alone": '{"completion_tokens_details": {"reasoning_tokens": 100000000}}',
    "negative thoughts": '{"completion_tokens": -1, "completion_tokens_details": {"reasoning_tokens": -100}}',
    "negative cache": '{"prompt_tokens": -1, "prompt_tokens_details": {"cached_tokens": -100}}',
    "details that are none": '{"completion_tokens_details": 5, "prompt_tokens_details": "x"}',
}
UNREADABLE_USAGES = {
    "NaN": '{"prompt_tokens": NaN, "completion_tokens": 1}',
    "infinite": '{"prompt_tokens": 1, "completion_tokens": -Infinity}',
    "a thousand digits": '{"prompt_tokens": 1%s, "completion_tokens": 1}' % ("0" * 1000),
    "1e999": '{"prompt_tokens": 1e999, "completion_tokens": 2}',
    "hexadecimal": '{"prompt_tokens": 0x10, "completion_tokens": 1}',
    "cut": '{"prompt_tokens": 1',
}
BELIEVED_USAGES = {
    "zero": ('{"prompt_tokens": 0, "completion_tokens": 0}', 0),
    "the largest": ('{"prompt_tokens": 100000000, "completion_tokens": 100000000}', None),
    "a part larger than its whole": (
        '{"prompt_tokens": 10, "completion_tokens": 10, "completion_tokens_details": {"reasoning_tokens": 90000}}',
        6,
    ),
}
COUNTED_MC = 3  # two tokens in, five out, at 60 and 500 credits the million: 2.62


@pytest.fixture
async def priced_app(
    settings: Settings, empty_database: str, redis: RedisClient, faults: Faults, tmp_path: Path
) -> AsyncIterator[tuple[RunningApp, RawProvider]]:
    """The product with the sandbox and a provider that says anything."""
    async with open_raw_provider() as provider:
        (tmp_path / "config.toml").write_text(provider.config, encoding="utf-8")
        changed = {"sandbox_url": faults.url, "sandbox": True, "provider_allowed_hosts": [provider.host]}
        async with run_app(settings.model_copy(update=changed)) as app:
            yield app, provider


@pytest.fixture
async def rita(priced_app: tuple[RunningApp, RawProvider]) -> AsyncIterator[Person]:
    person = await sign_up(priced_app[0])
    yield person
    await person.close()


@pytest.mark.usefixtures("ledger")
async def test_a_poisoned_price_makes_its_model_unavailable_by_every_door(rita: Person, ledger: SqlLedger) -> None:
    conversation = await rita.conversation()
    end = (await (await rita.ask("Hello", conversation=conversation)).all())[-1]
    before = ledger.accounts(), ledger.transactions(), len(await messages_of(rita, conversation))
    body = {"content": "Hello", "model_id": MODEL, "branch": True}
    where = f"/api/conversations/{conversation}/messages"
    doors: list[tuple[str, dict[str, Any]]] = [
        ("/api/quotes", {"model_id": MODEL, "content_bytes": 5}),
        (where, body),
        (f"{where}/stream", body),
        (f"{where}/{end['answer']['id']}/regenerate", {"model_id": MODEL}),
        (f"{where}/{end['answer']['id']}/regenerate", {}),
    ]

    for name, formula in POISONED_PRICES.items():
        store_price(ledger, formula)
        for path, sent in doors:
            status, problem = await rita.call("POST", path, sent)
            assert (status, problem["code"]) == (404, "model_unavailable"), (name, path)
        shown = next(model for model in (await rita.get("/api/models"))["models"] if model["id"] == MODEL)
        assert (shown["available"], shown["unavailable_reason"], shown["price"]) == (False, "no_price", None), name
        listed = next(row for row in await rita.get("/api/admin/prices") if row["model_id"] == MODEL)
        assert listed["price"] is None, name
    assert (ledger.accounts(), ledger.transactions(), len(await messages_of(rita, conversation))) == before


async def test_an_admin_can_heal_a_poisoned_price(rita: Person, ledger: SqlLedger) -> None:
    store_price(ledger, POISONED_PRICES["NaN"])
    price = {"kind": "tokens", "input_mc": 1, "output_mc": 1}

    status, shown = await rita.call("PUT", "/api/admin/prices", {"model_id": MODEL, "price": price})
    assert (status, shown["version"]) == (200, 1001)
    assert (await (await rita.ask("Hello")).all())[-1]["answer"]["status"] == "complete"


async def test_a_usage_that_cannot_be_true_is_counted_and_nobody_is_paid(
    rita: Person, ledger: SqlLedger, priced_app: tuple[RunningApp, RawProvider]
) -> None:
    for name, usage in POISONED_USAGES.items():
        priced_app[1].usage = usage.encode()
        before_mc = (await rita.get("/api/credits"))["balance_mc"]
        answer = (await (await rita.ask("Question", model="raw/x")).all())[-1]["answer"]

        charged_mc = answer["credits"]["charged_mc"]
        credits = await rita.get("/api/credits")
        assert (answer["status"], answer["usage"]["estimated"]) == ("complete", True), name
        assert (credits["held_mc"], before_mc - credits["balance_mc"]) == (0, charged_mc), name
        assert 0 < charged_mc <= answer["credits"]["held_mc"], name
        assert charged_mc == COUNTED_MC, name
        assert ledger.faults() == [], name


async def test_a_usage_that_is_no_json_breaks_the_answer_off_and_costs_nothing(
    rita: Person, ledger: SqlLedger, priced_app: tuple[RunningApp, RawProvider]
) -> None:
    before = await rita.get("/api/credits")
    for name, usage in UNREADABLE_USAGES.items():
        priced_app[1].usage = usage.encode()
        answer = (await (await rita.ask("Question", model="raw/x")).all())[-1]["answer"]

        assert (answer["status"], answer["error"]["code"]) == ("interrupted", "provider_broken"), name
        assert answer["credits"]["charged_mc"] == 0, name
        assert await rita.get("/api/credits") == before, name
        assert ledger.faults() == [], name


@pytest.mark.parametrize("name", BELIEVED_USAGES)
async def test_a_usage_that_may_be_true_is_charged_within_the_hold(
    rita: Person, ledger: SqlLedger, priced_app: tuple[RunningApp, RawProvider], name: str
) -> None:
    usage, cost_mc = BELIEVED_USAGES[name]
    priced_app[1].usage = usage.encode()
    answer = (await (await rita.ask("Question", model="raw/x")).all())[-1]["answer"]

    held_mc = answer["credits"]["held_mc"]
    assert answer["usage"]["estimated"] is False
    assert answer["credits"]["charged_mc"] == (held_mc if cost_mc is None else cost_mc)
    assert (await rita.get("/api/credits"))["held_mc"] == 0
    assert ledger.faults() == []


def store_price(ledger: SqlLedger, formula: str) -> None:
    """Put a price into the database as someone does who goes around the product."""
    ledger.connection.execute("DELETE FROM prices WHERE version = 1000")
    ledger.connection.execute(
        "INSERT INTO prices (id, model_id, version, formula, source) VALUES (%s, %s, 1000, %s, 'admin')",
        [new_id(), MODEL, formula],
    )


async def messages_of(person: Person, conversation: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await person.get(f"/api/conversations/{conversation}/messages"))["items"]
    return found
