"""The object store: whole objects or none, parts of them, and what happens when it cannot be reached."""

import asyncio
import hashlib
import shutil
import signal
import sys
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import NoReturn

import pytest

from backend.core.config import Settings
from backend.core.errors import MediaTooLarge, StartError, Unavailable
from backend.core.storage import ObjectMissing, ObjectStorage, Received, key_of, receive

BYTES = bytes(range(256)) * 8192  # 2 MB


@pytest.fixture
def storage(settings: Settings) -> ObjectStorage:
    return ObjectStorage(settings)


async def pieces(data: bytes = BYTES, size: int = 100_000) -> AsyncGenerator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


async def put(storage: ObjectStorage, data: bytes = BYTES) -> Received:
    async with storage.scratch() as folder:
        received = await receive(pieces(data), folder / "source", admit=lambda _head: len(data))
        await storage.put(received.file, received.sha256)
    return received


async def read(storage: ObjectStorage, sha256: bytes, start: int = 0, end: int = len(BYTES)) -> bytes:
    return b"".join([piece async for piece in await storage.open(sha256, start=start, end=end)])


def files(settings: Settings) -> list[str]:
    media = settings.data_dir / "media"
    return sorted(path.relative_to(media).as_posix() for path in media.rglob("*") if path.is_file())


async def test_an_object_lies_under_its_hash_and_comes_back_whole_and_in_parts(
    storage: ObjectStorage, settings: Settings
) -> None:
    received = await put(storage)
    name = hashlib.sha256(BYTES).hexdigest()

    assert (received.sha256.hex(), received.size_bytes) == (name, len(BYTES))
    assert files(settings) == [f"{name[:2]}/{name[2:4]}/{name}"] == [key_of(received.sha256)]
    assert await read(storage, received.sha256) == BYTES
    assert await read(storage, received.sha256, 255, 258) == b"\xff\x00\x01"
    assert await storage.exists(received.sha256)


async def test_two_writers_of_the_same_bytes_write_one_object(storage: ObjectStorage, settings: Settings) -> None:
    received = await asyncio.gather(*(put(storage) for _ in range(8)))

    assert len({one.sha256 for one in received}) == 1
    assert files(settings) == [key_of(received[0].sha256)]


async def test_a_reader_keeps_what_is_written_again_or_deleted_meanwhile(storage: ObjectStorage) -> None:
    received = await put(storage)
    reading = await storage.open(received.sha256, start=0, end=len(BYTES))
    begun = await anext(reading)
    await put(storage)
    await storage.delete(received.sha256)

    assert begun + b"".join([piece async for piece in reading]) == BYTES
    assert not await storage.exists(received.sha256)


async def test_what_is_not_there_is_missing_and_may_be_deleted_again(storage: ObjectStorage) -> None:
    nothing = hashlib.sha256(b"never stored").digest()

    assert not await storage.exists(nothing)
    await storage.delete(nothing)
    with pytest.raises(ObjectMissing):
        await storage.open(nothing, start=0, end=1)


async def test_reception_ends_at_the_limit_and_leaves_nothing(storage: ObjectStorage, settings: Settings) -> None:
    async def endless() -> AsyncGenerator[bytes]:
        while True:
            yield bytes(65536)

    with pytest.raises(MediaTooLarge):
        async with storage.scratch() as folder:
            await receive(endless(), folder / "source", admit=lambda _head: 3_000_000)

    assert files(settings) == []


async def test_the_gate_sees_the_first_bytes_however_they_come(tmp_path: Path) -> None:
    seen: list[bytes] = []

    def refuse(head: bytes) -> NoReturn:
        seen.append(head)
        raise ValueError

    for number, (data, size) in enumerate([(BYTES, 1), (BYTES, 100_000), (BYTES[:10], 3), (b"", 1)]):
        with pytest.raises(ValueError):
            await receive(pieces(data, size), tmp_path / str(number), admit=refuse)

    assert seen == [BYTES[:4096], BYTES[:4096], BYTES[:10], b""]


async def test_a_writer_that_is_killed_leaves_no_object_and_its_scratch_is_swept(
    storage: ObjectStorage, settings: Settings
) -> None:
    script = """if True:
        import asyncio, pathlib, sys
        from backend.core.config import Settings
        from backend.core.storage import ObjectStorage, receive

        async def main():
            async def stuck():
                yield bytes(3_000_000)
                print("half", flush=True)
                await asyncio.Event().wait()
            async with ObjectStorage(Settings(data_dir=pathlib.Path(sys.argv[1]))).scratch() as folder:
                await receive(stuck(), folder / "source", admit=lambda head: 10_000_000)

        asyncio.run(main())
    """
    writer = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, str(settings.data_dir), stdout=asyncio.subprocess.PIPE
    )
    assert writer.stdout is not None
    assert await writer.stdout.readline() == b"half\n"
    writer.send_signal(signal.SIGKILL)
    await writer.wait()

    assert [name.split("/")[0] for name in files(settings)] == ["incoming"]
    assert await storage.sweep_scratch(older_than_s=3600) == 0
    assert await storage.sweep_scratch(older_than_s=-1) == 1
    assert files(settings) == []


async def test_health_says_whether_the_store_answers(storage: ObjectStorage, settings: Settings) -> None:
    assert await storage.health_check()
    shutil.rmtree(settings.data_dir / "media")
    assert not await storage.health_check()


def s3(settings: Settings, **changes: object) -> Settings:
    keys = {"storage_access_key": "access", "storage_secret_key": "canary-secret", "storage_region": "eu-central-1"}
    return Settings(**{**settings.model_dump(), "storage_url": "s3://bucket/prefix", **keys, **changes})


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"storage_url": "ftp://bucket"}, "has to be s3://bucket/prefix"),
        ({"storage_url": "s3://"}, "cannot be opened"),
        ({"storage_secret_key": None}, "belong together"),
    ],
)
def test_settings_that_cannot_work_are_one_sentence(
    settings: Settings, changes: dict[str, object], sentence: str
) -> None:
    with pytest.raises(StartError, match=sentence) as caught:
        ObjectStorage(s3(settings, **changes))

    assert "canary-secret" not in str(caught.value)


async def test_an_s3_store_that_does_not_answer_is_unavailable_and_its_secret_stays_out_of_the_log(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    storage = ObjectStorage(s3(settings, storage_endpoint="http://127.0.0.1:1"))

    with pytest.raises(Unavailable):
        await put(storage)
    assert not await storage.health_check()
    assert "canary-secret" not in "".join(capsys.readouterr())
