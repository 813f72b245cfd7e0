"""A calm landscape in layers: sky, light, ridges that fade into mist, water; each layer knows how far away it is."""

import math
import random
from dataclasses import dataclass, field

from PIL import Image, ImageChops, ImageDraw

from backend.sandbox.render import things
from backend.sandbox.render.mood import Colour, Mood, Palette, generator, read_mood

OVERSCAN = 1.24
RIDGES = 5
GLOW_BYTES = 256


@dataclass(slots=True)
class Layer:
    """Colours and a mask, wider than the picture; ``depth`` 0 is the horizon, 1 the nearest."""

    colours: Image.Image
    mask: Image.Image
    depth: float
    top: int = 0


@dataclass(slots=True)
class Scene:
    """A landscape of a size; ``view`` looks at it from a place between 0 (left) and 1 (right)."""

    width: int
    height: int
    mood: Mood
    sky: Image.Image
    layers: list[Layer] = field(default_factory=list)

    def view(self, at: float = 0.5) -> Image.Image:
        """Return the picture seen from a place: near layers move more than far ones."""
        slack = round(self.width * OVERSCAN) - self.width
        picture = self.sky.copy()
        for layer in self.layers:
            shift = round(slack * (0.5 + (at - 0.5) * layer.depth))
            box = (shift, 0, shift + self.width, layer.mask.height)
            picture.paste(layer.colours.crop(box), (0, layer.top), layer.mask.crop(box))
        return picture


def compose(prompt: str, seed: int, width: int, height: int) -> Scene:
    """Return the landscape of a prompt and seed."""
    rng = generator(prompt, seed)
    mood = read_mood(prompt, rng)
    palette = mood.palette
    horizon = rng.uniform(0.46, 0.6)
    light = (rng.uniform(0.22, 0.78), horizon - rng.uniform(0.16, 0.34))
    scene = Scene(width, height, mood, _sky(palette, width, height, light, rng))
    wide = round(width * OVERSCAN)
    shore = 0.8 if mood.water else 0.97
    for number in range(RIDGES):
        depth = (number + 1) / RIDGES
        if mood.water and number == RIDGES - 1:
            scene.layers.append(_water(palette, wide, height, shore - 0.1, light[0], rng))
            if mood.boat:
                scene.layers.append(_boat(palette, wide, height, shore, rng))
        base = horizon + (shore - horizon) * depth**1.25 * (0.8 if mood.water and number < RIDGES - 1 else 1)
        if mood.water and number == RIDGES - 1:
            base = 0.99
        scene.layers.append(_ridge(scene, wide, base, depth, rng, last=number == RIDGES - 1))
    return scene


