"""Quiet sounds: a slow chord beneath a clip, a run of soft notes for a spoken text."""

import array
import math
from collections.abc import Iterator
from fractions import Fraction
from typing import TypeAlias

import av
from av.audio.stream import AudioStream
from av.container import OutputContainer

RATE_HZ = 44_100
CHORDS_HZ = ((110, 165, 220, 277), (98, 147, 196, 247), (131, 196, 262, 330), (87, 131, 175, 220))
NOTES_HZ = (262, 294, 330, 392, 440, 523)
LEVEL = 0.13
NOTE_S = 0.22
SPEECH_S_MAX = 60.0

Samples: TypeAlias = "array.array[float]"


def write_speech(target: str, text: str, seed: int) -> None:
    """Write a run of notes, one for each word or Chinese character of a text, as an MP3."""
    words = max(1, len(text.split()) + sum(letter >= "\u2e80" for letter in text))
    notes = min(words, round(SPEECH_S_MAX / NOTE_S))
    sample = array.array("f")
    for number in range(notes):
        pitch = NOTES_HZ[(seed + number * number + ord(text[number % len(text)])) % len(NOTES_HZ)]
        sample.extend(_note(pitch))
    with av.open(target, "w", format="mp3") as container:
        stream = container.add_stream("libmp3lame", rate=RATE_HZ, layout="mono")
        encode(container, stream, _frames(sample, stream, len(sample)))


def chord(seed: int) -> Samples:
    """Return one second of a chord that can be repeated without a seam: all its pitches are whole numbers."""
    pitches = CHORDS_HZ[seed % len(CHORDS_HZ)]
    turn = 2 * math.pi / RATE_HZ
    sample = array.array("f")
    for step in range(RATE_HZ):
        swell = 0.8 + 0.2 * math.sin(turn * step)
        sample.append(LEVEL * swell * sum(math.sin(turn * pitch * step) for pitch in pitches) / len(pitches))
    return sample


def encode_sound(container: OutputContainer, stream: AudioStream, seed: int, seconds: float) -> None:
    """Encode a chord of a length."""
    encode(container, stream, _frames(chord(seed), stream, round(seconds * RATE_HZ)))


def encode(container: OutputContainer, stream: AudioStream, frames: Iterator[av.AudioFrame]) -> None:
    """Write frames to a stream, and what the encoder held back."""
    for frame in frames:
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


def _note(pitch_hz: int) -> Samples:
    count = round(RATE_HZ * NOTE_S)
    turn = 2 * math.pi * pitch_hz / RATE_HZ
    return array.array(
        "f", (LEVEL * 2 * math.sin(turn * step) * math.sin(math.pi * step / count) ** 2 for step in range(count))
    )


def _frames(loop: Samples, stream: AudioStream, count: int) -> Iterator[av.AudioFrame]:
    """Yield so many samples of a loop, in frames of a size that every encoder takes."""
    size = 1024
    twice = loop + loop[: size * 2]
    for start in range(0, count, size):
        length = min(size, count - start)
        at = start % len(loop)
        frame = av.AudioFrame(format="fltp", layout="mono", samples=length)
        frame.planes[0].update(_padded(twice[at : at + length].tobytes(), frame.planes[0].buffer_size))
        frame.sample_rate = RATE_HZ
        frame.time_base = Fraction(1, RATE_HZ)
        frame.pts = start
        yield frame


def _padded(samples: bytes, size: int) -> bytes:
    """Return bytes filled up to a plane's size, which is rounded up."""
    return samples + bytes(size - len(samples))
