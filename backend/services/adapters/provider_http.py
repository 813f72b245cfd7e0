"""HTTP to one provider: its address and key, time-outs, retries before the first byte, errors with a kind."""

import asyncio
import random
import re
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import orjson
from yarl import URL

from backend.core.http import AddressNotAllowed, OutboundHttp
from backend.services.adapters.base import ErrorKind, ProviderError
from backend.services.adapters.sse import SseDecoder, SseLineTooLong

JSON_BYTES_MAX = 8 * 1024 * 1024
ERROR_BYTES_MAX = 64 * 1024
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]+")
ADDRESS = re.compile(r"\b[a-z][a-z0-9+.-]{1,15}://\S*", re.IGNORECASE)
SECRET = re.compile(r"(?i)(bearer\s+|sk-|key[=:\s]+)[\w.-]{6,}")
KIND_OF_STATUS: Mapping[int, ErrorKind] = {
    400: ErrorKind.BAD_REQUEST,
    401: ErrorKind.AUTH,
    402: ErrorKind.FUNDS,
    403: ErrorKind.AUTH,
    404: ErrorKind.NOT_FOUND,
    408: ErrorKind.TIMEOUT,
    413: ErrorKind.BAD_REQUEST,
    422: ErrorKind.BAD_REQUEST,
    429: ErrorKind.RATE_LIMITED,
    502: ErrorKind.UNAVAILABLE,
    503: ErrorKind.UNAVAILABLE,
    504: ErrorKind.TIMEOUT,
    529: ErrorKind.UNAVAILABLE,
}
REFUSED_STATUSES = frozenset({400, 401, 402, 403, 404, 405, 413, 415, 422, 429})
"""After these a server has surely done nothing."""
RETRYABLE = frozenset({ErrorKind.RATE_LIMITED, ErrorKind.UNAVAILABLE, ErrorKind.UNREACHABLE})
RETRY_PAUSE_MAX_S = 10.0

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """An answer, whatever its status; ``body`` is None when it holds no JSON object."""

    status: int
    body: Json | None
    retry_after_s: float | None


@dataclass(frozen=True, slots=True)
class ProviderLimits:
    """How long and how much a provider may take; seconds and bytes."""

    connect_s: float
    first_byte_s: float
    silence_s: float
    attempts: int
    line_bytes: int
    error_chars: int
    pause_s: float = 0.5


