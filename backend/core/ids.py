"""Identifiers: UUIDv7, made in Python, so that a row's id is known before it is written."""

import secrets
import time
from uuid import UUID

_RANDOM_BITS = 74
_last_ms = 0
_last_random = 0


def new_id() -> UUID:
    """Return a new UUIDv7 (RFC 9562, section 5.7) that sorts after every earlier one of this process.

    Within one millisecond (and while the clock stands still or steps back) the random part counts upwards
    (method 2 of section 6.2), so ids of one process are strictly increasing.
    """
    global _last_ms, _last_random  # noqa: PLW0603 - the counter is the process's own
    now_ms = time.time_ns() // 1_000_000
    if now_ms > _last_ms:
        _last_ms, _last_random = now_ms, secrets.randbits(_RANDOM_BITS - 1)
    else:
        _last_random += 1 + secrets.randbits(32)
        if _last_random >> _RANDOM_BITS:
            _last_ms, _last_random = _last_ms + 1, secrets.randbits(_RANDOM_BITS - 1)
    rand_a, rand_b = _last_random >> 62, _last_random & ((1 << 62) - 1)
    return UUID(int=(_last_ms << 80) | (0x7 << 76) | (rand_a << 64) | (0b10 << 62) | rand_b)
