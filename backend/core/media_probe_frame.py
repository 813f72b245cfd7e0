"""The last frame of a film, inside the decoding process: what the next clip begins with."""

from collections import deque
from pathlib import Path

import av
import av.container
import av.error
from PIL import Image

from backend.core.media_probe import run
from backend.core.media_probe_tracks import film_of, open_tracks
from backend.core.media_report import CONTENT, SOURCE, MediaReport, Question, Refused, Verdict
from backend.core.media_types import MediaFormat

QUALITY = 95
BEFORE_END_S = 2


def look_at_last_frame(question: Question) -> MediaReport:
    """Write the last frame of a film as a picture, upright. Raises Refused."""
    folder = Path(question.folder)
    try:
        with open_tracks(folder / SOURCE, question.found) as container:
            film = film_of(container)
            if film is None:
                raise Refused(Verdict.INVALID, "tracks")
            if film.width * film.height > question.pixels_max:
                raise Refused(Verdict.TOO_LARGE, "pixels")
            frame = _last_frame(container, film)
    except (av.error.InvalidDataError, av.error.EOFError):
        raise Refused(Verdict.INVALID, "undecodable") from None
    image: Image.Image = frame.to_image()  # type: ignore[no-untyped-call]
    if turned := frame.rotation % 360:
        image = image.rotate(turned, expand=True)
    image.save(folder / CONTENT, format="JPEG", quality=QUALITY, subsampling=0)
    return MediaReport(MediaFormat.JPEG, *image.size)


def _last_frame(container: av.container.InputContainer, film: av.VideoStream) -> av.VideoFrame:
    """Decode from shortly before the end; from the beginning where that finds nothing."""
    end = container.duration or 0
    for start in (max(0, end - BEFORE_END_S * av.time_base), 0):
        container.seek(start)
        shown = deque(container.decode(film), maxlen=1)
        if shown:
            return shown[0]
    raise Refused(Verdict.INVALID, "undecodable")


if __name__ == "__main__":
    run(look_at_last_frame)
