"""KIE's video models. Prices in KIE credits; what is not known stays unset."""

from dataclasses import replace

from backend.services.adapters.base import MediaKind, ReferenceRole
from backend.services.adapters.capabilities import (
    FRAMES,
    MEGABYTE,
    MediaCapabilities,
    Option,
    PriceUnit,
    ProviderPrice,
    ReferenceRule,
    ResultKind,
    ShotRule,
)
from backend.services.adapters.kie.media_model import (
    KieApi,
    KieMediaModel,
    WireField,
    WireNames,
    WireShots,
    choice,
    in_words,
    switch,
    text,
    whole,
)

FIRST, LAST = ReferenceRole.FIRST_FRAME, ReferenceRole.LAST_FRAME
CLIP_RATIOS = ("16:9", "9:16", "1:1")
WIDE_RATIOS = ("16:9", "9:16", "1:1", "4:3", "3:4")
SEED_MAX = 2**31 - 1
PER_SECOND = ProviderPrice(PriceUnit.SECOND)
PER_CLIP = ProviderPrice(PriceUnit.RESULT)


def _frames(*, first: tuple[int, int] = (0, 1), last: bool = True) -> tuple[ReferenceRule, ...]:
    """Return the rules for a first frame (least, most) and a last one."""
    rules = (ReferenceRule(FIRST, most=first[1], least=first[0]),)
    return (*rules, ReferenceRule(LAST, most=1)) if last else rules


def _clip(prompt_chars: int, *options: Option, references: tuple[ReferenceRule, ...] = ()) -> MediaCapabilities:
    return MediaCapabilities(makes=ResultKind.VIDEO, prompt_chars=prompt_chars, options=options, references=references)


_KLING_3 = KieMediaModel(
    "kling-3.0/video",
    "Kling 3.0",
    in_words("Storyboards of up to six shots, first and last frame, sound", "最多六镜头分镜，首尾帧，可带声音"),
    replace(
        _clip(
            2_500,
            whole("seconds", 3, 15, 5),
            choice("aspect_ratio", CLIP_RATIOS, "16:9", ignored_with_frames=True),
            choice("mode", ("std", "pro"), "std"),
            switch("sound", default=False),
            references=_frames(),
        ),
        shots=ShotRule(most=6, seconds_each=(1, 12), total_option="seconds"),
    ),
    replace(PER_SECOND, by="mode", doubled_by="sound"),
    WireNames(
        renamed={"seconds": "duration"},
        as_text=frozenset({"seconds"}),
        references=(WireField("image_urls", FRAMES),),
        shots=WireShots("multi_prompt", "prompt", flag="multi_shots"),
    ),
)
_KLING_26_OPTIONS = (choice("seconds", (5, 10), 5), switch("sound", default=False))
_KLING_26_WIRE = WireNames(renamed={"seconds": "duration"}, as_text=frozenset({"seconds"}))
_SEEDANCE = KieMediaModel(
    "bytedance/seedance-2",
    "Seedance 2",
    in_words("Moves what you show it: frames, or pictures and clips to go by", "按首尾帧或参考图、参考视频生成"),
    replace(
        _clip(
            20_000,
            whole("seconds", 4, 15, 5),
            choice("aspect_ratio", (*WIDE_RATIOS, "21:9", "adaptive"), "16:9"),
            choice("resolution", ("480p", "720p", "1080p"), "720p"),
            switch("sound", default=True),
            references=(
                *_frames(),
                ReferenceRule(ReferenceRole.REFERENCE, most=9),
                ReferenceRule(ReferenceRole.REFERENCE, most=3, kind=MediaKind.VIDEO, bytes_max=50 * MEGABYTE),
            ),
        ),
        frames_exclude_references=True,
    ),
    replace(PER_SECOND, by="resolution"),
    WireNames(
        renamed={"seconds": "duration", "sound": "generate_audio"},
        references=(
            WireField("first_frame_url", (FIRST,), single=True),
            WireField("last_frame_url", (LAST,), single=True),
            WireField("reference_image_urls"),
            WireField("reference_video_urls", kind=MediaKind.VIDEO),
        ),
    ),
)
_SEEDANCE_SMALL = replace(
    _SEEDANCE.capabilities,
    options=tuple(
        choice("resolution", ("480p", "720p"), "720p") if option.name == "resolution" else option
        for option in _SEEDANCE.capabilities.options
    ),
)
_WAN_OPTIONS = (
    whole("seconds", 2, 15, 5),
    choice("resolution", ("720p", "1080p"), "1080p"),
    text("negative_prompt", 500),
    whole("seed", 0, SEED_MAX),
)
_VEO = KieMediaModel(
    "veo3_fast",
    "Veo 3 Fast",
    in_words("Speech and sound in eight seconds", "八秒，人声与音效同出"),
    replace(
        _clip(
            5_000,
            choice("aspect_ratio", ("16:9", "9:16", "Auto"), "16:9"),
            whole("seed", 10_000, 99_999),
            references=_frames(),
        ),
        always_sound=True,
    ),
    PER_CLIP,
    WireNames(renamed={"aspect_ratio": "aspectRatio", "seed": "seeds"}, references=(WireField("imageUrls", FRAMES),)),
    api=KieApi.VEO,
)

