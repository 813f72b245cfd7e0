"""Does a request fit a model: tables of what is refused by name, and of what goes on the wire."""

from typing import Any

import pytest

from backend.services.adapters.base import MediaRequest, OptionValue, Reference, ReferenceRole, Shot
from backend.services.adapters.capabilities import OptionType
from backend.services.adapters.kie.media_model import KieMediaModel, wire_input
from backend.services.adapters.kie.models import MEDIA_MODELS, find_media_model
from backend.services.adapters.kie.progress import read_record
from backend.services.adapters.media_rules import RefusalReason as Reason
from backend.services.adapters.media_rules import effective_options, find_refusals

FIRST, LAST, MASK = ReferenceRole.FIRST_FRAME, ReferenceRole.LAST_FRAME, ReferenceRole.MASK
PLAIN = ReferenceRole.REFERENCE


def ref(role: ReferenceRole = PLAIN, mime: str = "image/png") -> Reference:
    return Reference.of_url(f"https://media.example/{role}", mime, role)


def big(size_bytes: int) -> Reference:
    plain = Reference.of_bytes(b"", "image/png")
    return Reference(plain.role, plain.kind, plain.mime, read=plain.read, size_bytes=size_bytes)


def model(name: str) -> KieMediaModel:
    found = find_media_model(name)
    assert found is not None
    return found


KLING, SEEDANCE, WAN = "kling-3.0/video", "bytedance/seedance-2", "wan/2-7-image-to-video"
BANANA, PRO, EDIT = "google/nano-banana", "nano-banana-pro", "google/nano-banana-edit"
TTS, BOARD = "elevenlabs/text-to-speech-turbo-2-5", "sora-2-pro-storyboard"


