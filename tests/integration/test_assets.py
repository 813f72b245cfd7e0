"""Files of one's own: sent, looked at, stored once, listed, read in parts, deleted, swept."""

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import suppress
from io import BytesIO
from typing import Any
from uuid import UUID

import aiohttp
import av
import psycopg
import pytest
from PIL import Image

from backend.core.config import Settings
from backend.core.errors import MediaInvalid
from backend.core.media_types import AssetKind
from backend.core.redis import RedisClient
from tests.support.media import (
    BLUE,
    RED,
    content,
    corner,
    encode,
    film,
    moving,
    photo,
    png,
    quarters,
    silence,
    sound,
    stored,
    upload,
)
from tests.support.sandbox import Faults
from tests.support.server import Person, RunningApp, run_app, sign_up

MARKDOWN = "# 茶馆\n\nOpens at *dawn*.\n".encode()
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
EVERY_FORMAT = [
    pytest.param(lambda: png(), "a.png", "image/png", "image", id="PNG"),
    pytest.param(lambda: encode(quarters(), "JPEG"), "a.jpg", "image/jpeg", "image", id="JPEG"),
    pytest.param(lambda: encode(quarters(), "WEBP"), "a.webp", "image/webp", "image", id="WEBP"),
    pytest.param(lambda: encode(quarters(), "GIF"), "a.gif", "image/gif", "image", id="GIF"),
    pytest.param(lambda: film(), "a.mp4", "video/mp4", "video", id="MP4"),
    pytest.param(lambda: film("mov"), "a.mov", "video/mp4", "video", id="MOV becomes MP4"),
    pytest.param(lambda: film("webm", "libvpx-vp9", "libopus"), "a.webm", "video/webm", "video", id="WEBM"),
    pytest.param(lambda: sound(), "a.mp3", "audio/mpeg", "audio", id="MP3"),
    pytest.param(lambda: sound("wav", "pcm_s16le", "s16"), "a.wav", "audio/wav", "audio", id="WAV"),
    pytest.param(lambda: sound("ogg", "libopus", "flt"), "a.ogg", "audio/ogg", "audio", id="OGG"),
    pytest.param(lambda: sound("ipod", "aac"), "a.m4a", "audio/mp4", "audio", id="M4A"),
    pytest.param(lambda: sound("webm", "libopus", "flt"), "a.webm", "audio/webm", "audio", id="WEBM, only sound"),
    pytest.param(lambda: PDF, "a.pdf", "application/pdf", "file", id="PDF"),
    pytest.param(lambda: MARKDOWN, "a.md", "text/markdown", "file", id="Markdown"),
    pytest.param(lambda: MARKDOWN, "a.txt", "text/plain", "file", id="text"),
]


@pytest.mark.parametrize(("make", "name", "mime", "kind"), EVERY_FORMAT)
async def test_every_format_on_the_list_is_recognised_by_its_bytes_and_can_be_read_back(
    anna: Person, make: Any, name: str, mime: str, kind: str
) -> None:
    status, asset = await upload(anna, make(), name)

    assert (status, asset["mime"], asset["kind"], asset["name"]) == (201, mime, kind, name)
    assert len(await content(anna, asset)) == asset["size_bytes"]
    assert asset["has_thumbnail"] is (kind in ("image", "video"))
    assert asset["has_poster"] is (kind == "video")
    assert (asset["duration_ms"] is not None) is (kind in ("video", "audio"))
    assert await anna.get(f"/api/assets/{asset['id']}") == asset


async def test_a_photograph_is_turned_upright_and_says_nothing_of_where_it_was_taken(anna: Person) -> None:
    asset = await stored(anna, photo())

    kept = await content(anna, asset)
    assert (asset["width"], asset["height"]) == (64, 96)
    for secret in (b"Secret", b"Exif", b"GPS"):
        assert secret not in kept
    for part in (kept, await content(anna, asset, "thumbnail")):
        shown = Image.open(BytesIO(part))
        assert (corner(shown), corner(shown, right=True)) == (BLUE, RED)


