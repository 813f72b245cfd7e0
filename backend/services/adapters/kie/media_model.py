"""What a media model of KIE is: its capabilities, how its fields are called on the wire, and what it costs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from backend.services.adapters.base import MediaKind, MediaRequest, OptionValue, ReferenceRole
from backend.services.adapters.capabilities import FRAMES, MediaCapabilities, Option, OptionType, ProviderPrice
from backend.services.adapters.media_rules import effective_options
from backend.services.adapters.provider_http import Json


class KieApi(StrEnum):
    """Which of KIE's APIs a model is reached through."""

    JOBS = "jobs"
    VEO = "veo"


@dataclass(frozen=True, slots=True)
class WireField:
    """Where references of some roles go: a list of addresses, or one address."""

    name: str
    roles: tuple[ReferenceRole, ...] = (ReferenceRole.REFERENCE,)
    kind: MediaKind = MediaKind.IMAGE
    single: bool = False
    always: bool = False
    """Sent even when it is empty."""


@dataclass(frozen=True, slots=True)
class WireShots:
    """How a storyboard is written: the list, the fields of a shot, and a flag where there is one."""

    name: str
    prompt: str
    seconds: str = "duration"
    flag: str | None = None


@dataclass(frozen=True, slots=True)
class WireNames:
    """How a request is written for one model. ``as_text`` names the options whose numbers KIE wants as strings."""

    prompt: str = "prompt"
    renamed: Mapping[str, str] = field(default_factory=dict)
    as_text: frozenset[str] = frozenset()
    references: tuple[WireField, ...] = ()
    shots: WireShots | None = None


@dataclass(frozen=True, slots=True)
class KieMediaModel:
    """A media model of KIE. ``enabled`` False: kept for operators who know better, offered to nobody by default."""

    model: str
    name: str
    description: Mapping[str, str]
    capabilities: MediaCapabilities
    price: ProviderPrice
    wire: WireNames = WireNames()
    enabled: bool = True
    api: KieApi = KieApi.JOBS


def wire_input(model: KieMediaModel, request: MediaRequest) -> Json:
    """Return a request as KIE takes it. All its references must be addresses by now."""
    wire = model.wire
    body: Json = {wire.prompt: request.prompt} if request.prompt else {}
    for entry in wire.references:
        body |= _addresses(entry, request)
    framed = bool(request.of_role(*FRAMES))
    for name, value in effective_options(model.capabilities, request).items():
        option = model.capabilities.option(name)
        if option is not None and not (framed and option.ignored_with_frames):
            body[wire.renamed.get(name, name)] = _wire_value(value, as_text=name in wire.as_text)
    if wire.shots is not None:
        body |= _wire_shots(wire.shots, request)
    return body


def _addresses(entry: WireField, request: MediaRequest) -> Json:
    urls = [ref.url for ref in request.of_role(*entry.roles) if ref.kind == entry.kind and ref.url is not None]
    if not urls and not entry.always:
        return {}
    return {entry.name: urls[0] if entry.single else urls}


def _wire_value(value: OptionValue, *, as_text: bool) -> OptionValue:
    return str(value) if as_text else value


def _wire_shots(wire: WireShots, request: MediaRequest) -> Json:
    flag = {wire.flag: bool(request.shots)} if wire.flag else {}
    if not request.shots:
        return flag
    return {**flag, wire.name: [{wire.prompt: shot.prompt, wire.seconds: shot.seconds} for shot in request.shots]}


def choice(
    name: str, choices: tuple[OptionValue, ...], default: OptionValue | None, *, ignored_with_frames: bool = False
) -> Option:
    """Return an option that is one of a list."""
    return Option(name, OptionType.CHOICE, default, choices, ignored_with_frames=ignored_with_frames)


def switch(name: str, *, default: bool) -> Option:
    """Return an option that is on or off."""
    return Option(name, OptionType.BOOLEAN, default)


def whole(name: str, minimum: int, maximum: int, default: int | None = None) -> Option:
    """Return an option that is a whole number."""
    return Option(name, OptionType.INTEGER, default, minimum=minimum, maximum=maximum)


def share(name: str, minimum: float, maximum: float, default: float) -> Option:
    """Return an option that is a number."""
    return Option(name, OptionType.NUMBER, default, minimum=minimum, maximum=maximum)


def text(name: str, max_chars: int, default: str | None = None) -> Option:
    """Return an option that is a short text."""
    return Option(name, OptionType.TEXT, default, max_chars=max_chars)


def in_words(en: str, zh: str) -> Mapping[str, str]:
    """Return a description in both languages."""
    return {"en": en, "zh-CN": zh}
