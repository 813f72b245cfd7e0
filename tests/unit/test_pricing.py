"""Prices: exact integers, one rounding, and nothing that cannot be true gets in, from wherever it comes."""

import math
import tomllib
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from backend.core.config import Settings
from backend.core.errors import StartError
from backend.core.pricing import (
    AMOUNT_MAX_MC,
    QUANTITY_MAX,
    RATE_MAX_MC,
    CallPrice,
    Cost,
    ImagePrice,
    PriceConfig,
    PriceInvalid,
    Term,
    TokenPrice,
    TokenUsage,
    VideoPrice,
    dump_price,
    price_images,
    price_tokens,
    price_video,
    read_price,
    to_mc,
)
from backend.core.provider_config import load_providers

rates = st.integers(0, RATE_MAX_MC)
tokens = st.integers(0, QUANTITY_MAX)
SWIFT = TokenPrice(kind="tokens", input_mc=60_000, output_mc=500_000)


@hypothesis_settings(derandomize=True, database=None, max_examples=300)
@given(rates, rates, st.none() | rates, st.none() | rates, tokens, tokens, tokens, tokens)
def test_tokens_cost_what_a_calculation_with_fractions_says_rounded_up_once(
    input_mc: int,
    output_mc: int,
    reasoning_mc: int | None,
    cached_mc: int | None,
    prompt: int,
    completion: int,
    reasoning: int,
    cached: int,
) -> None:
    price = TokenPrice(
        kind="tokens", input_mc=input_mc, output_mc=output_mc, reasoning_mc=reasoning_mc, cached_mc=cached_mc
    )
    cost = price_tokens(price, TokenUsage(prompt, completion, reasoning, cached))

    thought = min(reasoning, completion)
    known = min(cached, prompt)
    exact = Fraction(
        (prompt - known) * input_mc
        + known * (input_mc if cached_mc is None else cached_mc)
        + (completion - thought) * output_mc
        + thought * (output_mc if reasoning_mc is None else reasoning_mc),
        1_000_000,
    )
    assert cost.amount_mc == math.ceil(exact)
    assert all(term.quantity > 0 for term in cost.terms)
    assert Cost.from_json(cost.to_json()) == cost


@pytest.mark.parametrize(
    ("prompt", "completion", "amount_mc"),
    [
        pytest.param(0, 0, 0, id="nothing"),
        pytest.param(1, 0, 1, id="the smallest part of a milli-credit is one"),
        pytest.param(1_000_000, 0, 60_000, id="exactly a million"),
        pytest.param(1_000_001, 0, 60_001, id="one more is rounded up"),
        pytest.param(50, 100, 53, id="3 + 50, exact"),
        pytest.param(51, 100, 54, id="3.06 + 50, rounded once"),
        pytest.param(51, 101, 54, id="3.06 + 50.5, not 4 + 51"),
    ],
)
def test_a_cost_is_rounded_up_once_at_the_end(prompt: int, completion: int, amount_mc: int) -> None:
    assert price_tokens(SWIFT, TokenUsage(prompt, completion)).amount_mc == amount_mc


def test_the_largest_usage_at_the_largest_rate_is_exact() -> None:
    dearest = TokenPrice(kind="tokens", input_mc=RATE_MAX_MC, output_mc=RATE_MAX_MC)
    usage = TokenUsage(QUANTITY_MAX, QUANTITY_MAX - 1)

    assert price_tokens(dearest, usage).amount_mc == (2 * QUANTITY_MAX - 1) * RATE_MAX_MC // 1_000_000


@pytest.mark.parametrize(("prompt", "completion"), [(72_775_827, 775_828), (54_092_812, 92_813), (5_971_352, 971_353)])
def test_a_millionth_over_a_large_whole_number_is_seen(prompt: int, completion: int) -> None:
    price = TokenPrice(kind="tokens", input_mc=RATE_MAX_MC - 1, output_mc=1)
    parts = prompt * price.input_mc + completion
    assert parts % 1_000_000 == 1

    assert price_tokens(price, TokenUsage(prompt, completion)).amount_mc == parts // 1_000_000 + 1


@pytest.mark.parametrize("field", ["prompt", "completion", "reasoning", "cached"])
@pytest.mark.parametrize("wrong", [-1, QUANTITY_MAX + 1, 10**300])
def test_a_usage_that_cannot_be_true_is_never_priced(field: str, wrong: int) -> None:
    price = TokenPrice(kind="tokens", input_mc=1, output_mc=1, reasoning_mc=1, cached_mc=1)

    with pytest.raises(ValueError, match="cannot be true"):
        price_tokens(price, TokenUsage(**{"prompt": 1, "completion": 1, field: wrong}))


