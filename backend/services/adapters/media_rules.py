"""Does a request fit a model? Every answer names the option and the reason, so that people can be told."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from backend.services.adapters.base import (
    ErrorKind,
    MediaRequest,
    OptionValue,
    ProviderError,
    Reference,
    ReferenceRole,
    Shot,
)
from backend.services.adapters.capabilities import (
    FRAMES,
    MediaCapabilities,
    Option,
    OptionType,
    ReferenceRule,
    ShotRule,
)

NAME_CHARS_MAX = 80
ROLE_NAMES: Mapping[ReferenceRole, str] = {
    ReferenceRole.REFERENCE: "references",
    ReferenceRole.FIRST_FRAME: "first_frame",
    ReferenceRole.LAST_FRAME: "last_frame",
    ReferenceRole.MASK: "mask",
}


class RefusalReason(StrEnum):
    """Why a value is not taken; a translation key."""

    UNKNOWN = "unknown_option"
    WRONG_TYPE = "wrong_type"
    NOT_A_CHOICE = "not_a_choice"
    REQUIRED = "required"
    TOO_SMALL = "too_small"
    TOO_LARGE = "too_large"
    TOO_LONG = "too_long"
    TOO_FEW = "too_few"
    TOO_MANY = "too_many"
    NOT_SUPPORTED = "not_supported"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class Refusal:
    """One thing that a model does not take. ``limit`` is the bound that was broken, where there is one."""

    option: str
    reason: RefusalReason
    limit: float | str | None = None


def find_refusals(capabilities: MediaCapabilities, request: MediaRequest) -> tuple[Refusal, ...]:
    """Return everything in a request that a model does not take; empty when it fits."""
    return (
        *_prompt(capabilities, request),
        *_options(capabilities, request.options),
        *_references(capabilities, request),
        *_shots(capabilities, request),
    )


def require_fit(capabilities: MediaCapabilities, request: MediaRequest) -> None:
    """Refuse a request that does not fit, before anything is sent. Raises ProviderError, which names the option."""
    refusals = find_refusals(capabilities, request)
    if refusals:
        words = f"{refusals[0].option[:NAME_CHARS_MAX]}: {refusals[0].reason}"
        raise ProviderError(ErrorKind.BAD_REQUEST, words, certain_not_sent=True)


def effective_options(capabilities: MediaCapabilities, request: MediaRequest) -> dict[str, OptionValue]:
    """Return the options that hold: defaults, what is set, and a storyboard's length. What a price is reckoned from."""
    defaults = {option.name: option.default for option in capabilities.options if option.default is not None}
    total: dict[str, OptionValue] = {}
    if request.shots and capabilities.shots:
        total[capabilities.shots.total_option] = sum(shot.seconds for shot in request.shots)
    return {**defaults, **request.options, **total}


def _prompt(capabilities: MediaCapabilities, request: MediaRequest) -> Iterator[Refusal]:
    if capabilities.prompt_required and not request.prompt.strip() and not request.shots:
        yield Refusal("prompt", RefusalReason.REQUIRED)
    if capabilities.prompt_chars is not None and len(request.prompt) > capabilities.prompt_chars:
        yield Refusal("prompt", RefusalReason.TOO_LONG, capabilities.prompt_chars)


def _options(capabilities: MediaCapabilities, given: Mapping[str, OptionValue]) -> Iterator[Refusal]:
    for name, value in given.items():
        option = capabilities.option(name)
        if option is None:
            yield Refusal(name, RefusalReason.UNKNOWN)
        elif (refusal := _value(option, value)) is not None:
            yield refusal


def _value(option: Option, value: OptionValue) -> Refusal | None:
    """Return what is wrong with a value; a truth value is no number, and ``5`` is not ``"5"``."""
    name = option.name
    match option.type:
        case OptionType.CHOICE:
            fits = any(value == choice and type(value) is type(choice) for choice in option.choices)
            return None if fits else Refusal(name, RefusalReason.NOT_A_CHOICE)
        case OptionType.BOOLEAN:
            return None if isinstance(value, bool) else Refusal(name, RefusalReason.WRONG_TYPE)
        case OptionType.TEXT:
            if not isinstance(value, str):
                return Refusal(name, RefusalReason.WRONG_TYPE)
            most = option.max_chars
            return Refusal(name, RefusalReason.TOO_LONG, most) if most is not None and len(value) > most else None
        case OptionType.INTEGER:
            whole = isinstance(value, int) and not isinstance(value, bool)
            return _number(option, value) if whole else Refusal(name, RefusalReason.WRONG_TYPE)
        case OptionType.NUMBER:
            real = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
            return _number(option, value) if real else Refusal(name, RefusalReason.WRONG_TYPE)


