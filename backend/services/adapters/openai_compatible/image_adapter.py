"""Pictures with one model of a server of OpenAI's shape: they come with the answer, there is no task to ask about."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Any

import aiohttp

from backend.services.adapters.base import (
    ErrorKind,
    MediaRequest,
    MediaResult,
    OptionValue,
    ProviderError,
    Reference,
    ReferenceRole,
    Submission,
    TaskProgress,
    TaskState,
)
from backend.services.adapters.capabilities import (
    MEGABYTE,
    MediaCapabilities,
    Option,
    OptionType,
    ReferenceRule,
    ResultKind,
)
from backend.services.adapters.media_rules import effective_options, require_fit
from backend.services.adapters.openai_compatible.client import OpenAIClient
from backend.services.adapters.upload_form import add_file

RESULTS_MAX = 10
URL_CHARS_MAX = 4_000
IMAGE_CAPABILITIES = MediaCapabilities(
    makes=ResultKind.IMAGE,
    prompt_chars=32_000,
    options=(
        Option("size", OptionType.CHOICE, "1024x1024", ("auto", "1024x1024", "1536x1024", "1024x1536")),
        Option("quality", OptionType.CHOICE, choices=("auto", "low", "medium", "high")),
        Option("output_format", OptionType.CHOICE, choices=("png", "jpeg", "webp")),
        Option("n", OptionType.INTEGER, 1, minimum=1, maximum=4),
    ),
    references=(
        ReferenceRule(ReferenceRole.REFERENCE, most=16, bytes_max=50 * MEGABYTE),
        ReferenceRule(ReferenceRole.MASK, most=1, bytes_max=4 * MEGABYTE),
    ),
    callback=False,
)
"""What such servers usually take; those that take less refuse by themselves."""


class OpenAIImageAdapter:
    """The image port, for one model."""

    def __init__(self, client: OpenAIClient, model: str, capabilities: MediaCapabilities = IMAGE_CAPABILITIES) -> None:
        self._client = client
        self._model = model
        self._capabilities = capabilities

    async def submit(self, request: MediaRequest, *, callback_url: str | None = None) -> Submission:
        """Make pictures, or edit the references, with one request; there is nothing to call back.

        Raises ProviderError; unless it is ``certain_not_sent``, they may have been made and must not be asked again.
        """
        require_fit(self._capabilities, request)
        if any(reference.read is None for reference in request.references):
            raise ProviderError(ErrorKind.BAD_REQUEST, "references: only bytes are taken", certain_not_sent=True)
        named = {"model": self._model, "prompt": request.prompt, **effective_options(self._capabilities, request)}
        if request.references:
            answer = await self._client.edit_images(_form(named, request))
        else:
            answer = await self._client.generate_images(named)
        results = _read_results(answer, f"image/{named.get('output_format', 'png')}")
        if not results:
            raise ProviderError(ErrorKind.BROKEN, "the answer has no pictures")
        return Submission(results=results)

    async def query(self, provider_task_id: str) -> TaskProgress:
        """Return that there is no such task: such servers keep none."""
        return TaskProgress(TaskState.UNKNOWN, provider_task_id=provider_task_id)

    async def generate(
        self,
        prompt: str,
        image_urls: Sequence[str] = (),
        size: str | None = None,
        resolution: str | None = None,
        wait_for_result: bool = True,
        *,
        options: Mapping[str, OptionValue] | None = None,
        references: Sequence[Reference] = (),
        callback_url: str | None = None,
    ) -> TaskProgress:
        """Make or edit a picture in one call, always to its end; ``resolution`` is such a server's quality."""
        named = {"size": size, "quality": resolution}
        request = MediaRequest(
            prompt=prompt,
            options={**(options or {}), **{name: value for name, value in named.items() if value is not None}},
            references=(*(Reference.of_url(url) for url in image_urls), *references),
        )
        submission = await self.submit(request, callback_url=callback_url)
        return TaskProgress(TaskState.SUCCEEDED, 1.0, submission.results)


def _form(named: Mapping[str, OptionValue], request: MediaRequest) -> aiohttp.FormData:
    form = aiohttp.FormData()
    for name, value in named.items():
        form.add_field(name, str(value))
    pictures = request.of_role(ReferenceRole.REFERENCE)
    for reference in pictures:
        add_file(form, "image[]" if len(pictures) > 1 else "image", reference)
    for reference in request.of_role(ReferenceRole.MASK):
        add_file(form, "mask", reference)
    return form


def _read_results(answer: Mapping[str, Any], mime: str) -> tuple[MediaResult, ...]:
    rows = answer.get("data")
    found = [_read_result(row, mime) for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    return tuple(result for result in found if result is not None)[:RESULTS_MAX]


def _read_result(row: Mapping[str, Any], mime: str) -> MediaResult | None:
    url, encoded = row.get("url"), row.get("b64_json")
    if isinstance(encoded, str) and encoded:
        try:
            return MediaResult(content=base64.b64decode(encoded, validate=True), mime=mime)
        except binascii.Error:
            raise ProviderError(ErrorKind.BROKEN, "a picture is no base64") from None
    if isinstance(url, str) and url.startswith(("https://", "http://")) and len(url) <= URL_CHARS_MAX:
        return MediaResult(url=url, mime=mime)
    return None
