"""What exports are made of: names of files, chunks, Markdown as harmless HTML."""

import base64
from collections.abc import AsyncGenerator
from html.parser import HTMLParser
from uuid import UUID, uuid4

import pytest

from backend.repositories.transcript_repository import Place
from backend.services.export_html import encode
from backend.services.export_markup import render_markup
from backend.services.export_service import CHUNK_MESSAGES, chunks, file_name
from backend.services.export_text import escape_marks

ALLOWED = {
    "p", "br", "em", "strong", "s", "code", "pre", "a", "ul", "ol", "li", "blockquote", "hr", "table", "thead", "tbody",
    "tr", "th", "td", "h1", "h2", "h3", "h4", "h5", "h6",
}  # fmt: skip
PAYLOADS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<iframe src='javascript:alert(1)'></iframe>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](vbscript:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](//evil.example)",
    "[x](file:///etc/passwd)",
    '[x](https://evil.example "title\\" onmouseover=alert(1)")',
    '[x](https://evil.example\\"onmouseover=alert(1))',
    '<https://evil.example/"onmouseover=alert(1)>',
    "<javascript:alert(1)>",
    "![x](https://evil.example/pixel.png)",
    "![x](data:image/svg+xml,<svg onload=alert(1)>)",
    "![x](javascript:alert(1))",
    '![<img onerror=alert(1)>](https://evil.example/"onerror=alert(1))',
    "![x][y]\n\n[y]: https://evil.example/pixel.png",
    "```html onmouseover=alert(1)\n<img src=x onerror=alert(1)>\n```",
    '```"><script>alert(1)</script>\nx\n```',
    "| a |\n|---|\n| <img src=x onerror=alert(1)> |",
    "<style>@import url(https://evil.example/a.css)</style>",
    "<form action=https://evil.example><button>go</button></form>",
    "<math><mtext><img src=x onerror=alert(1)></mtext></math>",
    "<!--><script>alert(1)</script-->",
    "<a href=https://evil.example onclick=alert(1)>x</a>",
    "{{7*7}} ${7*7} <% 7*7 %>",
]


class Reader(HTMLParser):
    """Notes what elements and attributes there are."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


@pytest.mark.parametrize("payload", PAYLOADS)
def test_markup_of_models_becomes_text_and_harmless_elements_only(payload: str) -> None:
    found = Reader(render_markup(payload, "picture at {host}")).tags

    for tag, attributes in found:
        assert tag in ALLOWED
        assert set(attributes) <= {"href", "target", "rel", "class", "title", "start"}
        if tag == "a":
            assert str(attributes["href"]).lower().startswith(("https://", "http://", "mailto:"))
            assert attributes["rel"] == "noopener noreferrer nofollow"


def test_cells_are_aligned_without_a_style_of_their_own() -> None:
    html = render_markup("| a | b |\n|:-:|--:|\n| 1 | 2 |", "")

    assert '<th class="center">a</th>' in html
    assert '<td class="right">2</td>' in html
    assert "style" not in html


def test_a_foreign_picture_is_a_link_that_names_its_host() -> None:
    html = render_markup("![a map](https://maps.example/x.png)", "picture at {host}")

    assert "<img" not in html
    assert ">a map · picture at maps.example</a>" in html


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("清晨的茶馆", "清晨的茶馆"),
        ("a/b\\c: d?", "a b c d"),
        ("../../etc/passwd", "etc passwd"),
        ("CON", "Latent CON"),
        ("lpt1.txt", "Latent lpt1.txt"),
        ("...", "Latent"),
        ("", "Latent"),
        ("x\u202egnp.exe", "xgnp.exe"),
        ("y" * 300, "y" * 100),
    ],
)
def test_titles_become_names_that_every_file_system_takes(title: str, name: str) -> None:
    assert file_name(title) == name


def places(*sizes: int) -> list[Place]:
    return [Place(UUID(int=number), size) for number, size in enumerate(sizes)]


def test_chunks_are_bounded_in_bytes_and_messages_and_lose_nothing() -> None:
    assert [len(chunk) for chunk in chunks(places(4, 4, 4, 30, 4), 10)] == [2, 1, 1, 1]
    assert [len(chunk) for chunk in chunks(places(*[0] * 120), 10)] == [CHUNK_MESSAGES, CHUNK_MESSAGES, 20]
    assert list(chunks([], 10)) == []


@pytest.mark.parametrize("size", [0, 1, 2, 3, 5, 7])
async def test_base64_does_not_depend_on_where_bytes_are_cut(size: int) -> None:
    whole = uuid4().bytes * 4

    async def pieces() -> AsyncGenerator[bytes]:
        for start in range(0, len(whole), size or len(whole)):
            yield whole[start : start + (size or len(whole))]

    assert b"".join([piece async for piece in encode(pieces())]) == base64.b64encode(whole)


def test_a_line_means_the_same_in_markdown() -> None:
    assert escape_marks("# [a](b)\n<b>") == r"\# \[a\]\(b\) \<b\>"
