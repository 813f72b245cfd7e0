"""One behaviour for all chat adapters, over real HTTP against the sandbox."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from backend.core.config import Settings
from backend.core.provider_config import ProviderConfig, load_providers
from backend.services.adapters.base import (
    ChatAdapter,
    ChatCompletionChunk,
    ChatMessage,
    ErrorKind,
    MediaKind,
    MediaPart,
    ProviderError,
    TextPart,
)
from backend.services.adapters.kie.chat_adapter import KieChatAdapter
from backend.services.adapters.registry import ModelRegistry
from backend.services.ai_service import call_ai_api
from tests.support.sandbox import Faults

HELLO = [ChatMessage("user", "echo: **hello**")]
KEY = "a-key-that-must-stay-secret"


@pytest.fixture(params=["kie", "openai"])
async def registry(request: pytest.FixtureRequest, faults: Faults, tmp_path: Path) -> AsyncIterator[ModelRegistry]:
    """A registry with one provider of each wire protocol in turn, and little patience."""
    url = faults.url if request.param == "kie" else f"{faults.url}/v1"
    changes = {"provider_first_byte_timeout_s": 1.0, "provider_silence_timeout_s": 0.3}
    settings = Settings(data_dir=tmp_path, provider_allowed_hosts=["127.0.0.1"], **changes)  # type: ignore[arg-type]
    provider = ProviderConfig(name="x", kind=request.param, base_url=url, api_key=SecretStr(KEY), models=[
        {"id": "demo-swift"}, {"id": "demo-thinker"},  # type: ignore[list-item]
    ], only_listed_models=True)  # fmt: skip
    registry = ModelRegistry([provider], settings, pause_s=0.01)
    yield registry
    await registry.close()


@pytest.fixture
def adapter_of(registry: ModelRegistry) -> Callable[[str], ChatAdapter]:
    def find(model: str) -> ChatAdapter:
        descriptor = registry.find(f"x/{model}")
        assert descriptor is not None
        return registry.adapter(descriptor)

    return find


@pytest.fixture
def adapter(adapter_of: Callable[[str], ChatAdapter]) -> ChatAdapter:
    return adapter_of("demo-swift")


async def read(stream: AsyncIterator[ChatCompletionChunk]) -> list[ChatCompletionChunk]:
    return [chunk async for chunk in stream]


async def test_whole_and_streamed_answers_say_the_same(adapter: ChatAdapter) -> None:
    whole = await adapter.chat(HELLO)
    chunks = await read(adapter.chat(HELLO, stream=True))

    assert whole.text == "".join(chunk.text for chunk in chunks) == "**hello**"
    assert whole.usage == next(chunk.usage for chunk in chunks if chunk.usage)
    assert [chunk.finish_reason for chunk in chunks if chunk.finish_reason] == ["stop"]


async def test_thoughts_are_told_apart(adapter_of: Callable[[str], ChatAdapter]) -> None:
    chunks = await read(adapter_of("demo-thinker").chat(HELLO, stream=True))

    assert "".join(chunk.reasoning for chunk in chunks).startswith("The question is short")
    assert "".join(chunk.text for chunk in chunks) == "**hello**"


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
async def test_line_ends_and_separators_do_not_matter(adapter: ChatAdapter, faults: Faults, line_end: str) -> None:
    await faults.order(line_end=line_end, answer="a\u2028b\u0085c")

    assert "".join(chunk.text for chunk in await read(adapter.chat(HELLO, stream=True))) == "a\u2028b\u0085c"


@pytest.mark.parametrize(
    ("fault", "kind", "retryable"),
    [
        pytest.param({"http_status": 401}, ErrorKind.AUTH, False, id="401"),
        pytest.param({"http_status": 402}, ErrorKind.FUNDS, False, id="402"),
        pytest.param({"http_status": 404}, ErrorKind.NOT_FOUND, False, id="404"),
        pytest.param({"http_status": 422}, ErrorKind.BAD_REQUEST, False, id="422"),
        pytest.param({"http_status": 429}, ErrorKind.RATE_LIMITED, True, id="429"),
        pytest.param({"http_status": 500}, ErrorKind.UNKNOWN, False, id="500"),
        pytest.param({"http_status": 503}, ErrorKind.UNAVAILABLE, True, id="503"),
        pytest.param({"redirect_to": "http://127.0.0.1:1/"}, ErrorKind.BAD_REQUEST, False, id="redirect"),
        pytest.param({"first_delay_s": 30}, ErrorKind.TIMEOUT, False, id="no first byte"),
        pytest.param({"silence_after": 0}, ErrorKind.TIMEOUT, False, id="silence"),
        pytest.param({"cut_after": 0}, ErrorKind.BROKEN, False, id="cut"),
        pytest.param({"garbage_after": 0}, ErrorKind.BROKEN, False, id="garbage"),
        pytest.param({"huge_line_after": 0}, ErrorKind.BROKEN, False, id="huge line"),
        pytest.param({"error_after": 0}, ErrorKind.FAILED, False, id="error event"),
    ],
)
async def test_every_failure_has_a_kind(
    adapter: ChatAdapter, faults: Faults, fault: dict[str, Any], kind: ErrorKind, retryable: bool
) -> None:
    await faults.order(**fault)

    with pytest.raises(ProviderError) as caught:
        await read(adapter.chat(HELLO, stream=True))
    assert (caught.value.kind, caught.value.retryable) == (kind, retryable)
    assert KEY not in str(caught.value)
    assert len(caught.value.message) <= 500


async def test_only_what_is_safe_is_sent_again(adapter: ChatAdapter, faults: Faults) -> None:
    await faults.order(http_status=503, fail_times=2)
    assert (await adapter.chat(HELLO)).text == "**hello**"
    assert (await faults.state())["counts"]["chat"] == 3

    await faults.reset()
    await faults.order(http_status=500)
    with pytest.raises(ProviderError):
        await adapter.chat(HELLO)
    assert (await faults.state())["counts"]["chat"] == 1


async def test_leaving_a_stream_hangs_up_on_the_provider(adapter: ChatAdapter, faults: Faults) -> None:
    await faults.order(tokens_per_s=50)
    stream = adapter.chat([ChatMessage("user", "write 500 words")], stream=True)
    await anext(stream)
    await stream.aclose()  # type: ignore[attr-defined]

    deadline = time.monotonic() + 5
    while (await faults.state())["counts"].get("aborted", 0) == 0:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


async def test_a_stream_without_done_but_with_a_reason_is_whole(adapter: ChatAdapter, faults: Faults) -> None:
    await faults.order(no_done=True, no_usage=True)
    chunks = await read(adapter.chat(HELLO, stream=True))

    assert "".join(chunk.text for chunk in chunks) == "**hello**"
    assert all(chunk.usage is None for chunk in chunks)


async def test_usage_that_cannot_be_is_dropped(adapter: ChatAdapter, faults: Faults) -> None:
    await faults.order(usage={"prompt_tokens": -1, "completion_tokens": 1e300, "completion_tokens_details": []})
    usage = (await adapter.chat(HELLO)).usage

    assert usage is not None
    assert (usage.prompt_tokens, usage.completion_tokens, usage.reasoning_tokens) == (None, None, None)


async def test_media_travel_as_parts(adapter: ChatAdapter, faults: Faults) -> None:
    picture = MediaPart(MediaKind.IMAGE, "image/png", content=b"\x89PNG")
    sound = MediaPart(MediaKind.AUDIO, "audio/wav", content=b"RIFF")
    paper = MediaPart(MediaKind.FILE, "application/pdf", url="https://files.example/a.pdf", name="a.pdf")
    await adapter.chat([ChatMessage("user", (TextPart("echo: look"), picture, sound, paper))])

    text, image, audio, file = (await faults.state())["last_chat"]["messages"][0]["content"]
    assert text == {"type": "text", "text": "echo: look"}
    assert image == {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw=="}}
    if isinstance(adapter, KieChatAdapter):
        assert audio["image_url"]["url"].startswith("data:audio/wav;base64,")
        assert file == {"type": "image_url", "image_url": {"url": "https://files.example/a.pdf"}}
    else:
        assert audio["input_audio"]["format"] == "wav"
        assert file["file"]["filename"] == "a.pdf"


async def test_one_prompt_gets_one_answer(registry: ModelRegistry, faults: Faults) -> None:
    assert (await call_ai_api(registry, "echo: pong", "x/demo-swift", timeout=5)).text == "pong"

    await faults.order(first_delay_s=30, silence_after=0)
    await faults.order(http_status=503)
    with pytest.raises(ProviderError):
        await call_ai_api(registry, "echo: pong", "x/demo-swift", timeout=0.3)


async def test_a_check_says_whether_the_provider_is_well(registry: ModelRegistry, faults: Faults) -> None:
    assert (await registry.check_providers())["x"].startswith("ok")


async def test_kie_tells_errors_under_http_200(faults: Faults, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, sandbox_url=faults.url)
    registry = ModelRegistry(load_providers(settings), settings, pause_s=0.01)
    model = registry.find("demo/demo-swift")
    assert model is not None
    adapter = registry.adapter(model)
    assert isinstance(adapter, KieChatAdapter)
    for code, kind in ((401, ErrorKind.AUTH), (433, ErrorKind.FUNDS), (455, ErrorKind.UNAVAILABLE)):
        await faults.order(code=code)
        with pytest.raises(ProviderError) as caught:
            await read(adapter.chat(HELLO, stream=True))
        assert caught.value.kind == kind
    await faults.order()
    simple = await adapter.chat_simple("echo: hi", system_prompt="Be brief", history=HELLO)  # type: ignore[misc]
    assert simple.text == "hi"  # type: ignore[union-attr]
    told = (await faults.state())["last_chat"]["messages"]
    assert [message["role"] for message in told] == ["system", "user", "user"]
    assert adapter.estimate_cost(10, 20).provider_credits is None
    await registry.close()


@pytest.mark.parametrize(
    "base_url",
    [
        "http://127.0.0.1:{port}", "http://localhost:{port}", "http://[::ffff:127.0.0.1]:{port}",
        "http://127.1:{port}", "http://2130706433:{port}", "http://0x7f000001:{port}", "http://0177.0.0.1:{port}",
        "http://①②⑦.⓪.⓪.①:{port}", "http://127。0。0。1:{port}",
    ],
)  # fmt: skip
async def test_inner_hosts_are_refused_unless_the_operator_names_them(
    faults: Faults, tmp_path: Path, base_url: str
) -> None:
    port = faults.url.rsplit(":", 1)[1]
    provider = ProviderConfig(
        name="x",
        kind="openai",
        base_url=base_url.format(port=port),
        models=[{"id": "demo-swift"}],  # type: ignore[list-item]
    )
    registry = ModelRegistry([provider], Settings(data_dir=tmp_path), pause_s=0.01)
    model = registry.find("x/demo-swift")
    assert model is not None

    with pytest.raises(ProviderError) as caught:
        await registry.adapter(model).chat(HELLO)
    assert caught.value.kind in (ErrorKind.UNREACHABLE, ErrorKind.BROKEN)
    assert (await faults.state())["counts"] == {}
    await registry.close()
