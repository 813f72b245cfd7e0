"""OpenAI's pictures: ``/v1/images/generations`` and ``/v1/images/edits``."""

import asyncio
import base64
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import orjson
from aiohttp import BodyPartReader, web

from backend.sandbox.bodies import read_body, read_parts
from backend.sandbox.darkroom import RenderFailed
from backend.sandbox.faults import HEADER, MediaFaults, parse_order, split_prompt
from backend.sandbox.fetching import FetchFailed
from backend.sandbox.files import FILES, StoredFile
from backend.sandbox.jobs import JOBS, pick_seed
from backend.sandbox.kie_input import Plan
from backend.sandbox.render.order import Format
from backend.sandbox.state import STATE

SIZE = re.compile(r"(\d{2,4})x(\d{2,4})")
SIDE_MAX = 4096
COUNT_MAX = 10
PROMPT_CHARS_MAX = 32_000
PICTURES_MAX = 16
PICTURE_BYTES_MAX = 50 * 1024 * 1024
FORMATS = ("png", "jpeg", "webp")


@dataclass(frozen=True, slots=True)
class Wish:
    """What a request asks for."""

    plan: Plan
    count: int
    as_url: bool


async def generations(request: web.Request) -> web.StreamResponse:
    """``POST /v1/images/generations``."""
    body = await read_body(request)
    return await _make(request, body, ())


async def edits(request: web.Request) -> web.StreamResponse:
    """``POST /v1/images/edits``: a form with one or several pictures, perhaps a mask."""
    fields: dict[str, Any] = {}
    pictures: list[str] = []
    async for part in read_parts(request):
        if part.name in ("image", "image[]", "mask"):
            url = await _keep(request, part)
            request.app[STATE].count(f"edit_{part.name.rstrip('[]')}")
            pictures += [url] if part.name != "mask" else []
        elif part.name:
            fields[part.name] = (await part.read()).decode(errors="replace")
    if fields.get("n", "1").isdigit():
        fields["n"] = int(fields.get("n", "1"))
    return await _make(request, fields, tuple(pictures), least=1)


async def _make(
    request: web.Request, body: dict[str, Any], pictures: tuple[str, ...], *, least: int = 0
) -> web.StreamResponse:
    """Draw and answer, or do what was ordered in place of it."""
    state = request.app[STATE]
    state.count("images")
    state.last_image = body
    try:
        order = parse_order(request.headers.get(HEADER, "{}").encode())
        prompt, more = split_prompt(body["prompt"]) if isinstance(body.get("prompt"), str) else ("", {})
        faults = state.faults_for(order | more)
        wish = _read({**body, "prompt": prompt}, pictures)
        if not least <= len(pictures) <= PICTURES_MAX:
            raise ValueError(f"image: {least} to {PICTURES_MAX} pictures")
    except ValueError as error:
        return _error(400, "invalid_value", str(error))
    status = faults.media.create_code if faults.media.create_code != 200 else faults.media.create_status
    if status != 200 and state.take_failure("create", faults.media.create_fail_times):
        return _error(status, "ordered", "ordered failure")
    if faults.media.fail_msg is not None:
        return _error(400, "moderation_blocked", faults.media.fail_msg)
    state.count("images_made")
    try:
        await asyncio.sleep(faults.media.image_s)
        files = [await _draw(request, wish, faults.media, number) for number in range(wish.count)]
    except (RenderFailed, FetchFailed) as error:
        return _error(400, "invalid_image_file", str(error))
    if faults.media.create_then == "code_500":
        return _error(500, "server_error", "ordered failure")
    if faults.media.create_then == "silence":
        await state.until_ordered(None)
    if faults.media.create_then == "cut" and request.transport is not None:
        request.transport.abort()
    return _answer(request, wish, files, faults.media)


async def _draw(request: web.Request, wish: Wish, faults: MediaFaults, number: int) -> StoredFile:
    seed = pick_seed(wish.plan.seed, faults) + number
    return await request.app[JOBS].draw(wish.plan, seed, faults.edge_max, request.url.origin())


def _answer(request: web.Request, wish: Wish, files: list[StoredFile], faults: MediaFaults) -> web.Response:
    def entry(file: StoredFile) -> dict[str, str]:
        if wish.as_url:
            return {"url": str(request.url.origin()) + request.app[FILES].link(file, faults.link_life_s, {})}
        return {"b64_json": base64.b64encode(file.path.read_bytes()).decode()}

    tokens = {"input_tokens": len(wish.plan.prompt) // 4, "output_tokens": 1056 * len(files)}
    body = {
        "created": round(time.time()),
        "output_format": wish.plan.format,
        "data": [entry(file) for file in files],
        "usage": {**tokens, "total_tokens": sum(tokens.values())},
    }
    return web.Response(body=orjson.dumps(body), content_type="application/json")


def _read(body: Mapping[str, Any], pictures: tuple[str, ...]) -> Wish:
    """Return what a request asks for; raises ValueError."""
    prompt, model, size = body["prompt"], str(body.get("model", "gpt-image-1")), str(body.get("size") or "auto")
    count, named = body.get("n") or 1, str(body.get("output_format") or "png")
    found = SIZE.fullmatch(size)
    if not 0 < len(prompt.strip()) <= PROMPT_CHARS_MAX:
        raise ValueError("prompt: required")
    if size != "auto" and (found is None or max(int(found[1]), int(found[2])) > SIDE_MAX):
        raise ValueError("size: width x height, or auto")
    if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= COUNT_MAX:
        raise ValueError(f"n: a whole number from 1 to {COUNT_MAX}")
    if named not in FORMATS:
        raise ValueError(f"output_format: {', '.join(FORMATS)}")
    ratio = (int(found[1]), int(found[2])) if found else None if pictures else (1, 1)
    quality = str(body.get("quality") or "")
    plan = Plan(
        kind="picture",
        prompt=prompt,
        made_with=tuple(part for part in (model, quality) if part),
        format=cast(Format, named),
        ratio=ratio,
        pixels=int(found[1]) * int(found[2]) if found else 1024 * 1024,
        seed=body["seed"] if isinstance(body.get("seed"), int) else None,
        references=pictures,
    )
    return Wish(plan, count, as_url=body.get("response_format") == "url")


async def _keep(request: web.Request, part: BodyPartReader) -> str:
    """Keep an uploaded picture and return its address."""
    files = request.app[FILES]
    path = await files.receive(part, PICTURE_BYTES_MAX)
    kept = files.add(path, path.name, part.headers.get("Content-Type", "image/png"))
    return str(request.url.origin()) + files.link(kept, request.app[STATE].faults.media.upload_life_s)


def _error(status: int, code: str, message: str) -> web.Response:
    body = {"error": {"message": message, "type": "invalid_request_error", "code": code}}
    return web.Response(body=orjson.dumps(body), status=status, content_type="application/json")
