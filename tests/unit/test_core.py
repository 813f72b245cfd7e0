"""Small pure parts: ids, titles, tokens, logs, addresses."""

import json
from pathlib import Path
from typing import Any

import pytest

from backend.core import ids
from backend.core.http import is_public
from backend.core.logging import clean_event, clean_text
from backend.services.adapters.base import Usage
from backend.services.conversation_service import generate_auto_title
from backend.services.message_ai_helpers import estimate_tokens, settle_usage

TITLES: list[dict[str, str]] = json.loads((Path(__file__).parent / "titles.json").read_text(encoding="utf-8"))


def test_ids_of_one_process_strictly_increase_even_when_the_clock_steps_back(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([5_000_000_000, 5_000_000_000, 4_000_000_000, 6_000_000_000] * 500)
    monkeypatch.setattr(ids.time, "time_ns", lambda: next(times) + 10**18)

    made = [ids.new_id() for _ in range(2000)]
    assert made == sorted(set(made))
    assert {uuid.version for uuid in made} == {7}
    assert {uuid.variant for uuid in made} == {"specified in RFC 4122"}


@pytest.mark.parametrize("case", TITLES, ids=[case["title"] or "none" for case in TITLES])
def test_titles_follow_the_table_that_the_web_client_follows(case: dict[str, str]) -> None:
    assert generate_auto_title(case["message"]) == case["title"]


@pytest.mark.parametrize(("text", "tokens"), [("", 0), ("four", 1), ("fours", 2), ("雾气", 2), ("雾 mist", 3)])
def test_tokens_are_estimated_by_width(text: str, tokens: int) -> None:
    assert estimate_tokens(text) == tokens


@pytest.mark.parametrize(
    ("reported", "estimated"),
    [
        pytest.param(Usage(10, 5, 0), False, id="believable"),
        pytest.param(Usage(10, None), True, id="half of it missing"),
        pytest.param(Usage(-1, 5), True, id="negative"),
        pytest.param(Usage(10, 10**12), True, id="huge"),
        pytest.param(None, True, id="nothing"),
    ],
)
def test_usage_is_the_providers_only_where_it_can_be_true(reported: Usage | None, estimated: bool) -> None:
    usage = settle_usage(reported, [{"role": "user", "content": "question"}], "answer", "")

    assert usage["estimated"] is estimated
    assert 0 <= usage["prompt_tokens"] < 100
    assert 0 <= usage["completion_tokens"] < 100


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("Bearer abcdef123456", "Bearer ***"),
        ("postgresql://latent:hush@db/latent", "postgresql://latent:***@db/latent"),
        ("key sk-abcdef", "key sk-***"),
        ("two\r\nlines\x1b[31m", "two\\u000d\\u000alines\\u001b[31m"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("x" * 5000, "x" * 1000 + " … " + "x" * 1000),
    ],
)
def test_logs_hold_no_secret_and_no_line_of_their_own(text: str, cleaned: str) -> None:
    assert clean_text(text) == cleaned


@pytest.mark.parametrize("size", [300, 3_000])
def test_of_a_long_text_the_log_has_beginning_and_end(size: int) -> None:
    cleaned = clean_text("begins " + "sk-secret word " * size + "ends")

    assert (cleaned[:6], cleaned[-4:]) == ("begins", "ends")
    assert len(cleaned) <= 2_003
    assert "secret" not in cleaned


def test_log_fields_named_like_secrets_are_masked_at_any_depth() -> None:
    event: dict[str, Any] = {"event": "e", "password": "x", "body": {"api_key": "y", "list": ["Bearer abcdefgh"]}}

    assert clean_event(None, "", event) == {
        "event": "e",
        "password": "***",
        "body": {"api_key": "***", "list": ["Bearer ***"]},
    }


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
        "255.255.255.255", "224.0.0.1", "192.88.99.1", "192.0.2.1", "198.18.0.1", "240.0.0.1",
        "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fec0::1", "ff02::1", "2001:db8::1",
        "::ffff:127.0.0.1", "::ffff:7f00:1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::7f00:1",
        "2002:7f00:1::", "2002:0a00:0001::1", "2001:0:7f00:1::80ff:fffe",
    ],
)  # fmt: skip
def test_inner_addresses_are_recognised_in_every_wrapping(address: str) -> None:
    assert is_public(address) is False


@pytest.mark.parametrize("address", ["1.1.1.1", "93.184.216.34", "2606:4700:4700::1111", "64:ff9b::101:101"])
def test_public_addresses_may_be_reached(address: str) -> None:
    assert is_public(address) is True
