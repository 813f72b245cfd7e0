"""KIE's jobs: ``createTask`` and ``recordInfo``. The HTTP status is 200 even when the code is not."""

import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import orjson
from aiohttp import web

from backend.sandbox.bodies import read_body
from backend.sandbox.faults import HEADER, MediaFaults, parse_order, split_prompt
from backend.sandbox.jobs import JOBS, Job, record
from backend.sandbox.kie_input import Plan, Refused, read_input
from backend.sandbox.state import STATE, SandboxState

MESSAGES = {
    401: "You do not have access permissions",
    402: "The current credits are insufficient. Please top up",
    404: "The task does not exist",
    429: "Your call frequency is too high. Please try again later",
    433: "The key's limit is used up",
    455: "Under maintenance. Please try again later",
    500: "Server exception, please try again later",
}
PROXY_PAGE = "<html><head><title>{status}</title></head><body><h1>{status}</h1><hr>proxy</body></html>"


def envelope(code: int, data: object = None, *, message: str | None = None, status: int = 200) -> web.Response:
    """Return KIE's envelope."""
    msg = message or MESSAGES.get(code, "success" if code == 200 else "error")
    body = {"code": code, "msg": msg, "data": data}
    return web.Response(body=orjson.dumps(body), status=status, content_type="application/json")


async def create_task(request: web.Request) -> web.StreamResponse:
    """``POST /api/v1/jobs/createTask``."""
    body = await read_body(request)
    model, given = body.get("model"), body.get("input")
    state = request.app[STATE]
    state.count("create_task")
    state.count(f"create_task:{str(model)[:80]}")
    state.last_create = body
    if not isinstance(model, str) or not isinstance(given, dict):
        return envelope(422, message="model and input are required")
    return await submit(request, model, body, given, partial(read_input, model))


async def submit(
    request: web.Request,
    model: str,
    body: dict[str, Any],
    given: dict[str, Any],
    read: Callable[[Mapping[str, Any]], Plan],
) -> web.StreamResponse:
    """Create a task unless something speaks against it, and answer as ordered."""
    state, jobs = request.app[STATE], request.app[JOBS]
    try:
        given, order = take_orders(request, given)
    except ValueError as error:
        return envelope(422, message=str(error))
    faults = state.faults_for(order).media
    if refusal := refuse_access(request) or refuse_ordered(state, faults):
        return refusal
    if (code := jobs.refusal(faults)) is not None:
        return envelope(code)
    try:
        plan = read(given)
    except Refused as error:
        return envelope(error.code, message=str(error))
    job = jobs.start(model, body, plan, order, request.url.origin())
    return await _answer(request, job, faults)


async def _answer(request: web.Request, job: Job, faults: MediaFaults) -> web.StreamResponse:
    """Answer a request whose task was created; what becomes of the answer can be ordered."""
    if faults.callback == "early":
        await job.finished.wait()
    match faults.create_then:
        case "code_500":
            return envelope(500)
        case "cut":
            if request.transport is not None:
                request.transport.abort()
        case "silence":
            await request.app[STATE].until_ordered(None)
        case _:
            pass
    return envelope(200, {"taskId": job.id})


async def record_info(request: web.Request) -> web.Response:
    """``GET /api/v1/jobs/recordInfo?taskId=``; spells ``message`` where others say ``msg``, as KIE does."""
    job_or_answer = find_job(request)
    if isinstance(job_or_answer, web.Response):
        return job_or_answer
    data = record(job_or_answer, *request.app[JOBS].stand(job_or_answer))
    return web.Response(
        body=orjson.dumps({"code": 200, "message": "success", "data": data}), content_type="application/json"
    )


def find_job(request: web.Request) -> Job | web.Response:
    """Return the task that is asked for, or the answer in its place: refused, unknown, or not to be seen yet."""
    state, jobs = request.app[STATE], request.app[JOBS]
    state.count("record_info")
    job = jobs.find(request.query.get("taskId", ""))
    faults = jobs.faults(job) if job else state.faults.media
    if refusal := refuse_access(request):
        return refusal
    broken = faults.query_status != 200 or faults.query_code != 200
    if broken and state.take_failure("query", faults.query_fail_times):
        return broken_answer(faults.query_status, faults.query_code)
    if job is None:
        return envelope(404)
    if time.monotonic() - job.began < faults.invisible_s:
        return envelope(404) if faults.invisible_as == "404" else envelope(200)
    return job


def refuse_access(request: web.Request) -> web.Response | None:
    """Refuse a request without a key."""
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    return None if scheme == "Bearer" and key.strip() else envelope(401)


def refuse_ordered(state: SandboxState, faults: MediaFaults) -> web.Response | None:
    """Refuse a new task when that was ordered."""
    if faults.create_status == 200 and faults.create_code == 200:
        return None
    if not state.take_failure("create", faults.create_fail_times):
        return None
    return broken_answer(faults.create_status, faults.create_code)


def broken_answer(status: int, code: int) -> web.Response:
    """Return an error: an envelope for a code, what a proxy in front would say for a bare HTTP status."""
    if code != 200:
        return envelope(code, status=status)
    return web.Response(status=status, text=PROXY_PAGE.format(status=status), content_type="text/html")


def take_orders(request: web.Request, given: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the input without its order line, and the order of header and prompt; raises ValueError."""
    order = parse_order(request.headers.get(HEADER, "{}").encode())
    cleaned = dict(given)
    for name in ("prompt", "text"):
        if isinstance(given.get(name), str):
            cleaned[name], more = split_prompt(given[name])
            order |= more
    return cleaned, order
