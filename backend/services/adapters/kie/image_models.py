"""KIE's picture models. Prices in KIE credits; what is not known stays unset."""

from backend.services.adapters.base import OptionValue, ReferenceRole
from backend.services.adapters.capabilities import (
    MEGABYTE,
    MediaCapabilities,
    Option,
    PriceUnit,
    ProviderPrice,
    ReferenceRule,
    ResultKind,
)
from backend.services.adapters.kie.media_model import KieMediaModel, WireField, WireNames, choice, in_words, switch

RATIOS = ("1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9")
LONG_RATIOS = ("1:4", "1:8", "4:1", "8:1")
SEEDREAM_RATIOS = ("1:1", "4:3", "3:4", "16:9", "9:16", "2:3", "3:2", "21:9")
FLUX_RATIOS = ("1:1", "4:3", "3:4", "16:9", "9:16", "3:2", "2:3")
GPT_RATIOS = ("auto", *RATIOS, "9:21", "2:1", "1:2", "3:1", "1:3")
SIZES = ("1K", "2K", "4K")
UNKNOWN = ProviderPrice(PriceUnit.RESULT)


def _capabilities(
    prompt_chars: int, *options: Option, pictures: tuple[int, int] = (0, 0), bytes_max: int = 10 * MEGABYTE
) -> MediaCapabilities:
    """Return what a picture model can do; ``pictures`` are the least and most references."""
    rule = ReferenceRule(ReferenceRole.REFERENCE, most=pictures[1], least=pictures[0], bytes_max=bytes_max)
    return MediaCapabilities(
        makes=ResultKind.IMAGE,
        prompt_chars=prompt_chars,
        options=options,
        references=(rule,) if pictures[1] else (),
    )


def _ratio(choices: tuple[OptionValue, ...], default: str) -> Option:
    return choice("aspect_ratio", choices, default)


def _price(price: int | dict[str, int]) -> ProviderPrice:
    if isinstance(price, int):
        return ProviderPrice(PriceUnit.RESULT, {"": price})
    return ProviderPrice(PriceUnit.RESULT, price, by="resolution")


def _into(name: str, *, always: bool = False) -> WireNames:
    return WireNames(references=(WireField(name, always=always),))


_BANANA_OPTIONS = (_ratio((*RATIOS, "auto"), "1:1"), choice("output_format", ("png", "jpeg"), "png"))
_PRO_OPTIONS = (
    _ratio((*RATIOS, "auto"), "1:1"),
    choice("resolution", SIZES, "1K"),
    choice("output_format", ("png", "jpg"), "png"),
)
_TWO_OPTIONS = (
    _ratio(("auto", *RATIOS, *LONG_RATIOS), "auto"),
    choice("resolution", SIZES, "1K"),
    choice("output_format", ("png", "jpg"), "png"),
    switch("google_search", default=False),
)
_GPT_OPTIONS = (_ratio(GPT_RATIOS, "auto"), choice("resolution", SIZES, "1K"))
_FLUX_SIZE = choice("resolution", ("1K", "2K"), "1K")
_SEEDREAM_4 = (_ratio(SEEDREAM_RATIOS, "1:1"), choice("quality", ("basic", "high"), "basic"))
_SEEDREAM_5 = (
    _ratio(SEEDREAM_RATIOS, "1:1"),
    choice("quality", ("basic", "high", "ultra"), "basic"),
    choice("output_format", ("png", "jpeg"), "png"),
)
_SIZE_NAME = {"aspect_ratio": "image_size"}

