"""A file that is coming: what it is called, what was ordered, what its first bytes show it to be."""

import re
import unicodedata
from collections.abc import Awaitable, Callable
from pathlib import PurePosixPath

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.config import Settings
from backend.core.errors import MediaInvalid, MediaTypeNotAllowed
from backend.core.logging import UNPRINTABLE
from backend.core.media_types import AssetKind, MediaFormat, recognise

NAME_CHARS_MAX = 200
ENDING_CHARS_MAX = 16
PLAYED = frozenset((AssetKind.VIDEO, AssetKind.AUDIO))


Permit = Callable[[AsyncSession], Awaitable[bool]]
"""Tells, in a transaction and to its end, whether a file may still be stored."""


class PermitWithdrawn(Exception):
    """Whoever brought the file has lost the right to store it: someone else does the work now, or it is over."""


class Arrival:
    """One file on its way in. ``expected`` is set for what a provider was asked for: nothing else will do then."""

    def __init__(
        self,
        settings: Settings,
        name: str,
        *,
        claimed_type: str | None = None,
        expected: AssetKind | None = None,
        permit: Permit | None = None,
    ) -> None:
        """``name`` and ``claimed_type`` are what the sender says; they only ever make text be refused."""
        self.name = clean_name(name)
        self.expected = expected
        self.permit = permit
        self._settings = settings
        self._claimed_type = claimed_type if expected is None else f"{expected}/*"
        self._format: MediaFormat | None = None

    @property
    def format(self) -> MediaFormat:
        """What the first bytes showed it to be; known once ``admit`` has returned."""
        assert self._format is not None  # noqa: S101 - whoever receives a file shows its first bytes
        return self._format

    def admit(self, head: bytes) -> int:
        """Recognise the file and return how large it may be; raises MediaInvalid and MediaTypeNotAllowed."""
        if not head:
            raise MediaInvalid(reason="empty")
        found = recognise(head, name=self.name, claimed_type=self._claimed_type)
        if found is None:
            raise MediaTypeNotAllowed(reason="format") if self.expected is None else MediaInvalid(reason="format")
        if not (self.expected in PLAYED and found.kind in PLAYED):  # one container for both: its tracks will tell
            self.confirm(found.kind)
        self._format = found
        return self._settings.asset_bytes_max(self.expected or found.kind)

    def confirm(self, kind: AssetKind) -> None:
        """Raise MediaInvalid unless this is what was ordered."""
        if self.expected is not None and kind is not self.expected:
            raise MediaInvalid(reason="kind")


def clean_name(name: str) -> str:
    """Return a file's name as it may be kept: its last part, one printable line, at most 200 characters."""
    last = re.split(r"[/\\]", name.encode("utf-8", "replace").decode())[-1]
    plain = UNPRINTABLE.sub("", unicodedata.normalize("NFC", last)).strip(" .")
    if len(plain) <= NAME_CHARS_MAX:
        return plain
    ending = PurePosixPath(plain).suffix[:ENDING_CHARS_MAX]
    return plain[: NAME_CHARS_MAX - len(ending)] + ending
