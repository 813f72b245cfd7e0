"""A conversation as one HTML file that needs nothing else: no script, its pictures inside, nothing that is fetched."""

import base64
import hashlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from html import escape

from backend.core.config import Settings
from backend.core.errors import NotFound
from backend.core.media_types import AssetKind, MediaFormat
from backend.repositories.asset_repository import AssetRow
from backend.repositories.transcript_repository import TranscriptRow
from backend.services.asset_service import AssetFile
from backend.services.export_markup import render_timed
from backend.services.export_text import Heading
from backend.services.export_words import ExportLanguage
from backend.services.share_service import spoken

STYLE = """
:root { color-scheme: light dark; --bg: #fcfcfa; --ink: #1a1e1b; --ink-2: #565e58; --line: #dcdfd8; --sunken: #e9ebe6 }
@media (prefers-color-scheme: dark) {
  :root { --bg: #161918; --ink: #e8ebe6; --ink-2: #a3aba5; --line: #282d2a; --sunken: #2b302d }
}
body { max-width: 744px; margin: 0 auto; padding: 40px 22px; background: var(--bg); color: var(--ink);
  font: 15px/1.7 Inter, "SF Pro Text", system-ui, "Segoe UI", "PingFang SC", "Microsoft YaHei UI",
    "Noto Sans CJK SC", sans-serif; overflow-wrap: break-word }
h1 { font-size: 22px; line-height: 1.35 } h2 { font-size: 17px } h3, h4, h5, h6 { font-size: 15px }
article { margin-top: 28px } article.own { display: flex; justify-content: flex-end }
article.own > div { max-width: 82% }
.bubble { padding: 10px 16px; border-radius: 18px 18px 5px 18px; background: var(--sunken) }
.plain { white-space: pre-wrap } .note, footer { color: var(--ink-2); font-size: 12.5px }
.author { margin: 0 0 8px; font-size: 12.5px; color: var(--ink-2) } .author b { color: var(--ink) }
article.own .author { text-align: right }
pre, code { font: 13px/1.6 ui-monospace, "SF Mono", Menlo, Consolas, monospace }
code { border-radius: 5px; background: var(--sunken); padding: 1px 4px }
pre { overflow: auto; border-radius: 10px; background: var(--sunken); padding: 14px } pre code { padding: 0 }
table { border-collapse: collapse; display: block; overflow-x: auto }
th, td { border-bottom: 1px solid var(--line); padding: 6px 14px 6px 0; text-align: left }
th.right, td.right { text-align: right } th.center, td.center { text-align: center }
blockquote { margin: 0; border-left: 2px solid var(--line); padding-left: 14px; color: var(--ink-2) }
a { color: inherit } hr { border: 0; border-top: 1px solid var(--line) }
figure { margin: 10px 0 } img { display: block; max-width: min(100%, 548px); height: auto; border-radius: 10px }
footer { margin-top: 40px; border-top: 1px solid var(--line); padding-top: 14px }
"""
STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; img-src data:; style-src 'sha256-{STYLE_HASH}'; base-uri 'none'; form-action 'none'"
GROUP = 3
"""Bytes that base64 takes together."""

OpenFile = Callable[[AssetFile], Awaitable[AsyncGenerator[bytes]]]


class HtmlWriter:
    """HTML. Pictures, and of clips a frame, are inside as long as there is room; what is left out is named."""

    def __init__(
        self,
        heading: Heading,
        language: ExportLanguage,
        sizes: Mapping[bytes, int],
        open_file: OpenFile,
        config: Settings,
    ) -> None:
        """``sizes``: how large the objects of the messages to come are; may grow."""
        self._heading = heading
        self._language = language
        self._sizes = sizes
        self._open_file = open_file
        self._room = config.export_embed_bytes_max
        self._chars_max = config.export_markdown_chars_max
        self._time_left_s = config.export_markdown_max_s

    def begin(self) -> bytes:
        """Return the head, whose policy lets nothing run and nothing be fetched."""
        title = escape(self._heading.title or self._heading.words.untitled)
        return (
            f'<!doctype html>\n<html lang="{self._language}">\n<head>\n<meta charset="utf-8">\n'
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
            '<meta name="referrer" content="no-referrer">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n<main>\n"
        ).encode()

    async def message(self, row: TranscriptRow, assets: Sequence[AssetRow]) -> AsyncGenerator[bytes]:
        """Yield a message with its pictures."""
        own = row.role == "user"
        remark = self._heading.remark(row)
        author = f"<b>{escape(self._heading.author(row))}</b>" + (f" · {remark}" if remark else "")
        yield f'<article{" class=own" if own else ""}><div>\n<p class="author">{author}</p>\n'.encode()
        yield (await self._text(spoken(row), own=own)).encode()
        for asset in assets:
            async for piece in self._figure(asset):
                yield piece
        yield b"</div></article>\n"

    def end(self) -> bytes:
        """Return the foot."""
        return f"</main>\n<footer>{escape(self._heading.made())}</footer>\n</body>\n</html>\n".encode()

    async def _text(self, text: str, *, own: bool) -> str:
        if not text:
            return ""
        if own:
            return f'<div class="bubble plain">{escape(text)}</div>\n'
        if len(text) > self._chars_max or self._time_left_s <= 0:
            return f'<div class="plain">{escape(text)}</div>\n'
        html, took_s = await render_timed(text, self._heading.words.picture_at)
        self._time_left_s -= took_s
        return html

    async def _figure(self, asset: AssetRow) -> AsyncGenerator[bytes]:
        kind = self._heading.words.kinds[asset.kind.value]
        name = escape(f"{kind} · {asset.name}" if asset.name else kind)
        file = self._shown(asset)
        pieces = await self._open(file) if file is not None else None
        yield b"<figure>"
        if file is not None and pieces is not None:
            self._room -= file.size_bytes
            yield f'<img alt="{name}" src="data:{file.format};base64,'.encode()
            async with aclosing(encode(pieces)) as encoded:
                async for piece in encoded:
                    yield piece
            yield b'">'
        if pieces is None or asset.kind is not AssetKind.IMAGE:
            left_out = self._heading.words.left_out.format(kind=kind)
            named = f"{left_out} · {asset.name}" if asset.name else left_out
            yield f'<figcaption class="note">{escape(named)}</figcaption>'.encode()
        yield b"</figure>\n"

    def _shown(self, asset: AssetRow) -> AssetFile | None:
        """Return what is put in for an asset, if there is room: the picture, or a frame of the clip."""
        if asset.kind is AssetKind.IMAGE:
            file = AssetFile(asset.sha256, asset.size_bytes, MediaFormat(asset.mime), "")
        elif asset.poster_sha256 is not None and asset.poster_sha256 in self._sizes:
            file = AssetFile(asset.poster_sha256, self._sizes[asset.poster_sha256], MediaFormat.JPEG, "")
        else:
            return None
        return file if file.size_bytes <= self._room else None

    async def _open(self, file: AssetFile) -> AsyncGenerator[bytes] | None:
        try:
            return await self._open_file(file)
        except NotFound:
            return None


async def encode(pieces: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
    """Yield the base64 of bytes that come in pieces."""
    rest = b""
    async with aclosing(pieces):
        async for piece in pieces:
            whole = rest + piece
            cut = len(whole) - len(whole) % GROUP
            rest = whole[cut:]
            yield base64.b64encode(whole[:cut])
    yield base64.b64encode(rest)
