"""Small things in a landscape, drawn in silhouettes: sun, stars, pines, a hut, a boat, birds, rain, snow."""

import math
import random

from PIL import Image, ImageDraw, ImageFilter

from backend.sandbox.render.mood import Colour

LAMP: Colour = (255, 190, 104)
Point = tuple[float, float]


def disc(picture: Image.Image, centre: tuple[int, int], radius: float, colour: Colour) -> None:
    """Paint a disc with a smooth edge."""
    side = round(radius * 2) + 4
    mask = Image.new("L", (side * 4, side * 4))
    ImageDraw.Draw(mask).ellipse((8, 8, side * 4 - 8, side * 4 - 8), fill=255)
    picture.paste(colour, (centre[0] - side // 2, centre[1] - side // 2), mask.reduce(4))


def stars(sky: Image.Image, rng: random.Random) -> None:
    """Paint stars, fewer towards the horizon."""
    draw = ImageDraw.Draw(sky)
    for _ in range(130):
        x, y = rng.random() * sky.width, rng.random() ** 1.7 * sky.height * 0.6
        level = rng.randint(110, 230)
        size = rng.choice((0, 0, 0, 1)) * max(1, sky.height // 700)
        draw.ellipse((x, y, x + size, y + size), fill=(level, level, min(255, level + 14)))


def pines(draw: ImageDraw.ImageDraw, line: list[tuple[int, int]], size: float, rng: random.Random) -> None:
    """Plant pines in groups along a ridge's line."""
    group = 0.0
    for x, y in line:
        if rng.random() < 0.06:
            group = 1.0
        group *= 0.86
        if rng.random() > group:
            continue
        tall = size * rng.uniform(0.6, 1.25)
        for tier in range(4):
            foot, peak = y + 4 - tall * tier * 0.22, y - tall * (0.4 + tier * 0.2)
            half = tall * 0.24 * (1 - tier * 0.2)
            draw.polygon([(x - half, foot), (x + half, foot), (x, peak)], fill=255)


def hut(colours: Image.Image, mask: Image.Image, foot: tuple[int, int], size: float, colour: Colour) -> None:
    """Build a small tea house with curved eaves and a lamp in its window."""
    x, y = foot
    wall, tall, eave = size * 0.34, size * 0.42, size * 0.66
    roof = y - tall
    shapes: list[list[Point]] = [
        [(x - wall, y + size * 0.12), (x - wall, roof), (x + wall, roof), (x + wall, y + size * 0.12)],
        _eaves(x, roof, eave, size * 0.3),
        _eaves(x, roof - size * 0.24, eave * 0.5, size * 0.24),
    ]
    for shape in shapes:
        ImageDraw.Draw(mask).polygon(shape, fill=255)
        ImageDraw.Draw(colours).polygon(shape, fill=colour)
    lamp = (x - wall * 0.34, roof + tall * 0.3, x + wall * 0.34, y)
    ImageDraw.Draw(colours).rectangle(lamp, fill=LAMP)
    ImageDraw.Draw(colours).line((x, lamp[1], x, lamp[3]), fill=colour, width=max(1, round(size * 0.03)))


def _eaves(x: float, y: float, half: float, tall: float) -> list[Point]:
    """Return a roof whose corners turn up."""
    steps = 12
    right = []
    for number in range(steps + 1):
        share = number / steps
        lift = tall * (1 - share) ** 1.8 + (tall * 0.22 * max(0.0, share - 0.72) / 0.28)
        right.append((x + half * share, y - lift))
    return [(2 * x - px, py) for px, py in reversed(right)] + right + [(x + half * 0.7, y), (x - half * 0.7, y)]


def boat(mask: Image.Image, foot: Point, size: float) -> None:
    """Draw a small boat with a sail."""
    fine = 4
    shape = Image.new("L", (round(size * 2.2 * fine), round(size * 1.8 * fine)))
    draw, unit, x, y = ImageDraw.Draw(shape), size * fine, size * 1.1 * fine, size * 1.7 * fine

    def polygon(level: int, *points: Point) -> None:
        draw.polygon([(x + unit * px, y - unit * py) for px, py in points], fill=level)

    polygon(255, (-1, 0.22), (-0.6, 0.17), (0.5, 0.17), (0.95, 0.26), (0.62, 0), (-0.68, 0))
    polygon(255, (-0.02, 0.17), (-0.02, 1.64), (0.02, 1.64), (0.02, 0.17))
    polygon(235, (0.07, 1.54), (0.36, 0.92), (0.6, 0.36), (0.07, 0.3))
    polygon(210, (-0.07, 1.3), (-0.3, 0.84), (-0.48, 0.36), (-0.07, 0.32))
    shape = shape.reduce(fine)
    mask.paste(shape, (round(foot[0]) - shape.width // 2, round(foot[1]) - shape.height))


def trail(water: Image.Image, centre: float, colour: Colour, rng: random.Random) -> None:
    """Lay the light's trail and a few ripples on water."""
    mask = Image.new("L", water.size)
    draw = ImageDraw.Draw(mask)
    for _ in range(150):
        share = rng.random()
        y = share**1.4 * water.height
        half = rng.uniform(0.2, 1) * water.width * (0.012 + 0.05 * share)
        x = centre + rng.gauss(0, 1) * water.width * (0.012 + 0.05 * share)
        tall = max(1.0, water.height * 0.012 * share)
        draw.ellipse((x - half, y - tall / 2, x + half, y + tall / 2), fill=rng.randint(50, 150))
    water.paste(colour, (0, 0), mask.filter(ImageFilter.GaussianBlur(max(0.6, water.height / 240))))


def birds(picture: Image.Image, colour: Colour, rng: random.Random, drift: float = 0.0) -> None:
    """Let a few birds fly; ``drift`` moves them over time."""
    draw = ImageDraw.Draw(picture)
    x, y = rng.uniform(0.3, 0.6) * picture.width, rng.uniform(0.16, 0.3) * picture.height
    for number in range(rng.randint(3, 6)):
        size = picture.height * rng.uniform(0.007, 0.012)
        px = x + number * size * rng.uniform(1.8, 3.4) + drift * picture.width * 0.12
        py = y + rng.uniform(-2.4, 2.4) * size - drift * picture.height * 0.02
        flap = math.sin(drift * 60 + number * 1.7) * 0.35 + 0.5
        wing = max(1, round(size * 0.2))
        draw.line([(px - size, py - size * flap), (px, py), (px + size, py - size * flap)], fill=colour, width=wing)


def rain(size: tuple[int, int], rng: random.Random) -> Image.Image:
    """Return a mask of rain, twice as high as the picture so that it can fall."""
    mask = Image.new("L", (size[0], size[1] * 2))
    draw = ImageDraw.Draw(mask)
    for _ in range(420):
        x, y = rng.random() * size[0] * 1.1, rng.random() * size[1]
        length = size[1] * rng.uniform(0.03, 0.07)
        for top in (y, y + size[1]):
            draw.line((x, top, x - length * 0.16, top + length), fill=rng.randint(30, 84), width=max(1, size[1] // 600))
    return mask


def snow(size: tuple[int, int], rng: random.Random) -> Image.Image:
    """Return a mask of snow, twice as high as the picture so that it can fall."""
    mask = Image.new("L", (size[0], size[1] * 2))
    draw = ImageDraw.Draw(mask)
    for _ in range(260):
        x, y = rng.random() * size[0], rng.random() * size[1]
        flake = size[1] * rng.uniform(0.0014, 0.0045)
        level = rng.randint(110, 220)
        for top in (y, y + size[1]):
            draw.ellipse((x - flake, top - flake, x + flake, top + flake), fill=level)
    return mask.filter(ImageFilter.GaussianBlur(max(0.5, size[1] / 900)))