async def test_a_film_gets_a_poster_and_a_thumbnail_and_loses_its_metadata(anna: Person) -> None:
    asset = await stored(anna, film())

    kept = await content(anna, asset)
    poster = Image.open(BytesIO(await content(anna, asset, "poster")))
    thumbnail = Image.open(BytesIO(await content(anna, asset, "thumbnail")))
    assert (poster.format, poster.size) == ("JPEG", (128, 96))
    assert (thumbnail.format, thumbnail.size) == ("WEBP", (128, 96))
    assert corner(poster) == RED
    assert 1900 <= asset["duration_ms"] <= 2100
    assert b"Secret" not in kept
    assert b"+39.9072" not in kept
    with av.open(BytesIO(kept)) as container:
        assert [stream.type for stream in container.streams] == ["video", "audio"]
        assert sum(1 for _ in container.decode(video=0)) == 20


async def test_a_film_that_lies_on_its_side_is_seen_upright(anna: Person) -> None:
    lying = bytearray(film(audio=None))
    matrix = lying.index(b"tkhd") + 4 + 40
    lying[matrix : matrix + 36] = b"".join(
        number.to_bytes(4, "big", signed=True) for number in (0, 65536, 0, -65536, 0, 0, 96 << 16, 0, 1 << 30)
    )
    asset = await stored(anna, bytes(lying))

    poster = Image.open(BytesIO(await content(anna, asset, "poster")))
    assert (asset["width"], asset["height"]) == poster.size == (96, 128)
    assert (corner(poster), corner(poster, right=True)) == (BLUE, RED)


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
async def test_a_moving_picture_keeps_moving(anna: Person, kind: str) -> None:
    asset = await stored(anna, moving(kind, loop=0))

    kept = Image.open(BytesIO(await content(anna, asset)))
    assert (kept.format, getattr(kept, "n_frames", 1)) == (kind, 6)
    kept.seek(1)
    assert corner(kept) == corner(quarters().rotate(90))
    assert asset["duration_ms"] > 200


async def test_the_same_bytes_are_one_asset_and_counted_once(anna: Person, ben: Person) -> None:
    (first_status, first), (again_status, again) = await upload(anna, png(), "a.png"), await upload(anna, png(), "b")
    kept = await content(anna, first)

    assert (first_status, again_status) == (201, 200)
    assert again == first
    assert (await stored(anna, kept)) == first
    assert (await stored(ben, png()))["id"] != first["id"]
    assert len((await anna.get("/api/assets"))["items"]) == 1


async def test_two_uploads_of_the_same_bytes_at_once_make_one_asset(anna: Person) -> None:
    answers = await asyncio.gather(*(upload(anna, photo()) for _ in range(4)))

    assert sorted(status for status, _ in answers) == [200, 200, 200, 201]
    assert len({asset["id"] for _, asset in answers}) == 1


async def test_pictures_that_differ_only_in_what_is_removed_are_one_asset(anna: Person) -> None:
    plain = await stored(anna, encode(quarters(), "PNG"))

    assert await stored(anna, encode(quarters(), "PNG", dpi=(300, 300))) == plain


async def test_the_list_is_newest_first_and_paged_and_filtered(anna: Person, ben: Person) -> None:
    made = [await stored(anna, png((n + 8, 8))) for n in range(5)] + [await stored(anna, MARKDOWN)]
    await stored(ben, png())

    newest = [asset["id"] for asset in reversed(made)]
    first = await anna.get("/api/assets?limit=4")
    second = await anna.get(f"/api/assets?limit=4&cursor={first['next_cursor']}")
    assert [asset["id"] for asset in (*first["items"], *second["items"])] == newest
    assert second["next_cursor"] is None
    assert [asset["id"] for asset in (await anna.get("/api/assets?kind=file"))["items"]] == newest[:1]
    assert [asset["id"] for asset in (await anna.get("/api/assets?kind=image"))["items"]] == newest[1:]
    assert (await anna.get("/api/assets?kind=video"))["items"] == []


