"""A model that says what the test wrote down: the port of the adapters, without a wire."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field

from backend.services.adapters.base import ChatCompletionChunk, ProviderError
from backend.services.adapters.registry import ModelDescriptor, ModelRegistry, ProviderClient


@dataclass
class Script:
    """What comes, and how it ends: by itself, with an error, or never (then ``silent`` is set)."""

    chunks: Sequence[ChatCompletionChunk]
    error: ProviderError | None = None
    falls_silent: bool = False
    silent: asyncio.Event = field(default_factory=asyncio.Event)

    async def chat(self, *_messages: object, **_options: object) -> AsyncGenerator[ChatCompletionChunk]:
        """Answer."""
        for chunk in self.chunks:
            yield chunk
        if self.error is not None:
            raise self.error
        if self.falls_silent:
            self.silent.set()
            await asyncio.Event().wait()


class ScriptedRegistry:
    """The product's catalogue of models, all of which follow one script."""

    def __init__(self, registry: ModelRegistry) -> None:
        self._registry = registry
        self.script = Script(())

    def find(self, model_id: str) -> ModelDescriptor | None:
        """Return a model by its id."""
        return self._registry.find(model_id)

    def client(self, model: ModelDescriptor) -> ProviderClient:
        """Return the client of a model's provider; it is not used."""
        return self._registry.client(model)

    def adapter(self, _model: ModelDescriptor) -> Script:
        """Return what answers in the model's place."""
        return self.script
