"""Faults on order: how a test (or a curious person) asks the sandbox to misbehave.

Set them with ``POST /_sandbox/faults`` (a JSON object of the fields below; they hold until the next order), or for one
request with the header ``X-Sandbox`` (the same object).
"""

from dataclasses import dataclass, fields
from typing import Any

import orjson

HEADER = "X-Sandbox"


@dataclass(frozen=True, slots=True)
class Faults:
    """How the sandbox behaves. Times in seconds; ``*_after`` count text pieces; -1 and None mean: not at all."""

    first_delay_s: float = 0.25
    tokens_per_s: float = 60.0
    http_status: int = 200
    code: int = 200
    retry_after: str | None = None
    fail_times: int = -1
    """With a status or code: only the next so many requests fail; -1: all."""
    cut_after: int = -1
    error_after: int = -1
    silence_after: int = -1
    garbage_after: int = -1
    huge_line_after: int = -1
    huge_line_bytes: int = 4 * 1024 * 1024
    no_done: bool = False
    no_usage: bool = False
    usage: dict[str, Any] | None = None
    finish_reason: str = "stop"
    answer: str | None = None
    line_end: str = "\n"
    redirect_to: str | None = None


DEFAULT = Faults()
KNOWN = frozenset(field.name for field in fields(Faults))


def read_faults(body: bytes, base: Faults) -> Faults:
    """Return ``base`` changed by a JSON object; raises ValueError for unknown names."""
    parsed = orjson.loads(body or b"{}")
    if not isinstance(parsed, dict) or set(parsed) - KNOWN:
        raise ValueError(f"known faults: {', '.join(sorted(KNOWN))}")
    return Faults(**{name: getattr(base, name) for name in KNOWN} | parsed)
