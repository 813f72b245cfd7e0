"""What may be stored, and how it is recognised: by its first bytes, never by its name or by what somebody claims."""

import re
from collections.abc import Mapping
from enum import StrEnum
from pathlib import PurePosixPath

HEAD_BYTES = 4096
"""How much of a file is looked at to recognise it."""


class AssetKind(StrEnum):
    """What an asset is to people: decides about limits, lists, and whether a browser may show it in place."""

    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    FILE = "file"


class MediaFormat(StrEnum):
    """Every format that may be stored, by the type with which it is served; there is no other."""

    PNG = "image/png"
    JPEG = "image/jpeg"
    WEBP = "image/webp"
    GIF = "image/gif"
    MP4 = "video/mp4"
    MOV = "video/quicktime"
    WEBM = "video/webm"
    MP3 = "audio/mpeg"
    WAV = "audio/wav"
    OGG = "audio/ogg"
    M4A = "audio/mp4"
    WEBM_AUDIO = "audio/webm"
    PDF = "application/pdf"
    TEXT = "text/plain"
    MARKDOWN = "text/markdown"

    @property
    def kind(self) -> AssetKind:
        """What it is to people."""
        family = self.partition("/")[0]
        return AssetKind(family) if family in ("image", "video", "audio") else AssetKind.FILE

    @property
    def extension(self) -> str:
        """The ending of its files' names, with the dot."""
        return EXTENSIONS[self][0]


EXTENSIONS: Mapping[MediaFormat, tuple[str, ...]] = {
    MediaFormat.PNG: (".png", ".apng"),
    MediaFormat.JPEG: (".jpg", ".jpeg"),
    MediaFormat.WEBP: (".webp",),
    MediaFormat.GIF: (".gif",),
    MediaFormat.MP4: (".mp4", ".m4v"),
    MediaFormat.MOV: (".mov", ".qt"),
    MediaFormat.WEBM: (".webm",),
    MediaFormat.MP3: (".mp3",),
    MediaFormat.WAV: (".wav",),
    MediaFormat.OGG: (".ogg", ".oga", ".opus"),
    MediaFormat.M4A: (".m4a", ".mp4"),
    MediaFormat.WEBM_AUDIO: (".webm", ".weba"),
    MediaFormat.PDF: (".pdf",),
    MediaFormat.TEXT: (".txt", ".text", ".csv", ".log"),
    MediaFormat.MARKDOWN: (".md", ".markdown"),
}
"""The endings that fit a format; a downloaded file gets the first one unless its name has one of them."""

OF_PICTURES_AND_TRACKS = frozenset(
    ending for found, endings in EXTENSIONS.items() if found.kind is not AssetKind.FILE for ending in endings
)
MP4_BRANDS = frozenset(
    (b"isom", b"iso2", b"iso3", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V ", b"dash", b"MSNV")
)
M4A_BRANDS = frozenset((b"M4A ", b"M4B "))
MP3_FRAME = re.compile(rb"\xff[\xf2\xf3\xfa\xfb][\x10-\xeb]")
WEBM_DOCTYPE = re.compile(rb"\x42\x82(?:\x84|\x40\x04|\x01\x00{6}\x04)webm")
ACTIVE_TEXT = re.compile(rb"\s*<(?:!doctype|\?xml|html|head|body|script|svg|math|iframe)\b", re.IGNORECASE)
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
CONTROL_BYTES = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")


def recognise(head: bytes, *, name: str, claimed_type: str | None) -> MediaFormat | None:
    """Return the format that a file's first bytes show, or None for anything that is not on the list.

    Signatures count at the very first byte only. Text has none: it is what holds no control characters, does not
    begin as a page or a drawing that a browser would run, and is not called a picture, a film or a sound.
    """
    for found, matches in (
        (MediaFormat.PNG, head.startswith(b"\x89PNG\r\n\x1a\n")),
        (MediaFormat.JPEG, head.startswith(b"\xff\xd8\xff")),
        (MediaFormat.GIF, head.startswith((b"GIF87a", b"GIF89a"))),
        (MediaFormat.WEBP, head.startswith(b"RIFF") and head[8:12] == b"WEBP"),
        (MediaFormat.WAV, head.startswith(b"RIFF") and head[8:12] == b"WAVE"),
        (MediaFormat.OGG, head.startswith(b"OggS\x00")),
        (MediaFormat.PDF, head.startswith(b"%PDF-")),
        (MediaFormat.WEBM, head.startswith(b"\x1aE\xdf\xa3") and WEBM_DOCTYPE.search(head[:128]) is not None),
        (MediaFormat.MP3, head.startswith(b"ID3") or MP3_FRAME.match(head) is not None),
    ):
        if matches:
            return found
    if head[4:8] == b"ftyp":
        return _recognise_brand(head[8:12])
    return _recognise_text(head, name, claimed_type)


def _recognise_brand(brand: bytes) -> MediaFormat | None:
    """Return the format of an ISO file by its major brand; HEIC and AVIF have the same shape and are not taken."""
    if brand == b"qt  ":
        return MediaFormat.MOV
    if brand in M4A_BRANDS:
        return MediaFormat.M4A
    return MediaFormat.MP4 if brand in MP4_BRANDS or brand.startswith(b"3gp") else None


def _recognise_text(head: bytes, name: str, claimed_type: str | None) -> MediaFormat | None:
    ending = PurePosixPath(name).suffix.lower()
    claimed_family = (claimed_type or "").partition("/")[0].strip().lower()
    if claimed_family in ("image", "video", "audio") or ending in OF_PICTURES_AND_TRACKS or ending == ".pdf":
        return None
    text = head.removeprefix(BYTE_ORDER_MARK)
    if not text.strip() or CONTROL_BYTES.search(text) or ACTIVE_TEXT.match(text):
        return None
    return MediaFormat.MARKDOWN if ending in EXTENSIONS[MediaFormat.MARKDOWN] else MediaFormat.TEXT
