"""KIE's names and numbers, all in one place: paths, codes, chat models (see docs.kie.ai, November 2026)."""

from collections.abc import Mapping
from dataclasses import dataclass

from backend.services.adapters.base import ChatCapabilities, ErrorKind, MediaKind

CHAT_PATH = "{model}/v1/chat/completions"
CREDIT_PATH = "api/v1/chat/credit"
CODE_OK = 200
MESSAGE_FIELDS = ("msg", "message")
KIND_OF_CODE: Mapping[int, ErrorKind] = {
    401: ErrorKind.AUTH,
    402: ErrorKind.FUNDS,
    404: ErrorKind.NOT_FOUND,
    422: ErrorKind.BAD_REQUEST,
    429: ErrorKind.RATE_LIMITED,
    433: ErrorKind.FUNDS,
    455: ErrorKind.UNAVAILABLE,
    500: ErrorKind.UNKNOWN,
    501: ErrorKind.FAILED,
    505: ErrorKind.UNAVAILABLE,
}


@dataclass(frozen=True, slots=True)
class KieChatModel:
    """A chat model of KIE."""

    model: str
    name: str
    description: Mapping[str, str]
    capabilities: ChatCapabilities


_ALL_MEDIA = frozenset({MediaKind.IMAGE, MediaKind.AUDIO, MediaKind.VIDEO, MediaKind.FILE})


def _gemini(model: str, name: str, en: str, zh: str) -> KieChatModel:
    capabilities = ChatCapabilities(inputs=_ALL_MEDIA, reasoning=True, search=True, context_tokens=1_000_000)
    return KieChatModel(model, name, {"en": en, "zh-CN": zh}, capabilities)


CHAT_MODELS = (
    _gemini("gemini-3-flash", "Gemini 3 Flash", "Quick and able, for everyday work", "又快又稳，日常够用"),
    _gemini("gemini-3-pro", "Gemini 3 Pro", "Thinks longer, for hard questions", "想得更久，适合难题"),
    _gemini("gemini-3.1-pro", "Gemini 3.1 Pro", "The strongest of the family", "同系列里最强"),
    _gemini("gemini-2.5-flash", "Gemini 2.5 Flash", "Light and inexpensive", "轻快，价格低"),
    _gemini("gemini-2.5-pro", "Gemini 2.5 Pro", "Steady with long texts", "长文稳定"),
)
