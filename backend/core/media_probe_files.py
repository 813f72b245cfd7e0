"""Texts and documents, inside the checking process: read to their end, stored as they are, never interpreted."""

import codecs
from pathlib import Path

from backend.core.media_probe import run
from backend.core.media_report import SOURCE, MediaReport, Question, Refused, Verdict
from backend.core.media_types import ACTIVE_TEXT, BYTE_ORDER_MARK, CONTROL_BYTES, MediaFormat

CHUNK_BYTES = 1024 * 1024
PDF_TAIL_BYTES = 1024


def look_at_file(question: Question) -> MediaReport:
    """See that a document is whole and that a text is text. Raises Refused."""
    source = Path(question.folder) / SOURCE
    if question.found is MediaFormat.PDF:
        _look_at_pdf(source)
    else:
        _look_at_text(source)
    return MediaReport(question.found)


def _look_at_pdf(source: Path) -> None:
    with source.open("rb") as file:
        file.seek(max(0, source.stat().st_size - PDF_TAIL_BYTES))
        if b"%%EOF" not in file.read():
            raise Refused(Verdict.INVALID, "truncated")


def _look_at_text(source: Path) -> None:
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    with source.open("rb") as file:
        if ACTIVE_TEXT.match(file.read(CHUNK_BYTES).removeprefix(BYTE_ORDER_MARK)):
            raise Refused(Verdict.NOT_ALLOWED, "format")
        file.seek(0)
        try:
            while chunk := file.read(CHUNK_BYTES):
                if CONTROL_BYTES.search(chunk):
                    raise Refused(Verdict.NOT_ALLOWED, "format")
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            raise Refused(Verdict.INVALID, "encoding") from None


if __name__ == "__main__":
    run(look_at_file)
