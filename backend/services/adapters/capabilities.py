"""What a media model takes and gives, as data: it drives the UI's options, validation, price and conflict notice."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from backend.services.adapters.base import MediaKind, OptionValue, ReferenceRole

MEGABYTE = 1024 * 1024
FRAMES = (ReferenceRole.FIRST_FRAME, ReferenceRole.LAST_FRAME)


class ResultKind(StrEnum):
    """What a model makes."""

    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    TEXT = "text"


class OptionType(StrEnum):
    """What an option's value is; ``choice`` is one of a list, of text or whole numbers."""

    CHOICE = "choice"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    TEXT = "text"


class Cancellable(StrEnum):
    """Until when a task can be taken back: before it was handed in, or at any time."""

    QUEUED_ONLY = "queued_only"
    ALWAYS = "always"


class PriceUnit(StrEnum):
    """What a provider counts."""

    RESULT = "result"
    SECOND = "second"
    THOUSAND_CHARS = "thousand_chars"
    MINUTE = "minute"


@dataclass(frozen=True, slots=True)
class Option:
    """One thing that can be set. Without a default it is left to the provider unless it is set."""

    name: str
    type: OptionType
    default: OptionValue | None = None
    choices: tuple[OptionValue, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    max_chars: int | None = None
    ignored_with_frames: bool = False
    """The provider takes it from the first frame when there is one."""


@dataclass(frozen=True, slots=True)
class ReferenceRule:
    """How many media of a role and kind a model takes, and how large each may be."""

    role: ReferenceRole
    most: int
    least: int = 0
    kind: MediaKind = MediaKind.IMAGE
    bytes_max: int = 10 * MEGABYTE


@dataclass(frozen=True, slots=True)
class ShotRule:
    """Storyboards in one call: how many shots, how long each, and the option that holds their sum."""

    most: int
    seconds_each: tuple[int, int]
    total_option: str
    prompt_chars: int = 500


@dataclass(frozen=True, slots=True)
class MediaCapabilities:
    """Everything that is known of a model before it is called."""

    makes: ResultKind
    prompt_chars: int | None = None
    prompt_required: bool = True
    options: tuple[Option, ...] = ()
    references: tuple[ReferenceRule, ...] = ()
    frames_exclude_references: bool = False
    shots: ShotRule | None = None
    shots_required: bool = False
    always_sound: bool = False
    cancellable: Cancellable = Cancellable.QUEUED_ONLY
    callback: bool = True

    def option(self, name: str) -> Option | None:
        """Return a declared option."""
        return next((option for option in self.options if option.name == name), None)

    def rules(self, *roles: ReferenceRole) -> tuple[ReferenceRule, ...]:
        """Return what holds for references of some roles."""
        return tuple(rule for rule in self.references if rule.role in roles)

    @property
    def inputs(self) -> frozenset[MediaKind]:
        """Return the kinds of media that can be handed in."""
        return frozenset(rule.kind for rule in self.references)

    @property
    def ratios(self) -> tuple[OptionValue, ...]:
        """Return the aspect ratios to choose from."""
        return self._choices("aspect_ratio")

    @property
    def resolutions(self) -> tuple[OptionValue, ...]:
        """Return the resolutions or qualities to choose from."""
        return self._choices("resolution") or self._choices("quality") or self._choices("mode") or self._choices("size")

    @property
    def seconds(self) -> tuple[int, ...]:
        """Return the lengths that a clip may have."""
        option = self.option("seconds") or self.option("n_frames")
        if option is None:
            return ()
        if option.choices:
            return tuple(int(choice) for choice in option.choices)
        return tuple(range(int(option.minimum or 0), int(option.maximum or 0) + 1))

    @property
    def reference_limit(self) -> int:
        """Return how many pictures can be gone by."""
        rules = self.rules(ReferenceRole.REFERENCE)
        return sum(rule.most for rule in rules if rule.kind == MediaKind.IMAGE)

    @property
    def first_frame(self) -> bool:
        """Tell whether a clip can start from a picture."""
        return bool(self.rules(ReferenceRole.FIRST_FRAME))

    @property
    def last_frame(self) -> bool:
        """Tell whether a clip can end at a picture."""
        return bool(self.rules(ReferenceRole.LAST_FRAME))

    @property
    def sound(self) -> bool:
        """Tell whether a clip can have sound."""
        return self.always_sound or self.option("sound") is not None

    def _choices(self, name: str) -> tuple[OptionValue, ...]:
        option = self.option(name)
        return option.choices if option else ()


@dataclass(frozen=True, slots=True)
class ProviderPrice:
    """What a provider takes, in its own credits. Empty ``credits`` means unknown, never free.

    ``credits`` is keyed by the value of the option ``by``, or has the one key ``""``.
    """

    unit: PriceUnit
    credits: Mapping[str, int] = field(default_factory=dict)
    by: str | None = None
    doubled_by: str | None = None

    def credits_for(self, options: Mapping[str, OptionValue]) -> int | None:
        """Return the credits for one unit at these options, or None when they are not known."""
        price = self.credits.get(str(options.get(self.by, "")) if self.by else "")
        if price is None:
            return None
        return price * 2 if self.doubled_by and options.get(self.doubled_by) is True else price
