"""Draw the icons of the installed web client from the mark: a frame, a lens, and the safelight's arc."""

from math import cos, pi, sin
from pathlib import Path

from PIL import Image, ImageDraw

PUBLIC = Path(__file__).resolve().parents[1] / "frontend" / "public"
INK, PAPER, SAFELIGHT = "#1a1e1b", "#f3f4f1", "#ff8255"
FINER = 8
"""How much larger it is drawn than it is kept, for smooth edges."""
ARC_FROM, ARC_TO = -pi / 2, pi / 6


def draw_mark(size: int, *, share: float, rounded: bool) -> Image.Image:
    """Return the mark; ``share`` of the picture is its frame, which fills it to the corners unless it is rounded."""
    side = size * FINER
    unit = side * share / 21  # the mark is drawn on a frame of 21 units
    picture = Image.new("RGBA", (side, side), (0, 0, 0, 0) if rounded else INK)
    pen = ImageDraw.Draw(picture)
    middle, reach = side / 2, 10.5 * unit
    if rounded:
        pen.rounded_rectangle((middle - reach, middle - reach, middle + reach, middle + reach), 6 * unit, INK)
    draw_arc(pen, middle, 6 * unit, 1.6 * unit, PAPER, 0, 2 * pi)
    draw_arc(pen, middle, 6 * unit, 2.2 * unit, SAFELIGHT, ARC_FROM, ARC_TO)
    return picture.resize((size, size), Image.Resampling.LANCZOS)


def draw_arc(
    pen: ImageDraw.ImageDraw, middle: float, radius: float, width: float, colour: str, start: float, end: float
) -> None:
    """Draw an arc around the middle with round ends."""
    steps = 720
    for step in range(steps + 1):
        angle = start + (end - start) * step / steps
        x, y = middle + radius * cos(angle), middle + radius * sin(angle)
        pen.ellipse((x - width / 2, y - width / 2, x + width / 2, y + width / 2), colour)


def main() -> None:
    """Write all icons."""
    for name, size, share, rounded in (
        ("icon-192.png", 192, 21 / 24, True),
        ("icon-512.png", 512, 21 / 24, True),
        ("icon-180.png", 180, 0.8, False),
        ("icon-maskable-512.png", 512, 0.72, False),
    ):
        icon = draw_mark(size, share=share, rounded=rounded)
        (icon if rounded else icon.convert("RGB")).quantize(64).save(PUBLIC / name, optimize=True)


if __name__ == "__main__":
    main()
