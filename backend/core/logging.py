"""Structured logs: one line per event, with the request's id, without secrets."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

# structlog loads rich where it finds it, for drawings that we never make: 7 MB and much of a start, in each process.
_modules: MutableMapping[str, Any] = sys.modules
_modules.setdefault("rich", None)

import structlog  # noqa: E402
from structlog.contextvars import merge_contextvars  # noqa: E402
from structlog.typing import Processor  # noqa: E402

if _modules["rich"] is None:
    del _modules["rich"]

SECRET_NAMES = re.compile(r"password|secret|token|cookie|authorization|api_?key|credential", re.IGNORECASE)
SECRET_TEXT = re.compile(r"(?i)\b(bearer\s+|sk-|(?:postgres(?:ql)?|rediss?)://[^\s:/@]*:)[^\s\"'@]+")
UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
TEXT_MAX = 2_000
CUT = " … "


def setup_logging(*, level: str, json: bool | None) -> None:
    """Send structlog and the standard library to standard error; JSON unless it is a terminal (or ``json`` says)."""
    as_json = json if json is not None else not sys.stderr.isatty()
    shared: list[Processor] = [
        merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        clean_event,
    ]
    renderer = (
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processor=renderer, foreign_pre_chain=shared))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for chatty in ("alembic", "procrastinate", "uvicorn"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, root.level))


def clean_event(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Mask what is named or looks like a secret, and encode what could forge or recolour a line."""
    for name, value in event.items():
        if name in ("_record", "_from_structlog"):
            continue
        event[name] = "***" if SECRET_NAMES.search(name) else clean_value(value)
    return event


def clean_value(value: object) -> object:
    """Return the value as it may be logged: texts masked, encoded and bounded, containers likewise."""
    match value:
        case str():
            return clean_text(value)
        case dict():
            return {key: "***" if SECRET_NAMES.search(str(key)) else clean_value(item) for key, item in value.items()}
        case list() | tuple():
            return [clean_value(item) for item in value]
        case bool() | int() | float() | None:
            return value
        case _:
            return clean_text(str(value))


def clean_text(text: str) -> str:
    """Return one line of text without secrets, control and direction characters, at most 2,000 characters.

    Of a longer one its beginning and its end: a traceback says last what went wrong.
    """
    if len(text) > TEXT_MAX * 4:  # cut between words, so that no part of a secret is left that is not known for one
        text = text[: TEXT_MAX * 2].rpartition(" ")[0] + CUT + text[-TEXT_MAX * 2 :].partition(" ")[2]
    masked = SECRET_TEXT.sub(r"\1***", text)
    bounded = masked if len(masked) <= TEXT_MAX else masked[: TEXT_MAX // 2] + CUT + masked[-TEXT_MAX // 2 :]
    return UNPRINTABLE.sub(lambda match: f"\\u{ord(match.group()):04x}", bounded)


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """Return the logger of a module."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger
