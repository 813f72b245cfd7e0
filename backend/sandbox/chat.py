"""The sandbox's chat: OpenAI's format, under OpenAI's path and under KIE's (model in the path, envelope for errors)."""

import asyncio
import time
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import orjson
from aiohttp import web

from backend.sandbox import texts
from backend.sandbox.faults import HEADER, ChatFaults, parse_order
from backend.sandbox.state import STATE, SandboxState

MODELS = ("demo-scribe", "demo-swift", "demo-thinker")
THINKING = frozenset({"demo-thinker"})
TICK_S = 0.01


async def openai_models(request: web.Request) -> web.Response:
    """``GET /v1/models``."""
    state = request.app[STATE]
    state.count("models")
    if refusal := _refusal(state.faults.chat, state, envelope=False):
        return refusal
    return web.json_response({"object": "list", "data": [{"id": name, "object": "model"} for name in MODELS]})


async def kie_credit(request: web.Request) -> web.Response:
    """``GET /api/v1/chat/credit``: how much the operator's account has left."""
    return web.json_response({"code": 200, "msg": "success", "data": 1000})


async def openai_chat(request: web.Request) -> web.StreamResponse:
    """``POST /v1/chat/completions``."""
    body = await request.json(loads=orjson.loads)
    return await _chat(
        request, body, str(body.get("model", "")), streams=bool(body.get("stream", False)), envelope=False
    )


async def kie_chat(request: web.Request) -> web.StreamResponse:
    """``POST /<model>/v1/chat/completions``; streams unless told not to."""
    body = await request.json(loads=orjson.loads)
    return await _chat(
        request, body, request.match_info["model"], streams=bool(body.get("stream", True)), envelope=True
    )


async def _chat(
    request: web.Request, body: dict[str, Any], model: str, *, streams: bool, envelope: bool
) -> web.StreamResponse:
    state = request.app[STATE]
    state.count("chat")
    state.last_chat = body
    faults = state.faults_for(parse_order(request.headers.get(HEADER, "{}").encode())).chat
    if faults.redirect_to:
        raise web.HTTPTemporaryRedirect(faults.redirect_to)
    if refusal := _refusal(faults, state, envelope=envelope):
        return refusal
    answer = _Answer(body, model, faults)
    if not streams:
        return web.json_response(answer.whole(), dumps=lambda value: orjson.dumps(value).decode())
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-cache"})
    await response.prepare(request)
    try:
        await _stream(response, answer, faults)
    except (ConnectionError, asyncio.CancelledError):
        state.count("aborted")
        raise
    return response


def _refusal(faults: ChatFaults, state: SandboxState, *, envelope: bool) -> web.Response | None:
    """Return the error that was ordered: by HTTP status, or as an envelope under HTTP 200, as KIE does."""
    if faults.http_status == 200 and faults.code == 200:
        return None
    if not state.take_failure("chat", faults.fail_times):
        return None
    headers = {"Retry-After": faults.retry_after} if faults.retry_after else {}
    if envelope and faults.code != 200:
        body = {"code": faults.code, "msg": "ordered failure", "data": None}
        return web.json_response(body, status=faults.http_status, headers=headers)
    status = faults.http_status if faults.http_status != 200 else faults.code
    return web.json_response(
        {"error": {"message": "ordered failure", "code": "ordered"}}, status=status, headers=headers
    )


class _Answer:
    """One answer: its pieces, and the objects that carry them."""

    def __init__(self, body: dict[str, Any], model: str, faults: ChatFaults) -> None:
        question = _last_question(body)
        self.thoughts = texts.split_tokens(texts.compose_thoughts(question)) if model in THINKING else []
        self.tokens = texts.split_tokens(faults.answer if faults.answer is not None else texts.compose_answer(question))
        self._faults = faults
        self._base = {"id": f"chatcmpl-{uuid4().hex[:12]}", "created": int(time.time()), "model": model}
        prompt = sum(len(texts.split_tokens(_text_of(message))) for message in body.get("messages", []))
        self.usage = faults.usage or {
            "prompt_tokens": prompt,
            "completion_tokens": len(self.tokens) + len(self.thoughts),
            "total_tokens": prompt + len(self.tokens) + len(self.thoughts),
            "completion_tokens_details": {"reasoning_tokens": len(self.thoughts)},
        }

    def pieces(self) -> Iterator[tuple[str, str]]:
        """Yield (field, text) of each piece in order."""
        for piece in self.thoughts:
            yield "reasoning_content", piece
        for piece in self.tokens:
            yield "content", piece

    def chunk(self, delta: dict[str, str], finish_reason: str | None = None, **more: Any) -> bytes:
        """Return one event of the stream."""
        choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
        event = {**self._base, "object": "chat.completion.chunk", "choices": [choice], **more}
        end = self._faults.line_end.encode()
        return b"data: " + orjson.dumps(event) + end + end

    def whole(self) -> dict[str, Any]:
        """Return the answer without streaming."""
        message = {"role": "assistant", "content": "".join(self.tokens)}
        if self.thoughts:
            message["reasoning_content"] = "".join(self.thoughts)
        choice = {"index": 0, "message": message, "finish_reason": self._faults.finish_reason}
        usage = {} if self._faults.no_usage else {"usage": self.usage}
        return {**self._base, "object": "chat.completion", "choices": [choice], **usage}


async def _stream(response: web.StreamResponse, answer: _Answer, faults: ChatFaults) -> None:
    """Write the answer at its speed; pieces that are due together go out together."""
    await asyncio.sleep(faults.first_delay_s)
    started = asyncio.get_running_loop().time()
    for number, (field, text) in enumerate(answer.pieces()):
        if await _misbehave(response, number, faults):
            return
        await response.write(answer.chunk({field: text}))
        due = started + (number + 1) / faults.tokens_per_s if faults.tokens_per_s > 0 else 0.0
        if (wait := due - asyncio.get_running_loop().time()) > TICK_S:
            await asyncio.sleep(wait)
    end = faults.line_end.encode()
    await response.write(answer.chunk({}, faults.finish_reason))
    if not faults.no_usage:
        await response.write(answer.chunk({}, usage=answer.usage))
    if not faults.no_done:
        await response.write(b"data: [DONE]" + end + end)
    await response.write_eof()


async def _misbehave(response: web.StreamResponse, number: int, faults: ChatFaults) -> bool:
    """Do what was ordered for this piece; True when the stream is over."""
    if number == faults.cut_after:
        if response._req is not None and response._req.transport is not None:
            response._req.transport.abort()
        return True
    if number == faults.error_after:
        await response.write(b'data: {"error":{"message":"ordered failure","code":"server_error"}}\n\n')
        return True
    if number == faults.silence_after:
        await asyncio.Event().wait()
    if number == faults.garbage_after:
        await response.write(b"data: {not json\n\n")
    if number == faults.huge_line_after:
        await response.write(b"data: " + b"x" * faults.huge_line_bytes)
    return False


def _last_question(body: dict[str, Any]) -> str:
    messages = [message for message in body.get("messages", []) if message.get("role") == "user"]
    return _text_of(messages[-1]) if messages else ""


def _text_of(message: dict[str, Any]) -> str:
    content = message.get("content", "")
    if isinstance(content, str):
        return content
    return " ".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