def _number(option: Option, value: OptionValue) -> Refusal | None:
    number = float(value)
    if option.minimum is not None and number < option.minimum:
        return Refusal(option.name, RefusalReason.TOO_SMALL, option.minimum)
    if option.maximum is not None and number > option.maximum:
        return Refusal(option.name, RefusalReason.TOO_LARGE, option.maximum)
    return None


def _references(capabilities: MediaCapabilities, request: MediaRequest) -> Iterator[Refusal]:
    for role, name in ROLE_NAMES.items():
        rules = {rule.kind: rule for rule in capabilities.rules(role)}
        given = request.of_role(role)
        if any(reference.kind not in rules for reference in given):
            yield Refusal(name, RefusalReason.NOT_SUPPORTED)
        for kind, rule in rules.items():
            yield from _count(name, rule, [reference for reference in given if reference.kind == kind])
    frames = request.of_role(*FRAMES)
    if capabilities.frames_exclude_references and frames and request.of_role(ReferenceRole.REFERENCE):
        yield Refusal("references", RefusalReason.CONFLICT, "first_frame")
    if request.of_role(ReferenceRole.LAST_FRAME) and not request.of_role(ReferenceRole.FIRST_FRAME):
        yield Refusal("last_frame", RefusalReason.CONFLICT, "first_frame")
    if request.of_role(ReferenceRole.MASK) and not request.of_role(ReferenceRole.REFERENCE):
        yield Refusal("mask", RefusalReason.CONFLICT, "references")


def _count(name: str, rule: ReferenceRule, given: list[Reference]) -> Iterator[Refusal]:
    if len(given) > rule.most:
        yield Refusal(name, RefusalReason.TOO_MANY, rule.most)
    if len(given) < rule.least:
        yield Refusal(name, RefusalReason.TOO_FEW, rule.least)
    if any((reference.size_bytes or 0) > rule.bytes_max for reference in given):
        yield Refusal(name, RefusalReason.TOO_LARGE, rule.bytes_max)


def _shots(capabilities: MediaCapabilities, request: MediaRequest) -> Iterator[Refusal]:
    rule, shots = capabilities.shots, request.shots
    if not shots:
        if capabilities.shots_required:
            yield Refusal("shots", RefusalReason.REQUIRED)
    elif rule is None:
        yield Refusal("shots", RefusalReason.NOT_SUPPORTED)
    else:
        if len(shots) > rule.most:
            yield Refusal("shots", RefusalReason.TOO_MANY, rule.most)
        if request.of_role(ReferenceRole.LAST_FRAME):
            yield Refusal("last_frame", RefusalReason.CONFLICT, "shots")
        for number, shot in enumerate(shots, start=1):
            yield from _shot(f"shots.{number}", rule, shot)
        yield from _total(capabilities, rule, request)


def _shot(name: str, rule: ShotRule, shot: Shot) -> Iterator[Refusal]:
    least, most = rule.seconds_each
    if not shot.prompt.strip():
        yield Refusal(f"{name}.prompt", RefusalReason.REQUIRED)
    if len(shot.prompt) > rule.prompt_chars:
        yield Refusal(f"{name}.prompt", RefusalReason.TOO_LONG, rule.prompt_chars)
    if shot.seconds < least:
        yield Refusal(f"{name}.seconds", RefusalReason.TOO_SMALL, least)
    if shot.seconds > most:
        yield Refusal(f"{name}.seconds", RefusalReason.TOO_LARGE, most)


def _total(capabilities: MediaCapabilities, rule: ShotRule, request: MediaRequest) -> Iterator[Refusal]:
    """The shots together are a clip of a length that the model makes, and of the length that is asked for."""
    total = sum(shot.seconds for shot in request.shots)
    option = capabilities.option(rule.total_option)
    if option is not None and (refusal := _value(option, total)) is not None:
        yield Refusal("shots.seconds", refusal.reason, refusal.limit)
    if request.options.get(rule.total_option, total) != total:
        yield Refusal(rule.total_option, RefusalReason.CONFLICT, "shots")
