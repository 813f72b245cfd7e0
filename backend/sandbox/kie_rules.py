"""What each of KIE's models takes, as its pages say; written down here a second time on purpose: the sandbox shares
nothing with the adapters that it is there to test.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["picture", "video", "speech", "transcript"]
Value = str | int | bool

RATIOS = ("1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9")
LONG_RATIOS = ("1:4", "1:8", "4:1", "8:1")
SEEDREAM_RATIOS = ("1:1", "4:3", "3:4", "16:9", "9:16", "2:3", "3:2", "21:9")
FLUX_RATIOS = ("1:1", "4:3", "3:4", "16:9", "9:16", "3:2", "2:3")
GPT_RATIOS = ("auto", *RATIOS, "2:1", "1:2", "3:1", "1:3", "9:21")
CLIP_RATIOS = ("16:9", "9:16", "1:1")
WIDE_RATIOS = ("16:9", "9:16", "1:1", "4:3", "3:4")
SIZES = ("1K", "2K", "4K")


@dataclass(frozen=True, slots=True)
class Rules:
    """What one model's ``input`` may hold. ``choices`` are compared with their type: ``5`` is not ``"5"``."""

    kind: Kind
    prompt_max: int
    prompt_field: str = "prompt"
    prompt_required: bool = True
    ratio_field: str = "aspect_ratio"
    choices: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    numbers: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    texts: Mapping[str, int] = field(default_factory=dict)
    pictures_field: str | None = None
    pictures: tuple[int, int] = (0, 0)
    """Least and most entries of ``pictures_field``."""
    urls: tuple[str, ...] = ()
    """Fields that hold one address each."""
    required_urls: tuple[str, ...] = ()
    url_lists: Mapping[str, int] = field(default_factory=dict)
    pictures_are_frames: bool = False


BOOLEAN = (True, False)
Choices = Mapping[str, tuple[Value, ...]]


def _picture(prompt_max: int, ratios: tuple[str, ...], **more: tuple[Value, ...]) -> Rules:
    return Rules("picture", prompt_max, choices={"aspect_ratio": ratios, **more})


def _with_pictures(rules: Rules, name: str, least: int, most: int) -> Rules:
    values = {slot: getattr(rules, slot) for slot in Rules.__slots__}
    return Rules(**values | {"pictures_field": name, "pictures": (least, most)})


_BANANA = Rules(
    "picture",
    5000,
    ratio_field="image_size",
    choices={"image_size": (*RATIOS, "auto"), "output_format": ("png", "jpeg")},
)
_PRO = _picture(10_000, (*RATIOS, "auto"), resolution=SIZES, output_format=("png", "jpg"))
_TWO = _picture(
    20_000, (*RATIOS, *LONG_RATIOS, "auto"), resolution=SIZES, output_format=("png", "jpg"), google_search=BOOLEAN
)
_LITE = _picture(20_000, (*RATIOS, *LONG_RATIOS, "auto"))
_GPT = _picture(20_000, GPT_RATIOS, resolution=SIZES)
_FLUX = _picture(5000, FLUX_RATIOS, resolution=("1K", "2K"))
_FLUX_EDIT = _with_pictures(_picture(5000, (*FLUX_RATIOS, "auto"), resolution=("1K", "2K")), "input_urls", 1, 8)
_SEEDREAM_4 = _picture(3000, SEEDREAM_RATIOS, quality=("basic", "high"))
_SEEDREAM_5 = _picture(3000, SEEDREAM_RATIOS, quality=("basic", "high", "ultra"), output_format=("png", "jpeg"))
_KLING_3 = Rules(
    "video",
    2500,
    choices={
        "duration": tuple(str(number) for number in range(3, 16)),
        "aspect_ratio": CLIP_RATIOS,
        "mode": ("std", "pro"),
        "sound": BOOLEAN,
        "multi_shots": BOOLEAN,
    },
    prompt_required=False,
    pictures_field="image_urls",
    pictures=(0, 2),
    pictures_are_frames=True,
)
_KLING_26: Choices = {"sound": BOOLEAN, "duration": ("5", "10")}
_SEEDANCE = Rules(
    "video",
    20_000,
    choices={
        "resolution": ("480p", "720p", "1080p"),
        "aspect_ratio": (*WIDE_RATIOS, "21:9", "adaptive"),
        "generate_audio": BOOLEAN,
        "duration": tuple(range(4, 16)),
    },
    urls=("first_frame_url", "last_frame_url"),
    url_lists={"reference_image_urls": 9, "reference_video_urls": 3},
)
_WAN: Choices = {
    "resolution": ("720p", "1080p"),
    "duration": tuple(range(2, 16)),
    "prompt_extend": BOOLEAN,
    "watermark": BOOLEAN,
}
_SORA: Choices = {"aspect_ratio": ("portrait", "landscape"), "n_frames": ("10", "15"), "remove_watermark": BOOLEAN}
_SORA_PRO: Choices = {**_SORA, "size": ("standard", "high")}
_VOICE = {"stability": (0.0, 1.0), "similarity_boost": (0.0, 1.0), "style": (0.0, 1.0), "speed": (0.7, 1.2)}
_SPEECH = Rules("speech", 5000, prompt_field="text", texts={"voice": 100, "language_code": 10}, numbers=_VOICE)