TEXT = b"".join(b"line %03d\n" % n for n in range(100))
RANGES = [
    pytest.param(None, 200, TEXT, None, id="none"),
    pytest.param("bytes=0-8", 206, TEXT[:9], "bytes 0-8/900", id="first"),
    pytest.param("bytes=890-", 206, TEXT[890:], "bytes 890-899/900", id="from"),
    pytest.param("bytes=-9", 206, TEXT[-9:], "bytes 891-899/900", id="last"),
    pytest.param("bytes=-5000", 206, TEXT, "bytes 0-899/900", id="more than there is, from the end"),
    pytest.param("bytes=0-99999999999", 206, TEXT, "bytes 0-899/900", id="more than there is"),
    pytest.param("bytes=900-", 416, None, "bytes */900", id="behind the end"),
    pytest.param("bytes=9-2", 416, None, "bytes */900", id="backwards"),
    pytest.param("bytes=-0", 416, None, "bytes */900", id="nothing"),
    pytest.param("bytes=-", 416, None, "bytes */900", id="no numbers"),
    pytest.param("bytes=0-1,5-6", 416, None, "bytes */900", id="two"),
    pytest.param("bytes=" + ",".join("0-" for _ in range(100)), 416, None, "bytes */900", id="a hundred"),
    pytest.param("bytes=" + "9" * 400 + "-", 416, None, "bytes */900", id="400 digits"),
    pytest.param("lines=1-2", 200, TEXT, None, id="another unit"),
]


@pytest.mark.parametrize(("wanted", "status", "data", "answered"), RANGES)
async def test_one_range_is_served_and_any_other_refused(
    anna: Person, wanted: str | None, status: int, data: bytes | None, answered: str | None
) -> None:
    asset = await stored(anna, TEXT)
    headers = {"Range": wanted} if wanted else {}
    async with anna.browser.get(f"/api/assets/{asset['id']}/content", headers=headers) as response:
        body = await response.read()

    assert (response.status, response.headers.get("Content-Range")) == (status, answered)
    assert body == data if data is not None else b'"range_not_satisfiable"' in body


async def test_readers_that_stand_still_hold_no_connection_to_the_database(anna: Person, app: RunningApp) -> None:
    asset = await stored(anna, silence(12_000_000))
    where = f"{app.url}/api/assets/{asset['id']}/content"
    readers = [await anna.browser.get(where) for _ in range(app.container.settings.database_pool_size + 5)]

    assert (await anna.get("/api/me"))["id"] == anna.user["id"]
    for reader in readers:
        assert reader.status == 200
        reader.close()


async def test_conditions_and_head_answer_without_a_body(anna: Person) -> None:
    asset = await stored(anna, TEXT)
    where = f"/api/assets/{asset['id']}/content"
    async with anna.browser.head(where) as head:
        etag = head.headers["ETag"]
        assert (head.status, head.headers["Content-Length"], await head.read()) == (200, "900", b"")
    for known in (etag, f'W/{etag}, "other"', "*"):
        async with anna.browser.get(where, headers={"If-None-Match": known}) as response:
            assert (response.status, await response.read()) == (304, b"")
            assert response.headers["ETag"] == etag
    for condition, status in ((etag, 206), ('"other"', 200)):
        async with anna.browser.get(where, headers={"If-Range": condition, "Range": "bytes=0-1"}) as response:
            assert response.status == status


