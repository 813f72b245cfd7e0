"""The decoder of server-sent events, cut anywhere."""

import pytest

from backend.services.adapters.sse import SseDecoder, SseLineTooLong

STREAM = (
    '\ufeffdata: {"a":"x\u2028y\u0085z"}\n\n'
    ": a comment\nevent: message\nid: 7\ndata:no blank\n\n"
    "data: two\ndata: lines\n\n"
    "\n\n\n"
    "retry: 5\n\ndata: [DONE]\n\n"
)
EVENTS = ['{"a":"x\u2028y\u0085z"}'.encode(), b"no blank", b"two\nlines", b"[DONE]"]


def decode(pieces: list[bytes], max_bytes: int = 1000) -> list[bytes]:
    decoder = SseDecoder(max_bytes=max_bytes)
    return [event for piece in pieces for event in decoder.feed(piece)]


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
def test_every_cut_gives_the_same_events(line_end: str) -> None:
    wire = STREAM.replace("\n", line_end).encode()

    for cut in range(len(wire) + 1):
        assert decode([wire[:cut], wire[cut:]]) == EVENTS, cut
    assert decode([wire[i : i + 1] for i in range(len(wire))]) == EVENTS


def test_an_event_without_its_blank_line_is_not_told() -> None:
    assert decode([b"data: half"]) == []
    assert decode([b"data: half\n"]) == []


@pytest.mark.parametrize(
    "pieces",
    [
        pytest.param([b"data: " + b"x" * 2000], id="one long piece"),
        pytest.param([b"x" * 100] * 20, id="many short pieces without an end"),
        pytest.param([b"data: " + b"x" * 90 + b"\n"] * 20, id="many lines of one event"),
    ],
)
def test_what_never_ends_is_refused(pieces: list[bytes]) -> None:
    with pytest.raises(SseLineTooLong):
        decode(pieces)
