"""The ways that go well: each kind of medium, from the request to bytes that decode."""

from collections.abc import Callable

import aiohttp
import pytest

from backend.services.adapters.base import (
    MediaRequest,
    OptionValue,
    Reference,
    ReferenceRole,
    Shot,
    TaskState,
)
from backend.services.adapters.kie.client import KieClient
from backend.services.adapters.kie.image_adapter import KieImageAdapter
from backend.services.adapters.kie.media_model import KieMediaModel
from backend.services.adapters.kie.models import MEDIA_MODELS
from backend.services.adapters.kie.video_adapter import KieVideoAdapter
from tests.contract.conftest import AdapterOf
from tests.contract.media import fetch, mean, open_clip, open_picture
from tests.support.sandbox import Faults

FIRST, LAST = ReferenceRole.FIRST_FRAME, ReferenceRole.LAST_FRAME


async def test_text_becomes_a_picture_of_the_ratio_and_format(
    images: Callable[[str], KieImageAdapter], web: aiohttp.ClientSession, faults: Faults
) -> None:
    done = await images("google/nano-banana").generate("清晨的茶屋", size="16:9", options={"output_format": "jpeg"})

    picture = open_picture(await fetch(web, done))
    assert (picture.format, picture.width, picture.height) == ("JPEG", 320, 176)
    assert (await faults.state())["last_create"]["input"] == {
        "prompt": "清晨的茶屋", "image_size": "16:9", "output_format": "jpeg",
    }  # fmt: skip


@pytest.mark.parametrize(("resolution", "size"), [("1K", (1024, 1024)), ("2K", (2048, 2048))])
async def test_a_resolution_is_kept(
    images: Callable[[str], KieImageAdapter],
    web: aiohttp.ClientSession,
    faults: Faults,
    resolution: str,
    size: tuple[int, int],
) -> None:
    await faults.order(edge_max=0)
    done = await images("nano-banana-pro").generate("a lake at dusk", size="1:1", resolution=resolution)

    assert open_picture(await fetch(web, done)).size == size


async def test_an_edit_takes_several_references_and_shows_them(
    images: Callable[[str], KieImageAdapter], web: aiohttp.ClientSession, faults: Faults, red: bytes, blue: bytes
) -> None:
    adapter = images("nano-banana-pro")
    references = [Reference.of_bytes(red, "image/png"), Reference.of_bytes(blue, "image/png")]
    edited = await adapter.generate("autumn", size="auto", references=references)

    picture = open_picture(await fetch(web, edited))
    assert (picture.width, picture.height) == (320, 160)
    assert mean(picture)[0] > mean(picture)[2] + 20
    state = await faults.state()
    assert state["counts"]["uploads"] == 2
    assert len(state["last_create"]["input"]["image_input"]) == 2


async def test_the_same_prompt_and_seed_give_the_same_picture(
    images: Callable[[str], KieImageAdapter], web: aiohttp.ClientSession, faults: Faults
) -> None:
    adapter = images("nano-banana-2-lite")
    await faults.order(seed=7)
    first, again = [await fetch(web, await adapter.generate("a pine forest")) for _ in range(2)]
    other = await fetch(web, await adapter.generate("a pine forest, seen twice"))
    await faults.order(seed=8)
    reseeded = await fetch(web, await adapter.generate("a pine forest"))

    assert first == again
    assert len({first, other, reseeded}) == 3


@pytest.mark.parametrize(
    ("ratio", "size", "sound"), [("16:9", (320, 184), True), ("9:16", (184, 320), False), ("1:1", (320, 320), False)]
)
async def test_text_becomes_a_clip_of_the_length(
    adapter_of: AdapterOf, web: aiohttp.ClientSession, ratio: str, size: tuple[int, int], *, sound: bool
) -> None:
    adapter = adapter_of("kling-3.0/video")
    options: dict[str, OptionValue] = {"seconds": 3, "aspect_ratio": ratio, "sound": sound}
    submission = await adapter.submit(MediaRequest("a ferry in the rain", options))
    done = await adapter.wait(submission.provider_task_id or "")

    content = await fetch(web, done)
    clip = open_clip(content)
    assert (clip.width, clip.height) == pytest.approx(size, abs=8)
    assert clip.seconds == pytest.approx(3, abs=0.05)
    assert (clip.codec, clip.pixels) == ("h264", "yuv420p")
    assert clip.audio_seconds == (pytest.approx(3, abs=0.1) if sound else None)
    assert content.index(b"moov") < content.index(b"mdat")


async def test_a_clip_goes_from_its_first_frame_to_its_last(
    adapter_of: AdapterOf, web: aiohttp.ClientSession, faults: Faults, red: bytes, blue: bytes
) -> None:
    adapter = adapter_of("kling-3.0/video")
    frames = (Reference.of_bytes(red, "image/png", FIRST), Reference.of_bytes(blue, "image/png", LAST))
    submission = await adapter.submit(MediaRequest("slow dissolve", {"seconds": 3}, frames))
    clip = open_clip(await fetch(web, await adapter.wait(submission.provider_task_id or "")))

    assert clip.width == pytest.approx(2 * clip.height, abs=8)
    assert mean(clip.first)[0] > 150 > 90 > mean(clip.first)[2]
    assert mean(clip.last)[2] > 150 > 90 > mean(clip.last)[0]
    assert "aspect_ratio" not in (await faults.state())["last_create"]["input"]


