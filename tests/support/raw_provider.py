"""A provider of OpenAI's shape that says a usage byte by byte as ordered, also where that is no JSON."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

TEXT = b'{"choices":[{"index":0,"delta":{"content":"four words of text"},"finish_reason":null}]}'
END = b'{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}'
CONFIG = """
[[providers]]
name = "raw"
kind = "openai"
base_url = "{url}/v1"
only_listed_models = true
  [[providers.models]]
  id = "x"
  price = {{ input = 60, output = 500 }}
"""


class RawProvider:
    """What the provider says: ``usage`` is the text of the JSON value."""

    def __init__(self) -> None:
        self.usage = b"{}"
        self.url = ""

    @property
    def host(self) -> str:
        """Name and port, to be allowed."""
        return self.url.removeprefix("http://")

    @property
    def config(self) -> str:
        """The ``config.toml`` that names this provider; its model is ``raw/x``."""
        return CONFIG.format(url=self.url)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Stream four words, an end, and the usage."""
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for data in (TEXT, END, b'{"choices":[],"usage":' + self.usage + b"}", b"[DONE]"):
            await response.write(b"data: " + data + b"\n\n")
        return response


@asynccontextmanager
async def open_raw_provider() -> AsyncIterator[RawProvider]:
    """Serve it on a free loopback port while the context is open."""
    provider = RawProvider()
    app = web.Application()
    app.router.add_post("/v1/chat/completions", provider.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        provider.url = f"http://{host}:{port}"
        yield provider
    finally:
        await runner.cleanup()
