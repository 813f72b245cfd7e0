"""Request bodies as strict JSON: no duplicate names, no NaN, no infinities."""

import json
from collections.abc import Callable, Coroutine
from typing import Any, NoReturn

from fastapi import Request, Response
from fastapi.routing import APIRoute

from backend.core.errors import MalformedRequest


def parse_strict_json(body: bytes) -> Any:
    """Parse a body; raises MalformedRequest for what is no JSON, and for JSON that two parsers may read differently.

    Nesting is bounded by the interpreter's recursion limit, numbers by its limit of digits.
    """
    try:
        return json.loads(body, object_pairs_hook=_refuse_duplicates, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise MalformedRequest from None


def _refuse_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    parsed = dict(pairs)
    if len(parsed) != len(pairs):
        raise ValueError("duplicate name")
    return parsed


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


class StrictRequest(Request):
    """A request whose body is parsed strictly."""

    async def json(self) -> Any:
        """Return the parsed body; raises MalformedRequest."""
        if not hasattr(self, "_json"):
            self._json = parse_strict_json(await self.body())
        return self._json


class StrictRoute(APIRoute):
    """A route that parses its body strictly."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return FastAPI's handler, fed with a StrictRequest."""
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            return await handler(StrictRequest(request.scope, request.receive))

        return handle
