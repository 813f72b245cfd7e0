"""Finding what was said: indexed by the worker after the turn, found by its owner alone."""

from typing import Any
from urllib.parse import quote

import pytest

from backend.services.search_service import index_messages
from tests.support.sandbox import Faults
from tests.support.server import Person, RunningApp, until

SAID = [
    {"role": "user", "content": "晨雾里的山间茶屋，用 Python 画出来"},
    {"role": "assistant", "content": "The tea house stands in the darkroom of the mist.\n\n**茶屋**亮着灯。"},
    {"role": "user", "content": "Quotes ' and & | ! :* \\ % _ are no operators"},
]


async def told(person: Person, *messages: dict[str, str]) -> str:
    """Return a conversation in which this was said."""
    conversation = await person.conversation()
    path = f"/api/conversations/{conversation}/messages/import"
    status, _ = await person.call("POST", path, {"messages": messages})
    assert status == 201
    return conversation


async def search(person: Person, query: str, **more: object) -> dict[str, Any]:
    params = "".join(f"&{name}={value}" for name, value in more.items())
    found: dict[str, Any] = await person.get(f"/api/search?q={quote(query)}{params}")
    return found


async def texts(person: Person, query: str) -> list[str]:
    """Return what is marked in the snippets of the messages that were found."""
    return [
        "|".join(hit["snippet"][begin:end] for begin, end in hit["snippet_ranges"])
        for hit in (await search(person, query))["items"]
        if hit["message_id"]
    ]


async def index(app: RunningApp) -> None:
    while await index_messages(app.container.database, limit=50):
        pass


@pytest.mark.parametrize(
    ("query", "marked"),
    [
        pytest.param("茶屋", ["茶屋", "茶屋"], id="a Chinese word inside a sentence, newest first"),
        pytest.param("山间茶屋", ["山间茶屋"], id="a run"),
        pytest.param("灯", ["灯"], id="one character"),
        pytest.param("python 茶屋", ["茶屋|Python"], id="both languages"),
        pytest.param("DARK", ["darkroom"], id="the beginning of the last word, any case"),
        pytest.param("tea dark", ["tea|darkroom"], id="all words"),
        pytest.param("quotes ' & operators", ["Quotes|operators"], id="operators are signs like others"),
        pytest.param("茶屋 operators", [], id="not all words"),
        pytest.param("& | ! ' :* \\ %", [], id="no words"),
    ],
)
async def test_messages_are_found_by_their_words(anna: Person, app: RunningApp, query: str, marked: list[str]) -> None:
    await told(anna, *SAID)
    await index(app)

    assert sorted(texts_of := await texts(anna, query)) == sorted(marked), texts_of


async def test_what_is_streamed_can_be_found_once_it_has_ended(
    anna: Person, app: RunningApp, faults: Faults, worker: None
) -> None:
    await faults.order(silence_after=12)
    stream = await anna.ask("Write 300 words")
    answer_id = (await stream.next("started"))["answer"]["id"]
    await stream.next("delta")

    async def question_is_found() -> bool:
        return len(await found_ids(anna, "300 words")) == 2  # and its title

    async def answer_is_found() -> bool:
        return await found_ids(anna, "part") == [answer_id]

    await until(question_is_found, "the question")
    assert answer_id not in await found_ids(anna, "part")

    await anna.call("POST", f"/api/messages/{answer_id}/stop")
    await until(answer_is_found, "the answer")


async def found_ids(person: Person, query: str) -> list[str]:
    return [hit["message_id"] or hit["conversation_id"] for hit in (await search(person, query))["items"]]


async def test_titles_come_first_and_pages_lose_and_double_nothing(anna: Person, app: RunningApp) -> None:
    conversations = [await told(anna, {"role": "user", "content": f"茶屋 number {n}"}) for n in range(5)]
    await anna.call("PATCH", f"/api/conversations/{conversations[0]}", {"archived": True})
    await anna.call("PATCH", f"/api/conversations/{conversations[1]}", {"title": "Something else"})
    await index(app)

    whole = (await search(anna, "茶屋", limit=50))["items"]
    assert [hit["conversation_id"] for hit in whole] == [conversations[n] for n in (4, 3, 2, 0, 4, 3, 2, 1, 0)]
    assert [hit["message_id"] is None for hit in whole] == [True] * 4 + [False] * 5
    assert whole[0]["title_ranges"] == [[0, 2]]
    assert [hit["archived"] for hit in whole[2:4]] == [False, True]
    paged, cursor = [], ""
    while cursor is not None:
        page = await search(anna, "茶屋", limit=2, **({"cursor": cursor} if cursor else {}))
        paged += page["items"]
        cursor = page["next_cursor"]
    assert paged == whole


async def test_what_is_deleted_or_not_mine_is_not_found(anna: Person, ben: Person, app: RunningApp) -> None:
    conversation = await told(anna, *SAID)
    kept = await told(anna, SAID[0])
    await index(app)
    assert (await search(ben, "茶屋"))["items"] == []
    assert (await search(ben, f"@{anna.user['id']}"))["items"] == []

    first = (await anna.get(f"/api/conversations/{conversation}/messages"))["items"][0]["id"]
    await anna.call("DELETE", f"/api/messages/{first}")
    assert first not in await found_ids(anna, "茶屋")
    await anna.call("DELETE", f"/api/conversations/{conversation}")
    assert {hit["conversation_id"] for hit in (await search(anna, "茶屋"))["items"]} == {kept}


@pytest.mark.parametrize(
    ("query", "status"),
    [
        pytest.param("q=", 422, id="nothing"),
        pytest.param("", 422, id="no question"),
        pytest.param("q=a%00b", 422, id="NUL"),
        pytest.param("q=" + "x" * 10_000, 422, id="10,000 characters"),
        pytest.param("q=%ED%A0%80", 200, id="a lone surrogate"),
        pytest.param("q=%FF%FE", 200, id="no UTF-8"),
        pytest.param("q=" + quote("'):* & !(" * 20), 200, id="operators"),
        pytest.param("q=" + quote("茶" * 200), 200, id="200 characters"),
        pytest.param("q=" + quote("a b " * 50), 200, id="100 words"),
        pytest.param("q=" + quote("@" + "0" * 32), 200, id="a user's sign"),
        pytest.param("q=%20%09%E3%80%80", 200, id="blanks"),
        pytest.param("q=tea&cursor=none", 422, id="a cursor of nobody"),
        pytest.param("q=tea&cursor=bXxub25l", 422, id="a cursor without an id"),
        pytest.param("q=tea&limit=51", 422, id="too many at once"),
    ],
)
async def test_strange_questions_get_a_clean_answer(anna: Person, query: str, status: int) -> None:
    assert (await anna.call("GET", f"/api/search?{query}"))[0] == status


async def test_a_text_as_long_as_may_be_is_indexed(anna: Person, app: RunningApp) -> None:
    runs = "".join(chr(0x20000 + index % 42_000) for index in range(60_000))
    await told(anna, {"role": "user", "content": runs + " x" * 19_000 + " 末尾"})
    await index(app)

    assert len(await texts(anna, "末尾")) == 1
