"""Clips become one film, inside the decoding process.

Pictures of one kind (codec, size, decoder settings: what one model makes with one set of options) are copied as they
are; others are all encoded anew, fitted into the first one's size. Sound is encoded anew in any case: its packets do
not end where the pictures do. A clip without sound is silent, one whose sound is longer than its pictures is cut.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import av.audio.fifo
import av.audio.resampler
import av.container
import av.error
import av.filter
import av.stream

from backend.core.media_probe import run
from backend.core.media_probe_tracks import MUXER_OPTIONS, film_of, open_tracks, sound_of
from backend.core.media_report import CONTENT, MediaReport, Question, Refused, Verdict, clip_name
from backend.core.media_types import MediaFormat

SOUND_HZ = 48_000
SOUND_UNIT = Fraction(1, SOUND_HZ)
SOUND_LAYOUT = "stereo"
SOUND_FORMAT = "fltp"
SOUND_FRAME = 1024
RATE_MAX = 60
RATE_GUESS = Fraction(24)
ENCODER = "libx264"
ENCODER_OPTIONS = {"preset": "veryfast", "crf": "18"}
COPIED = frozenset(("h264", "hevc"))
"""What is copied as it is: both can change hands in an MP4 without a decoder noticing."""


@dataclass(frozen=True, slots=True)
class Clip:
    """One clip, before any of it is used; of one ``kind`` are those whose pictures can be copied."""

    source: Path
    found: MediaFormat
    size: tuple[int, int]
    rate: Fraction
    kind: tuple[object, ...] | None
    has_sound: bool


def join_clips(question: Question) -> MediaReport:
    """Write a film of the clips, one after the other. Raises Refused."""
    folder = Path(question.folder)
    try:
        clips = [_measure(folder / clip_name(number), found, question) for number, found in enumerate(question.clips)]
        options = MUXER_OPTIONS["mp4"]
        with av.open(str(folder / CONTENT), "w", format="mp4", options=options) as film:
            alike = clips[0].kind is not None and all(clip.kind == clips[0].kind for clip in clips)
            pictures = _Copied(film, clips[0]) if alike else _Encoded(film, clips[0])
            sound = _Sound(film) if any(clip.has_sound for clip in clips) else None
            end = Fraction(0)
            for clip in clips:
                end = pictures.add(clip, end)
                if end > question.duration_max_s:
                    raise Refused(Verdict.TOO_LARGE, "duration")
                if sound is not None:
                    sound.add(clip, end)
            pictures.close()
            if sound is not None:
                sound.close()
    except (av.error.InvalidDataError, av.error.EOFError):
        raise Refused(Verdict.INVALID, "undecodable") from None
    return MediaReport(MediaFormat.MP4, *clips[0].size, round(end * 1000))


def _measure(source: Path, found: MediaFormat, question: Question) -> Clip:
    with open_tracks(source, found) as container:
        track = film_of(container)
        if track is None:
            raise Refused(Verdict.INVALID, "tracks")
        if track.width * track.height > question.pixels_max:
            raise Refused(Verdict.TOO_LARGE, "pixels")
        context = track.codec_context
        name = context.codec.canonical_name
        kind = (name, track.width, track.height, context.pix_fmt, context.extradata) if name in COPIED else None
        rate = min(Fraction(track.average_rate or RATE_GUESS), Fraction(RATE_MAX))
        return Clip(source, found, (track.width, track.height), rate, kind, sound_of(container) is not None)


class _Copied:
    """Pictures of one kind, packet by packet."""

    def __init__(self, film: av.container.OutputContainer, first: Clip) -> None:
        self._film = film
        with open_tracks(first.source, first.found) as container:
            template = film_of(container)
            assert template is not None  # noqa: S101 - it was measured
            self._target = film.add_stream_from_template(template)
        self._last_dts: Fraction | None = None

    def add(self, clip: Clip, begin: Fraction) -> Fraction:
        """Append a clip and return where the film then ends, in seconds."""
        with open_tracks(clip.source, clip.found) as container:
            track = film_of(container)
            packets = [packet for packet in container.demux(track) if packet.dts is not None and packet.size]
            if track is None or not packets or track.time_base is None:
                raise Refused(Verdict.INVALID, "undecodable")
            unit = track.time_base
            first_shown = min(_shown(packet) for packet in packets)
            shift = round(begin / unit) - first_shown
            if self._last_dts is not None:  # time goes on, also where a decoder needs more of a lead than before
                shift = max(shift, int(self._last_dts / unit) + 1 - (packets[0].dts or 0))
            end = 0
            for packet in packets:
                shown, dts = _shown(packet) + shift, (packet.dts or 0) + shift
                end = max(end, shown + (packet.duration or round(1 / (clip.rate * unit))))
                packet.pts, packet.dts, packet.stream = shown, dts, self._target
                self._last_dts = dts * unit
                self._film.mux(packet)
            return end * unit

    def close(self) -> None:
        """There is nothing left to write."""


def _shown(packet: "av.Packet[av.stream.Stream]") -> int:
    return packet.pts if packet.pts is not None else packet.dts or 0


class _Encoded:
    """Pictures of several kinds: decoded, fitted into the first one's size and rate, encoded."""

    def __init__(self, film: av.container.OutputContainer, first: Clip) -> None:
        self._film = film
        self._rate = first.rate
        self._width, self._height = (side - side % 2 for side in first.size)
        target = film.add_stream(ENCODER, rate=first.rate, options=ENCODER_OPTIONS)
        assert isinstance(target, av.VideoStream)  # noqa: S101 - what that encoder makes
        self._target = target
        self._target.width, self._target.height, self._target.pix_fmt = self._width, self._height, "yuv420p"
        self._target.codec_context.thread_count = 1
        self._count = 0

    def add(self, clip: Clip, _begin: Fraction) -> Fraction:
        """Append a clip and return where the film then ends, in seconds."""
        for frame in self._fitted(clip):
            frame.pts, frame.time_base = self._count, 1 / self._rate
            frame.pict_type = 0
            self._count += 1
            self._film.mux(self._target.encode(frame))
        return self._count / self._rate

    def close(self) -> None:
        """Write what the encoder still has."""
        self._film.mux(self._target.encode(None))

    def _fitted(self, clip: Clip) -> Iterator[av.VideoFrame]:
        size = f"{self._width}:{self._height}"
        with open_tracks(clip.source, clip.found) as container:
            track = film_of(container)
            graph = av.filter.Graph()
            nodes = (
                graph.add_buffer(template=track),
                graph.add("scale", f"{size}:force_original_aspect_ratio=decrease"),
                graph.add("pad", f"{size}:(ow-iw)/2:(oh-ih)/2"),
                graph.add("setsar", "1"),
                graph.add("fps", f"{self._rate.numerator}/{self._rate.denominator}"),
                graph.add("format", "yuv420p"),
                graph.add("buffersink"),
            )
            graph.link_nodes(*nodes).configure()
            for frame in container.decode(track) if track else ():
                graph.vpush(frame)
                yield from _pulled(graph)
            graph.vpush(None)
            yield from _pulled(graph)


