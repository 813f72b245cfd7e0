"""KIE's callbacks: who really sent one, and about which task. Nothing else in it is believed; the truth is queried."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime

import orjson

from backend.services.adapters.kie.models import SIGNATURE_HEADER, TASK_ID_FIELDS, TIMESTAMP_HEADER

AGE_S_MAX = 300
BODY_BYTES_MAX = 256 * 1024
TASK_ID_CHARS_MAX = 200
DIGITS_MAX = 12


class CallbackRefused(Exception):
    """The callback is not proven to come from KIE."""


def verify_callback(headers: Mapping[str, str], body: bytes, key: str | None, now: datetime) -> str:
    """Return the id of the task that a callback is about.

    KIE signs the id and the time, not the body: the id is all that may be used. Without a key everything is
    refused. Raises CallbackRefused.
    """
    task_id = _task_id(body)
    named = {name.lower(): value for name, value in headers.items()}
    sent_at, signature = named.get(TIMESTAMP_HEADER, ""), named.get(SIGNATURE_HEADER, "")
    mac = hmac.digest((key or "").encode(), f"{task_id}.{sent_at}".encode("utf-8", "surrogateescape"), hashlib.sha256)
    signed = hmac.compare_digest(base64.b64encode(mac), signature.encode("utf-8", "surrogateescape"))
    if not key or not task_id or not signed or not _is_fresh(sent_at, now):
        raise CallbackRefused
    return task_id


def _is_fresh(sent_at: str, now: datetime) -> bool:
    if not (sent_at.isascii() and sent_at.isdigit() and len(sent_at) <= DIGITS_MAX):
        return False
    return abs(now.timestamp() - int(sent_at)) <= AGE_S_MAX


def _task_id(body: bytes) -> str:
    """Return the id in a body, or nothing for a body that has none."""
    if len(body) > BODY_BYTES_MAX:
        return ""
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError:
        return ""
    data = parsed.get("data") if isinstance(parsed, dict) else None
    found = next((data[name] for name in TASK_ID_FIELDS if name in data), "") if isinstance(data, dict) else ""
    return found if isinstance(found, str) and len(found) <= TASK_ID_CHARS_MAX else ""
