"""Reads a task's ``input``: refuses what a model does not take, and says what is to be made."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from backend.sandbox.kie_rules import MODELS, Kind, Rules
from backend.sandbox.render.order import Format, Shot

PIXELS = {"1K": 1024**2, "2K": 2048**2, "4K": 4096**2}
PIXELS_OF_QUALITY = {"basic": PIXELS["2K"], "high": PIXELS["4K"], "ultra": PIXELS["4K"]}
CLIP_PIXELS = {"480p": 848 * 480, "720p": 1280 * 720, "1080p": 1920 * 1080, "std": 1280 * 720, "pro": 1920 * 1080,
               "standard": 1280 * 720, "high": 1920 * 1080}  # fmt: skip
RATIOS_BY_NAME = {"portrait": (9, 16), "landscape": (16, 9)}
URL_CHARS_MAX = 2000
SHOTS_MAX = 6
SHOT_PROMPT_MAX = 500


class Refused(Exception):
    """The input is not what the model takes; ``code`` is what the envelope says."""

    def __init__(self, message: str, code: int = 422) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Plan:
    """What a task is to make; addresses are still those of the request. Ratio None: like the first picture."""

    kind: Kind
    prompt: str
    made_with: tuple[str, ...]
    format: Format
    ratio: tuple[int, int] | None
    pixels: int
    shots: tuple[Shot, ...] = ()
    sound: bool = False
    seed: int | None = None
    references: tuple[str, ...] = ()
    first_frame: str | None = None
    last_frame: str | None = None


def read_input(model: str, given: Mapping[str, Any]) -> Plan:
    """Return what is to be made. Raises Refused."""
    rules = MODELS.get(model)
    if rules is None:
        raise Refused(f"The model name you specified is not supported: {model[:80]}")
    _check_prompt(rules, given)
    _check_values(rules, given)
    _check_addresses(rules, given)
    shots = _read_shots(model, given)
    _check_together(model, given, shots)
    return _plan(model, rules, given, shots)


def _check_prompt(rules: Rules, given: Mapping[str, Any]) -> None:
    prompt = given.get(rules.prompt_field)
    if prompt is None and not rules.prompt_required:
        return
    if not isinstance(prompt, str) or not prompt.strip():
        raise Refused(f"{rules.prompt_field} is required")
    if len(prompt) > rules.prompt_max:
        raise Refused("Server exception, please try again later", code=500)  # so KIE answers, as clients report


def _check_values(rules: Rules, given: Mapping[str, Any]) -> None:
    for name in rules.required:
        if name not in given:
            raise Refused(f"{name} is required")
    for name, allowed in rules.choices.items():
        if name in given and not any(given[name] == value and type(given[name]) is type(value) for value in allowed):
            raise Refused(f"{name} is not within the range of allowed options")
    for name, (least, most) in rules.numbers.items():
        value = given.get(name, least)
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            raise Refused(f"{name} must be between {least} and {most}")
    for name, length in rules.texts.items():
        if not isinstance(given.get(name, ""), str) or len(given.get(name, "")) > length:
            raise Refused(f"{name} must be a text of at most {length} characters")


def _check_addresses(rules: Rules, given: Mapping[str, Any]) -> None:
    lists = {rules.pictures_field: rules.pictures} if rules.pictures_field else {}
    for name, (least, most) in {**lists, **{name: (0, most) for name, most in rules.url_lists.items()}}.items():
        urls = given.get(name, [])
        if not isinstance(urls, list) or not least <= len(urls) <= most or not all(map(_is_address, urls)):
            raise Refused(f"{name} must hold {least} to {most} addresses")
    for name in rules.urls:
        if name in given and not _is_address(given[name]):
            raise Refused(f"{name} must be an address")
    for name in rules.required_urls:
        if name not in given:
            raise Refused(f"{name} is required")


def _is_address(value: object) -> bool:
    return isinstance(value, str) and value.startswith(("http://", "https://")) and len(value) <= URL_CHARS_MAX


def _read_shots(model: str, given: Mapping[str, Any]) -> tuple[Shot, ...]:
    """Return the storyboard: Kling's ``multi_prompt``, Sora's ``shots``; empty without one."""
    if model == "kling-3.0/video" and given.get("multi_shots") is True:
        name, prompt, longest = "multi_prompt", "prompt", 12
    elif model == "sora-2-pro-storyboard":
        name, prompt, longest = "shots", "Scene", 25
    else:
        return ()
    rows = given.get(name)
    if not isinstance(rows, list) or not 1 <= len(rows) <= SHOTS_MAX or not all(isinstance(row, dict) for row in rows):
        raise Refused(f"{name} must hold 1 to {SHOTS_MAX} shots")
    return tuple(_read_shot(name, row.get(prompt), row.get("duration"), longest) for row in rows)


def _read_shot(name: str, prompt: object, seconds: object, longest: int) -> Shot:
    if not isinstance(prompt, str) or not 0 < len(prompt.strip()) <= SHOT_PROMPT_MAX:
        raise Refused(f"{name}: each shot needs a prompt of at most {SHOT_PROMPT_MAX} characters")
    if isinstance(seconds, bool) or not isinstance(seconds, int) or not 1 <= seconds <= longest:
        raise Refused(f"{name}: duration must be a whole number from 1 to {longest}")
    return Shot(prompt, float(seconds))


def _check_together(model: str, given: Mapping[str, Any], shots: tuple[Shot, ...]) -> None:
    """Refuse what is right by itself but not together."""
    if model == "kling-3.0/video":
        if not shots and not given.get("prompt"):
            raise Refused("prompt is required")
        if shots and len(given.get("image_urls", [])) > 1:
            raise Refused("multi_shots takes a first frame only")
    if shots and sum(shot.seconds for shot in shots) != _seconds(model, given):
        raise Refused("the durations of the shots must add up to the duration of the clip")
    if model.startswith("bytedance/"):
        frames = "first_frame_url" in given or "last_frame_url" in given
        if frames and (given.get("reference_image_urls") or given.get("reference_video_urls")):
            raise Refused("frames and references cannot be used together")
        if "last_frame_url" in given and "first_frame_url" not in given:
            raise Refused("last_frame_url needs first_frame_url")


def _seconds(model: str, given: Mapping[str, Any]) -> float:
    return float(given.get("n_frames", 10) if model.startswith("sora") else given.get("duration", 5))


def _plan(model: str, rules: Rules, given: Mapping[str, Any], shots: tuple[Shot, ...]) -> Plan:
    prompt = str(given.get(rules.prompt_field) or " / ".join(shot.prompt for shot in shots))
    pictures = tuple(given.get(rules.pictures_field, [])) if rules.pictures_field else ()
    frames = (*pictures, None, None) if rules.pictures_are_frames else (
        given.get("first_frame_url"), given.get("last_frame_url"))  # fmt: skip
    references = () if rules.pictures_are_frames else (*pictures, *given.get("reference_image_urls", []))
    if rules.kind == "transcript":
        references = (str(given["audio_url"]),)
    seed = given.get("seed")
    sound = given.get("sound", given.get("generate_audio", rules.url_lists != {} or model.startswith("sora")))
    ratio, label = _ratio(rules, given, has_picture=bool(references or frames[0]))
    made_with = [model, label]
    if rules.kind == "video":
        shots = shots or (Shot(prompt, _seconds(model, given)),)
        made_with += [f"{sum(shot.seconds for shot in shots):g} s", *(["sound"] if sound else [])]
    return Plan(
        kind=rules.kind,
        prompt=prompt,
        made_with=tuple(part for part in made_with if part),
        format=_format(rules, given),
        ratio=ratio,
        pixels=_pixels(rules, given),
        shots=shots,
        sound=bool(sound),
        seed=seed if isinstance(seed, int) else None,
        references=references,
        first_frame=frames[0],
        last_frame=frames[1],
    )


def _ratio(rules: Rules, given: Mapping[str, Any], *, has_picture: bool) -> tuple[tuple[int, int] | None, str]:
    """Return the ratio and its name; a clip that starts from a picture takes the picture's."""
    if rules.kind not in ("picture", "video"):
        return (1, 1), ""
    name = str(given.get(rules.ratio_field, "auto" if has_picture or rules.kind == "picture" else "16:9"))
    if name in RATIOS_BY_NAME:
        return RATIOS_BY_NAME[name], name
    if ":" not in name or (rules.pictures_are_frames and has_picture):
        return None if has_picture else ((1, 1) if rules.kind == "picture" else (16, 9)), "auto"
    width, height = name.split(":")
    return (int(width), int(height)), name


def _pixels(rules: Rules, given: Mapping[str, Any]) -> int:
    if rules.kind == "video":
        named = given.get("resolution") or given.get("mode") or given.get("size") or "720p"
        return CLIP_PIXELS[named]
    if "quality" in rules.choices:
        return PIXELS_OF_QUALITY[given.get("quality", "basic")]
    return PIXELS[given.get("resolution", "1K")]


def _format(rules: Rules, given: Mapping[str, Any]) -> Format:
    match rules.kind:
        case "video":
            return "mp4"
        case "speech" | "transcript":
            return "mp3"
        case "picture":
            return "jpeg" if given.get("output_format") in ("jpg", "jpeg") else "png"