def _pulled(graph: av.filter.Graph) -> Iterator[av.VideoFrame]:
    while True:
        try:
            yield graph.vpull()
        except (av.error.BlockingIOError, av.error.EOFError):
            return


class _Sound:
    """One track of sound, always as long as the pictures so far."""

    def __init__(self, film: av.container.OutputContainer) -> None:
        self._film = film
        self._target = film.add_stream("aac", rate=SOUND_HZ, layout=SOUND_LAYOUT)
        self._ready = av.audio.fifo.AudioFifo()
        self._count = 0
        """How many samples there are so far, those that are not yet encoded included."""
        self._encoded = 0

    def add(self, clip: Clip, end: Fraction) -> None:
        """Append a clip's sound, up to where its pictures end."""
        wanted = round(end * SOUND_HZ) - self._count
        if clip.has_sound:
            for frame in self._resampled(clip):
                if wanted <= 0:
                    break
                wanted -= self._take(frame, wanted)
        while wanted > 0:
            wanted -= self._take(_silence(min(wanted, SOUND_FRAME)), wanted)
        self._encode(SOUND_FRAME)

    def close(self) -> None:
        """Write what is left."""
        self._encode(1)
        self._film.mux(self._target.encode(None))

    def _take(self, frame: av.AudioFrame, most: int) -> int:
        part: av.AudioFrame | None = frame
        if frame.samples > most:
            cutter = av.audio.fifo.AudioFifo()
            frame.pts = None
            cutter.write(frame)
            part = cutter.read(most)
        if part is None:
            return 0
        part.pts, part.time_base = None, SOUND_UNIT
        self._ready.write(part)
        self._count += part.samples
        return part.samples

    def _encode(self, least: int) -> None:
        while self._ready.samples >= least:
            frame = self._ready.read(min(SOUND_FRAME, self._ready.samples))
            if frame is None:
                return
            frame.pts, frame.time_base = self._encoded, SOUND_UNIT
            self._encoded += frame.samples
            self._film.mux(self._target.encode(frame))

    @staticmethod
    def _resampled(clip: Clip) -> Iterator[av.AudioFrame]:
        resampler = av.audio.resampler.AudioResampler(SOUND_FORMAT, SOUND_LAYOUT, SOUND_HZ)
        with open_tracks(clip.source, clip.found) as container:
            track = sound_of(container)
            for frame in container.decode(track) if track else ():
                frame.pts = None
                yield from resampler.resample(frame)
            yield from resampler.resample(None)


def _silence(samples: int) -> av.AudioFrame:
    frame = av.AudioFrame(format=SOUND_FORMAT, layout=SOUND_LAYOUT, samples=samples)
    frame.sample_rate = SOUND_HZ
    for plane in frame.planes:
        plane.update(bytes(plane.buffer_size))
    return frame


if __name__ == "__main__":
    run(join_clips)
