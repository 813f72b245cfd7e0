"""Pictures over OpenAI's protocol: made, edited, refused, lost."""

from typing import Any

import aiohttp
import pytest

from backend.core.http import OutboundHttp
from backend.services.adapters.base import ErrorKind, MediaRequest, ProviderError, Reference, ReferenceRole, TaskState
from backend.services.adapters.openai_compatible.client import OpenAIClient
from backend.services.adapters.openai_compatible.image_adapter import OpenAIImageAdapter
from backend.services.adapters.provider_http import ProviderHttp
from tests.contract.conftest import KEY, LIMITS
from tests.contract.media import mean, open_picture
from tests.support.sandbox import Faults


async def test_text_becomes_pictures_at_once(openai: OpenAIImageAdapter, faults: Faults) -> None:
    await faults.order(edge_max=0)
    options: dict[str, Any] = {"size": "1536x1024", "n": 2, "output_format": "jpeg"}
    submission = await openai.submit(MediaRequest("春天的湖", options))

    assert submission.provider_task_id is None
    pictures = [open_picture(result.content or b"") for result in submission.results]
    assert [(picture.format, picture.size) for picture in pictures] == [("JPEG", (1536, 1024))] * 2
    assert submission.results[0].content != submission.results[1].content
    assert submission.results[0].mime == "image/jpeg"


async def test_several_pictures_and_a_mask_are_edited(
    openai: OpenAIImageAdapter, faults: Faults, red: bytes, blue: bytes
) -> None:
    references = [
        Reference.of_bytes(red, "image/png"),
        Reference.of_bytes(blue, "image/png"),
        Reference.of_bytes(blue, "image/png", ReferenceRole.MASK),
    ]
    done = await openai.generate("autumn", size="1024x1024", resolution="high", references=references)

    picture = open_picture(done.results[0].content or b"")
    assert (done.state, done.progress, picture.size) == (TaskState.SUCCEEDED, 1, (320, 320))
    assert mean(picture)[0] > mean(picture)[2] + 20
    state = await faults.state()
    assert (state["counts"]["edit_image"], state["counts"]["edit_mask"]) == (2, 1)
    assert (state["last_image"]["quality"], state["last_image"]["model"]) == ("high", "gpt-image-1")


async def test_servers_that_answer_with_addresses_are_understood(
    outbound: OutboundHttp, faults: Faults, web: aiohttp.ClientSession
) -> None:
    client = OpenAIClient(ProviderHttp(outbound, f"{faults.url}/v1", KEY, LIMITS))
    answer = await client.generate_images({"prompt": "a hill", "response_format": "url"})

    async with web.get(answer["data"][0]["url"]) as response:
        assert open_picture(await response.read()).format == "PNG"


@pytest.mark.parametrize(
    ("fault", "kind", "retryable", "certain", "made"),
    [
        pytest.param({"create_status": 401}, ErrorKind.AUTH, False, True, 0, id="401"),
        pytest.param({"create_status": 402}, ErrorKind.FUNDS, False, True, 0, id="402"),
        pytest.param({"create_status": 422}, ErrorKind.BAD_REQUEST, False, True, 0, id="422"),
        pytest.param({"create_status": 429}, ErrorKind.RATE_LIMITED, True, True, 0, id="429"),
        pytest.param({"create_status": 500}, ErrorKind.UNKNOWN, False, False, 0, id="500"),
        pytest.param({"create_status": 503}, ErrorKind.UNAVAILABLE, False, False, 0, id="503"),
        pytest.param({"fail_msg": "not this"}, ErrorKind.MODERATION, False, True, 0, id="moderation"),
        pytest.param({"create_then": "code_500"}, ErrorKind.UNKNOWN, False, False, 1, id="500 after making"),
        pytest.param({"create_then": "cut"}, ErrorKind.BROKEN, False, False, 1, id="cut after making"),
    ],
)
async def test_a_failure_says_whether_pictures_may_have_been_made(
    openai: OpenAIImageAdapter,
    faults: Faults,
    fault: dict[str, Any],
    kind: ErrorKind,
    retryable: bool,
    certain: bool,
    made: int,
) -> None:
    await faults.order(**fault)

    with pytest.raises(ProviderError) as caught:
        await openai.submit(MediaRequest("a hill"))
    error = caught.value
    assert (error.kind, error.retryable, error.certain_not_sent) == (kind, retryable, certain)
    counts = (await faults.state())["counts"]
    assert (counts["images"], counts.get("images_made", 0)) == (1, made)


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (MediaRequest("a hill", {"aspect_ratio": "1:1"}), "aspect_ratio: unknown_option"),
        (MediaRequest("a hill", {"n": 9}), "n: too_large"),
        (MediaRequest(""), "prompt: required"),
        (
            MediaRequest("a hill", references=(Reference.of_url("https://media.example/a.png"),)),
            "references: only bytes",
        ),
    ],
)
async def test_what_does_not_fit_is_not_sent(
    openai: OpenAIImageAdapter, faults: Faults, request_: MediaRequest, words: str
) -> None:
    with pytest.raises(ProviderError) as caught:
        await openai.submit(request_)

    assert caught.value.message.startswith(words)
    assert caught.value.certain_not_sent
    assert (await faults.state())["counts"] == {}


async def test_there_is_no_task_to_ask_about(openai: OpenAIImageAdapter) -> None:
    assert (await openai.query("anything")).state == TaskState.UNKNOWN
