"""The one place where errors become HTTP answers: RFC 9457 problem details with a stable code."""

from collections.abc import Mapping
from typing import Any

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from structlog.contextvars import get_contextvars

from backend.core.errors import AppError, Kind, Param, Unavailable
from backend.core.logging import get_logger
from backend.schemas.base import Problem

STATUS: Mapping[Kind, int] = {
    Kind.INVALID: 400,
    Kind.UNAUTHENTICATED: 401,
    Kind.PAYMENT: 402,
    Kind.FORBIDDEN: 403,
    Kind.NOT_FOUND: 404,
    Kind.CONFLICT: 409,
    Kind.TOO_LARGE: 413,
    Kind.MEDIA_TYPE: 415,
    Kind.RANGE: 416,
    Kind.UNPROCESSABLE: 422,
    Kind.LIMIT: 429,
    Kind.UPSTREAM: 502,
    Kind.UNAVAILABLE: 503,
    Kind.INTERNAL: 500,
}
TITLES: Mapping[int, str] = {
    400: "The request is malformed.",
    401: "Sign in first.",
    402: "The credits do not suffice.",
    403: "This is not allowed.",
    404: "There is no such thing here.",
    405: "This address does not take that method.",
    409: "The state has changed meanwhile.",
    413: "The request is too large.",
    415: "This content type is not taken here.",
    416: "The file does not have this part.",
    422: "The request does not have the expected form.",
    429: "Too many requests.",
    431: "The request's headers are too large.",
    500: "Something went wrong on our side.",
    502: "The provider failed.",
    503: "The service is not available now.",
}
CODES: Mapping[int, str] = {
    400: "malformed_request",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "body_too_large",
    415: "unsupported_media_type",
}
AWAY_RETRY_S = 2
FIELDS_MAX = 20
FIELD_CHARS_MAX = 100

log = get_logger(__name__)


def problem_bytes(
    status: int, code: str, *, params: Mapping[str, Param] | None = None, fields: list[dict[str, str]] | None = None
) -> bytes:
    """Return the body of an error answer."""
    return orjson.dumps(
        {
            "type": "about:blank",
            "title": TITLES.get(status, "The request failed."),
            "status": status,
            "code": code,
            "params": dict(params or {}),
            "request_id": get_contextvars().get("request_id", ""),
            "fields": fields or [],
        }
    )


def problem_response(status: int, code: str, *, headers: Mapping[str, str] | None = None, **parts: Any) -> Response:
    """Return an error answer."""
    body = problem_bytes(status, code, **parts)
    return Response(body, status, headers=dict(headers or {}), media_type="application/problem+json")


async def render_app_error(_request: Request, error: Exception) -> Response:
    """Answer with what the domain said."""
    assert isinstance(error, AppError)  # noqa: S101 - registered for this class only
    return app_error_response(error)


def app_error_response(error: AppError) -> Response:
    """Return the answer that an error of the domain becomes."""
    headers = {"Retry-After": str(error.retry_after_s)} if error.retry_after_s is not None else {}
    return problem_response(STATUS[error.kind], error.code, headers=headers, params=error.params)


async def render_validation_error(_request: Request, error: Exception) -> Response:
    """Say which fields are wrong and why, and never what was sent: FastAPI's own answer echoes the input."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this class only
    problems = error.errors()
    if any(item["type"] == "json_invalid" for item in problems):
        return problem_response(400, "malformed_request")
    fields = [
        {
            "field": ".".join(str(part)[:FIELD_CHARS_MAX] for part in item["loc"]).encode("utf-8", "replace").decode(),
            "code": str(item["type"]),
            "message": _message_without_input(item),
        }
        for item in problems[:FIELDS_MAX]
    ]
    return problem_response(422, "invalid_request", fields=fields)


def _message_without_input(item: Mapping[str, Any]) -> str:
    """Return the validator's sentence; those that quote the input are replaced by the error's own name."""
    quoting = {"uuid_parsing", "datetime_parsing", "datetime_from_date_parsing", "literal_error", "enum", "url_parsing"}
    return str(item["type"]).replace("_", " ") if item["type"] in quoting else str(item["msg"])


async def render_http_error(_request: Request, error: Exception) -> Response:
    """Answer the framework's own refusals (404, 405 ...) in the same form."""
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class only
    return problem_response(error.status_code, CODES.get(error.status_code, "invalid_request"), headers=error.headers)


async def render_away(_request: Request, error: Exception) -> Response:
    """The database is away, or has no time: trying again helps, with the same key where there was one."""
    log.warning("the database is away", reason=str(error))
    return app_error_response(Unavailable(retry_after_s=AWAY_RETRY_S))


def install_error_handlers(app: FastAPI) -> None:
    """Register the handlers above."""
    app.add_exception_handler(AppError, render_app_error)
    for away in (OperationalError, InterfaceError, PoolTimeout):
        app.add_exception_handler(away, render_away)
    app.add_exception_handler(RequestValidationError, render_validation_error)
    app.add_exception_handler(HTTPException, render_http_error)


def errors(*kinds: Kind) -> dict[int | str, dict[str, Any]]:
    """Declare the errors of a route for the OpenAPI document; those that every route can give are included."""
    always = (Kind.INVALID, Kind.UNPROCESSABLE, Kind.INTERNAL, Kind.UNAVAILABLE)
    return {
        STATUS[kind]: {
            "description": TITLES[STATUS[kind]],
            "content": {"application/problem+json": {"schema": {"$ref": f"#/components/schemas/{Problem.__name__}"}}},
        }
        for kind in (*kinds, *always)
    }
