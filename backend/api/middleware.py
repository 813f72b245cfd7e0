"""The frame around every request: its id, the rules of the door, the headers of the answer. Plain ASGI.

``scope["state"]["raw_send"]`` lets a long stream write past all wrappers once its headers are out.
"""

import logging
import re
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bound_contextvars

from backend.api.client_address import is_secure
from backend.api.errors import CODES, problem_bytes
from backend.core.config import Settings
from backend.core.errors import MediaTooLarge
from backend.core.ids import new_id
from backend.core.logging import get_logger
from backend.core.metrics import REQUESTS

CSP = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' blob:; "
    "media-src 'self' blob:; connect-src 'self'; font-src 'self'; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
SECURITY_HEADERS = (
    (b"content-security-policy", CSP.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(self), payment=(), usb=()"),
)
NO_STORE = (b"cache-control", b"no-store")
CLOSE = (b"connection", b"close")
LINKED = ("/s/", "/api/shares/")
"""What is behind a link that is a secret: no other host shall hear of it, and no search engine keep it."""
LINKED_HEADERS = ((b"referrer-policy", b"no-referrer"), (b"x-robots-tag", b"noindex, nofollow, noarchive"))
HSTS = (b"strict-transport-security", b"max-age=31536000")
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
BODY_METHODS = frozenset({"POST", "PUT", "PATCH"})
RAW_UPLOADS: Mapping[tuple[str, str], Callable[[Settings], int]] = {
    ("POST", "/api/assets"): lambda settings: settings.upload_bytes_max,
    ("POST", "/api/transcriptions"): lambda settings: settings.transcription_bytes_max,
}
"""Routes that take a raw body of any type where all others take JSON, and how large it may be at most."""
CALLBACKS = "/api/callbacks/"
"""Where providers knock: no browser, no cookie that counts; each proves itself by a signature."""
HEADER_VALUE = re.compile(rb"^[\x20-\x7e\x80-\xff\t]*$")

log = get_logger(__name__)


class RequestFrame:
    """Outermost ASGI layer: nothing reaches a route unless the door's rules let it, and no answer leaves bare."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._settings = settings
        self._hosts = frozenset(host.lower() for host in settings.allowed_hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Frame one request, or refuse one WebSocket; anything else passes."""
        if scope["type"] == "websocket":
            with bound_contextvars(request_id=new_id().hex):
                await self._websocket(scope, receive, send)
        elif scope["type"] == "http":
            with bound_contextvars(request_id=new_id().hex):
                await self._http(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        raw = RAW_UPLOADS.get((scope["method"], scope["path"]))
        answer = _Answer(scope, send, secure=is_secure(scope, self._settings), body_awaited=raw is not None)
        headers = _headers(scope)
        refusal = (400, "malformed_request") if headers is None else self._refuse(scope, headers)
        if refusal:
            await answer.refuse(*refusal)
            return
        limit = raw(self._settings) if raw else self._settings.max_body_bytes
        too_large = MediaTooLarge.code if raw else CODES[413]
        limited = _limit_body(receive, answer, limit, too_large, headers or {})
        if limited is None:
            await answer.refuse(413, too_large)
            return
        try:
            await self._app(scope, limited, answer.send)
        except Exception:
            log.exception("request failed", method=scope["method"], route=route_path(scope))
            if answer.status is not None:
                raise  # headers are out: only cutting the connection tells the client
            await answer.refuse(500, "internal_error")
        finally:
            answer.note(scope)

    def _refuse(self, scope: Scope, headers: dict[bytes, bytes]) -> tuple[int, str] | None:
        """Return why this request may not come in, or None."""
        if not self._host_allowed(headers):
            return 400, "host_not_allowed"
        method = scope["method"]
        if method in SAFE_METHODS:
            return None
        if not scope["path"].startswith(CALLBACKS) and not is_same_origin(headers):
            return 403, "bad_origin"
        if b"content-encoding" in headers:
            return 415, CODES[415]
        has_body = headers.get(b"content-length", b"0") != b"0" or b"transfer-encoding" in headers
        is_raw = (method, scope["path"]) in RAW_UPLOADS
        if method in BODY_METHODS and has_body and not is_raw and not _is_json(headers):
            return 415, CODES[415]
        return None

    def _host_allowed(self, headers: dict[bytes, bytes]) -> bool:
        if "*" in self._hosts:
            return True
        host = headers.get(b"host", b"").decode("latin-1").lower()
        return host in self._hosts or host.rsplit(":", 1)[0] in self._hosts

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a socket from a foreign page, or from no page at all, before it is accepted."""
        handshake = _Handshake(scope, send, secure=is_secure(scope, self._settings))
        headers = _headers(scope)
        if headers is None:
            await handshake.refuse(400, "malformed_request")
        elif not self._host_allowed(headers):
            await handshake.refuse(400, "host_not_allowed")
        elif b"origin" not in headers or not is_same_origin(headers):
            await handshake.refuse(403, "bad_origin")
        else:
            try:
                await self._app(scope, receive, handshake.send)
            except Exception:
                log.exception("socket failed", route=route_path(scope))
                if handshake.decided:
                    raise  # the server closes it
                await handshake.refuse(500, "internal_error")


def is_same_origin(headers: dict[bytes, bytes]) -> bool:
    """Tell whether a state-changing request comes from our own page (or from a person's address bar).

    ``Sec-Fetch-Site`` cannot be set by pages; ``Origin`` must name the host that was asked. A request with
    neither comes from no browser that we know, and carries a cookie that only browsers should have: refused.
    """
    site, origin = headers.get(b"sec-fetch-site"), headers.get(b"origin")
    if site is not None and site not in (b"same-origin", b"none"):
        return False
    if origin is not None:
        return urlsplit(origin.decode("latin-1")).netloc.lower() == headers.get(b"host", b"").decode("latin-1").lower()
    return site is not None


def route_path(scope: Scope) -> str:
    """Return the template of the route that a request took, such as ``/api/shares/{token}``."""
    route: Any = scope.get("route")
    return str(getattr(route, "path", "other"))


def _headers(scope: Scope) -> dict[bytes, bytes] | None:
    """Return the headers by name, or None when one holds what no header may."""
    pairs = scope["headers"]
    if not all(HEADER_VALUE.match(value) for _, value in pairs):
        return None
    if sum(name == b"host" for name, _ in pairs) > 1:
        return None
    return dict(pairs)


def _is_json(headers: dict[bytes, bytes]) -> bool:
    return headers.get(b"content-type", b"").split(b";", 1)[0].strip().lower() == b"application/json"


def _limit_body(
    receive: Receive, answer: "_Answer", limit: int, too_large: str, headers: dict[bytes, bytes]
) -> Receive | None:
    """Return ``receive`` with a bound on the body, also a chunked one; None when it announces itself too large."""
    announced = headers.get(b"content-length", b"0")
    if not announced.isdigit() or int(announced) > limit:
        return None
    received = 0

    async def limited() -> Message:
        nonlocal received
        message = await receive()
        if message["type"] == "http.request":
            received += len(message.get("body", b""))
            answer.body_awaited = answer.body_awaited and message.get("more_body", False)
            if received > limit:
                await answer.refuse(413, too_large)
                return {"type": "http.disconnect"}
        return message

    return limited


class _Answer:
    """The way out of one request: adds the headers that every answer has, and refuses at most once."""

    def __init__(self, scope: Scope, send: Send, *, secure: bool, body_awaited: bool) -> None:
        self.status: int | None = None
        self.body_awaited = body_awaited
        """Whether a large body may still come: who is answered before its end is hung up on, not listened to."""
        self._send = send
        self._started = time.perf_counter()
        self._refused = False
        self._extra = _extra_headers(scope, secure=secure)

    async def send(self, message: Message) -> None:
        """Pass a part of the answer on."""
        if self._refused:
            return
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message = _with_headers(message, (*self._extra, CLOSE) if self.body_awaited else self._extra)
        await self._send(message)

    async def refuse(self, status: int, code: str) -> None:
        """Answer with a problem instead; what a route says afterwards is dropped."""
        if self.status is not None:
            return
        body = problem_bytes(status, code)
        headers = [(b"content-type", b"application/problem+json"), (b"content-length", str(len(body)).encode())]
        if status == 413:
            headers.append((b"connection", b"close"))
        await self.send({"type": "http.response.start", "status": status, "headers": headers})
        await self.send({"type": "http.response.body", "body": body})
        self._refused = True

    def note(self, scope: Scope) -> None:
        """Count the request and log it, by its route and never by its path: it may hold a share's token."""
        seconds, route = time.perf_counter() - self._started, route_path(scope)
        REQUESTS.labels(scope["method"], route, str(self.status or 0)).observe(seconds)
        if log.isEnabledFor(logging.DEBUG):
            log.debug("request", method=scope["method"], route=route, status=self.status, ms=round(seconds * 1000, 1))


class _Handshake:
    """The way out of a socket that is about to open: a refusal is an answer like any other, by name."""

    def __init__(self, scope: Scope, send: Send, *, secure: bool) -> None:
        self.decided = False
        self._send = send
        self._extra = _extra_headers(scope, secure=secure)

    async def send(self, message: Message) -> None:
        """Pass on what is sent; a close before the handshake is accepted means that nothing is here."""
        if self.decided:
            await self._send(message)
        elif message["type"] == "websocket.close":
            await self.refuse(404, CODES[404])
        else:
            self.decided = True
            refused = message["type"] == "websocket.http.response.start"
            await self._send(_with_headers(message, self._extra) if refused else message)

    async def refuse(self, status: int, code: str) -> None:
        """Answer the handshake with a problem."""
        headers = [(b"content-type", b"application/problem+json")]
        await self.send({"type": "websocket.http.response.start", "status": status, "headers": headers})
        await self.send({"type": "websocket.http.response.body", "body": problem_bytes(status, code)})


def _extra_headers(scope: Scope, *, secure: bool) -> tuple[tuple[bytes, bytes], ...]:
    extra: tuple[tuple[bytes, bytes], ...] = (*SECURITY_HEADERS, HSTS) if secure else SECURITY_HEADERS
    path = scope["path"].lower()  # the client's own routes are found in any case
    if path.startswith(LINKED):
        extra = (*(pair for pair in extra if pair[0] != LINKED_HEADERS[0][0]), *LINKED_HEADERS)
    return (*extra, NO_STORE) if path.startswith("/api/") else extra


def _with_headers(message: Message, extra: tuple[tuple[bytes, bytes], ...]) -> Message:
    present = {name.lower() for name, _ in message.get("headers", ())}
    own = [pair for pair in extra if pair[0] not in present]
    return {**message, "headers": [*message.get("headers", ()), *own]}
