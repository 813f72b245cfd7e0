"""Films and sounds, inside the decoding process: measured, sampled, put into a fresh container without metadata.

The container is read from end to end, a frame near the beginning is decoded (it becomes the poster), the first sound
as well. All frames are not: a minute of film takes a minute of a core, and what is left undecoded reaches only
players that have to stand it. Nothing but the file itself can be opened: the demuxer is named, and any other address
that a container names is refused.
"""

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import NoReturn

import av
import av.container
import av.error
import av.stream
from PIL import Image

from backend.core.media_probe import run
from backend.core.media_probe_pictures import write_thumbnail
from backend.core.media_report import CONTENT, POSTER, SOURCE, THUMBNAIL, MediaReport, Question, Refused, Verdict
from backend.core.media_types import MediaFormat

DEMUXER: Mapping[MediaFormat, str] = {
    MediaFormat.MP4: "mov",
    MediaFormat.MOV: "mov",
    MediaFormat.M4A: "mov",
    MediaFormat.WEBM: "matroska",
    MediaFormat.MP3: "mp3",
    MediaFormat.WAV: "wav",
    MediaFormat.OGG: "ogg",
}
MUXER: Mapping[MediaFormat, str] = {
    MediaFormat.MP4: "mp4",
    MediaFormat.M4A: "mp4",
    MediaFormat.WEBM: "webm",
    MediaFormat.WEBM_AUDIO: "webm",
    MediaFormat.MP3: "mp3",
    MediaFormat.WAV: "wav",
    MediaFormat.OGG: "ogg",
}
SOUND_ONLY = frozenset((MediaFormat.MP3, MediaFormat.WAV, MediaFormat.OGG))
MUXER_OPTIONS: Mapping[str, dict[str, str]] = {
    "mp4": {"fflags": "+bitexact", "movflags": "+faststart"},
    "mp3": {"fflags": "+bitexact", "id3v2_version": "0"},
}
"""Films begin to play before they are here in full; sounds have no tags; the same tracks give the same bytes."""
PLAIN_OPTIONS = {"fflags": "+bitexact"}

VIDEO_CODECS = frozenset(("h264", "hevc", "av1", "vp9", "vp8", "mpeg4"))
AUDIO_CODECS = frozenset(("aac", "mp3", "opus", "vorbis", "flac", "alac", "ac3", "eac3"))
UNCODED_AUDIO = "pcm_"
POSTER_SIDE = 1920
POSTER_QUALITY = 85
POSTER_AT_S = 1.0
POSTER_FRAMES_MAX = 90
STREAMS_MAX = 16
TRUNCATED_BELOW = 0.9
TRUNCATED_SLACK_S = 0.25
LENGTH_IS_A_GUESS = frozenset((MediaFormat.MP3, MediaFormat.OGG))
"""Streams without a header for the whole: one that is cut is a shorter one."""


def look_at_tracks(question: Question) -> MediaReport:
    """Measure a film or a sound, make its poster and thumbnail, and, where asked, write it anew. Raises Refused."""
    folder = Path(question.folder)
    source = folder / SOURCE
    try:
        width, height = _look_at_first_frames(source, folder, question)
        found = _settled_format(question, is_film=width is not None)
        duration_s = _walk(source, folder / CONTENT if question.rewrite else None, found, question)
    except (av.error.InvalidDataError, av.error.EOFError):
        raise Refused(Verdict.INVALID, "undecodable") from None
    return MediaReport(found, width, height, round(duration_s * 1000))


def open_tracks(source: Path, found: MediaFormat) -> av.container.InputContainer:
    """Open a file as the format that it was found to be; nothing that it names is opened with it."""
    return av.open(source.open("rb"), "r", format=DEMUXER[found], io_open=_refuse_address, metadata_errors="replace")


def _refuse_address(_url: str, _flags: int, _options: object) -> NoReturn:
    raise Refused(Verdict.NOT_ALLOWED, "reference")


def _settled_format(question: Question, *, is_film: bool) -> MediaFormat:
    """Return the format by what the container holds: one without a film is a sound; QuickTime becomes MP4."""
    match question.found:
        case MediaFormat.MP4 | MediaFormat.M4A:
            return MediaFormat.MP4 if is_film else MediaFormat.M4A
        case MediaFormat.MOV if question.rewrite or not is_film:
            return MediaFormat.MP4 if is_film else MediaFormat.M4A
        case MediaFormat.WEBM:
            return MediaFormat.WEBM if is_film else MediaFormat.WEBM_AUDIO
        case _:
            return question.found


def film_of(container: av.container.InputContainer) -> av.VideoStream | None:
    """Return the first film track; a cover picture is none. Raises Refused for a codec that is not on the list."""
    if len(container.streams) > STREAMS_MAX:
        raise Refused(Verdict.TOO_LARGE, "tracks")
    for stream in container.streams.video:
        if not stream.disposition & av.stream.Disposition.attached_pic:
            _check_codec(stream, VIDEO_CODECS)
            return stream
    return None


