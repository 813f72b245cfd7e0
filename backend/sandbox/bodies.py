"""Reads what requests carry: a JSON object, or the parts of a form."""

from collections.abc import AsyncIterator
from typing import Any

import orjson
from aiohttp import BodyPartReader, web

PARTS_MAX = 40


async def read_body(request: web.Request) -> dict[str, Any]:
    """Return the JSON object of a request."""
    try:
        parsed = orjson.loads(await request.read())
    except orjson.JSONDecodeError:
        raise web.HTTPBadRequest(text="no JSON") from None
    if not isinstance(parsed, dict):
        raise web.HTTPBadRequest(text="no JSON object")
    return parsed


async def read_parts(request: web.Request) -> AsyncIterator[BodyPartReader]:
    """Yield the parts of a form."""
    if request.content_type != "multipart/form-data":
        raise web.HTTPBadRequest(text="no form")
    reader = await request.multipart()
    for _ in range(PARTS_MAX):
        part = await reader.next()
        if not isinstance(part, BodyPartReader):
            return
        yield part