MODELS: Mapping[str, Rules] = {
    "google/nano-banana": _BANANA,
    "google/nano-banana-edit": _with_pictures(_BANANA, "image_urls", 1, 10),
    "nano-banana-pro": _with_pictures(_PRO, "image_input", 0, 8),
    "nano-banana-2": _with_pictures(_TWO, "image_input", 0, 14),
    "nano-banana-2-lite": _with_pictures(_LITE, "image_urls", 0, 10),
    "gpt-image-2-text-to-image": _GPT,
    "gpt-image-2-image-to-image": _with_pictures(_GPT, "input_urls", 1, 16),
    "flux-2/pro-text-to-image": _FLUX,
    "flux-2/pro-image-to-image": _FLUX_EDIT,
    "flux-2/flex-text-to-image": _FLUX,
    "flux-2/flex-image-to-image": _FLUX_EDIT,
    "seedream/4.5-text-to-image": _SEEDREAM_4,
    "seedream/4.5-edit": _with_pictures(_SEEDREAM_4, "image_urls", 1, 14),
    "seedream/5-lite-text-to-image": _SEEDREAM_5,
    "seedream/5-lite-image-to-image": _with_pictures(_SEEDREAM_5, "image_urls", 1, 14),
    "kling-3.0/video": _KLING_3,
    "kling-2.6/text-to-video": Rules(
        "video", 2500, choices={**_KLING_26, "aspect_ratio": CLIP_RATIOS}
    ),
    "kling-2.6/image-to-video": Rules(
        "video", 2500, choices=_KLING_26, pictures_field="image_urls", pictures=(1, 1),
        pictures_are_frames=True,
    ),
    "bytedance/seedance-2": _SEEDANCE,
    "bytedance/seedance-2-fast": _SEEDANCE,
    "bytedance/seedance-2-mini": _SEEDANCE,
    "wan/2-7-text-to-video": Rules(
        "video", 5000, ratio_field="ratio", choices={**_WAN, "ratio": WIDE_RATIOS}, texts={"negative_prompt": 500},
        numbers={"seed": (0, 2**31 - 1)},
    ),
    "wan/2-7-image-to-video": Rules(
        "video", 5000, choices=_WAN, texts={"negative_prompt": 500}, numbers={"seed": (0, 2**31 - 1)},
        urls=("first_frame_url", "last_frame_url"), required_urls=("first_frame_url",),
    ),
    "sora-2-text-to-video": Rules("video", 10_000, choices=_SORA),
    "sora-2-image-to-video": Rules("video", 10_000, choices=_SORA, pictures_field="image_urls", pictures=(1, 1),
                                   pictures_are_frames=True),
    "sora-2-pro-text-to-video": Rules("video", 10_000, choices=_SORA_PRO),
    "sora-2-pro-image-to-video": Rules("video", 10_000, choices=_SORA_PRO, pictures_field="image_urls",
                                       pictures=(1, 1), pictures_are_frames=True),
    "sora-2-pro-storyboard": Rules(
        "video", 10_000, prompt_required=False, choices={**_SORA, "n_frames": ("10", "15", "25")},
        required=("n_frames",), pictures_field="image_urls", pictures=(0, 1), pictures_are_frames=True,
    ),
    "elevenlabs/text-to-speech-turbo-2-5": _SPEECH,
    "elevenlabs/text-to-speech-multilingual-v2": _SPEECH,
    "elevenlabs/speech-to-text": Rules(
        "transcript", 0, prompt_required=False, choices={"diarize": BOOLEAN, "tag_audio_events": BOOLEAN},
        texts={"language_code": 10}, urls=("audio_url",), required_urls=("audio_url",),
    ),
}  # fmt: skip