def blend(first: Colour, second: Colour, share: float) -> Colour:
    """Return a colour between two."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


def vertical(stops: list[tuple[float, Colour]], width: int, height: int) -> Image.Image:
    """Return a vertical gradient through colours at shares of the height."""
    steps = 128
    column = Image.new("RGB", (1, steps))
    for row in range(steps):
        share = row / (steps - 1)
        upper = max((stop for stop in stops if stop[0] <= share), key=lambda stop: stop[0], default=stops[0])
        lower = min((stop for stop in stops if stop[0] >= share), key=lambda stop: stop[0], default=stops[-1])
        span = lower[0] - upper[0]
        column.putpixel((0, row), blend(upper[1], lower[1], (share - upper[0]) / span if span else 0))
    return column.resize((width, height), Image.Resampling.BICUBIC)


def glow(diameter: int, power: float) -> Image.Image:
    """Return a round mask that is bright in the middle and gone at its edge."""
    radial = ImageChops.invert(Image.radial_gradient("L"))
    edge = 255 - 181  # the gradient's value where its inscribed circle ends
    curve = [round(255 * max(0.0, (value - edge) / (255 - edge)) ** power) for value in range(GLOW_BYTES)]
    return radial.point(curve).resize((diameter, diameter), Image.Resampling.BICUBIC)


def _sky(palette: Palette, width: int, height: int, light: tuple[float, float], rng: random.Random) -> Image.Image:
    sky = vertical([(0.0, palette.zenith), (0.62, palette.horizon), (1.0, palette.mist)], width, height)
    if palette.dark:
        things.stars(sky, rng)
    side = min(width, height)
    centre = (round(light[0] * width), round(light[1] * height))
    for size, power, strength in ((1.5, 2.4, 0.6), (0.45, 1.8, 0.4)):
        diameter = round(side * size)
        mask = glow(diameter, power).point(lambda value, strength=strength: round(value * strength))
        sky.paste(palette.light, (centre[0] - diameter // 2, centre[1] - diameter // 2), mask)
    radius = side * rng.uniform(0.035, 0.06)
    things.disc(sky, centre, radius, blend(palette.light, (255, 255, 255), 0.35))
    return sky


def _ridge(scene: Scene, wide: int, base: float, depth: float, rng: random.Random, *, last: bool) -> Layer:
    """Return one ridge: rough line above, mist below."""
    height, palette = scene.height, scene.mood.palette
    line = _line(
        wide, round(base * height), height * (0.17 - 0.09 * depth), 1.05 + 0.75 * depth, 0.58 - 0.18 * depth, rng
    )
    builds = scene.mood.hut and abs(depth - 0.6) < 0.05
    spot = _level(line, round(wide * 0.35), round(wide * 0.65), height * 0.075) if builds else None
    top = max(0, min(y for _, y in line) - height // 6)
    mask = Image.new("L", (wide * 2, (height - top) * 2))
    draw = ImageDraw.Draw(mask)
    draw.polygon([(x * 2, (y - top) * 2) for x, y in line] + [(wide * 2, mask.height), (0, mask.height)], fill=255)
    if scene.mood.pines and depth > 0.55:
        things.pines(draw, [(x * 2, (y - top) * 2) for x, y in line], height * 2 * 0.045 * depth**2, rng)
    mask = mask.reduce(2)
    body = blend(palette.far, palette.near, depth**1.4)
    foot = blend(body, palette.mist, 0.08 if last else 0.85 - 0.42 * depth)
    colours = vertical([(0.0, body), (0.35, body), (1.0, foot)], wide, height - top)
    layer = Layer(colours, mask, depth, top)
    if spot is not None:
        things.hut(colours, mask, (spot[0], spot[1] - top), height * 0.085, blend(palette.near, (0, 0, 0), 0.15))
    if not last:
        _sink(mask, 0.5 if scene.mood.water else 0.72)
    return layer


def _line(
    wide: int, base: int, swing: float, frequency: float, rough: float, rng: random.Random
) -> list[tuple[int, int]]:
    """Return a line from left to right: waves of falling size, at phases drawn by lot; ``rough`` 0 is rolling."""
    waves = [
        (swing * rough**octave, frequency * 1.93**octave, rng.uniform(0, 2 * math.pi), rng.uniform(0.85, 1.2))
        for octave in range(6)
    ]
    step = max(2, wide // 400)
    line = []
    for x in [*range(0, wide, step), wide]:
        y = 0.0
        for size, often, phase, stretch in waves:
            wave = math.sin(often * stretch * x / wide * math.pi * 2 + phase)
            crest = 1 - 2 * abs(wave)
            y += size * (wave + (crest - wave) * min(1.0, rough * 1.5))
        line.append((x, round(base - y * 0.6)))
    return line


def _level(line: list[tuple[int, int]], left: int, right: int, half: float) -> tuple[int, int]:
    """Level the highest place between two bounds, wide enough to build on, and return its middle."""
    spot = min((point for point in line if left <= point[0] <= right), key=lambda point: point[1])
    for number, (x, y) in enumerate(line):
        away = abs(x - spot[0]) / half
        if away < 2:
            share = min(1.0, 2 - away)
            line[number] = (x, round(y + (spot[1] - y) * share * share * (3 - 2 * share)))
    return spot


def _sink(mask: Image.Image, keep: float) -> None:
    """Let the foot of a ridge fade, so that mist lies before the next."""
    fade = Image.linear_gradient("L").transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    curve = [round(255 * min(1.0, keep + (value / 255) * 1.4)) for value in range(GLOW_BYTES)]
    mask.paste(ImageChops.multiply(mask, fade.point(curve).resize(mask.size, Image.Resampling.BICUBIC)))


def _water(palette: Palette, wide: int, height: int, shore: float, light_x: float, rng: random.Random) -> Layer:
    """Return still water with the light's trail on it."""
    top = round(shore * height)
    deep = blend(palette.zenith, palette.near, 0.45)
    colours = vertical([(0.0, blend(palette.horizon, palette.mist, 0.5)), (1.0, deep)], wide, height - top)
    centre = wide / 2 + (light_x - 0.5) * wide / OVERSCAN
    things.trail(colours, centre, blend(palette.light, palette.horizon, 0.3), rng)
    mask = Image.new("L", colours.size, 255)
    edge = max(2, height // 60)
    mask.paste(Image.linear_gradient("L").resize((wide, edge)), (0, 0))
    return Layer(colours, mask, 0.7, top)


def _boat(palette: Palette, wide: int, height: int, shore: float, rng: random.Random) -> Layer:
    size = height * 0.075
    top = round(shore * height - size * 1.6)
    colours = Image.new("RGB", (wide, round(size * 2.2)), blend(palette.near, (0, 0, 0), 0.2))
    mask = Image.new("L", colours.size)
    things.boat(mask, (wide * rng.uniform(0.36, 0.64), size * 1.7), size)
    return Layer(colours, mask, 0.85, top)
