"""What a text is found by: the same cut into terms for what is written and for what is asked. Pure, and no I/O.

Chinese, Japanese and Korean have no blanks between words, so a run of their characters becomes the pairs that stand
side by side in it, and its last character: a pair is found wherever it stands, a single character as the beginning of
pairs. Everything else becomes words in small letters.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

TEXT_CHARS_MAX = 100_000
"""How much of a text can be found: as much as a user may write at once; longer answers by their beginning."""
QUERY_CHARS_MAX = 200
TERMS_MAX = 40
"""How many terms of a question count; the rest of a long one is passed over."""
WORD_CHARS_MAX = 64
PREFIX_CHARS_MIN = 2

CJK = (
    "\u1100-\u11ff\u3005\u3007\u3040-\u30ff\u3130-\u318f\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f"
    "\uac00-\ud7ff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
PIECE = re.compile(f"([{CJK}]+)|[^\\W_{CJK}]+")
# Character for character, so that places stay where they are: full-width letters, and the one capital that grows.
PLAIN = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)} | {0x130: "i"}


@dataclass(frozen=True, slots=True)
class Piece:
    """A word, or a run of characters without blanks, as it is compared, and where it begins."""

    text: str
    start: int
    is_run: bool


@dataclass(frozen=True, slots=True)
class Question:
    """What is looked for. All of ``terms`` have to be there, and something that begins with each of ``prefixes``.

    ``phrases`` are the same as they were written, before runs were cut into pairs: how titles are searched;
    ``longest_run`` is the longest of those that were cut.
    """

    terms: frozenset[str]
    prefixes: frozenset[str]
    phrases: tuple[str, ...]
    longest_run: str

    def __bool__(self) -> bool:
        return bool(self.phrases)


def split_text(text: str) -> set[str]:
    """Return the terms that a text is found by."""
    terms: set[str] = set()
    for piece in _pieces(text[:TEXT_CHARS_MAX]):
        if piece.is_run:
            terms.update(_pairs(piece.text))
            terms.add(piece.text[-1])
        else:
            terms.add(piece.text)
    return terms


def split_question(query: str) -> Question:
    """Return what a question looks for; its last word may be unfinished."""
    terms: list[str] = []
    prefixes: list[str] = []
    pieces = list(_pieces(query[:QUERY_CHARS_MAX]))
    for piece in pieces:
        is_last = piece is pieces[-1] and not query[-1].isspace()
        if piece.is_run and len(piece.text) > 1:
            terms += _pairs(piece.text)
        elif piece.is_run or (is_last and PREFIX_CHARS_MIN <= len(piece.text) < WORD_CHARS_MAX):
            prefixes.append(piece.text)
        else:
            terms.append(piece.text)
    return Question(
        terms=frozenset(terms[:TERMS_MAX]),
        prefixes=frozenset(prefixes[:TERMS_MAX]),
        phrases=tuple(piece.text for piece in pieces[:TERMS_MAX]),
        longest_run=max((piece.text for piece in pieces if piece.is_run), key=len, default=""),
    )


def find_ranges(text: str, question: Question, start: int = 0) -> Iterator[tuple[int, int]]:
    """Yield where a text has what is looked for: begin and end, in order; what touches is one."""
    return _join(_hits(text, question, start))


def find_phrases(text: str, question: Question) -> list[tuple[int, int]]:
    """Return where a title has what is looked for, also inside its words."""
    folded = _fold(text)
    places = (re.finditer(re.escape(phrase), folded) for phrase in set(question.phrases))
    return list(_join(sorted(match.span() for found in places for match in found)))


def find_run(text: str, question: Question) -> int:
    """Return where the longest run that is looked for stands as a whole; -1: nowhere, or there is none."""
    return _fold(text).find(question.longest_run) if question.longest_run else -1


def _join(ranges: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    begin = end = -1
    for next_begin, next_end in ranges:
        if next_begin > end and end > begin:
            yield begin, end
        begin = next_begin if next_begin > end else begin
        end = max(end, next_end)
    if end > begin:
        yield begin, end


def _hits(text: str, question: Question, start: int) -> Iterator[tuple[int, int]]:
    prefixes = tuple(question.prefixes)
    for piece in _pieces(text, start):
        if not piece.is_run:
            if piece.text in question.terms or (prefixes and piece.text.startswith(prefixes)):
                yield piece.start, piece.start + len(piece.text)
            continue
        for index, character in enumerate(piece.text):
            if character in question.prefixes:
                yield piece.start + index, piece.start + index + 1
            if piece.text[index : index + 2] in question.terms and index + 1 < len(piece.text):
                yield piece.start + index, piece.start + index + 2


def _pieces(text: str, start: int = 0) -> Iterator[Piece]:
    for match in PIECE.finditer(_fold(text), start):
        is_run = match.group(1) is not None
        piece = match.group()
        yield Piece(piece if is_run else piece[:WORD_CHARS_MAX], match.start(), is_run)


def _pairs(run: str) -> Iterator[str]:
    return (first + second for first, second in pairwise(run))


def _fold(text: str) -> str:
    """Return a text as it is compared, each character where it was."""
    return text.translate(PLAIN).lower()
