"""The sandbox keeps to the wire protocol itself, stays small, and survives what is thrown at it."""

import asyncio
import base64
import io
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import aiohttp
import psutil
import pytest
from PIL import Image

from backend.sandbox.darkroom import Darkroom, RenderFailed
from backend.sandbox.render import caption
from backend.sandbox.render.order import RenderOrder
from backend.sandbox.render.picture import draw_picture
from tests.contract.media import open_picture
from tests.support.sandbox import Faults

URL = "https://media.example/a.png"


async def create(web: aiohttp.ClientSession, faults: Faults, model: str, given: object) -> dict[str, Any]:
    """Create a task and return the envelope."""
    body = {"model": model, "input": given}
    async with web.post(f"{faults.url}/api/v1/jobs/createTask", json=body) as response:
        assert response.status == 200
        envelope: dict[str, Any] = await response.json()
        return envelope


@pytest.mark.parametrize(
    ("model", "given", "code"),
    [
        pytest.param("sora-9", {"prompt": "x"}, 422, id="unknown model"),
        pytest.param("google/nano-banana", {}, 422, id="no prompt"),
        pytest.param("google/nano-banana", [], 422, id="no object"),
        pytest.param("google/nano-banana", {"prompt": "x" * 5001}, 500, id="prompt too long answers 500"),
        pytest.param("google/nano-banana", {"prompt": "x", "image_size": "7:1"}, 422, id="ratio"),
        pytest.param("google/nano-banana-edit", {"prompt": "x"}, 422, id="nothing to edit"),
        pytest.param("google/nano-banana-edit", {"prompt": "x", "image_urls": [URL] * 11}, 422, id="eleven pictures"),
        pytest.param("google/nano-banana-edit", {"prompt": "x", "image_urls": ["data:x"]}, 422, id="no address"),
        pytest.param("kling-3.0/video", {"prompt": "x", "duration": 5}, 422, id="duration as a number"),
        pytest.param("kling-3.0/video", {"prompt": "x", "duration": "16"}, 422, id="sixteen seconds"),
        pytest.param("kling-3.0/video", {"prompt": "x", "sound": 1}, 422, id="one is not true"),
        pytest.param("kling-3.0/video", {"duration": "5"}, 422, id="neither prompt nor shots"),
        pytest.param("kling-3.0/video", {"multi_shots": True, "duration": "5"}, 422, id="no shots"),
        pytest.param(
            "kling-3.0/video",
            {"multi_shots": True, "duration": "5", "multi_prompt": [{"prompt": "a", "duration": 4}]},
            422,
            id="shots of another length",
        ),
        pytest.param(
            "kling-3.0/video",
            {"multi_shots": True, "duration": "5", "multi_prompt": [{"prompt": "a", "duration": "5"}]},
            422,
            id="shot's length as text",
        ),
        pytest.param(
            "kling-3.0/video",
            {
                "multi_shots": True, "duration": "5", "image_urls": [URL, URL],
                "multi_prompt": [{"prompt": "a", "duration": 5}],
            },
            422,
            id="storyboard with a last frame",
        ),
        pytest.param("kling-2.6/image-to-video", {"prompt": "x", "duration": "5"}, 422, id="no first frame"),
        pytest.param(
            "bytedance/seedance-2",
            {"prompt": "x", "first_frame_url": URL, "reference_image_urls": [URL]},
            422,
            id="frames and references",
        ),
        pytest.param("bytedance/seedance-2", {"prompt": "x", "last_frame_url": URL}, 422, id="last without first"),
        pytest.param("wan/2-7-image-to-video", {"prompt": "x"}, 422, id="first frame needed"),
        pytest.param("elevenlabs/text-to-speech-turbo-2-5", {"text": "x", "speed": 2}, 422, id="too fast"),
        pytest.param("elevenlabs/speech-to-text", {}, 422, id="nothing to hear"),
        pytest.param("google/nano-banana", {"prompt": "x", "seed": 1, "new": 2}, 200, id="unknown fields pass"),
    ],
)  # fmt: skip
async def test_inputs_are_checked_as_the_models_pages_say(
    web: aiohttp.ClientSession, faults: Faults, model: str, given: object, code: int
) -> None:
    envelope = await create(web, faults, model, given)

    assert envelope["code"] == code, envelope
    assert (await faults.state())["counts"].get("tasks", 0) == (1 if code == 200 else 0)


@pytest.mark.parametrize("prefix", ["", "data:image/png;base64,"], ids=["raw", "data URL"])
async def test_base64_uploads_are_taken_and_can_be_fetched(
    web: aiohttp.ClientSession, faults: Faults, red: bytes, prefix: str
) -> None:
    body = {"base64Data": prefix + base64.b64encode(red).decode(), "uploadPath": "a", "fileName": "../é r.png"}
    async with web.post(f"{faults.url}/api/file-base64-upload", json=body) as response:
        answer = await response.json()
    data = answer["data"]

    assert (answer["success"], answer["code"], data["fileName"]) == (True, 200, "_r.png")
    assert (data["filePath"], data["mimeType"], data["fileSize"]) == ("a/_r.png", "image/png", len(red))
    async with web.get(data["downloadUrl"]) as response:
        assert await response.read() == red


