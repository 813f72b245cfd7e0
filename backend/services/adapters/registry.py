"""The model catalogue: capability descriptors of every model, and the adapters that talk with them."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from yarl import URL

from backend.core.background import end_tasks
from backend.core.config import Settings
from backend.core.errors import ModelUnavailable
from backend.core.http import OutboundHttp
from backend.core.logging import get_logger
from backend.core.provider_config import ModelConfig, ProviderConfig
from backend.services.adapters.base import ChatAdapter, MediaAdapter, ProviderError, TranscriptionAdapter
from backend.services.adapters.catalogue import ModelDescriptor, describe, known_models
from backend.services.adapters.kie.chat_adapter import KieChatAdapter
from backend.services.adapters.kie.client import KieClient
from backend.services.adapters.kie.image_adapter import KieImageAdapter
from backend.services.adapters.kie.models import find_media_model
from backend.services.adapters.kie.video_adapter import KieVideoAdapter
from backend.services.adapters.openai_compatible.chat_adapter import OpenAIChatAdapter
from backend.services.adapters.openai_compatible.client import OpenAIClient
from backend.services.adapters.openai_compatible.image_adapter import OpenAIImageAdapter
from backend.services.adapters.openai_compatible.transcription_adapter import OpenAITranscriptionAdapter
from backend.services.adapters.provider_http import ProviderHttp, ProviderLimits

REFRESH_S = 300.0
REFRESH_TIMEOUT_S = 20.0

OnChange = Callable[[Sequence[ModelDescriptor]], Awaitable[None]]
ProviderClient = KieClient | OpenAIClient
log = get_logger(__name__)


class ModelRegistry:
    """All models of all providers. Servers that list their models are asked in the background, never at start-up."""

    def __init__(self, providers: Sequence[ProviderConfig], settings: Settings, *, pause_s: float = 0.5) -> None:
        inner = [*settings.provider_allowed_hosts, *(_host_port(p.base_url) for p in providers if p.demo)]
        self._http = OutboundHttp(inner)
        self._limits = ProviderLimits(
            connect_s=settings.provider_connect_timeout_s,
            first_byte_s=settings.provider_first_byte_timeout_s,
            silence_s=settings.provider_silence_timeout_s,
            attempts=settings.provider_attempts,
            line_bytes=settings.provider_line_bytes_max,
            error_chars=settings.provider_error_chars_max,
            pause_s=pause_s,
        )
        self._providers = {provider.name: provider for provider in providers}
        self._clients = {provider.name: self._make_client(provider) for provider in providers}
        self._models: dict[str, ModelDescriptor] = {}
        for provider in providers:
            self._add(provider, known_models(provider))
        self._refreshing: asyncio.Task[None] | None = None
        self._on_change: OnChange | None = None

    async def start(self, on_change: OnChange) -> None:
        """Begin to ask the servers for their models, now and every few minutes; ``on_change`` is told what there is."""
        self._on_change = on_change
        await on_change(self.all())
        if any(self._is_discoverable(provider) for provider in self._providers.values()):
            self._refreshing = asyncio.create_task(self._keep_fresh())

    async def close(self) -> None:
        """Stop asking, and close all connections."""
        if self._refreshing is not None:
            await end_tasks(self._refreshing)
        await self._http.close()

    def all(self) -> list[ModelDescriptor]:
        """Return every model, real ones before demo ones, in the order of the configuration."""
        return sorted(self._models.values(), key=lambda model: model.demo)

    def find(self, model_id: str) -> ModelDescriptor | None:
        """Return a model by its id."""
        return self._models.get(model_id)

    def name_of(self, model_id: str) -> str:
        """Return what people call a model: its id, where it is no longer known."""
        found = self.find(model_id)
        return found.name if found else model_id

    def client(self, model: ModelDescriptor) -> ProviderClient:
        """Return the client of a model's provider."""
        return self._clients[model.provider]

    def adapter(self, model: ModelDescriptor) -> ChatAdapter:
        """Return the adapter that talks with a model; raises ModelUnavailable for one that cannot chat."""
        client = self._clients[model.provider]
        match client:
            case _ if model.mode != "chat":
                raise ModelUnavailable
            case KieClient():
                return KieChatAdapter(client, model.model)
            case OpenAIClient():
                return OpenAIChatAdapter(client, model.model)

    def media_adapter(self, model: ModelDescriptor) -> MediaAdapter:
        """Return the adapter that makes pictures or clips with a model; raises ModelUnavailable for one that chats."""
        client = self._clients[model.provider]
        known = find_media_model(model.model)
        match client:
            case _ if model.media is None:
                raise ModelUnavailable
            case KieClient() if known is not None and model.mode == "image":
                return KieImageAdapter(client, known)
            case KieClient() if known is not None:
                return KieVideoAdapter(client, known)
            case OpenAIClient():
                return OpenAIImageAdapter(client, model.model, model.media)
            case _:
                raise ModelUnavailable

    def transcription_adapter(self, model: ModelDescriptor) -> TranscriptionAdapter:
        """Return the adapter that listens with a model; raises ModelUnavailable for one that does not."""
        client = self._clients[model.provider]
        if model.mode != "transcription" or not isinstance(client, OpenAIClient):
            raise ModelUnavailable
        return OpenAITranscriptionAdapter(client, model.model)

    def home(self, model: ModelDescriptor) -> URL:
        """Return the address of a model's provider: the one origin of its results that may lie inside."""
        return URL(self._providers[model.provider].base_url)

    def takes_callbacks(self, model: ModelDescriptor) -> bool:
        """Tell whether a model's provider calls back, in a way that can be proven."""
        return self._providers[model.provider].kind == "kie" and model.media is not None and model.media.callback

    @property
    def http(self) -> OutboundHttp:
        """The one way out, which results are fetched through as well."""
        return self._http

    async def refresh(self) -> None:
        """Ask every server that lists its models; one that fails keeps what it had."""
        for provider in self._providers.values():
            if not self._is_discoverable(provider):
                continue
            try:
                async with asyncio.timeout(REFRESH_TIMEOUT_S):
                    names = await self._clients[provider.name].list_models()
            except (ProviderError, TimeoutError) as error:
                log.warning("models could not be listed", provider=provider.name, reason=str(error))
                continue
            listed = {model.id for model in provider.models}
            self._add(provider, [*provider.models, *(ModelConfig(id=name) for name in names if name not in listed)])
        if self._on_change is not None:
            await self._on_change(self.all())

    async def check_providers(self) -> dict[str, str]:
        """Try each provider; returns ``ok: ...`` or what is wrong, by name."""
        found = {}
        for name, client in self._clients.items():
            try:
                async with asyncio.timeout(REFRESH_TIMEOUT_S):
                    found[name] = f"ok: {await client.check()}"
            except ProviderError as error:
                found[name] = str(error)
            except TimeoutError:
                found[name] = "provider_timeout: no answer in time"
        return found

    async def _keep_fresh(self) -> None:
        while True:
            await self.refresh()
            await asyncio.sleep(REFRESH_S)

    def _make_client(self, provider: ProviderConfig) -> ProviderClient:
        http = ProviderHttp(self._http, provider.base_url, provider.key(), self._limits)
        return KieClient(http) if provider.kind == "kie" else OpenAIClient(http)

    @staticmethod
    def _is_discoverable(provider: ProviderConfig) -> bool:
        return provider.kind == "openai" and not provider.only_listed_models

    def _add(self, provider: ProviderConfig, models: Sequence[ModelConfig]) -> None:
        kept = {key: model for key, model in self._models.items() if model.provider != provider.name}
        described = [describe(provider, model) for model in models if model.enabled]
        self._models = kept | {model.id: model for model in described}


def _host_port(base_url: str) -> str:
    url = URL(base_url)
    return f"{url.host}:{url.port}"