IMAGE_MODELS = (
    KieMediaModel(
        "nano-banana-pro",
        "Nano Banana Pro",
        in_words("Follows long prompts, sharp lettering, up to 4K", "懂长提示词，文字清晰，可到 4K"),
        _capabilities(10_000, *_PRO_OPTIONS, pictures=(0, 8), bytes_max=30 * MEGABYTE),
        _price({"1K": 18, "2K": 18, "4K": 24}),
        _into("image_input"),
    ),
    KieMediaModel(
        "nano-banana-2",
        "Nano Banana 2",
        in_words("All-round, many references, very long ratios", "全能，多张参考图，支持超长画幅"),
        _capabilities(20_000, *_TWO_OPTIONS, pictures=(0, 14), bytes_max=30 * MEGABYTE),
        _price({"1K": 8, "2K": 12, "4K": 18}),
        _into("image_input"),
    ),
    KieMediaModel(
        "nano-banana-2-lite",
        "Nano Banana 2 Lite",
        in_words("Quick drafts", "快速出稿"),
        _capabilities(20_000, _ratio(("auto", *RATIOS, *LONG_RATIOS), "auto"), pictures=(0, 10)),
        UNKNOWN,
        _into("image_urls", always=True),
    ),
    KieMediaModel(
        "google/nano-banana",
        "Nano Banana",
        in_words("Inexpensive pictures from text", "低成本文生图"),
        _capabilities(5_000, *_BANANA_OPTIONS),
        _price(4),
        WireNames(renamed=_SIZE_NAME),
    ),
    KieMediaModel(
        "google/nano-banana-edit",
        "Nano Banana Edit",
        in_words("Inexpensive edits", "低成本改图"),
        _capabilities(5_000, *_BANANA_OPTIONS, pictures=(1, 10)),
        _price(4),
        WireNames(renamed=_SIZE_NAME, references=(WireField("image_urls"),)),
    ),
    KieMediaModel(
        "gpt-image-2-text-to-image",
        "GPT Image 2",
        in_words("Posters, layouts, lettering", "海报、排版与文字"),
        _capabilities(20_000, *_GPT_OPTIONS),
        UNKNOWN,
    ),
    KieMediaModel(
        "gpt-image-2-image-to-image",
        "GPT Image 2 Edit",
        in_words("Exact edits of given pictures", "精确改图"),
        _capabilities(20_000, *_GPT_OPTIONS, pictures=(1, 16)),
        UNKNOWN,
        _into("input_urls"),
    ),
    KieMediaModel(
        "flux-2/pro-text-to-image",
        "FLUX.2 Pro",
        in_words("Photographic detail", "摄影级细节"),
        _capabilities(5_000, _ratio(FLUX_RATIOS, "1:1"), _FLUX_SIZE),
        UNKNOWN,
    ),
    KieMediaModel(
        "flux-2/pro-image-to-image",
        "FLUX.2 Pro Edit",
        in_words("Combines up to eight pictures", "最多合成八张图"),
        _capabilities(5_000, _ratio((*FLUX_RATIOS, "auto"), "1:1"), _FLUX_SIZE, pictures=(1, 8)),
        UNKNOWN,
        _into("input_urls"),
    ),
    KieMediaModel(
        "flux-2/flex-text-to-image",
        "FLUX.2 Flex",
        in_words("Lighter than Pro", "比 Pro 更轻快"),
        _capabilities(5_000, _ratio(FLUX_RATIOS, "1:1"), _FLUX_SIZE),
        UNKNOWN,
    ),
    KieMediaModel(
        "flux-2/flex-image-to-image",
        "FLUX.2 Flex Edit",
        in_words("Lighter edits", "轻量改图"),
        _capabilities(5_000, _ratio((*FLUX_RATIOS, "auto"), "1:1"), _FLUX_SIZE, pictures=(1, 8)),
        UNKNOWN,
        _into("input_urls"),
    ),
    KieMediaModel(
        "seedream/5-lite-text-to-image",
        "Seedream 5 Lite",
        in_words("Painterly, large at no extra time", "画意足，大图也快"),
        _capabilities(3_000, *_SEEDREAM_5),
        UNKNOWN,
    ),
    KieMediaModel(
        "seedream/5-lite-image-to-image",
        "Seedream 5 Lite Edit",
        in_words("Edits with many references", "多参考图编辑"),
        _capabilities(3_000, *_SEEDREAM_5, pictures=(1, 14)),
        UNKNOWN,
        _into("image_urls"),
    ),
    KieMediaModel(
        "seedream/4.5-text-to-image",
        "Seedream 4.5",
        in_words("Consistent styles, up to 4K", "风格稳定，可到 4K"),
        _capabilities(3_000, *_SEEDREAM_4),
        UNKNOWN,
    ),
    KieMediaModel(
        "seedream/4.5-edit",
        "Seedream 4.5 Edit",
        in_words("Keeps faces and products as they are", "人物与商品保持一致"),
        _capabilities(3_000, *_SEEDREAM_4, pictures=(1, 14)),
        UNKNOWN,
        _into("image_urls"),
    ),
)
