"""The web client: hashed assets for a year, the page itself never cached, nothing outside its folder."""

import re
from pathlib import Path

from fastapi import Request, Response
from fastapi.responses import FileResponse
from starlette.exceptions import HTTPException

FOREVER = "public, max-age=31536000, immutable"
NOT_BUILT = "The web client is not built. Run `make build`, or use the API below /api.\n"
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
    ".txt": "text/plain; charset=utf-8",
}


BUILD = re.compile(r'<meta name="latent-build" content="([0-9a-z]{1,40})"')
ALWAYS_ASKED_FOR = ("/index.html", "/sw.js", "/offline.html")


class WebClient:
    """Serves the files of one folder, listed once at the start: a path is looked up, never opened as it came.

    ``build`` is the name that the page bears; None where there is no page.
    """

    def __init__(self, folder: Path) -> None:
        self._files = {
            f"/{path.relative_to(folder).as_posix()}": path for path in folder.rglob("*") if path.suffix in TYPES
        }
        page = self._files.get("/index.html")
        named = BUILD.search(page.read_text(encoding="utf-8")) if page else None
        self.build = named.group(1) if named else None

    async def serve(self, request: Request) -> Response:
        """Answer with the file, or with the page for the client's own routes."""
        path = request.url.path
        if path.startswith("/api/"):
            raise HTTPException(404)
        if file := self._files.get(path):
            return self._serve(file, request, "no-cache" if path in ALWAYS_ASKED_FOR else self._caching(path))
        if "." in path.rsplit("/", 1)[-1]:
            raise HTTPException(404)
        page = self._files.get("/index.html")
        if page is None:
            return Response(NOT_BUILT, 503, media_type="text/plain")
        return self._serve(page, request, "no-cache")

    def _serve(self, file: Path, request: Request, caching: str) -> Response:
        headers = {"cache-control": caching, "vary": "accept-encoding"}
        for encoding, suffix in (("br", ".br"), ("gzip", ".gz")):
            packed = file.with_name(file.name + suffix)
            if encoding in request.headers.get("accept-encoding", "") and packed.is_file():
                return FileResponse(
                    packed, media_type=TYPES[file.suffix], headers={**headers, "content-encoding": encoding}
                )
        return FileResponse(file, media_type=TYPES[file.suffix], headers=headers)

    @staticmethod
    def _caching(path: str) -> str:
        return FOREVER if path.startswith("/assets/") else "public, max-age=3600"