_SORA_OPTIONS = (
    choice("n_frames", (10, 15), 10),
    choice("aspect_ratio", ("portrait", "landscape"), "landscape"),
    switch("remove_watermark", default=True),
)
_SORA_SIZE = choice("size", ("standard", "high"), "standard")
_SORA_WIRE = WireNames(as_text=frozenset({"n_frames"}), references=(WireField("image_urls", (FIRST,)),))
_SORA_TEXT = KieMediaModel(
    "sora-2-text-to-video",
    "Sora 2",
    in_words("Withdrawn by its maker in 2026", "已于 2026 年停止服务"),
    replace(_clip(10_000, *_SORA_OPTIONS), always_sound=True),
    PER_CLIP,
    _SORA_WIRE,
    enabled=False,
)
_SORA_IMAGE = replace(
    _SORA_TEXT,
    model="sora-2-image-to-video",
    capabilities=replace(_SORA_TEXT.capabilities, references=_frames(first=(1, 1), last=False)),
)
SORA_MODELS = (
    _SORA_TEXT,
    _SORA_IMAGE,
    *(
        replace(
            base,
            model=base.model.replace("sora-2", "sora-2-pro"),
            name="Sora 2 Pro",
            capabilities=replace(base.capabilities, options=(*_SORA_OPTIONS, _SORA_SIZE)),
        )
        for base in (_SORA_TEXT, _SORA_IMAGE)
    ),
    replace(
        _SORA_TEXT,
        model="sora-2-pro-storyboard",
        name="Sora 2 Pro Storyboard",
        capabilities=replace(
            _SORA_TEXT.capabilities,
            prompt_required=False,
            options=(choice("n_frames", (10, 15, 25), 15), *_SORA_OPTIONS[1:]),
            references=_frames(last=False),
            shots=ShotRule(most=6, seconds_each=(1, 25), total_option="n_frames"),
            shots_required=True,
        ),
        wire=replace(_SORA_WIRE, shots=WireShots("shots", "Scene")),
    ),
)

VIDEO_MODELS = (
    _KLING_3,
    KieMediaModel(
        "kling-2.6/text-to-video",
        "Kling 2.6",
        in_words("Steady clips from text, with sound", "稳定的文生视频，可带声音"),
        _clip(2_500, *_KLING_26_OPTIONS, choice("aspect_ratio", CLIP_RATIOS, "16:9")),
        replace(PER_CLIP, by="seconds", doubled_by="sound"),
        _KLING_26_WIRE,
    ),
    KieMediaModel(
        "kling-2.6/image-to-video",
        "Kling 2.6 from a picture",
        in_words("Sets a picture in motion", "让图片动起来"),
        _clip(2_500, *_KLING_26_OPTIONS, references=_frames(first=(1, 1), last=False)),
        replace(PER_CLIP, by="seconds", doubled_by="sound"),
        replace(_KLING_26_WIRE, references=(WireField("image_urls", (FIRST,)),)),
    ),
    _SEEDANCE,
    replace(
        _SEEDANCE,
        model="bytedance/seedance-2-fast",
        name="Seedance 2 Fast",
        description=in_words("The same in less time", "同样能力，更快"),
        capabilities=_SEEDANCE_SMALL,
    ),
    replace(
        _SEEDANCE,
        model="bytedance/seedance-2-mini",
        name="Seedance 2 Mini",
        description=in_words("The same for drafts", "同样能力，适合打样"),
        capabilities=_SEEDANCE_SMALL,
    ),
    KieMediaModel(
        "wan/2-7-text-to-video",
        "Wan 2.7",
        in_words("Up to 15 seconds in Full HD", "最长 15 秒全高清"),
        _clip(5_000, *_WAN_OPTIONS, choice("aspect_ratio", WIDE_RATIOS, "16:9")),
        replace(PER_SECOND, by="resolution"),
        WireNames(renamed={"seconds": "duration", "aspect_ratio": "ratio"}),
    ),
    KieMediaModel(
        "wan/2-7-image-to-video",
        "Wan 2.7 from a picture",
        in_words("From a first frame, perhaps to a last one", "由首帧出发，可指定尾帧"),
        _clip(5_000, *_WAN_OPTIONS, references=_frames(first=(1, 1))),
        replace(PER_SECOND, by="resolution"),
        WireNames(
            renamed={"seconds": "duration"},
            references=(
                WireField("first_frame_url", (FIRST,), single=True),
                WireField("last_frame_url", (LAST,), single=True),
            ),
        ),
    ),
    _VEO,
    replace(_VEO, model="veo3", name="Veo 3", description=in_words("The careful form of Veo 3 Fast", "更精细的 Veo 3")),
    *SORA_MODELS,
)
