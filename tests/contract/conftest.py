"""Clients of both wire protocols, with little patience, and pictures to hand in."""

from collections.abc import AsyncIterator, Callable

import aiohttp
import pytest

from backend.core.http import OutboundHttp
from backend.services.adapters.kie.client import KieClient
from backend.services.adapters.kie.image_adapter import KieImageAdapter
from backend.services.adapters.kie.media_adapter import KieMediaAdapter, Polling
from backend.services.adapters.kie.models import find_media_model
from backend.services.adapters.kie.video_adapter import KieVideoAdapter
from backend.services.adapters.openai_compatible.client import OpenAIClient
from backend.services.adapters.openai_compatible.image_adapter import OpenAIImageAdapter
from backend.services.adapters.provider_http import ProviderHttp, ProviderLimits
from tests.contract.media import paint
from tests.support.sandbox import Faults

KEY = "a-key-that-must-stay-secret"
LIMITS = ProviderLimits(
    connect_s=2.0, first_byte_s=1.0, silence_s=0.5, attempts=3, line_bytes=1024, error_chars=200, pause_s=0.01
)
POLLING = Polling(first_s=0.01, growth=1.2, most_s=0.05, timeout_s=10.0, unseen_s=2.0)

AdapterOf = Callable[[str], KieMediaAdapter]


@pytest.fixture
async def outbound() -> AsyncIterator[OutboundHttp]:
    """The way out, open for the sandbox."""
    http = OutboundHttp(["127.0.0.1"])
    yield http
    await http.close()


@pytest.fixture
def kie(outbound: OutboundHttp, faults: Faults) -> KieClient:
    """A client of KIE's API."""
    return KieClient(ProviderHttp(outbound, faults.url, KEY, LIMITS))


@pytest.fixture
def adapter_of(kie: KieClient) -> AdapterOf:
    """Return the adapter of a model, for any kind of medium."""

    def find(name: str) -> KieMediaAdapter:
        model = find_media_model(name)
        assert model is not None
        return KieMediaAdapter(kie, model, POLLING)

    return find


@pytest.fixture
def images(kie: KieClient) -> Callable[[str], KieImageAdapter]:
    """Return the image adapter of a model."""

    def find(name: str) -> KieImageAdapter:
        model = find_media_model(name)
        assert model is not None
        return KieImageAdapter(kie, model, POLLING)

    return find


@pytest.fixture
def videos(kie: KieClient) -> Callable[[str], KieVideoAdapter]:
    """Return the video adapter of a model."""

    def find(name: str) -> KieVideoAdapter:
        model = find_media_model(name)
        assert model is not None
        return KieVideoAdapter(kie, model, POLLING)

    return find


@pytest.fixture
def openai(outbound: OutboundHttp, faults: Faults) -> OpenAIImageAdapter:
    """The image adapter of OpenAI's protocol."""
    client = OpenAIClient(ProviderHttp(outbound, f"{faults.url}/v1", KEY, LIMITS))
    return OpenAIImageAdapter(client, "gpt-image-1")


@pytest.fixture
async def web() -> AsyncIterator[aiohttp.ClientSession]:
    """A plain client with a key, for what is looked at on the wire itself."""
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {KEY}"}) as session:
        yield session


@pytest.fixture(scope="session")
def red() -> bytes:
    """A red picture, twice as wide as high."""
    return paint((200, 30, 30), (400, 200))


@pytest.fixture(scope="session")
def blue() -> bytes:
    """A blue picture, twice as wide as high."""
    return paint((30, 30, 200), (400, 200))
