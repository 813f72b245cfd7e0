"""Markdown of models as HTML on the server: no HTML of theirs, no picture that is loaded, links that tell nobody."""

import asyncio
import re
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from html import escape
from typing import Any
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

ADDRESS = re.compile(r"(?:https?://|mailto:)[^\s]", re.IGNORECASE)
LINK_ATTRIBUTES = {"target": "_blank", "rel": "noopener noreferrer nofollow"}
_THREAD = ThreadPoolExecutor(max_workers=1, thread_name_prefix="markup")
"""One for the whole process: exports take turns, and leave the rest of it to answers."""


async def render_timed(text: str, picture_at: str) -> tuple[str, float]:
    """Return the HTML of a text, and the seconds of computing that it took."""
    return await asyncio.get_running_loop().run_in_executor(_THREAD, partial(_render_timed, text, picture_at))


def _render_timed(text: str, picture_at: str) -> tuple[str, float]:
    started = time.thread_time()
    html = render_markup(text, picture_at)
    return html, time.thread_time() - started


def render_markup(text: str, picture_at: str) -> str:
    """Return the HTML of a text; ``picture_at`` names the ``{host}`` of a picture that is not loaded."""
    return str(_MARKUP.render(text, {"picture_at": picture_at}))


def is_safe_address(address: str) -> bool:
    """Tell whether a text may link there: the web and mail only, and only by absolute addresses."""
    return ADDRESS.match(address) is not None


class _Markup(MarkdownIt):
    """Markdown whose links lead to where they may."""

    def validateLink(self, url: str) -> bool:  # noqa: N802 - the library's name
        """Tell whether a text may link there; what it may not link to stays text."""
        return is_safe_address(url)


def _open_link(self: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    for name, value in LINK_ATTRIBUTES.items():
        tokens[index].attrSet(name, value)
    return self.renderToken(tokens, index, options, env)


def _open_cell(self: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    """Name how a cell is aligned by a class: the file's policy takes no style but its own."""
    style = str(tokens[index].attrs.pop("style", ""))
    if style:
        tokens[index].attrSet("class", style.removeprefix("text-align:"))
    return self.renderToken(tokens, index, options, env)


def _name_picture(self: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    token = tokens[index]
    address = str(token.attrs["src"])
    words = self.renderInlineAsText(token.children or [], options, env)
    where = env["picture_at"].format(host=_host(address))
    attributes = " ".join(f'{name}="{value}"' for name, value in LINK_ATTRIBUTES.items())
    label = escape(f"{words} · {where}" if words else where)
    return f'<a href="{escape(address)}" {attributes}>{label}</a>'


def _host(address: str) -> str:
    try:
        return urlsplit(address).netloc.rpartition("@")[2]
    except ValueError:
        return ""


def _make_markup() -> MarkdownIt:
    markup = _Markup("commonmark", {"html": False}).enable(["table", "strikethrough"])
    markup.add_render_rule("link_open", _open_link)
    markup.add_render_rule("image", _name_picture)
    markup.add_render_rule("th_open", _open_cell)
    markup.add_render_rule("td_open", _open_cell)
    return markup


_MARKUP = _make_markup()