class ProviderHttp:
    """Requests to one provider. Its key goes to its own host only: no redirect is followed."""

    def __init__(self, http: OutboundHttp, base_url: str, api_key: str | None, limits: ProviderLimits) -> None:
        self._http = http
        self._base = URL(base_url.rstrip("/") + "/")
        self._api_key = api_key
        self._limits = limits

    async def get_json(self, path: str) -> Json:
        """Return the JSON object at a path; raises ProviderError."""
        async with self._open("GET", path, None) as response:
            return await self._read_json(response)

    async def post_json(self, path: str, body: Json) -> Json:
        """Return the JSON object that a command answers; raises ProviderError."""
        async with self._open("POST", path, body) as response:
            return await self._read_json(response)

    async def exchange(
        self,
        method: str,
        path: str,
        body: Json | aiohttp.FormData | None = None,
        *,
        query: Mapping[str, str] | None = None,
        wait_s: float = 0.0,
        answer_bytes_max: int = JSON_BYTES_MAX,
    ) -> HttpAnswer:
        """Send once and return the answer, for callers that judge it themselves.

        ``wait_s`` is how much longer than usual the answer may take. Raises ProviderError when no whole answer
        came; only when it is ``certain_not_sent`` has the provider surely not seen the request.
        """
        response = await self._request(method, path, body, query=query, wait_s=wait_s)
        try:
            data = await self._read_body(response, answer_bytes_max)
        finally:
            response.close()
        return HttpAnswer(response.status, _object_or_none(data), _retry_after_s(response))

    async def post_stream(self, path: str, body: Json, *, refusal: Callable[[Json], None]) -> AsyncGenerator[bytes]:
        """Yield the data of each event that a command answers with; raises ProviderError.

        A JSON answer in place of a stream is handed to ``refusal``, which should raise. Leaving the iterator
        aborts the request.
        """
        async with self._open("POST", path, body) as response:
            if response.content_type == "application/json":
                refusal(await self._read_json(response))
                raise ProviderError(ErrorKind.BROKEN, "the answer is no event stream")
            decoder = SseDecoder(max_bytes=self._limits.line_bytes)
            chunks = response.content.iter_any().__aiter__()
            while True:
                try:
                    async with asyncio.timeout(self._limits.silence_s):
                        chunk = await anext(chunks)
                except StopAsyncIteration:
                    return
                except TimeoutError:
                    raise ProviderError(ErrorKind.TIMEOUT, "the stream fell silent") from None
                except aiohttp.ClientError as error:
                    raise ProviderError(ErrorKind.BROKEN, self.clean(str(error))) from None
                try:
                    events = decoder.feed(chunk)
                except SseLineTooLong:
                    raise ProviderError(ErrorKind.BROKEN, "a line of the stream is too long") from None
                for event in events:
                    yield event

    def clean(self, message: object) -> str:
        """Return a provider's words as they may be kept: short, printable, without a key or an address in them."""
        text = str(message)[: self._limits.error_chars * 4]
        if self._api_key:
            text = text.replace(self._api_key, "***")
        return SECRET.sub(r"\1***", ADDRESS.sub("…", UNPRINTABLE.sub(" ", text)))[: self._limits.error_chars].strip()

    @asynccontextmanager
    async def _open(self, method: str, path: str, body: Json | None) -> AsyncIterator[aiohttp.ClientResponse]:
        """Send a request, again while it is safe, and yield the response once its headers are here."""
        for attempt in range(1, self._limits.attempts + 1):
            try:
                response = await self._send(method, path, body)
            except ProviderError as error:
                if not error.retryable or attempt == self._limits.attempts:
                    raise
                await asyncio.sleep(self._pause_s(attempt, error.retry_after_s))
                continue
            try:
                yield response
            finally:
                response.close()
            return

    def _pause_s(self, attempt: int, retry_after_s: float | None) -> float:
        backoff: float = self._limits.pause_s * 2 ** (attempt - 1) * (1 + random.random())  # noqa: S311 - jitter
        return min(max(backoff, retry_after_s or 0), RETRY_PAUSE_MAX_S)

    async def _send(self, method: str, path: str, body: Json | None) -> aiohttp.ClientResponse:
        response = await self._request(method, path, body)
        if response.status == 200:
            return response
        raise await self._refused(response)

    async def _request(
        self,
        method: str,
        path: str,
        body: Json | aiohttp.FormData | None,
        *,
        query: Mapping[str, str] | None = None,
        wait_s: float = 0.0,
    ) -> aiohttp.ClientResponse:
        """Send once and return the response once its headers are here, whatever its status."""
        url = (self._base / path.lstrip("/")).with_query(query)
        headers = {"Content-Type": "application/json"} if isinstance(body, dict) else {}
        if self._api_key:
            headers["Authorization"] = f"Bearer {self._api_key}"
        data = orjson.dumps(body) if isinstance(body, dict) else body
        silence_s = max(self._limits.first_byte_s, self._limits.silence_s) + wait_s
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=self._limits.connect_s, sock_read=silence_s)
        session = self._http.session_for(url)
        try:
            async with asyncio.timeout(self._limits.connect_s + self._limits.first_byte_s + wait_s):
                return await session.request(
                    method, url, data=data, headers=headers, allow_redirects=False, timeout=timeout
                )
        except aiohttp.ConnectionTimeoutError:
            raise ProviderError(
                ErrorKind.UNREACHABLE, "no connection in time", retryable=True, certain_not_sent=True
            ) from None
        except TimeoutError:
            raise ProviderError(ErrorKind.TIMEOUT, "no answer in time") from None
        except aiohttp.ClientConnectorError as error:
            raise self._unreachable(error) from None
        except aiohttp.ClientError as error:
            raise ProviderError(ErrorKind.BROKEN, self.clean(type(error).__name__)) from None

    def _unreachable(self, error: aiohttp.ClientConnectorError) -> ProviderError:
        if isinstance(error.os_error, AddressNotAllowed) or isinstance(error.__cause__, AddressNotAllowed):
            return ProviderError(
                ErrorKind.UNREACHABLE,
                "its address is an inner one; name the host in LATENT_PROVIDER_ALLOWED_HOSTS if that is meant",
                certain_not_sent=True,
            )
        reason = self.clean(error.os_error.strerror or "connection failed")
        return ProviderError(ErrorKind.UNREACHABLE, reason, retryable=True, certain_not_sent=True)

    async def _refused(self, response: aiohttp.ClientResponse) -> ProviderError:
        """Return the error that a status other than 200 means; some of its words are kept."""
        status = response.status
        kind = KIND_OF_STATUS.get(status, ErrorKind.UNKNOWN if status >= 500 else ErrorKind.BAD_REQUEST)
        try:
            async with asyncio.timeout(self._limits.silence_s):
                words = _error_words(await response.content.read(ERROR_BYTES_MAX))
        except (TimeoutError, aiohttp.ClientError):
            words = ""
        response.close()
        return ProviderError(
            kind,
            self.clean(f"HTTP {status} {words}"),
            retryable=kind in RETRYABLE,
            certain_not_sent=status in REFUSED_STATUSES,
            retry_after_s=_retry_after_s(response),
        )

    async def _read_json(self, response: aiohttp.ClientResponse) -> Json:
        return parse_object(await self._read_body(response, JSON_BYTES_MAX))

    async def _read_body(self, response: aiohttp.ClientResponse, bytes_max: int) -> bytes:
        body = bytearray()
        try:
            async with asyncio.timeout(self._limits.first_byte_s):
                async for chunk in response.content.iter_any():
                    body += chunk
                    if len(body) > bytes_max:
                        raise ProviderError(ErrorKind.BROKEN, "the answer is too large")
        except TimeoutError:
            raise ProviderError(ErrorKind.TIMEOUT, "the answer did not end in time") from None
        except aiohttp.ClientError as error:
            raise ProviderError(ErrorKind.BROKEN, self.clean(type(error).__name__)) from None
        return bytes(body)


def parse_object(data: bytes) -> Json:
    """Return the JSON object in these bytes; raises ProviderError."""
    try:
        parsed = orjson.loads(data)
    except orjson.JSONDecodeError:
        raise ProviderError(ErrorKind.BROKEN, "the answer is no JSON") from None
    if not isinstance(parsed, dict):
        raise ProviderError(ErrorKind.BROKEN, "the answer is no JSON object")
    return parsed


def _object_or_none(data: bytes) -> Json | None:
    try:
        parsed = orjson.loads(data)
    except orjson.JSONDecodeError:
        return None
    return parsed if isinstance(parsed, dict) else None


def _retry_after_s(response: aiohttp.ClientResponse) -> float | None:
    value = response.headers.get("Retry-After", "")
    return float(value) if value.isascii() and value.isdigit() and len(value) < 6 else None


def _error_words(body: bytes) -> str:
    """Return what an error body says, where it is JSON of a known shape; foreign HTML is worth nothing."""
    parsed = _object_or_none(body)
    if parsed is None:
        return ""
    error = parsed.get("error", parsed)
    if isinstance(error, dict):
        error = error.get("message") or error.get("msg") or error.get("detail") or ""
    return str(error)
