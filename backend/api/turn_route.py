"""Routes that begin turns: the plain case is called by hand.

To find out what an endpoint wants and to gather it costs FastAPI more than the database needs for the turn itself.
What an endpoint here may want is little; whatever is not as it should be takes FastAPI's way, which says why.
"""

import inspect
from collections.abc import Callable, Coroutine
from typing import Any
from uuid import UUID

from fastapi import Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel, TypeAdapter, ValidationError
from starlette.requests import ClientDisconnect

from backend.api.deps import ContainerDep, IdempotencyKeyDep, authenticate
from backend.api.strict_json import StrictRequest
from backend.core.errors import MalformedRequest
from backend.services.container import Container
from backend.services.message_stream_service import MessageStreamService

Handler = Callable[[Request], Coroutine[Any, Any, Response]]
ID = TypeAdapter(UUID)
KEY: TypeAdapter[str | None] = TypeAdapter(IdempotencyKeyDep)


async def get_streams(container: ContainerDep) -> MessageStreamService:
    """Return the turns that stream."""
    return MessageStreamService(
        container.database, container.registry, container.runs, container.remote, container.settings
    )


class TurnRoute(APIRoute):
    """A route whose endpoint takes ids from its path, ``body``, ``user``, ``container``, ``streams`` and ``key``.

    A turn is let in while there is room for one more answer; everybody else is told so before any look-up.
    """

    def get_route_handler(self) -> Handler:
        """Return a handler that calls the endpoint itself where everything is as it should be."""
        whole = super().get_route_handler()
        endpoint: Callable[..., Coroutine[Any, Any, Response]] = self.endpoint
        wanted = inspect.signature(endpoint, eval_str=True).parameters
        body_model: type[BaseModel] = wanted["body"].annotation
        ids = [name for name, parameter in wanted.items() if parameter.annotation is UUID]

        async def handle(request: Request) -> Response:
            strict = StrictRequest(request.scope, request.receive)
            container: Container = request.app.state.container
            with container.runs.beginning():
                try:
                    values: dict[str, Any] = {name: ID.validate_python(request.path_params[name]) for name in ids}
                    values["body"] = body_model.model_validate(await strict.json())
                    values["key"] = KEY.validate_python(request.headers.get("idempotency-key"))
                except (ValidationError, MalformedRequest, ClientDisconnect):
                    return await whole(strict)
                user = await authenticate(request, container)
                return await endpoint(**values, user=user, container=container, streams=await get_streams(container))

        return handle
