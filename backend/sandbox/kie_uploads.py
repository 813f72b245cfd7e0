"""KIE's uploads: a form, base64, or an address to fetch; and short-lived links to results."""

import base64
import binascii
import mimetypes
import re
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from aiohttp import web

from backend.sandbox.bodies import read_body, read_parts
from backend.sandbox.fetching import OUTBOUND, FetchFailed, fetch
from backend.sandbox.files import FILES, StoredFile
from backend.sandbox.kie_jobs import envelope, refuse_access
from backend.sandbox.state import STATE

STREAM_BYTES_MAX = 200 * 1024 * 1024
BASE64_CHARS_MAX = 28 * 1024 * 1024
URL_BYTES_MAX = 100 * 1024 * 1024
DOWNLOAD_LINK_S = 20 * 60.0
NAME_CHARS_MAX = 200
UNSAFE = re.compile(r"[^\w.-]+", re.ASCII)
DATA_URL = re.compile(r"data:([\w.+/-]{1,100});base64,")


async def stream_upload(request: web.Request) -> web.Response:
    """``POST /api/file-stream-upload``: the fields ``file``, ``uploadPath``, ``fileName`` of a form."""
    if refusal := _refuse(request):
        return refusal
    texts: dict[str, str] = {}
    path: Path | None = None
    sent_name = mime = ""
    async for part in read_parts(request):
        if part.name == "file":
            path = await request.app[FILES].receive(part, STREAM_BYTES_MAX)
            sent_name, mime = part.filename or "file", part.headers.get("Content-Type", "")
        elif part.name:
            texts[part.name] = (await part.read())[:NAME_CHARS_MAX].decode(errors="replace")
    if path is None or "uploadPath" not in texts:
        return _answer(400, "file and uploadPath are required")
    return _stored(request, path, texts.get("fileName") or sent_name, texts["uploadPath"], mime)


async def base64_upload(request: web.Request) -> web.Response:
    """``POST /api/file-base64-upload``: raw base64 or a data URL."""
    if refusal := _refuse(request):
        return refusal
    body = await read_body(request)
    data, folder = body.get("base64Data"), body.get("uploadPath")
    if not isinstance(data, str) or not isinstance(folder, str) or len(data) > BASE64_CHARS_MAX:
        return _answer(400, "base64Data and uploadPath are required")
    found = DATA_URL.match(data)
    try:
        content = base64.b64decode(data[found.end() :] if found else data, validate=True)
    except binascii.Error:
        return _answer(400, "base64Data is no base64")
    path = request.app[FILES].new_path()
    path.write_bytes(content)
    mime = found.group(1) if found else ""
    return _stored(request, path, str(body.get("fileName") or "file"), folder, mime)


async def url_upload(request: web.Request) -> web.Response:
    """``POST /api/file-url-upload``: a public address, fetched within 30 seconds and 100 MB."""
    if refusal := _refuse(request):
        return refusal
    body = await read_body(request)
    url, folder = body.get("fileUrl"), body.get("uploadPath")
    if not isinstance(url, str) or not isinstance(folder, str):
        return _answer(400, "fileUrl and uploadPath are required")
    files, path = request.app[FILES], request.app[FILES].new_path()
    own = files.resolve(url, request.url.origin())
    try:
        if own is None:
            mime = await fetch(request.app[OUTBOUND], url, path, URL_BYTES_MAX)
        elif own.expired():
            raise FetchFailed("the file has expired")
        else:
            path.write_bytes(own.file.path.read_bytes())
            mime = own.file.mime
    except FetchFailed as error:
        files.discard(path)
        return _answer(500, str(error))
    return _stored(request, path, str(body.get("fileName") or url.rsplit("/", 1)[-1]), folder, mime)


async def download_url(request: web.Request) -> web.Response:
    """``POST /api/v1/common/download-url``: a link to a result that lives 20 minutes."""
    if refusal := refuse_access(request):
        return refusal
    body = await read_body(request)
    files = request.app[FILES]
    link = files.resolve(str(body.get("url", "")), request.url.origin())
    if link is None or link.order is None:
        return envelope(422, message="only addresses of results are taken")
    path = files.link(link.file, DOWNLOAD_LINK_S, link.order)
    return envelope(200, str(request.url.origin()) + path)


def _refuse(request: web.Request) -> web.Response | None:
    state = request.app[STATE]
    state.count("uploads")
    code = state.faults.media.upload_code
    return refuse_access(request) or (_answer(code, "ordered failure") if code != 200 else None)


def _stored(request: web.Request, path: Path, name: str, folder: str, mime: str) -> web.Response:
    """Take in an uploaded file and tell where it is."""
    name = UNSAFE.sub("_", name.rsplit("/", 1)[-1])[-NAME_CHARS_MAX:].lstrip(".") or "file"
    mime = mime or mimetypes.guess_type(name)[0] or "application/octet-stream"
    file = request.app[FILES].add(path, name, mime)
    return _answer(200, "File uploaded successfully", _describe(request, file, folder))


def _describe(request: web.Request, file: StoredFile, folder: str) -> dict[str, Any]:
    link = request.app[FILES].link(file, request.app[STATE].faults.media.upload_life_s)
    return {
        "fileName": file.name,
        "filePath": f"{folder.strip('/')}/{file.name}",
        "downloadUrl": str(request.url.origin()) + link,
        "fileSize": file.size_bytes,
        "mimeType": file.mime,
        "uploadedAt": datetime.fromtimestamp(time.time(), UTC).isoformat(),
    }


def _answer(code: int, message: str, data: dict[str, Any] | None = None) -> web.Response:
    body = {"success": code == 200, "code": code, "msg": message, "data": data}
    return web.Response(body=orjson.dumps(body), content_type="application/json")
