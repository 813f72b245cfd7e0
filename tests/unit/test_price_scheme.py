"""Which prices suit which models: every choice has a rate, and no rate is for a choice that there is not."""

from typing import Any

import pytest

from backend.core.pricing import read_price
from backend.core.provider_config import ModelConfig, ProviderConfig
from backend.services.adapters.catalogue import ModelDescriptor, describe
from backend.services.price_service import find_price_fault, price_scheme

PROVIDER = ProviderConfig(name="kie", kind="kie", base_url="https://api.kie.ai", api_key="x")  # type: ignore[arg-type]
PICTURES, CLIPS, ONE_LENGTH, CHAT = "nano-banana-pro", "kling-3.0/video", "veo3_fast", "demo-swift"


def model(name: str) -> ModelDescriptor:
    return describe(PROVIDER, ModelConfig(id=name))


def test_a_scheme_names_what_a_price_depends_on() -> None:
    pictures, clips, one_length = (
        price_scheme(model(PICTURES)),
        price_scheme(model(CLIPS)),
        price_scheme(model(ONE_LENGTH)),
    )

    assert pictures is not None
    assert (pictures.kinds, pictures.option, pictures.choices) == (("image", "call"), "resolution", ("1K", "2K", "4K"))
    assert clips is not None
    assert (clips.kinds, clips.option, clips.choices) == (("video", "call"), "mode", ("std", "pro"))
    assert clips.sound
    assert not pictures.sound
    assert one_length is not None
    assert (one_length.kinds, one_length.option, one_length.choices) == (("call",), None, ())
    assert price_scheme(model(CHAT)) is None


@pytest.mark.parametrize(
    ("name", "price", "fault"),
    [
        (PICTURES, {"kind": "image", "per_image_mc": {"1K": 1, "2K": 2, "4K": 3}}, None),
        (PICTURES, {"kind": "image", "per_image_mc": {"default": 1}}, None),
        (PICTURES, {"kind": "call", "per_call_mc": {"4K": 3, "default": 1}}, None),
        (PICTURES, {"kind": "image", "per_image_mc": {"1K": 1, "2K": 2}}, "price.per_image_mc"),
        (PICTURES, {"kind": "image", "per_image_mc": {"default": 1, "8K": 2}}, "price.per_image_mc"),
        (PICTURES, {"kind": "video", "per_second_mc": {"default": 1}}, "price.kind"),
        (CLIPS, {"kind": "video", "per_second_mc": {"std": 1, "pro": 2}, "sound_percent": 150}, None),
        (CLIPS, {"kind": "video", "per_second_mc": {"std": 1}}, "price.per_second_mc"),
        (CLIPS, {"kind": "call", "per_call_mc": {"720p": 1}}, "price.per_call_mc"),
        (CLIPS, {"kind": "image", "per_image_mc": {"default": 1}}, "price.kind"),
        (ONE_LENGTH, {"kind": "call", "per_call_mc": {"default": 1}}, None),
        (ONE_LENGTH, {"kind": "video", "per_second_mc": {"default": 1}}, "price.kind"),
        (CHAT, {"kind": "tokens", "input_mc": 1, "output_mc": 1}, None),
        (CHAT, {"kind": "call", "per_call_mc": {"default": 1}}, "price.kind"),
    ],
)
def test_a_price_suits_its_model(name: str, price: dict[str, Any], fault: str | None) -> None:
    assert find_price_fault(read_price(price), model(name)) == fault
