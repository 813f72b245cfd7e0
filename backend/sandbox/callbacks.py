"""Tells a caller that its task ended: signed as KIE documents it, or wrongly, twice, never, as ordered."""

import base64
import hashlib
import hmac
import time
from typing import Any

import aiohttp
import orjson

from backend.sandbox.faults import MediaFaults
from backend.sandbox.state import SandboxState

TIMEOUT_S = 10.0
STALE_S = 3600


async def tell(state: SandboxState, url: object, task_id: str, data: dict[str, Any], faults: MediaFaults) -> None:
    """Send what was ordered for a finished task; a caller that cannot be reached is counted, not fatal."""
    if not isinstance(url, str) or not url or faults.callback == "never":
        return
    failed = data["state"] == "fail"
    body = {"code": 501 if failed else 200, "msg": data["failMsg"] if failed else "success", "data": data}
    bodies = [body]
    if faults.callback == "twice":
        bodies = [body, body]
    if faults.callback == "out_of_order":
        bodies = [body, {**body, "data": {**data, "state": "generating", "resultJson": ""}}]
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
    async with aiohttp.ClientSession(timeout=timeout, trust_env=False) as session:
        for entry in bodies:
            state.count("callbacks")
            try:
                headers = _signed(task_id, faults)
                async with session.post(url, json=entry, headers=headers, allow_redirects=False) as response:
                    state.count(f"callbacks:{response.status}")
            except (TimeoutError, aiohttp.ClientError, ValueError):
                state.count("callbacks:unreachable")


def _signed(task_id: str, faults: MediaFaults) -> dict[str, str]:
    if not faults.webhook_key:
        return {}
    sent_at = str(round(time.time()) - (STALE_S if faults.callback == "stale" else 0))
    key = faults.webhook_key + ("?" if faults.callback == "wrong_signature" else "")
    mac = hmac.digest(key.encode(), f"{task_id}.{sent_at}".encode(), hashlib.sha256)
    return {"X-Webhook-Timestamp": sent_at, "X-Webhook-Signature": base64.b64encode(mac).decode()}


def as_text(value: dict[str, Any]) -> str:
    """Return JSON as a text, to be put inside JSON."""
    return orjson.dumps(value).decode()