async def test_addresses_are_taken_as_uploads_but_never_inner_ones(
    web: aiohttp.ClientSession, faults: Faults, red: bytes
) -> None:
    body = {"base64Data": base64.b64encode(red).decode(), "uploadPath": "a"}
    async with web.post(f"{faults.url}/api/file-base64-upload", json=body) as response:
        own = (await response.json())["data"]["downloadUrl"]
    codes = []
    for url in (own, "http://127.0.0.1:1/a.png", "http://localhost/a", "file:///etc/passwd", "http://169.254.169.254/"):
        async with web.post(f"{faults.url}/api/file-url-upload", json={"fileUrl": url, "uploadPath": "a"}) as response:
            codes.append((await response.json())["code"])

    assert codes == [200, 500, 500, 500, 500]


async def test_only_results_have_fresh_links(web: aiohttp.ClientSession, faults: Faults) -> None:
    body = {"url": f"{faults.url}/files/none/x.png"}
    async with web.post(f"{faults.url}/api/v1/common/download-url", json=body) as response:
        assert (await response.json())["code"] == 422


@pytest.mark.parametrize("order", [{"link": "nonsense"}, {"unheard_of": 1}, [1]])
async def test_an_order_that_is_unknown_is_refused(web: aiohttp.ClientSession, faults: Faults, order: object) -> None:
    async with web.post(f"{faults.url}/_sandbox/faults", json=order) as response:
        assert response.status == 400


async def test_faults_can_be_ordered_for_one_request_by_header(web: aiohttp.ClientSession, faults: Faults) -> None:
    body = {"model": "google/nano-banana", "input": {"prompt": "x"}}
    headers = {"X-Sandbox": '{"create_code": 455}'}
    async with web.post(f"{faults.url}/api/v1/jobs/createTask", json=body, headers=headers) as response:
        refused = await response.json()

    assert refused["code"] == 455
    assert (await create(web, faults, "google/nano-banana", {"prompt": "x"}))["code"] == 200
    counts = (await faults.state())["counts"]
    assert (counts["create_task:google/nano-banana"], counts["tasks"]) == (2, 1)


def test_an_idle_sandbox_loads_no_imaging_library() -> None:
    code = "import sys, backend.sandbox.server; sys.exit(any(m in sys.modules for m in ('PIL', 'av')))"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def order(target: Path, prompt: str = "a hill", **more: Any) -> RenderOrder:
    return RenderOrder("picture", str(target), "png", prompt, 1, ("demo",), edge_max=256, **more)


async def test_drawing_processes_are_few_and_end_with_the_darkroom(tmp_path: Path) -> None:
    before = set(psutil.Process().children())
    darkroom = Darkroom()
    await asyncio.gather(*(darkroom.draw(order(tmp_path / str(number))) for number in range(6)))
    started = set(psutil.Process().children()) - before
    await darkroom.close()

    assert len(started) == 2
    assert not any(process.is_running() for process in started)


async def test_a_drawing_process_that_dies_fails_one_order_only(tmp_path: Path) -> None:
    darkroom = Darkroom()
    before = set(psutil.Process().children())
    await darkroom.draw(order(tmp_path / "first"))
    for process in set(psutil.Process().children()) - before:
        process.kill()
        process.wait()
    with pytest.raises(RenderFailed):
        await darkroom.draw(order(tmp_path / "second"))
    await darkroom.draw(order(tmp_path / "third"))
    await darkroom.close()

    assert open_picture((tmp_path / "third").read_bytes()).size == (256, 256)


async def test_a_picture_bomb_is_refused_unopened(tmp_path: Path, web: aiohttp.ClientSession, faults: Faults) -> None:
    await faults.order(link="pixel_bomb")
    envelope = await create(web, faults, "google/nano-banana", {"prompt": "x"})
    query = {"taskId": envelope["data"]["taskId"]}
    deadline, result = time.monotonic() + 5, ""
    while not result:
        assert time.monotonic() < deadline
        async with web.get(f"{faults.url}/api/v1/jobs/recordInfo", params=query) as response:
            result = (await response.json())["data"]["resultJson"]
    async with web.get(result.split('"')[3]) as response:
        (tmp_path / "bomb").write_bytes(await response.read())
    darkroom = Darkroom()

    with pytest.raises(RenderFailed, match=r"too large|cannot be read"):
        await darkroom.draw(order(tmp_path / "out", references=(str(tmp_path / "bomb"),)))
    await darkroom.close()


def test_without_a_chinese_font_pictures_still_tell_prompts_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(caption, "CJK_FONTS", ())
    caption._font_file.cache_clear()
    caption.load_font.cache_clear()
    try:
        for name, prompt in (("one", "雪中的船"), ("two", "雪中的屋")):
            draw_picture(order(tmp_path / name, prompt))
    finally:
        monkeypatch.undo()
        caption._font_file.cache_clear()
        caption.load_font.cache_clear()

    assert caption.printable("a 船") == "a 船" or caption._font_file() is None
    first, second = [Image.open(io.BytesIO((tmp_path / name).read_bytes())) for name in ("one", "two")]
    assert first.size == second.size
    assert first.tobytes() != second.tobytes()
