"""The API document: FastAPI's, with our error form, the events of the stream, and stable names."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import TypeAdapter

from backend.schemas.base import Problem
from backend.schemas.events import ChatEvent, SocketCommand, SocketMessage, UserEvent

DESCRIPTION = (
    "Chat with language models and make pictures and videos in the same conversation. "
    "Errors are RFC 9457 problem details with a stable `code`; lists are paged by cursor; "
    "commands take an `Idempotency-Key`."
)
STANDALONE: dict[str, TypeAdapter[Any]] = {
    "Problem": TypeAdapter(Problem),
    "ChatEvent": TypeAdapter(ChatEvent),
    "UserEvent": TypeAdapter(UserEvent),
    "SocketMessage": TypeAdapter(SocketMessage),
    "SocketCommand": TypeAdapter(SocketCommand),
}
"""What no route names, but clients need: errors, events, and what sockets say and take."""


def build_openapi(app: FastAPI) -> dict[str, Any]:
    """Return the document; made once."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title,
            version=app.version,
            description=DESCRIPTION,
            routes=app.routes,
            separate_input_output_schemas=False,
        )
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        for name, model in STANDALONE.items():
            _add_model(schemas, name, model)
        schemas.pop("HTTPValidationError", None)
        schemas.pop("ValidationError", None)
        app.openapi_schema = document
    return app.openapi_schema


def _add_model(schemas: dict[str, Any], model_name: str, model: TypeAdapter[Any]) -> None:
    described = model.json_schema(ref_template="#/components/schemas/{model}", mode="serialization")
    for name, schema in described.pop("$defs", {}).items():
        schemas.setdefault(name, schema)
    schemas[model_name] = described
