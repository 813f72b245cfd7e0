"""What the process that serves and the process that decodes say to each other: one question, one answer, in JSON."""

import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Self

from backend.core.media_types import MediaFormat

SOURCE = "source"
CONTENT = "content"
THUMBNAIL = "thumbnail"
POSTER = "poster"
"""Names of the files in the folder of one check: what came, and what the decoder made of it."""


def clip_name(number: int) -> str:
    """Return what a clip that is to be joined is called in the folder."""
    return f"clip-{number}"


class Verdict(StrEnum):
    """Why a file is not taken."""

    INVALID = "invalid"
    TOO_LARGE = "too_large"
    NOT_ALLOWED = "not_allowed"


class Refused(Exception):
    """The file is not taken; ``reason`` is one stable word: what is wrong, or which limit."""

    def __init__(self, verdict: Verdict, reason: str) -> None:
        self.verdict = verdict
        self.reason = reason
        super().__init__(f"{verdict}: {reason}")


@dataclass(frozen=True, slots=True)
class Question:
    """One file to look at. ``rewrite``: write it anew, without anything that is not picture, film or sound.

    ``clips`` are the formats of the files to be joined, where that is asked for (named by ``clip_name``).
    """

    folder: str
    found: MediaFormat
    rewrite: bool
    pixels_max: int
    frames_max: int
    duration_max_s: int
    output_bytes_max: int
    memory_bytes: int
    timeout_s: int
    parent_pid: int
    clips: tuple[MediaFormat, ...] = ()

    def to_json(self) -> str:
        """Return the question as one line."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, line: str) -> Self:
        """Return the question that a line holds."""
        fields = json.loads(line)
        clips = tuple(MediaFormat(clip) for clip in fields["clips"])
        return cls(**{**fields, "found": MediaFormat(fields["found"]), "clips": clips})


@dataclass(frozen=True, slots=True)
class MediaReport:
    """What a file is, after all of it was looked at. Sizes are those that are seen: orientation is applied."""

    format: MediaFormat
    width: int | None = None
    height: int | None = None
    duration_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The report, or why there is none."""

    report: MediaReport | None = None
    verdict: Verdict | None = None
    reason: str = ""

    def to_json(self) -> str:
        """Return the answer as one line."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, line: bytes) -> Self:
        """Return the answer that a line holds; raises ValueError for what is none."""
        try:
            fields = json.loads(line)
            report, verdict = fields["report"], fields["verdict"]
            return cls(
                report=MediaReport(**{**report, "format": MediaFormat(report["format"])}) if report else None,
                verdict=Verdict(verdict) if verdict else None,
                reason=str(fields["reason"])[:40],
            )
        except (KeyError, TypeError) as error:
            raise ValueError("no answer") from error
