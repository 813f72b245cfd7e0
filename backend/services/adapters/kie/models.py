"""KIE's names and numbers: paths, codes, fields, chat models (see docs.kie.ai, November 2026).

The media models stand in ``image_models.py``, ``video_models.py`` and ``speech_models.py``.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from backend.services.adapters.base import ChatCapabilities, ErrorKind, MediaKind
from backend.services.adapters.kie.image_models import IMAGE_MODELS
from backend.services.adapters.kie.media_model import KieMediaModel
from backend.services.adapters.kie.speech_models import SPEECH_MODELS
from backend.services.adapters.kie.video_models import VIDEO_MODELS

CHAT_PATH = "{model}/v1/chat/completions"
CREDIT_PATH = "api/v1/chat/credit"
CREATE_PATH = "api/v1/jobs/createTask"
QUERY_PATH = "api/v1/jobs/recordInfo"
VEO_CREATE_PATH = "api/v1/veo/generate"
VEO_QUERY_PATH = "api/v1/veo/record-info"
UPLOAD_PATH = "api/file-stream-upload"
DOWNLOAD_URL_PATH = "api/v1/common/download-url"
UPLOAD_FOLDER = "latent"
CALLBACK_FIELD = "callBackUrl"
TASK_ID_FIELDS = ("taskId", "task_id")
SIGNATURE_HEADER = "x-webhook-signature"
TIMESTAMP_HEADER = "x-webhook-timestamp"
CODE_OK = 200
CODE_NOT_FOUND = 404
REFUSED_CODES = frozenset({401, 402, 404, 422, 429, 433, 455, 505})
"""After these nothing was created. 500 and 501 are not among them: the task may exist."""
RETRYABLE_CODES = frozenset({429, 455})
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

MEDIA_MODELS: tuple[KieMediaModel, ...] = (*IMAGE_MODELS, *VIDEO_MODELS, *SPEECH_MODELS)


def find_media_model(name: str) -> KieMediaModel | None:
    """Return a media model by KIE's name for it."""
    return next((model for model in MEDIA_MODELS if model.model == name), None)