async def test_a_storyboard_is_one_call_with_all_its_shots(
    adapter_of: AdapterOf, web: aiohttp.ClientSession, faults: Faults
) -> None:
    adapter = adapter_of("kling-3.0/video")
    shots = (Shot("night, moon", 1), Shot("snow at noon", 2), Shot("dusk", 1))
    submission = await adapter.submit(MediaRequest(shots=shots))
    clip = open_clip(await fetch(web, await adapter.wait(submission.provider_task_id or "")))

    assert clip.seconds == pytest.approx(4, abs=0.05)
    assert sum(mean(clip.first)) < sum(mean(clip.last)) - 60
    assert (await faults.state())["last_create"]["input"] == {
        "duration": "4", "aspect_ratio": "16:9", "mode": "std", "sound": False, "multi_shots": True,
        "multi_prompt": [
            {"prompt": "night, moon", "duration": 1}, {"prompt": "snow at noon", "duration": 2},
            {"prompt": "dusk", "duration": 1},
        ],
    }  # fmt: skip


async def test_references_of_a_clip_are_pictures_to_go_by(
    adapter_of: AdapterOf, web: aiohttp.ClientSession, faults: Faults, red: bytes
) -> None:
    adapter = adapter_of("bytedance/seedance-2-mini")
    request = MediaRequest("move", {"seconds": 4, "resolution": "480p"}, (Reference.of_bytes(red, "image/png"),))
    submission = await adapter.submit(request)
    clip = open_clip(await fetch(web, await adapter.wait(submission.provider_task_id or "")))

    assert clip.audio_seconds == pytest.approx(4, abs=0.1)
    given = (await faults.state())["last_create"]["input"]
    assert (given["duration"], given["generate_audio"], len(given["reference_image_urls"])) == (4, True, 1)


async def test_the_seeds_parameters_reach_the_model_that_declares_them(
    videos: Callable[[str], KieVideoAdapter], images: Callable[[str], KieImageAdapter], faults: Faults
) -> None:
    picture = await images("google/nano-banana").generate("a boat")
    url = picture.results[0].url or ""
    begun = await videos("sora-2-image-to-video").generate(
        prompt="it sails", image_urls=[url], n_frames=10, aspect_ratio="portrait", remove_watermark=False,
        wait_for_result=False,
    )  # fmt: skip

    assert (begun.state, begun.results) == (TaskState.QUEUED, ())
    assert (begun.provider_task_id or "").startswith("task_")
    assert (await faults.state())["last_create"]["input"] == {
        "prompt": "it sails", "image_urls": [url], "n_frames": "10", "aspect_ratio": "portrait",
        "remove_watermark": False,
    }  # fmt: skip


async def test_veo_is_reached_through_its_own_api(
    videos: Callable[[str], KieVideoAdapter], web: aiohttp.ClientSession, faults: Faults
) -> None:
    done = await videos("veo3_fast").generate("a lighthouse", aspect_ratio="9:16", options={"seed": 12_345})

    clip = open_clip(await fetch(web, done))
    assert (clip.height > clip.width, clip.seconds) == (True, pytest.approx(8, abs=0.05))
    assert clip.audio_seconds == pytest.approx(8, abs=0.1)
    assert (await faults.state())["last_create"]["seeds"] == 12_345


async def test_a_text_is_read_aloud(adapter_of: AdapterOf, web: aiohttp.ClientSession) -> None:
    adapter = adapter_of("elevenlabs/text-to-speech-turbo-2-5")
    submission = await adapter.submit(MediaRequest("Nothing happens at first.", {"speed": 1.1}))
    content = await fetch(web, await adapter.wait(submission.provider_task_id or ""))

    assert content[:3] == b"ID3" or content[:2] == b"\xff\xfb"


async def test_a_recording_is_written_down(adapter_of: AdapterOf) -> None:
    adapter = adapter_of("elevenlabs/speech-to-text")
    submission = await adapter.submit(MediaRequest(references=(Reference.of_bytes(b"RIFF", "audio/wav"),)))
    done = await adapter.wait(submission.provider_task_id or "")

    assert (done.results[0].text or "").startswith("The demo cannot hear")


async def test_progress_grows_from_queued_to_done(adapter_of: AdapterOf, faults: Faults) -> None:
    await faults.order(image_s=0.4)
    adapter = adapter_of("google/nano-banana")
    submission = await adapter.submit(MediaRequest("a hill"))
    seen = [await adapter.query(submission.provider_task_id or "")]
    while not seen[-1].ended:
        seen.append(await adapter.query(submission.provider_task_id or ""))

    states = list(dict.fromkeys(step.state for step in seen))
    shares = [step.progress or 0.0 for step in seen]
    assert states == [TaskState.QUEUED, TaskState.RUNNING, TaskState.SUCCEEDED]
    assert shares == sorted(shares)
    assert shares[-1] == 1


@pytest.mark.parametrize("model", MEDIA_MODELS, ids=lambda model: model.model)
async def test_every_models_defaults_are_taken(adapter_of: AdapterOf, faults: Faults, model: KieMediaModel) -> None:
    await faults.order(never_ends=True)
    capabilities = model.capabilities
    needed = [
        Reference.of_url("https://media.example/it", f"{rule.kind}/x", rule.role)
        for rule in capabilities.references
        for _ in range(rule.least)
    ]
    shots = (Shot("one", 10), Shot("two", 5)) if capabilities.shots_required else ()
    prompt = "a quiet place" if capabilities.prompt_required else ""
    await adapter_of(model.model).submit(MediaRequest(prompt, references=tuple(needed), shots=shots))

    assert (await faults.state())["counts"]["tasks"] == 1


async def test_a_fresh_link_to_a_result_can_be_had(
    images: Callable[[str], KieImageAdapter], kie: KieClient, web: aiohttp.ClientSession, faults: Faults
) -> None:
    done = await images("google/nano-banana").generate("a boat")
    link = await kie.download_url(done.results[0].url or "")

    assert link != done.results[0].url
    async with web.get(link) as response:
        assert open_picture(await response.read()).format == "PNG"