def sound_of(container: av.container.InputContainer) -> av.AudioStream | None:
    """Return the first sound track; raises Refused for a codec that is not on the list."""
    for stream in container.streams.audio:
        _check_codec(stream, AUDIO_CODECS)
        return stream
    return None


def _check_codec(stream: av.VideoStream | av.AudioStream, allowed: frozenset[str]) -> None:
    context = stream.codec_context
    name = context.codec.canonical_name if context is not None else ""
    if name not in allowed and not (allowed is AUDIO_CODECS and name.startswith(UNCODED_AUDIO)):
        raise Refused(Verdict.NOT_ALLOWED, "codec")
    context.thread_count = 1


def _look_at_first_frames(source: Path, folder: Path, question: Question) -> tuple[int | None, int | None]:
    """Decode a frame of the film, or else of the sound; returns the film's size as it is seen."""
    with open_tracks(source, question.found) as container:
        film, sound = film_of(container), sound_of(container)
        if film is None:
            if sound is None:
                raise Refused(Verdict.INVALID, "tracks")
            if next(container.decode(sound), None) is None:
                raise Refused(Verdict.INVALID, "undecodable")
            return None, None
        if question.found in SOUND_ONLY:
            raise Refused(Verdict.NOT_ALLOWED, "tracks")
        if film.width * film.height > question.pixels_max:
            raise Refused(Verdict.TOO_LARGE, "pixels")
        poster = _poster_of(container, film)
    size = poster.size
    poster.thumbnail((POSTER_SIDE, POSTER_SIDE), Image.Resampling.LANCZOS, reducing_gap=2.0)
    poster.save(folder / POSTER, format="JPEG", quality=POSTER_QUALITY, optimize=True)
    write_thumbnail(poster, folder / THUMBNAIL)
    return size


def _poster_of(container: av.container.InputContainer, film: av.VideoStream) -> Image.Image:
    """Return a frame from about the first second, upright: the very first one is often black."""
    wanted_s = POSTER_AT_S
    if container.duration:
        wanted_s = min(POSTER_AT_S, container.duration / av.time_base / 2)
    chosen: av.VideoFrame | None = None
    for number, frame in enumerate(container.decode(film)):
        chosen = frame
        if number >= POSTER_FRAMES_MAX or (frame.time is not None and frame.time >= wanted_s):
            break
    if chosen is None:
        raise Refused(Verdict.INVALID, "undecodable")
    image: Image.Image = chosen.to_image()  # type: ignore[no-untyped-call]
    turned = chosen.rotation % 360
    return image.rotate(turned, expand=True) if turned else image


def _walk(source: Path, target: Path | None, found: MediaFormat, question: Question) -> float:
    """Read the container from end to end, into a fresh one if there is a target; returns its length in seconds."""
    with open_tracks(source, question.found) as container:
        tracks = [track for track in (film_of(container), sound_of(container)) if track is not None]
        if target is None:
            walked_s = _length_of(container, tracks, None, question)
        else:
            muxer = MUXER[found]
            options = MUXER_OPTIONS.get(muxer, PLAIN_OPTIONS)
            with av.open(str(target), "w", format=muxer, options=options) as fresh:
                walked_s = _length_of(container, tracks, fresh, question)
        guess = question.found in LENGTH_IS_A_GUESS
        declared_s = 0.0 if guess else (container.duration or 0) / av.time_base
    if walked_s + TRUNCATED_SLACK_S < declared_s * TRUNCATED_BELOW:
        raise Refused(Verdict.INVALID, "truncated")
    return walked_s


def _length_of(
    container: av.container.InputContainer,
    tracks: list[av.VideoStream | av.AudioStream],
    fresh: av.container.OutputContainer | None,
    question: Question,
) -> float:
    copies = {track.index: fresh.add_stream_from_template(track) for track in tracks} if fresh else {}
    begin: Fraction | None = None
    end = Fraction(0)
    for packet in container.demux(tracks):
        if packet.dts is None or packet.time_base is None:
            continue
        shown = packet.pts if packet.pts is not None else packet.dts
        at = max(Fraction(0), shown * packet.time_base)  # what lies before zero primes a decoder and is not heard
        begin = at if begin is None else min(begin, at)
        end = max(end, (shown + (packet.duration or 0)) * packet.time_base)
        if end - begin > question.duration_max_s:
            raise Refused(Verdict.TOO_LARGE, "duration")
        if fresh is not None:
            packet.stream = copies[packet.stream.index]
            fresh.mux(packet)
    if begin is None:
        raise Refused(Verdict.INVALID, "undecodable")
    return float(end - begin)


if __name__ == "__main__":
    run(look_at_tracks)
