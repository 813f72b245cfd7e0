"""Server-sent events from bytes: lines end at CR, LF or CRLF only, never at U+2028 or U+0085 inside JSON.

The format is the HTML standard's, section 9.2; only ``data`` fields matter to us.
"""

BOM = b"\xef\xbb\xbf"


class SseLineTooLong(ValueError):
    """A line, or the data of one event, is longer than allowed."""


class SseDecoder:
    """Turns pieces of a stream, cut anywhere, into the data of its events; linear in the bytes it is fed."""

    __slots__ = ("_after_cr", "_at_start", "_data", "_line", "_line_bytes", "_max_bytes")

    def __init__(self, *, max_bytes: int) -> None:
        """``max_bytes`` bounds each line and the data of each event."""
        self._max_bytes = max_bytes
        self._line: list[bytes] = []
        self._line_bytes = 0
        self._data: list[bytes] = []
        self._after_cr = False
        self._at_start = True

    def feed(self, chunk: bytes) -> list[bytes]:
        """Return the data of the events that this piece completes. Raises SseLineTooLong."""
        if not self._at_start and not self._after_cr and not self._line_bytes and not self._data:
            size = len(chunk)
            whole = chunk.startswith(b"data: ") and chunk.find(b"\n") == size - 2 and chunk.endswith(b"\n\n")
            if whole and size <= self._max_bytes and b"\r" not in chunk:
                return [chunk[6:-2]]  # one event in one piece, as nearly all of them come
        if self._after_cr and chunk[:1] == b"\n":
            chunk = chunk[1:]
        if not chunk:
            return []
        self._after_cr = chunk.endswith(b"\r")
        if b"\r" in chunk:
            chunk = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        head, *rest = chunk.split(b"\n")
        self._line.append(head)
        self._line_bytes += len(head)
        if self._line_bytes > self._max_bytes:
            raise SseLineTooLong
        if not rest:
            return []
        first, tail = b"".join(self._line), rest.pop()
        self._line, self._line_bytes = [tail], len(tail)
        if self._at_start:
            self._at_start = False
            first = first.removeprefix(BOM)
        return self._events([first, *rest])

    def _events(self, lines: list[bytes]) -> list[bytes]:
        events = []
        for line in lines:
            if line.startswith(b"data:"):
                self._data.append(line[6:] if line[5:6] == b" " else line[5:])
            elif not line and self._data:
                events.append(self._data[0] if len(self._data) == 1 else b"\n".join(self._data))
                self._data = []
        if self._data and sum(map(len, self._data)) > self._max_bytes:
            raise SseLineTooLong
        return events
