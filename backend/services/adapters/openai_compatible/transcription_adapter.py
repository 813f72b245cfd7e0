"""Speech into text with one model of a server of OpenAI's shape: ``/audio/transcriptions``."""

import aiohttp

from backend.services.adapters.base import ErrorKind, ProviderError, Reference
from backend.services.adapters.openai_compatible.client import OpenAIClient
from backend.services.adapters.upload_form import add_file


class OpenAITranscriptionAdapter:
    """The transcription port, for one model."""

    def __init__(self, client: OpenAIClient, model: str) -> None:
        self._client = client
        self._model = model

    async def transcribe(self, recording: Reference) -> str:
        """Return what is said in a recording. Raises ProviderError."""
        form = aiohttp.FormData()
        form.add_field("model", self._model)
        form.add_field("response_format", "json")
        add_file(form, "file", recording)
        text = (await self._client.transcribe(form)).get("text")
        if not isinstance(text, str):
            raise ProviderError(ErrorKind.BROKEN, "the answer has no text")
        return text