@pytest.mark.parametrize(
    ("name", "request_", "refusals"),
    [
        pytest.param(BANANA, MediaRequest("x"), [], id="plain"),
        pytest.param(BANANA, MediaRequest(" "), [("prompt", Reason.REQUIRED)], id="no prompt"),
        pytest.param(BANANA, MediaRequest("长" * 5000), [], id="longest prompt"),
        pytest.param(BANANA, MediaRequest("长" * 5001), [("prompt", Reason.TOO_LONG)], id="prompt too long"),
        pytest.param(PRO, MediaRequest("x" * 10_000), [], id="another model's longest prompt"),
        pytest.param(BANANA, MediaRequest("x", {"resolution": "1K"}), [("resolution", Reason.UNKNOWN)], id="unknown"),
        pytest.param(BANANA, MediaRequest("x", {"model": "y"}), [("model", Reason.UNKNOWN)], id="a wire field"),
        pytest.param(BANANA, MediaRequest("x", {"image_size": "1:1"}), [("image_size", Reason.UNKNOWN)], id="on wire"),
        pytest.param(PRO, MediaRequest("x", {"aspect_ratio": "1:8"}), [("aspect_ratio", Reason.NOT_A_CHOICE)],
                     id="ratio"),
        pytest.param("nano-banana-2", MediaRequest("x", {"aspect_ratio": "1:8"}), [], id="long ratio"),
        pytest.param(PRO, MediaRequest("x", {"resolution": "8K"}), [("resolution", Reason.NOT_A_CHOICE)], id="size"),
        pytest.param("nano-banana-2", MediaRequest("x", {"google_search": 1}), [("google_search", Reason.WRONG_TYPE)],
                     id="one is not true"),
        pytest.param("flux-2/pro-text-to-image", MediaRequest("x", {"aspect_ratio": "auto"}),
                     [("aspect_ratio", Reason.NOT_A_CHOICE)], id="auto only with pictures"),
        pytest.param(BANANA, MediaRequest("x", references=(ref(),)), [("references", Reason.NOT_SUPPORTED)],
                     id="no references"),
        pytest.param(EDIT, MediaRequest("x"), [("references", Reason.TOO_FEW)], id="nothing to edit"),
        pytest.param(EDIT, MediaRequest("x", references=(ref(),) * 11), [("references", Reason.TOO_MANY)], id="eleven"),
        pytest.param(EDIT, MediaRequest("x", references=(ref(mime="video/mp4"),)),
                     [("references", Reason.NOT_SUPPORTED), ("references", Reason.TOO_FEW)], id="clip as picture"),
        pytest.param(EDIT, MediaRequest("x", references=(big(11 * 1024 * 1024),)), [("references", Reason.TOO_LARGE)],
                     id="too many bytes"),
        pytest.param(PRO, MediaRequest("x", references=(ref(), ref(MASK))), [("mask", Reason.NOT_SUPPORTED)],
                     id="mask"),
        pytest.param(KLING, MediaRequest("x", {"seconds": 2}), [("seconds", Reason.TOO_SMALL)], id="too short"),
        pytest.param(KLING, MediaRequest("x", {"seconds": 16}), [("seconds", Reason.TOO_LARGE)], id="too long"),
        pytest.param(KLING, MediaRequest("x", {"seconds": "5"}), [("seconds", Reason.WRONG_TYPE)], id="text seconds"),
        pytest.param(KLING, MediaRequest("x", {"seconds": True}), [("seconds", Reason.WRONG_TYPE)], id="true seconds"),
        pytest.param(KLING, MediaRequest("x", {"seconds": 5.0}), [("seconds", Reason.WRONG_TYPE)], id="5.0 seconds"),
        pytest.param("kling-2.6/text-to-video", MediaRequest("x", {"seconds": 7}), [("seconds", Reason.NOT_A_CHOICE)],
                     id="between the choices"),
        pytest.param(KLING, MediaRequest("x", {"n_frames": 10}), [("n_frames", Reason.UNKNOWN)], id="another model's"),
        pytest.param(KLING, MediaRequest("x", references=(ref(LAST),)), [("last_frame", Reason.CONFLICT)],
                     id="last without first"),
        pytest.param(KLING, MediaRequest("x", references=(ref(FIRST), ref(FIRST))), [("first_frame", Reason.TOO_MANY)],
                     id="two first frames"),
        pytest.param(KLING, MediaRequest("x", references=(ref(),)), [("references", Reason.NOT_SUPPORTED)],
                     id="frames only"),
        pytest.param(WAN, MediaRequest("x"), [("first_frame", Reason.TOO_FEW)], id="first frame needed"),
        pytest.param(WAN, MediaRequest("x", {"negative_prompt": "y" * 501}, (ref(FIRST),)),
                     [("negative_prompt", Reason.TOO_LONG)], id="negative prompt"),
        pytest.param(WAN, MediaRequest("x", {"seed": -1}, (ref(FIRST),)), [("seed", Reason.TOO_SMALL)], id="seed"),
        pytest.param(SEEDANCE, MediaRequest("x", references=(ref(FIRST), ref())), [("references", Reason.CONFLICT)],
                     id="frames or references"),
        pytest.param(SEEDANCE, MediaRequest("x", references=(ref(), ref(mime="video/mp4"))), [], id="both media"),
        pytest.param(TTS, MediaRequest("x", {"speed": 1.3}), [("speed", Reason.TOO_LARGE)], id="number too large"),
        pytest.param(TTS, MediaRequest("x", {"speed": float("nan")}), [("speed", Reason.WRONG_TYPE)], id="NaN"),
        pytest.param(TTS, MediaRequest("x", {"speed": float("inf")}), [("speed", Reason.WRONG_TYPE)], id="infinite"),
        pytest.param("wan/2-7-text-to-video", MediaRequest("x", shots=(Shot("a", 5),)),
                     [("shots", Reason.NOT_SUPPORTED)], id="no storyboards"),
        pytest.param(KLING, MediaRequest(shots=(Shot("a", 2),) * 7), [("shots", Reason.TOO_MANY)], id="seven shots"),
        pytest.param(KLING, MediaRequest(shots=(Shot("a", 12), Shot("b", 4))), [("shots.seconds", Reason.TOO_LARGE)],
                     id="sixteen seconds"),
        pytest.param(KLING, MediaRequest(shots=(Shot("a", 1), Shot("b", 1))), [("shots.seconds", Reason.TOO_SMALL)],
                     id="two seconds"),
        pytest.param(KLING, MediaRequest(shots=(Shot("a", 0), Shot(" ", 13))),
                     [("shots.1.seconds", Reason.TOO_SMALL), ("shots.2.prompt", Reason.REQUIRED),
                      ("shots.2.seconds", Reason.TOO_LARGE)], id="shots one by one"),
        pytest.param(KLING, MediaRequest(shots=(Shot("a", 5),), references=(ref(FIRST), ref(LAST))),
                     [("last_frame", Reason.CONFLICT)], id="storyboards have no last frame"),
        pytest.param(KLING, MediaRequest("x", {"seconds": 9}, shots=(Shot("a", 5),)), [("seconds", Reason.CONFLICT)],
                     id="two lengths"),
        pytest.param(BOARD, MediaRequest(), [("shots", Reason.REQUIRED)], id="storyboard without shots"),
        pytest.param(BOARD, MediaRequest(shots=(Shot("a", 11),)), [("shots.seconds", Reason.NOT_A_CHOICE)],
                     id="no such length"),
        pytest.param(PRO, MediaRequest("", {"aspect_ratio": "0:0", "x": 1}),
                     [("prompt", Reason.REQUIRED), ("aspect_ratio", Reason.NOT_A_CHOICE), ("x", Reason.UNKNOWN)],
                     id="all of it is told"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_by_name(
    name: str, request_: MediaRequest, refusals: list[tuple[str, Reason]]
) -> None:
    found = find_refusals(model(name).capabilities, request_)

    assert [(refusal.option, refusal.reason) for refusal in found] == refusals


@pytest.mark.parametrize(
    ("name", "request_", "wire"),
    [
        pytest.param(BANANA, MediaRequest("x"), {"prompt": "x", "image_size": "1:1", "output_format": "png"},
                     id="names"),
        pytest.param("nano-banana-2-lite", MediaRequest("x"), {"prompt": "x", "image_urls": [], "aspect_ratio": "auto"},
                     id="empty list"),
        pytest.param("kling-2.6/text-to-video", MediaRequest("x", {"seconds": 10}),
                     {"prompt": "x", "duration": "10", "sound": False, "aspect_ratio": "16:9"}, id="seconds as text"),
        pytest.param(SEEDANCE, MediaRequest("x", references=(ref(FIRST), ref(LAST))),
                     {"prompt": "x", "duration": 5, "aspect_ratio": "16:9", "resolution": "720p",
                      "generate_audio": True, "first_frame_url": "https://media.example/first_frame",
                      "last_frame_url": "https://media.example/last_frame"}, id="frames by name"),
        pytest.param(KLING, MediaRequest("x", references=(ref(FIRST), ref(LAST))),
                     {"prompt": "x", "duration": "5", "mode": "std", "sound": False, "multi_shots": False,
                      "image_urls": ["https://media.example/first_frame", "https://media.example/last_frame"]},
                     id="frames in a list"),
        pytest.param(WAN, MediaRequest("x", {"seed": 3}, (ref(FIRST),)),
                     {"prompt": "x", "duration": 5, "resolution": "1080p", "seed": 3,
                      "first_frame_url": "https://media.example/first_frame"}, id="no unset options"),
        pytest.param(BOARD, MediaRequest(shots=(Shot("a", 10), Shot("b", 15))),
                     {"n_frames": "25", "aspect_ratio": "landscape", "remove_watermark": True,
                      "shots": [{"Scene": "a", "duration": 10}, {"Scene": "b", "duration": 15}]}, id="scenes"),
        pytest.param("elevenlabs/speech-to-text", MediaRequest(references=(ref(mime="audio/mpeg"),)),
                     {"audio_url": "https://media.example/reference", "diarize": False, "tag_audio_events": False},
                     id="one address"),
    ],
)  # fmt: skip
def test_a_request_is_written_as_the_model_wants_it(name: str, request_: MediaRequest, wire: dict[str, Any]) -> None:
    assert wire_input(model(name), request_) == wire


@pytest.mark.parametrize("entry", MEDIA_MODELS, ids=lambda entry: entry.model)
def test_every_models_defaults_fit_itself(entry: KieMediaModel) -> None:
    defaults = {option.name: option.default for option in entry.capabilities.options if option.default is not None}
    found = find_refusals(entry.capabilities, MediaRequest("x", defaults))

    assert {refusal.reason for refusal in found} <= {Reason.TOO_FEW, Reason.REQUIRED, Reason.TOO_LONG}
    assert set(entry.description) == {"en", "zh-CN"}
    for option in entry.capabilities.options:
        assert bool(option.choices) == (option.type == OptionType.CHOICE), option.name


def test_models_are_told_apart_and_sora_is_off() -> None:
    names = [entry.model for entry in MEDIA_MODELS]

    assert len(names) == len(set(names))
    assert {entry.model for entry in MEDIA_MODELS if not entry.enabled} == {
        name for name in names if name.startswith("sora")
    }


@pytest.mark.parametrize(
    ("name", "options", "credits"),
    [
        (BANANA, {}, 4),
        (PRO, {}, 18),
        (PRO, {"resolution": "4K"}, 24),
        ("nano-banana-2", {"resolution": "2K"}, 12),
        ("nano-banana-2-lite", {}, None),
        (KLING, {"sound": True}, None),
    ],
)
def test_known_prices_are_data_and_unknown_ones_unset(
    name: str, options: dict[str, OptionValue], credits: int | None
) -> None:
    entry = model(name)

    assert entry.price.credits_for(effective_options(entry.capabilities, MediaRequest("x", options))) == credits


def test_capabilities_answer_what_a_page_asks() -> None:
    kling, seedance, veo = model(KLING).capabilities, model(SEEDANCE).capabilities, model("veo3").capabilities

    assert kling.seconds == tuple(range(3, 16))
    assert (kling.ratios, kling.resolutions) == (("16:9", "9:16", "1:1"), ("std", "pro"))
    assert (kling.first_frame, kling.last_frame, kling.reference_limit, kling.sound) == (True, True, 0, True)
    assert (seedance.reference_limit, sorted(seedance.inputs)) == (9, ["image", "video"])
    assert (veo.sound, veo.seconds) == (True, ())


@pytest.mark.parametrize(
    ("record", "state", "share"),
    [
        pytest.param(None, "unknown", None, id="nothing"),
        pytest.param({"state": "dreaming"}, "unknown", None, id="a new word"),
        pytest.param({"state": "waiting"}, "queued", None, id="waiting"),
        pytest.param({"state": "generating", "progress": "45"}, "running", 0.45, id="progress as text"),
        pytest.param({"state": "generating", "progress": -1}, "running", None, id="negative progress"),
        pytest.param({"state": "generating", "progress": 1e9}, "running", 1.0, id="huge progress"),
        pytest.param({"state": "generating", "progress": True}, "running", None, id="true progress"),
        pytest.param({"state": "success", "resultJson": '{"resultUrls":["https://a.example/1"]}'}, "succeeded", 1.0,
                     id="result in a string"),
        pytest.param({"state": "success", "resultJson": {"resultUrls": ["https://a.example/1"]}}, "succeeded", 1.0,
                     id="result as an object"),
        pytest.param({"state": "success", "resultJson": ""}, "failed", None, id="success without results"),
        pytest.param({"state": "success", "resultJson": "{"}, "failed", None, id="broken result"),
        pytest.param({"state": "success", "resultJson": '{"resultUrls":["file:///etc/passwd"]}'}, "failed", None,
                     id="no address"),
        pytest.param({"state": "success", "resultJson": '{"resultUrls":["https://' + "a" * 5000 + '"]}'},
                     "failed", None, id="endless address"),
        pytest.param({"state": "fail", "failMsg": None, "failCode": None}, "failed", None, id="fail without a word"),
    ],
)  # fmt: skip
def test_records_are_read_leniently(record: dict[str, Any] | None, state: str, share: float | None) -> None:
    progress = read_record("task_1", record, str)

    assert (progress.state, progress.progress, progress.provider_task_id) == (state, share, "task_1")
    assert (progress.error is not None) == (state == "failed")