def test_a_cost_can_be_read_and_checked_by_hand() -> None:
    cost = price_tokens(SWIFT, TokenUsage(51, 101))

    assert cost.formula() == "(51 × 60000 + 101 × 500000) / 1000000 ↑ 54"
    assert Cost((Term("images", 3, 4_000),), 1).formula() == "3 × 4000 = 12000"
    assert Cost((), 1_000_000).formula() == "(0) / 1000000 ↑ 0"


def test_a_stored_cost_is_computed_anew_and_not_believed() -> None:
    stored = price_tokens(SWIFT, TokenUsage(51, 101)).to_json() | {"amount_mc": 1}

    assert Cost.from_json(stored).amount_mc == 54


def test_pictures_calls_and_seconds_cost_their_choice_or_the_default() -> None:
    images = ImagePrice(kind="image", per_image_mc={"1K": 18_000, "4K": 24_000})
    calls = CallPrice(kind="call", per_call_mc={"default": 700})
    video = VideoPrice(kind="video", per_second_mc={"default": 1_001}, sound_percent=150)

    assert price_images(images, 2, "4K").amount_mc == 48_000
    assert price_images(calls, 3, "anything").amount_mc == 2_100
    assert price_video(video, 5, "720p", sound=False).amount_mc == 5_005
    assert price_video(video, 5, "720p", sound=True).amount_mc == 7_508  # 7,507.5 rounded up
    with pytest.raises(PriceInvalid, match="no rate for 2K"):
        price_images(images, 1, "2K")


POISONED_FORMULAS = [
    pytest.param({"kind": "tokens", "input_mc": -1, "output_mc": 1}, id="negative"),
    pytest.param({"kind": "tokens", "input_mc": RATE_MAX_MC + 1, "output_mc": 1}, id="huge"),
    pytest.param({"kind": "tokens", "input_mc": 10**300, "output_mc": 1}, id="1e300"),
    pytest.param({"kind": "tokens", "input_mc": 0.5, "output_mc": 1}, id="fraction"),
    pytest.param({"kind": "tokens", "input_mc": 1.0, "output_mc": 1}, id="float"),
    pytest.param({"kind": "tokens", "input_mc": float("nan"), "output_mc": 1}, id="NaN"),
    pytest.param({"kind": "tokens", "input_mc": float("inf"), "output_mc": 1}, id="infinite"),
    pytest.param({"kind": "tokens", "input_mc": "1", "output_mc": 1}, id="text"),
    pytest.param({"kind": "tokens", "input_mc": True, "output_mc": 1}, id="truth value"),
    pytest.param({"kind": "tokens", "input_mc": None, "output_mc": 1}, id="null"),
    pytest.param({"kind": "tokens", "input_mc": 1}, id="incomplete"),
    pytest.param({"kind": "tokens", "input_mc": 1, "output_mc": 1, "cached_mc": -1}, id="negative extra"),
    pytest.param({"kind": "tokens", "input_mc": 1, "output_mc": 1, "refund_mc": 1}, id="unknown extra"),
    pytest.param({"kind": "image", "per_image_mc": {}}, id="no choice"),
    pytest.param({"kind": "image", "per_image_mc": {"1K": -5}}, id="negative choice"),
    pytest.param({"kind": "video", "per_second_mc": {"default": 1}, "sound_percent": -100}, id="negative percent"),
    pytest.param({"kind": "gift", "input_mc": 1, "output_mc": 1}, id="unknown kind"),
    pytest.param({}, id="nothing"),
]


@pytest.mark.parametrize("formula", POISONED_FORMULAS)
def test_a_stored_price_that_cannot_be_true_is_refused_by_name(formula: dict[str, Any]) -> None:
    with pytest.raises(PriceInvalid):
        read_price(formula)


def test_a_stored_price_comes_back_as_it_was() -> None:
    for price in (SWIFT, SWIFT.model_copy(update={"cached_mc": 0}), CallPrice(kind="call", per_call_mc={"default": 0})):
        assert read_price(dump_price(price)) == price


@pytest.mark.parametrize(
    ("written", "rate_mc"),
    [
        ("0", 0), ("60", 60_000), ("0.001", 1), ("0.1", 100), ("1.5", 1_500), ("0.3", 300), ("2.675", 2_675),
        ("1e3", 1_000_000), ("10000000", RATE_MAX_MC), ("0.100", 100), ("0.1000", 100),
    ],
)  # fmt: skip
def test_credits_with_three_decimals_are_exact(written: str, rate_mc: int) -> None:
    read = tomllib.loads(f"rate = {written}", parse_float=Decimal)["rate"]

    assert PriceConfig(input=read, output=0).input == rate_mc


