"""The web application: routes, frame, web client; no logic."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.routing import WebSocketRoute

from backend import __version__
from backend.api.errors import install_error_handlers
from backend.api.middleware import RequestFrame
from backend.api.openapi import build_openapi
from backend.api.router import router
from backend.api.static_files import WebClient
from backend.api.websocket import serve_socket
from backend.bootstrap import open_container
from backend.core.config import Settings


def create_app(settings: Settings) -> FastAPI:
    """Return the application; its parts open when it starts, and close, after a grace time, when it ends."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_container(settings) as container:
            app.state.container = container
            yield

    app = FastAPI(
        title="Latent",
        version=__version__,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        generate_unique_id_function=_operation_id,
    )
    app.include_router(router)
    app.router.routes.append(WebSocketRoute("/ws", serve_socket))
    web = WebClient(settings.web_dir)
    app.state.build = web.build
    app.add_route("/{path:path}", web.serve, include_in_schema=False)
    install_error_handlers(app)
    app.add_middleware(RequestFrame, settings=settings)
    app.openapi = lambda: build_openapi(app)  # type: ignore[method-assign]
    return app


async def drain(app: FastAPI) -> None:
    """Let what runs in this process end, within its grace time: for a server that is told to end."""
    await app.state.container.runs.drain()


def _operation_id(route: APIRoute) -> str:
    """Name operations after their functions: the generated client's names."""
    return route.name
