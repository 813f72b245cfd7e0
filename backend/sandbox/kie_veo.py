"""KIE's own endpoints for Veo: other names for the same tasks."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import orjson
from aiohttp import web

from backend.sandbox.bodies import read_body
from backend.sandbox.callbacks import as_text
from backend.sandbox.jobs import JOBS, JobState
from backend.sandbox.kie_input import Plan, Refused
from backend.sandbox.kie_jobs import find_job, submit
from backend.sandbox.render.order import Shot
from backend.sandbox.state import STATE

MODELS = ("veo3", "veo3_fast")
RATIOS: Mapping[str, tuple[int, int] | None] = {"16:9": (16, 9), "9:16": (9, 16), "Auto": None}
SECONDS = 8.0
PROMPT_CHARS_MAX = 5000
PICTURES_MAX = 2
SEEDS = range(10_000, 100_000)


async def generate(request: web.Request) -> web.StreamResponse:
    """``POST /api/v1/veo/generate``."""
    body = await read_body(request)
    model = str(body.get("model", "veo3"))[:80]
    state = request.app[STATE]
    state.count("create_task")
    state.count(f"create_task:{model}")
    state.last_create = body
    return await submit(request, model, body, body, partial(_read, model))


async def record_info(request: web.Request) -> web.Response:
    """``GET /api/v1/veo/record-info?taskId=``."""
    job = find_job(request)
    if isinstance(job, web.Response):
        return job
    state, _ = request.app[JOBS].stand(job)
    failed = state == JobState.FAIL
    data = {
        "taskId": job.id,
        "paramJson": as_text(job.body),
        "successFlag": 1 if state == JobState.SUCCESS else 2 if failed else 0,
        "response": {"taskId": job.id, "resultUrls": list(job.results)} if state == JobState.SUCCESS else None,
        "errorCode": job.fail_code if failed else None,
        "errorMessage": job.fail_msg if failed else "",
    }
    return web.Response(
        body=orjson.dumps({"code": 200, "msg": "success", "data": data}), content_type="application/json"
    )


def _read(model: str, given: Mapping[str, Any]) -> Plan:
    """Return what is to be made. Raises Refused."""
    prompt, pictures = given.get("prompt"), given.get("imageUrls") or []
    ratio, seed = given.get("aspectRatio", "16:9"), given.get("seeds")
    if model not in MODELS:
        raise Refused(f"model must be one of {', '.join(MODELS)}")
    if not isinstance(prompt, str) or not 0 < len(prompt.strip()) <= PROMPT_CHARS_MAX:
        raise Refused("prompt is required")
    if ratio not in RATIOS:
        raise Refused("aspectRatio is not within the range of allowed options")
    if not isinstance(pictures, list) or len(pictures) > PICTURES_MAX or not all(isinstance(u, str) for u in pictures):
        raise Refused(f"imageUrls must hold at most {PICTURES_MAX} addresses")
    if seed is not None and (isinstance(seed, bool) or seed not in SEEDS):
        raise Refused("seeds must be between 10000 and 99999")
    first, last = (*pictures, None, None)[:2]
    return Plan(
        kind="video",
        prompt=prompt,
        made_with=(model, ratio, f"{SECONDS:g} s", "sound"),
        format="mp4",
        ratio=RATIOS[ratio] or (None if first else (16, 9)),
        pixels=1280 * 720,
        shots=(Shot(prompt, SECONDS),),
        sound=True,
        seed=seed,
        first_frame=first,
        last_frame=last,
    )
