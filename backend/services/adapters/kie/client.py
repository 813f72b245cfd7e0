"""KIE's HTTP API: chat completions, tasks, uploads. Judged by the body's ``code``, not by the HTTP status."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any

import aiohttp

from backend.core.fault_points import FaultPoint, pass_point
from backend.services.adapters.base import ChatCompletionChunk, ErrorKind, ProviderError, Reference
from backend.services.adapters.kie import models
from backend.services.adapters.openai_shape import raise_error_object, read_chunk, read_chunks
from backend.services.adapters.provider_http import (
    KIND_OF_STATUS,
    REFUSED_STATUSES,
    RETRYABLE,
    HttpAnswer,
    Json,
    ProviderHttp,
)
from backend.services.adapters.upload_form import add_file

UPLOAD_BYTES_PER_S_MIN = 100 * 1024
TASK_ID_CHARS_MAX = 200
URL_CHARS_MAX = 4_000


class KieClient:
    """Requests to KIE."""

    def __init__(self, http: ProviderHttp, upload_http: ProviderHttp | None = None) -> None:
        """``upload_http``: another host for uploads, which KIE has had besides its own."""
        self._http = http
        self._upload_http = upload_http or http

    async def chat_completions(self, model: str, request: Json) -> ChatCompletionChunk:
        """Return a whole answer; ``request`` is OpenAI's without the model, which KIE wants in the path."""
        path = models.CHAT_PATH.format(model=model)
        answer = await self._http.post_json(path, {**request, "stream": False})
        self._refuse(answer)
        return read_chunk(answer, "message")

    async def chat_completions_stream(self, model: str, request: Json) -> AsyncGenerator[ChatCompletionChunk]:
        """Yield an answer piece by piece; leaving the iterator aborts the request."""
        path = models.CHAT_PATH.format(model=model)
        events = self._http.post_stream(path, {**request, "stream": True}, refusal=self._refuse)
        async with aclosing(events), aclosing(read_chunks(events, refuse=self._refuse)) as chunks:
            async for chunk in chunks:
                yield chunk

    async def create_task(self, model: str, input: Json, callback_url: str | None = None) -> str:
        """Create a task, with one request, and return its id.

        Raises ProviderError: where it is not ``certain_not_sent``, the task may exist, and must not be sent again.
        """
        return await self._create(models.CREATE_PATH, {"model": model, "input": input}, callback_url)

    async def create_veo_task(self, model: str, input: Json, callback_url: str | None = None) -> str:
        """Create a task of Veo, whose API is its own; the same promises."""
        return await self._create(models.VEO_CREATE_PATH, {"model": model, **input}, callback_url)

    async def query_task(self, task_id: str) -> Json | None:
        """Return what is known of a task; None when it is unknown, or not to be seen yet. Raises ProviderError."""
        return await self._query(models.QUERY_PATH, task_id)

    async def query_veo_task(self, task_id: str) -> Json | None:
        """Return what is known of a task of Veo."""
        return await self._query(models.VEO_QUERY_PATH, task_id)

    async def upload_file(self, reference: Reference) -> str:
        """Upload a medium and return the address that KIE's models reach it at, for a day at most.

        Raises ProviderError, always ``certain_not_sent``: an upload creates no task.
        """
        form = aiohttp.FormData()
        form.add_field("uploadPath", models.UPLOAD_FOLDER)
        form.add_field("fileName", add_file(form, "file", reference))
        wait_s = (reference.size_bytes or 0) / UPLOAD_BYTES_PER_S_MIN
        try:
            body = self._judge(
                await self._upload_http.exchange("POST", models.UPLOAD_PATH, form, wait_s=wait_s), creates=False
            )
        except ProviderError as error:
            raise _nothing_created(error) from None
        data = body.get("data")
        url = data.get("downloadUrl") if isinstance(data, dict) else None
        if not isinstance(url, str) or not url.startswith(("https://", "http://")) or len(url) > URL_CHARS_MAX:
            raise ProviderError(ErrorKind.BROKEN, "the upload has no address", retryable=True, certain_not_sent=True)
        return url

    async def download_url(self, url: str) -> str:
        """Return a fresh link to a result, which lives for 20 minutes. Raises ProviderError."""
        answer = await self._http.exchange("POST", models.DOWNLOAD_URL_PATH, {"url": url})
        link = self._judge(answer, creates=False).get("data")
        if not isinstance(link, str) or not link.startswith(("https://", "http://")) or len(link) > URL_CHARS_MAX:
            raise ProviderError(ErrorKind.BROKEN, "the answer has no link")
        return link

    async def check(self) -> str:
        """Return one line that shows that the key works; raises ProviderError."""
        answer = await self._http.get_json(models.CREDIT_PATH)
        self._refuse(answer)
        return f"{answer.get('data', '?')} credits left"

    async def list_models(self) -> list[str]:
        """Return the chat models; KIE has no list of its own, so ours."""
        return [model.model for model in models.CHAT_MODELS]

    def clean(self, message: object) -> str:
        """Return a provider's words as they may be kept."""
        return self._http.clean(message)

    async def _create(self, path: str, body: Json, callback_url: str | None) -> str:
        told = {models.CALLBACK_FIELD: callback_url} if callback_url else {}
        pass_point(FaultPoint.BEFORE_SEND)
        sent = await self._http.exchange("POST", path, {**body, **told})
        pass_point(FaultPoint.AFTER_SEND)
        answer = self._judge(sent, creates=True)
        data = answer.get("data")
        found = (
            next((data[name] for name in models.TASK_ID_FIELDS if name in data), None)
            if isinstance(data, dict)
            else None
        )
        if not isinstance(found, str) or not 0 < len(found) <= TASK_ID_CHARS_MAX:
            raise ProviderError(ErrorKind.BROKEN, "the answer has no task id")
        return found

    async def _query(self, path: str, task_id: str) -> Json | None:
        answer = await self._http.exchange("GET", path, query={"taskId": task_id})
        if _code_of(answer) == models.CODE_NOT_FOUND:
            return None
        data = self._judge(answer, creates=False).get("data")
        return data if isinstance(data, dict) and data else None

    def _judge(self, answer: HttpAnswer, *, creates: bool) -> Json:
        """Return the body of an answer that says yes; raises ProviderError for any other.

        Only a code or status after which nothing can have been created makes a refused creation certain.
        """
        body, code = answer.body, _code_of(answer)
        if body is not None and code == models.CODE_OK:
            return body
        if body is not None and isinstance(body.get("code"), int):
            kind = models.KIND_OF_CODE.get(code, ErrorKind.UNKNOWN)
            certain, again = code in models.REFUSED_CODES, code in models.RETRYABLE_CODES
        else:
            kind = ErrorKind.BROKEN if code == models.CODE_OK else KIND_OF_STATUS.get(code, ErrorKind.UNKNOWN)
            certain, again = code in REFUSED_STATUSES, kind in RETRYABLE
        words = next((body[name] for name in models.MESSAGE_FIELDS if body.get(name)), "") if body else ""
        raise ProviderError(
            kind,
            self.clean(f"code {code} {words}"),
            retryable=again and (certain or not creates),
            certain_not_sent=certain,
            retry_after_s=answer.retry_after_s,
        )

    def _refuse(self, answer: Mapping[str, Any]) -> None:
        """Raise what an envelope (``code`` other than 200) or an error object says."""
        raise_error_object(answer, self._http.clean)
        code = answer.get("code")
        if "choices" in answer or not isinstance(code, int) or code == models.CODE_OK:
            return
        words = next((answer[name] for name in models.MESSAGE_FIELDS if answer.get(name)), "")
        kind = models.KIND_OF_CODE.get(code, ErrorKind.UNKNOWN)
        raise ProviderError(kind, self._http.clean(f"code {code} {words}"), retryable=kind in RETRYABLE)


def _code_of(answer: HttpAnswer) -> int:
    """Return the envelope's code, or the HTTP status where there is none."""
    code = answer.body.get("code") if answer.body is not None else None
    return code if isinstance(code, int) else answer.status


def _nothing_created(error: ProviderError) -> ProviderError:
    """Return the error of an upload as one after which no task exists; passing ones may be tried again."""
    passing = error.retryable or error.kind in (ErrorKind.TIMEOUT, ErrorKind.BROKEN, ErrorKind.UNKNOWN)
    return ProviderError(
        error.kind,
        error.message,
        retryable=passing,
        certain_not_sent=True,
        retry_after_s=error.retry_after_s,
    )