FILE = """
[[providers]]
name = "local"
kind = "openai"
base_url = "http://localhost:11434/v1"

  [[providers.models]]
  id = "llama-4"
  price = { input = 1.5, output = 2 }

  [[providers.models]]
  id = "llama-5"
  [providers.models.price]
  input = 1.5
  output = %s
"""
WRONG_RATES = [
    "-1", "-0.001", "nan", "inf", "-inf", "1e300", "1e1000000", "0.0001", "1.0005", "1." + "0" * 40 + "1",
    "10000000.001", "10000001", '"60"', "true", "[1]", "1979-05-27",
]  # fmt: skip


def settings_with(tmp_path: Path, source: str | None, **changes: object) -> Settings:
    if source is not None:
        (tmp_path / "config.toml").write_text(source, encoding="utf-8")
    return Settings(data_dir=tmp_path, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("written", WRONG_RATES)
def test_a_wrong_rate_in_the_file_is_refused_with_its_line_and_name(tmp_path: Path, written: str) -> None:
    with pytest.raises(StartError, match=r"providers\.0\.models\.1\.price\.output") as caught:
        load_providers(settings_with(tmp_path, FILE % written))

    assert "line 15:" in str(caught.value)


@pytest.mark.parametrize(
    ("price", "says"),
    [
        pytest.param("{ input = 1 }", "input and output", id="half"),
        pytest.param("{ input = 1, output = 1, per_image = { default = 1 } }", "input and output", id="two kinds"),
        pytest.param("{ }", "input and output", id="empty"),
        pytest.param("{ per_second = { default = 1 }, sound_percent = -1 }", "greater than", id="percent"),
        pytest.param("{ input = 1, output = 1, discount = 5 }", "Extra inputs", id="unknown"),
        pytest.param("{ per_image = { } }", "at least 1", id="no choice"),
    ],
)
def test_a_price_of_no_kind_is_refused_with_its_line(tmp_path: Path, price: str, says: str) -> None:
    source = FILE.replace("{ input = 1.5, output = 2 }", price) % "2"

    with pytest.raises(StartError, match=says) as caught:
        load_providers(settings_with(tmp_path, source))
    assert "line 9:" in str(caught.value)


@pytest.mark.parametrize(
    ("written", "formula"),
    [
        ("free", {"kind": "tokens", "input_mc": 0, "output_mc": 0}),
        (" FREE ", {"kind": "tokens", "input_mc": 0, "output_mc": 0}),
        ("60/500", {"kind": "tokens", "input_mc": 60_000, "output_mc": 500_000}),
        ("0.001 / 0.25", {"kind": "tokens", "input_mc": 1, "output_mc": 250}),
    ],
)
def test_the_price_of_the_environment_serves_its_providers(
    tmp_path: Path, written: str, formula: dict[str, object]
) -> None:
    settings = settings_with(tmp_path, None, openai_base_url="http://127.0.0.1:8000/v1", chat_price=written)

    (provider,) = load_providers(settings)
    assert provider.price is not None
    assert dump_price(provider.price.to_price()) == formula


@pytest.mark.parametrize(
    "written",
    ["60", "60/", "/500", "60/500/1", "-1/500", "nan/1", "inf/1", "1e300/1", "0.0001/1", "gratis", "6O/500", "0x10/1"],
)
def test_a_wrong_price_of_the_environment_is_one_sentence(tmp_path: Path, written: str) -> None:
    settings = settings_with(tmp_path, None, openai_base_url="http://127.0.0.1:8000/v1", chat_price=written)

    with pytest.raises(StartError, match="LATENT_CHAT_PRICE is wrong"):
        load_providers(settings)


def test_no_price_is_no_price_and_not_a_free_one(tmp_path: Path) -> None:
    (provider,) = load_providers(settings_with(tmp_path, None, openai_base_url="http://127.0.0.1:8000/v1"))

    assert provider.price is None


@pytest.mark.parametrize("wrong", [True, False, 0.5, 1.0, float("nan"), "1", None, Decimal("0.0001"), Decimal("NaN")])
def test_what_is_no_whole_milli_credit_is_left_as_it_is_to_be_refused(wrong: object) -> None:
    assert to_mc(wrong) is wrong


def test_amounts_beyond_the_largest_are_left_to_be_refused_without_computing_them() -> None:
    vast = Decimal("1e1000000")

    assert to_mc(vast) is vast
    assert to_mc(AMOUNT_MAX_MC) == AMOUNT_MAX_MC * 1000


def test_a_part_of_a_milli_credit_is_seen_behind_any_number_of_digits() -> None:
    hair = Decimal("1." + "0" * 40 + "1")

    assert to_mc(hair) is hair
    assert to_mc(Decimal("1." + "0" * 40)) == 1000
