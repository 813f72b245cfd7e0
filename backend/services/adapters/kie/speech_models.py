"""KIE's speech models: a text read aloud, a recording written down."""

from backend.services.adapters.base import MediaKind, ReferenceRole
from backend.services.adapters.capabilities import (
    MEGABYTE,
    MediaCapabilities,
    PriceUnit,
    ProviderPrice,
    ReferenceRule,
    ResultKind,
)
from backend.services.adapters.kie.media_model import (
    KieMediaModel,
    WireField,
    WireNames,
    in_words,
    share,
    switch,
    text,
)

_VOICE = MediaCapabilities(
    makes=ResultKind.AUDIO,
    prompt_chars=5_000,
    options=(
        text("voice", 100, "Rachel"),
        share("stability", 0, 1, 0.5),
        share("similarity_boost", 0, 1, 0.75),
        share("style", 0, 1, 0),
        share("speed", 0.7, 1.2, 1),
        text("language_code", 10),
    ),
)
_PER_TEXT = ProviderPrice(PriceUnit.THOUSAND_CHARS)

SPEECH_MODELS = (
    KieMediaModel(
        "elevenlabs/text-to-speech-turbo-2-5",
        "ElevenLabs Turbo 2.5",
        in_words("Reads a text aloud, quickly", "快速朗读文本"),
        _VOICE,
        _PER_TEXT,
        WireNames(prompt="text"),
    ),
    KieMediaModel(
        "elevenlabs/text-to-speech-multilingual-v2",
        "ElevenLabs Multilingual 2",
        in_words("Reads a text aloud in many languages", "多语言朗读"),
        _VOICE,
        _PER_TEXT,
        WireNames(prompt="text"),
    ),
    KieMediaModel(
        "elevenlabs/speech-to-text",
        "ElevenLabs Scribe",
        in_words("Writes down what is said", "语音转文字"),
        MediaCapabilities(
            makes=ResultKind.TEXT,
            prompt_required=False,
            prompt_chars=0,
            options=(
                text("language_code", 10),
                switch("diarize", default=False),
                switch("tag_audio_events", default=False),
            ),
            references=(
                ReferenceRule(ReferenceRole.REFERENCE, most=1, least=1, kind=MediaKind.AUDIO, bytes_max=100 * MEGABYTE),
            ),
        ),
        ProviderPrice(PriceUnit.MINUTE),
        WireNames(references=(WireField("audio_url", kind=MediaKind.AUDIO, single=True),)),
    ),
)
