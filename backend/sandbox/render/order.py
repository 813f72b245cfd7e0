"""What is to be drawn, as plain data that travels to the drawing process; imports no imaging library."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

Kind = Literal["picture", "video", "speech"]
Format = Literal["png", "jpeg", "webp", "mp4", "mp3"]
MIMES: dict[Format, str] = {
    "png": "image/png",
    "jpeg": "image/jpeg",
    "webp": "image/webp",
    "mp4": "video/mp4",
    "mp3": "audio/mpeg",
}
SIDE_STEP = 8


@dataclass(frozen=True, slots=True)
class Shot:
    """One shot of a clip; a clip without a storyboard has one."""

    prompt: str
    seconds: float


@dataclass(frozen=True, slots=True)
class RenderOrder:
    """One thing to draw.

    ``made_with`` (model, seconds ...) is printed beneath the prompt; paths name files that hold the references.
    Without a ratio the result takes that of its first reference; ``edge_max`` 0 means no limit.
    """

    kind: Kind
    target: str
    format: Format
    prompt: str
    seed: int
    made_with: tuple[str, ...] = ()
    ratio: tuple[int, int] | None = (1, 1)
    pixels: int = 1024 * 1024
    edge_max: int = 0
    shots: tuple[Shot, ...] = ()
    sound: bool = False
    references: tuple[str, ...] = ()
    first_frame: str | None = None
    last_frame: str | None = None

    def to_wire(self) -> dict[str, Any]:
        """Return the order as JSON can carry it."""
        return asdict(self)

    def size(self, reference: tuple[int, int] | None = None) -> tuple[int, int]:
        """Return width and height: the ratio at the number of pixels, in steps that every codec takes."""
        ratio = self.ratio or reference or (1, 1)
        height = (self.pixels * ratio[1] / ratio[0]) ** 0.5
        width = height * ratio[0] / ratio[1]
        share = min(1.0, self.edge_max / max(width, height)) if self.edge_max else 1.0
        return _step(width * share), _step(height * share)


def from_wire(parsed: dict[str, Any]) -> RenderOrder:
    """Return the order that ``to_wire`` wrote."""
    parsed["shots"] = tuple(Shot(**shot) for shot in parsed["shots"])
    for name in ("made_with", "references", "ratio"):
        parsed[name] = tuple(parsed[name]) if parsed[name] is not None else None
    return RenderOrder(**parsed)


def _step(side: float) -> int:
    return max(SIDE_STEP, round(side / SIDE_STEP) * SIDE_STEP)