@pytest.mark.parametrize(
    ("make", "how", "of_type"),
    [
        pytest.param(lambda: png(), "inline", "image/png", id="a picture"),
        pytest.param(lambda: sound(), "inline", "audio/mpeg", id="a sound"),
        pytest.param(lambda: PDF, "attachment", "application/pdf", id="a document"),
        pytest.param(lambda: MARKDOWN, "attachment", "text/plain; charset=utf-8", id="a text"),
    ],
)
async def test_nothing_in_an_asset_can_run_where_it_is_opened(anna: Person, make: Any, how: str, of_type: str) -> None:
    asset = await stored(anna, make(), '猫 "x"; filename=evil.html')
    async with anna.browser.get(f"/api/assets/{asset['id']}/content") as response:
        found = response.headers

    assert found["Content-Type"] == of_type
    assert found["X-Content-Type-Options"] == "nosniff"
    assert found["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert found["Cross-Origin-Resource-Policy"] == "same-origin"
    assert found["Cache-Control"] == "private, max-age=31536000, immutable"
    disposition = found["Content-Disposition"]
    assert disposition.startswith(f'{how}; filename="_ _x__ filename=evil.html.')
    assert "filename*=UTF-8''%E7%8C%AB%20%22x%22%3B%20filename%3Devil.html." in disposition


async def test_a_deleted_asset_is_gone_and_its_bytes_follow_with_the_sweep(
    anna: Person, app: RunningApp, empty_database: str
) -> None:
    asset, other = await stored(anna, png()), await stored(anna, MARKDOWN)
    assert (await anna.call("DELETE", f"/api/assets/{asset['id']}"))[0] == 200
    for part in ("", "/content", "/thumbnail"):
        assert (await anna.call("GET", f"/api/assets/{asset['id']}{part}"))[0] == 404

    assert await app.container.assets.delete_unreferenced() == 0  # the grace time is not over
    age_objects(empty_database)
    assert await app.container.assets.delete_unreferenced() == 2  # the picture and its thumbnail
    assert await content(anna, other) == MARKDOWN
    kept = [path for path in (app.container.settings.data_dir / "media").rglob("*") if path.is_file()]
    assert len(kept) == 1


async def test_bytes_shared_by_two_users_stay_while_one_of_them_has_them(
    anna: Person, ben: Person, app: RunningApp, empty_database: str
) -> None:
    mine, yours = await stored(anna, png()), await stored(ben, png())
    await anna.call("DELETE", f"/api/assets/{mine['id']}")
    age_objects(empty_database)

    assert await app.container.assets.delete_unreferenced() == 0
    assert len(await content(ben, yours)) == yours["size_bytes"]


async def test_a_sweep_that_was_killed_is_finished_by_the_next(
    anna: Person, app: RunningApp, empty_database: str
) -> None:
    asset = await stored(anna, png())
    await anna.call("DELETE", f"/api/assets/{asset['id']}")
    age_objects(empty_database)
    with psycopg.connect(empty_database, autocommit=True) as connection:
        connection.execute("UPDATE stored_objects SET doomed = true")

    status, problem = await upload(anna, png())
    assert (status, problem["code"]) == (503, "unavailable")  # being removed just now
    assert await app.container.assets.delete_unreferenced() == 2
    assert (await upload(anna, png()))[0] == 201


async def test_uploads_and_sweeps_at_once_lose_nothing(anna: Person, app: RunningApp, empty_database: str) -> None:
    for _ in range(5):
        asset = await stored(anna, png())
        await anna.call("DELETE", f"/api/assets/{asset['id']}")
        age_objects(empty_database)
        (status, again), removed = await asyncio.gather(upload(anna, png()), app.container.assets.delete_unreferenced())
        assert status in (201, 503), (again, removed)
        if status == 201:
            assert len(await content(anna, again)) == again["size_bytes"]


def age_objects(database_url: str) -> None:
    """Let the grace time of every object pass."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("UPDATE stored_objects SET touched_at = now() - interval '1 day'")


@pytest.fixture
async def small_app(
    settings: Settings, empty_database: str, redis: RedisClient, faults: Faults
) -> AsyncIterator[RunningApp]:
    """The product with little room, so that tests need not send much."""
    changes = {"asset_quota_bytes_per_user": 1500, "asset_file_bytes_max": 1000, "asset_uploads_per_user": 2}
    async with run_app(settings.model_copy(update=changes)) as running:
        yield running


async def test_the_quota_is_what_all_files_of_a_user_take_together(small_app: RunningApp) -> None:
    person = await sign_up(small_app)
    texts = [bytes([letter]) * 900 for letter in b"abcd"]
    answers = await asyncio.gather(*(upload(person, text) for text in texts[:2]))
    third = await upload(person, texts[2])

    assert sorted(status for status, _ in answers) == [201, 429]
    assert (third[0], third[1]["code"], third[1]["params"]["quota_bytes"]) == (429, "quota_exceeded", 1500)
    kept = (await person.get("/api/assets"))["items"]
    assert len(kept) == 1
    await person.call("DELETE", f"/api/assets/{kept[0]['id']}")
    assert (await upload(person, texts[3]))[0] == 201
    await person.browser.close()


async def test_a_file_over_its_kinds_limit_is_refused_also_when_it_does_not_say_so(small_app: RunningApp) -> None:
    async def chunked(number: float) -> AsyncIterator[bytes]:
        while number > 0:
            yield b"x" * 65536
            number -= 1

    person = await sign_up(small_app)
    for body in (b"x" * 1001, b"x" * 5_000_000, chunked(2), chunked(100)):
        status, problem = await upload(person, body)
        assert (status, problem["code"]) == (413, "media_too_large")
    assert (await upload(person, b"x" * 1000))[0] == 201
    # Either the answer arrives, or the connection is cut while the client is still sending.
    with suppress(aiohttp.ClientError):
        status, problem = await upload(person, chunked(math.inf))
        assert (status, problem["code"]) == (413, "media_too_large")
    assert len((await person.get("/api/assets"))["items"]) == 1
    await person.browser.close()


async def uploads_running(app: RunningApp, number: int) -> None:
    """Return once so many uploads have a place."""
    redis = app.container.redis.get_client()
    async with asyncio.timeout(10):
        while len(await redis.keys("latent:lock:upload:*")) != number:  # noqa: ASYNC110 - only Redis knows
            await asyncio.sleep(0.01)


async def test_uploads_at_once_are_counted_per_user(small_app: RunningApp) -> None:
    person, other = await sign_up(small_app), await sign_up(small_app)
    going = asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield b"first"
        await going.wait()
        yield b"last"

    slow_ones = [asyncio.create_task(upload(person, slow())) for _ in range(2)]
    await uploads_running(small_app, 2)
    refused = await upload(person, b"third")
    assert (refused[0], refused[1]["code"]) == (429, "too_many_uploads")
    assert (await upload(other, b"another's"))[0] == 201
    going.set()
    assert sorted([(await one)[0] for one in slow_ones]) == [200, 201]
    assert (await upload(person, b"fourth"))[0] == 201
    for someone in (person, other):
        await someone.browser.close()


async def test_an_upload_whose_sender_leaves_is_forgotten(anna: Person, app: RunningApp) -> None:
    begun = asyncio.Event()

    async def stuck() -> AsyncIterator[bytes]:
        yield png()[:50]
        begun.set()
        await asyncio.Event().wait()

    sending = asyncio.create_task(upload(anna, stuck()))
    await begun.wait()
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)
    await uploads_running(app, 0)

    assert list((app.container.settings.data_dir / "media" / "incoming").iterdir()) == []
    assert (await anna.get("/api/assets"))["items"] == []


async def test_a_result_of_a_provider_is_kept_exactly_as_it_came(anna: Person, app: RunningApp) -> None:
    made = photo()
    row = await app.container.assets.store_bytes(UUID(anna.user["id"]), made, expected=AssetKind.IMAGE)

    assert await content(anna, {"id": row.id}) == made
    assert (row.width, row.height) == (64, 96)
    assert corner(Image.open(BytesIO(await content(anna, {"id": row.id}, "thumbnail")))) == BLUE


async def test_a_result_is_kept_over_the_quota_and_then_uploads_are_refused(small_app: RunningApp) -> None:
    person, made = await sign_up(small_app), sound()
    assert len(made) > small_app.container.settings.asset_quota_bytes_per_user
    await small_app.container.assets.store_bytes(UUID(person.user["id"]), made, expected=AssetKind.AUDIO)

    assert (await upload(person, MARKDOWN))[1]["code"] == "quota_exceeded"
    await person.browser.close()


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        pytest.param(lambda: sound("ipod", "aac"), AssetKind.VIDEO, id="a sound as film"),
        pytest.param(lambda: PDF, AssetKind.IMAGE, id="a document as picture"),
        pytest.param(lambda: b"<!doctype html><p>gone", AssetKind.IMAGE, id="a page as picture"),
        pytest.param(lambda: MARKDOWN, AssetKind.VIDEO, id="a text as film"),
        pytest.param(lambda: b"", AssetKind.IMAGE, id="nothing"),
    ],
)
async def test_a_result_has_to_be_what_was_ordered(
    anna: Person, app: RunningApp, make: Any, expected: AssetKind
) -> None:
    with pytest.raises(MediaInvalid):
        await app.container.assets.store_bytes(UUID(anna.user["id"]), make(), expected=expected)

    assert (await anna.get("/api/assets"))["items"] == []
