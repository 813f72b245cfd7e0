"""Reads what KIE tells of a task, leniently: missing, misspelt and misplaced fields make no error of their own."""

import math
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from backend.services.adapters.base import ErrorKind, MediaResult, ProviderError, TaskProgress, TaskState

RESULTS_MAX = 16
URL_CHARS_MAX = 4_000
TEXT_CHARS_MAX = 1_000_000
STATES: Mapping[str, TaskState] = {
    "waiting": TaskState.QUEUED,
    "queuing": TaskState.QUEUED,
    "generating": TaskState.RUNNING,
    "success": TaskState.SUCCEEDED,
    "fail": TaskState.FAILED,
}
VEO_STATES: Mapping[int, TaskState] = {
    0: TaskState.RUNNING,
    1: TaskState.SUCCEEDED,
    2: TaskState.FAILED,
    3: TaskState.FAILED,
}
MODERATED = ("content policy", "sensitive", "moderation", "nsfw", "prohibited", "safety", "violat")
Clean = Callable[[object], str]


def read_record(task_id: str, data: Mapping[str, Any] | None, clean: Clean) -> TaskProgress:
    """Return what a record of the jobs API says; no record means that KIE does not know the task (yet)."""
    state = STATES.get(str(data.get("state", "")).lower()) if data else None
    if not data or state is None:
        return TaskProgress(TaskState.UNKNOWN, provider_task_id=task_id)
    results = _results(_object(data.get("resultJson")))
    return _progress(task_id, state, results, data, _failure(data.get("failCode"), data.get("failMsg"), clean))


def read_veo_record(task_id: str, data: Mapping[str, Any] | None, clean: Clean) -> TaskProgress:
    """Return what a record of the Veo API says."""
    flag = data.get("successFlag") if data else None
    state = VEO_STATES.get(flag) if isinstance(flag, int) else None
    if not data or state is None:
        return TaskProgress(TaskState.UNKNOWN, provider_task_id=task_id)
    results = _results(_object(data.get("response")))
    return _progress(task_id, state, results, data, _failure(data.get("errorCode"), data.get("errorMessage"), clean))


def _progress(
    task_id: str,
    state: TaskState,
    results: tuple[MediaResult, ...],
    data: Mapping[str, Any],
    failure: ProviderError,
) -> TaskProgress:
    """Put together what was read; a success without results is a failure."""
    spent = _number(data.get("creditsConsumed"))
    if state == TaskState.SUCCEEDED and not results:
        state, failure = TaskState.FAILED, ProviderError(ErrorKind.BROKEN, "the task ended without results")
    match state:
        case TaskState.SUCCEEDED:
            return TaskProgress(state, 1.0, results, provider_task_id=task_id, provider_credits=spent)
        case TaskState.FAILED:
            return TaskProgress(state, error=failure, provider_task_id=task_id, provider_credits=spent)
        case _:
            percent = _number(data.get("progress"))
            share = min(1.0, percent / 100) if percent is not None else None
            return TaskProgress(state, share, provider_task_id=task_id)


def _results(found: Mapping[str, Any]) -> tuple[MediaResult, ...]:
    """Return the locations in a result, or its text. Other forms of address than http are no results."""
    urls = found.get("resultUrls")
    if isinstance(urls, list):
        good = [url for url in urls if isinstance(url, str) and url.startswith(("https://", "http://"))]
        return tuple(MediaResult(url=url) for url in good if len(url) <= URL_CHARS_MAX)[:RESULTS_MAX]
    written = found.get("resultObject")
    text = written.get("text") if isinstance(written, dict) else None
    return (MediaResult(text=text[:TEXT_CHARS_MAX]),) if isinstance(text, str) else ()


def _failure(code: object, message: object, clean: Clean) -> ProviderError:
    words = clean(f"{code or ''} {message or ''}".strip())
    moderated = any(mark in words.lower() for mark in MODERATED)
    return ProviderError(ErrorKind.MODERATION if moderated else ErrorKind.FAILED, words)


def _object(value: object) -> Mapping[str, Any]:
    """Return an object that may be inside a string."""
    if isinstance(value, str):
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError:
            return {}
    return value if isinstance(value, dict) else {}


def _number(value: object) -> float | None:
    """Return a number that is none below zero, perhaps inside a string."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None
