"""What goes wrong with KIE, over real HTTP: each fault becomes one kind of error, and tells surely what was created."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import aiohttp
import pytest

from backend.core.http import OutboundHttp
from backend.services.adapters.base import (
    ErrorKind,
    MediaRequest,
    ProviderError,
    Reference,
    ReferenceRole,
    TaskState,
)
from backend.services.adapters.kie.client import KieClient
from backend.services.adapters.kie.image_adapter import KieImageAdapter
from backend.services.adapters.kie.video_adapter import KieVideoAdapter
from backend.services.adapters.provider_http import ProviderHttp
from tests.contract.conftest import KEY, LIMITS, AdapterOf
from tests.support.sandbox import Faults

PICTURE = MediaRequest("a hill")
SURE, UNSURE = True, False


@pytest.mark.parametrize(
    ("fault", "kind", "retryable", "certain", "tasks"),
    [
        pytest.param({"create_code": 401}, ErrorKind.AUTH, False, SURE, 0, id="401"),
        pytest.param({"create_code": 402}, ErrorKind.FUNDS, False, SURE, 0, id="402"),
        pytest.param({"create_code": 422}, ErrorKind.BAD_REQUEST, False, SURE, 0, id="422"),
        pytest.param({"create_code": 429}, ErrorKind.RATE_LIMITED, True, SURE, 0, id="429"),
        pytest.param({"create_code": 433}, ErrorKind.FUNDS, False, SURE, 0, id="433"),
        pytest.param({"create_code": 455}, ErrorKind.UNAVAILABLE, True, SURE, 0, id="455"),
        pytest.param({"create_code": 505}, ErrorKind.UNAVAILABLE, False, SURE, 0, id="505"),
        pytest.param({"create_code": 501}, ErrorKind.FAILED, False, UNSURE, 0, id="501"),
        pytest.param({"create_code": 500}, ErrorKind.UNKNOWN, False, UNSURE, 0, id="500 in the body, nothing made"),
        pytest.param({"create_then": "code_500"}, ErrorKind.UNKNOWN, False, UNSURE, 1, id="500 in the body, made"),
        pytest.param({"create_then": "cut"}, ErrorKind.BROKEN, False, UNSURE, 1, id="cut after creating"),
        pytest.param({"create_then": "silence"}, ErrorKind.TIMEOUT, False, UNSURE, 1, id="no answer after creating"),
        pytest.param({"create_status": 429}, ErrorKind.RATE_LIMITED, True, SURE, 0, id="HTTP 429"),
        pytest.param({"create_status": 500}, ErrorKind.UNKNOWN, False, UNSURE, 0, id="HTTP 500"),
        pytest.param({"create_status": 502}, ErrorKind.UNAVAILABLE, False, UNSURE, 0, id="HTTP 502"),
        pytest.param({"create_status": 503}, ErrorKind.UNAVAILABLE, False, UNSURE, 0, id="HTTP 503"),
        pytest.param({"create_status": 504}, ErrorKind.TIMEOUT, False, UNSURE, 0, id="HTTP 504"),
        pytest.param(
            {"create_status": 500, "create_code": 422}, ErrorKind.BAD_REQUEST, False, SURE, 0, id="HTTP 500, 422 inside"
        ),
        pytest.param({"rate_per_10s": 0}, ErrorKind.RATE_LIMITED, True, SURE, 0, id="too fast"),
        pytest.param({"running_max": 0}, ErrorKind.RATE_LIMITED, True, SURE, 0, id="too many running"),
        pytest.param({"key_cap": 0}, ErrorKind.FUNDS, False, SURE, 0, id="the key's cap"),
    ],
)
async def test_a_submission_that_fails_says_whether_anything_was_created(
    adapter_of: AdapterOf,
    faults: Faults,
    fault: dict[str, Any],
    kind: ErrorKind,
    retryable: bool,
    certain: bool,
    tasks: int,
) -> None:
    await faults.order(**fault)

    with pytest.raises(ProviderError) as caught:
        await adapter_of("google/nano-banana").submit(PICTURE)
    error = caught.value
    assert (error.kind, error.retryable, error.certain_not_sent) == (kind, retryable, certain)
    assert KEY not in str(error)
    counts = (await faults.state())["counts"]
    assert (counts["create_task"], counts.get("tasks", 0)) == (1, tasks)


async def test_a_refused_connection_is_certain(outbound: OutboundHttp, unused_tcp_port: int) -> None:
    client = KieClient(ProviderHttp(outbound, f"http://127.0.0.1:{unused_tcp_port}", KEY, LIMITS))

    with pytest.raises(ProviderError) as caught:
        await client.create_task("google/nano-banana", {"prompt": "a hill"})
    error = caught.value
    assert (error.kind, error.retryable, error.certain_not_sent) == (ErrorKind.UNREACHABLE, True, True)


async def test_a_missing_key_is_told(outbound: OutboundHttp, faults: Faults) -> None:
    client = KieClient(ProviderHttp(outbound, faults.url, None, LIMITS))

    with pytest.raises(ProviderError) as caught:
        await client.create_task("google/nano-banana", {"prompt": "a hill"})
    assert (caught.value.kind, caught.value.certain_not_sent) == (ErrorKind.AUTH, True)


async def test_the_rate_is_twenty_in_ten_seconds(kie: KieClient, faults: Faults) -> None:
    await faults.order(rate_per_10s=20, never_ends=True)
    for _ in range(20):
        await kie.create_task("google/nano-banana", {"prompt": "a hill"})

    with pytest.raises(ProviderError) as caught:
        await kie.create_task("google/nano-banana", {"prompt": "a hill"})
    assert caught.value.kind == ErrorKind.RATE_LIMITED


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("The service is busy", ErrorKind.FAILED),
        ("Your prompt was flagged as violating our content policy", ErrorKind.MODERATION),
    ],
)
async def test_a_task_that_fails_says_why(adapter_of: AdapterOf, faults: Faults, message: str, kind: ErrorKind) -> None:
    await faults.order(fail_msg=message, fail_code="400")
    adapter = adapter_of("google/nano-banana")
    done = await adapter.wait((await adapter.submit(PICTURE)).provider_task_id or "")

    assert (done.state, done.results) == (TaskState.FAILED, ())
    assert done.error is not None
    assert (done.error.kind, done.error.message) == (kind, f"400 {message}")


async def test_faults_can_be_written_into_the_prompt(adapter_of: AdapterOf) -> None:
    adapter = adapter_of("google/nano-banana")
    request = MediaRequest('a hill\nX-Sandbox: {"fail_msg": "too dark"}')
    done = await adapter.wait((await adapter.submit(request)).provider_task_id or "")

    assert done.state == TaskState.FAILED
    assert (await adapter.wait((await adapter.submit(PICTURE)).provider_task_id or "")).state == TaskState.SUCCEEDED


@pytest.mark.parametrize("way", ["404", "empty"])
async def test_a_task_that_cannot_be_seen_yet_is_unknown_not_lost(
    adapter_of: AdapterOf, faults: Faults, way: str
) -> None:
    await faults.order(invisible_s=0.8, invisible_as=way)
    adapter = adapter_of("google/nano-banana")
    task_id = (await adapter.submit(PICTURE)).provider_task_id or ""

    assert (await adapter.query(task_id)).state == TaskState.UNKNOWN
    assert (await adapter.wait(task_id)).state == TaskState.SUCCEEDED


async def test_a_task_that_stays_unknown_is_given_up(adapter_of: AdapterOf) -> None:
    with pytest.raises(ProviderError) as caught:
        await adapter_of("google/nano-banana").wait("task_of_another_world")
    assert caught.value.kind == ErrorKind.NOT_FOUND


@pytest.mark.parametrize("fault", [{"query_code": 500}, {"query_status": 500}, {"query_code": 429}])
async def test_queries_that_fail_for_a_while_are_sat_out(
    adapter_of: AdapterOf, faults: Faults, fault: dict[str, int]
) -> None:
    adapter = adapter_of("google/nano-banana")
    task_id = (await adapter.submit(PICTURE)).provider_task_id or ""
    await faults.order(**fault, query_fail_times=2)

    assert (await adapter.wait(task_id)).state == TaskState.SUCCEEDED
    assert (await faults.state())["counts"]["record_info"] >= 3


async def test_a_query_that_is_refused_is_not_sat_out(adapter_of: AdapterOf, faults: Faults) -> None:
    adapter = adapter_of("google/nano-banana")
    task_id = (await adapter.submit(PICTURE)).provider_task_id or ""
    await faults.order(query_code=401)

    with pytest.raises(ProviderError) as caught:
        await adapter.wait(task_id)
    assert caught.value.kind == ErrorKind.AUTH


async def test_a_task_that_never_ends_runs_until_the_order_is_lifted(adapter_of: AdapterOf, faults: Faults) -> None:
    await faults.order(never_ends=True)
    adapter = adapter_of("google/nano-banana")
    task_id = (await adapter.submit(PICTURE)).provider_task_id or ""
    waiting = asyncio.create_task(adapter.wait(task_id))
    while (await faults.state())["counts"].get("record_info", 0) < 5:
        assert not waiting.done()
    assert not waiting.done()
    assert (await adapter.query(task_id)).state == TaskState.RUNNING
    await faults.order()

    assert (await waiting).state == TaskState.SUCCEEDED


async def test_an_upload_that_expired_fails_the_task(adapter_of: AdapterOf, faults: Faults, red: bytes) -> None:
    await faults.order(upload_life_s=0)
    adapter = adapter_of("google/nano-banana-edit")
    request = MediaRequest("warmer", references=(Reference.of_bytes(red, "image/png"),))
    done = await adapter.wait((await adapter.submit(request)).provider_task_id or "")

    assert done.error is not None
    assert "expired" in done.error.message


async def test_a_reference_that_is_no_picture_fails_the_task(adapter_of: AdapterOf) -> None:
    adapter = adapter_of("google/nano-banana-edit")
    request = MediaRequest("warmer", references=(Reference.of_bytes(b"<svg/>", "image/png"),))
    done = await adapter.wait((await adapter.submit(request)).provider_task_id or "")

    assert done.error is not None
    assert "cannot be read" in done.error.message


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/a.png", "http://[::1]/a.png", "http://169.254.169.254/x"])
async def test_the_sandbox_fetches_no_inner_address(images: Callable[[str], KieImageAdapter], url: str) -> None:
    done = await images("google/nano-banana-edit").generate("warmer", image_urls=[url])

    assert done.error is not None
    assert "cannot be reached" in done.error.message


@pytest.mark.parametrize("code", [401, 429, 500])
async def test_a_failed_upload_creates_nothing(adapter_of: AdapterOf, faults: Faults, red: bytes, code: int) -> None:
    await faults.order(upload_code=code)
    request = MediaRequest("warmer", references=(Reference.of_bytes(red, "image/png"),) * 3)

    with pytest.raises(ProviderError) as caught:
        await adapter_of("google/nano-banana-edit").submit(request)
    assert (caught.value.certain_not_sent, caught.value.retryable) == (True, code != 401)
    assert "create_task" not in (await faults.state())["counts"]


async def test_a_request_that_does_not_fit_is_not_sent(
    videos: Callable[[str], KieVideoAdapter], faults: Faults
) -> None:
    with pytest.raises(ProviderError) as caught:
        await videos("kling-3.0/video").generate("a hill", n_frames=10)
    error = caught.value
    assert (error.kind, error.message, error.certain_not_sent) == (
        ErrorKind.BAD_REQUEST, "n_frames: unknown_option", True,
    )  # fmt: skip
    assert (await faults.state())["counts"] == {}


async def test_references_are_read_as_they_are_sent(adapter_of: AdapterOf, faults: Faults, red: bytes) -> None:
    opened = 0

    async def read() -> Any:
        nonlocal opened
        opened += 1
        for start in range(0, len(red), 100):
            yield red[start : start + 100]

    reference = Reference.of_bytes(red, "image/png", ReferenceRole.REFERENCE)
    streamed = Reference(reference.role, reference.kind, reference.mime, read=read, size_bytes=len(red))
    adapter = adapter_of("google/nano-banana-edit")
    for _ in range(2):
        request = MediaRequest("warmer", references=(streamed,))
        await adapter.submit(request)

    assert opened == 2
    assert (await faults.state())["counts"]["uploads"] == 2


@pytest.mark.parametrize(
    ("fault", "status", "mime"),
    [
        ({"link": "expired"}, 403, "application/xml"),
        ({"link_life_s": 0}, 403, "application/xml"),
        ({"link": "404"}, 404, "text/plain"),
        ({"link": "403"}, 403, "text/plain"),
        ({"link": "html"}, 200, "image/png"),
        ({"link": "svg"}, 200, "image/svg+xml"),
        ({"link": "truncated"}, 200, "image/png"),
        ({"link": "renamed"}, 200, "text/html"),
        ({"link": "redirect", "redirect_to": "http://169.254.169.254/"}, 302, "application/octet-stream"),
        ({"link": "pixel_bomb"}, 200, "image/png"),
    ],
    ids=lambda value: value.get("link", "life") if isinstance(value, dict) else None,
)
async def test_results_misbehave_on_order(
    images: Callable[[str], KieImageAdapter],
    web: aiohttp.ClientSession,
    faults: Faults,
    fault: dict[str, Any],
    status: int,
    mime: str,
) -> None:
    await faults.order(**fault)
    done = await images("google/nano-banana").generate("a hill")

    async with web.get(done.results[0].url or "", allow_redirects=False) as response:
        body = await response.read()
        assert (response.status, response.content_type) == (status, mime)
    match fault.get("link"):
        case "html" | "svg":
            assert b"<script>" in body
        case "truncated":
            assert (body[:4], body[-8:-4] == b"IEND") == (b"\x89PNG", False)
        case "renamed":
            assert b"IEND" in body[-12:]
            assert response.headers["Content-Disposition"].endswith('filename="../../start.html"')
        case "redirect":
            assert response.headers["Location"] == "http://169.254.169.254/"
        case "pixel_bomb":
            assert len(body) < 32_000
            assert int.from_bytes(body[16:20]) * int.from_bytes(body[20:24]) == 169_000_000


async def test_a_wrong_length_breaks_the_download(
    images: Callable[[str], KieImageAdapter], web: aiohttp.ClientSession, faults: Faults
) -> None:
    await faults.order(link="wrong_length")
    done = await images("google/nano-banana").generate("a hill")

    async with web.get(done.results[0].url or "") as response:
        with pytest.raises(aiohttp.ClientPayloadError):
            await response.read()


@pytest.mark.parametrize(("link", "bytes_least"), [("endless", 4_000_000), ("drip", 1), ("gzip_bomb", 1000)])
async def test_a_download_that_is_left_is_noticed(
    images: Callable[[str], KieImageAdapter], faults: Faults, link: str, bytes_least: int
) -> None:
    await faults.order(link=link)
    done = await images("google/nano-banana").generate("a hill")
    async with (
        aiohttp.ClientSession(auto_decompress=False) as web,
        web.get(done.results[0].url or "") as response,
    ):
        read = 0
        while read < bytes_least:
            read += len(await response.content.readany())
        encoding = response.headers.get("Content-Encoding")
        response.close()

    assert encoding == ("gzip" if link == "gzip_bomb" else None)
    deadline = time.monotonic() + 5
    while link != "gzip_bomb" and (await faults.state())["counts"].get("aborted_downloads", 0) == 0:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)
