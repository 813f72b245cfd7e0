"""Texts and questions are cut alike: whatever is asked for in a text's own words is found in it."""

import pytest

from backend.services.search_service import SNIPPET_CHARS, cut_snippet
from backend.services.search_terms import (
    TERMS_MAX,
    TEXT_CHARS_MAX,
    find_phrases,
    find_ranges,
    split_question,
    split_text,
)


def fits(query: str, text: str) -> bool:
    """Tell whether the index would find a text."""
    question, terms = split_question(query), split_text(text)
    return (
        bool(question)
        and question.terms <= terms
        and all(any(term.startswith(prefix) for term in terms) for prefix in question.prefixes)
    )


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        pytest.param("Morning mist, morning tea", {"morning", "mist", "tea"}, id="words in small letters"),
        pytest.param("山间茶屋", {"山间", "间茶", "茶屋", "屋"}, id="pairs and the last character"),
        pytest.param("茶", {"茶"}, id="one character"),
        pytest.param("用Python写3行", {"用", "python", "写", "3", "行"}, id="both, without blanks"),
        pytest.param("snake_case x-ray", {"snake", "case", "x", "ray"}, id="signs part words"),
        pytest.param("ＡＩ模型", {"ai", "模型", "型"}, id="full-width letters"),
        pytest.param("カメラ", {"カメ", "メラ", "ラ"}, id="kana"),
        pytest.param("필름", {"필름", "름"}, id="hangul"),
        pytest.param("Ελλάδα été", {"ελλάδα", "été"}, id="other letters"),
        pytest.param("𠀀𠀁", {"𠀀𠀁", "𠀁"}, id="beyond the basic plane"),
        pytest.param("& | ! ' :* \\ %_ ()", set(), id="operators are no words"),
        pytest.param("", set(), id="nothing"),
    ],
)
def test_a_text_is_cut_into_terms(text: str, terms: set[str]) -> None:
    assert split_text(text) == terms


@pytest.mark.parametrize(
    ("query", "text", "found"),
    [
        pytest.param("茶屋", "晨雾里的山间茶屋亮着灯", True, id="a word inside a sentence"),
        pytest.param("茶", "晨雾里的山间茶屋", True, id="a character inside a run"),
        pytest.param("灯", "屋里亮着灯", True, id="the last character of a run"),
        pytest.param("山茶", "晨雾里的山间茶屋", False, id="characters that are not side by side"),
        pytest.param("dark", "In the darkroom", True, id="the beginning of a word"),
        pytest.param("dark ", "In the darkroom", False, id="a finished word"),
        pytest.param("room", "In the darkroom", False, id="the end of a word"),
        pytest.param("d", "In the darkroom", False, id="one letter is a whole word"),
        pytest.param("python 茶屋", "用PYTHON写茶屋的网页", True, id="both languages, any case"),
        pytest.param("python茶屋", "茶屋的网页，用 Python", True, id="both languages without a blank"),
        pytest.param("茶屋 网页", "茶屋", False, id="all words have to be there"),
        pytest.param("ai 模型", "ＡＩ模型", True, id="full-width letters"),
        pytest.param("!!", "anything", False, id="no words at all"),
    ],
)
def test_a_question_fits_or_does_not(query: str, text: str, found: bool) -> None:
    assert fits(query, text) is found


def test_long_texts_and_questions_are_bounded() -> None:
    assert "end" not in split_text("x " * TEXT_CHARS_MAX + "end")
    question = split_question("".join(chr(0x4E00 + index) for index in range(200)))
    assert len(question.terms) == TERMS_MAX


@pytest.mark.parametrize(
    ("query", "text", "marked"),
    [
        pytest.param("茶屋", "山间茶屋，茶屋", ["茶屋", "茶屋"], id="twice"),
        pytest.param("山间茶屋", "山间茶屋", ["山间茶屋"], id="pairs that touch are one"),
        pytest.param("茶", "茶茶杯", ["茶茶"], id="characters that touch are one"),
        pytest.param("tea dark", "Tea in the Darkroom", ["Tea", "Darkroom"], id="words and beginnings"),
        pytest.param("tea", "steam", [], id="not inside a word"),
    ],
)
def test_hits_are_marked(query: str, text: str, marked: list[str]) -> None:
    ranges = find_ranges(text, split_question(query))
    assert [text[begin:end] for begin, end in ranges] == marked


def test_titles_are_marked_also_inside_words() -> None:
    title = "The darkroom 显影室"
    assert [title[a:b] for a, b in find_phrases(title, split_question("room 显影"))] == ["room", "显影"]


def test_a_snippet_is_one_line_around_the_first_hit() -> None:
    text = "first line\n" + "x" * 400 + "\n\nwhere the 🎞️ darkroom is\tdark " + "y" * 400
    snippet, ranges = cut_snippet(text, split_question("dark"))

    assert [snippet[a:b] for a, b in ranges] == ["darkroom", "dark"]
    assert snippet.startswith("…where the 🎞️ darkroom is dark yyy")
    assert snippet.endswith("y…")
    assert len(snippet) == SNIPPET_CHARS + 2


def test_a_snippet_shows_the_whole_run_rather_than_a_piece_of_it() -> None:
    text = "山间的路很长。" + "走" * 300 + "山间茶屋到了。"
    snippet, ranges = cut_snippet(text, split_question("山间茶屋"))

    assert [snippet[a:b] for a, b in ranges] == ["山间茶屋"]
