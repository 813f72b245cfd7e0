"""Reads a prompt (English or Chinese) for what the picture should show: light, weather, and a few things to place."""

import hashlib
import random
import re
from dataclasses import dataclass

Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of one light, from the top of the sky down to the nearest ridge."""

    zenith: Colour
    horizon: Colour
    light: Colour
    mist: Colour
    far: Colour
    near: Colour
    dark: bool = False


@dataclass(frozen=True, slots=True)
class Mood:
    """What a prompt asks for."""

    palette: Palette
    water: bool
    rain: bool
    snow: bool
    hut: bool
    boat: bool
    pines: bool
    birds: bool


DAWN = Palette((188, 205, 214), (250, 226, 190), (255, 236, 196), (244, 226, 204), (196, 172, 158), (38, 52, 58))
DAY = Palette((150, 186, 208), (228, 238, 236), (255, 250, 232), (226, 236, 234), (146, 174, 178), (30, 62, 64))
DUSK = Palette((92, 96, 132), (246, 176, 132), (255, 206, 150), (240, 190, 158), (168, 118, 120), (42, 34, 52))
NIGHT = Palette((14, 22, 38), (58, 78, 104), (232, 236, 226), (74, 94, 116), (46, 64, 88), (10, 16, 24), dark=True)
MIST = Palette((206, 214, 212), (232, 234, 228), (250, 246, 232), (230, 234, 230), (168, 184, 184), (44, 66, 66))
STORM = Palette((92, 104, 116), (174, 182, 184), (214, 218, 214), (166, 176, 180), (108, 122, 130), (24, 34, 40))
WINTER = Palette((168, 186, 204), (236, 238, 240), (255, 252, 244), (238, 242, 246), (168, 184, 200), (54, 70, 88))
AUTUMN = Palette((178, 194, 190), (248, 214, 160), (255, 228, 176), (240, 208, 166), (206, 134, 84), (66, 34, 28))
SPRING = Palette((196, 214, 220), (248, 224, 222), (255, 240, 226), (244, 222, 222), (196, 168, 180), (48, 70, 62))
DESERT = Palette((126, 156, 172), (246, 214, 174), (255, 238, 204), (240, 206, 164), (210, 148, 104), (96, 46, 34))
LATIN = re.compile(r"[a-z]+")
NEUTRAL = (DAWN, DAY, DUSK, MIST, AUTUMN, SPRING, WINTER)

WORDS: tuple[tuple[tuple[str, ...], Palette], ...] = (
    (("night", "midnight", "moon", "moonlight", "stars", "夜", "月", "星"), NIGHT),
    (("snow", "winter", "snowy", "ice", "雪", "冬", "冰"), WINTER),
    (("rain", "rainy", "storm", "雨", "暴"), STORM),
    (("dusk", "sunset", "evening", "黄昏", "日落", "傍晚", "夕"), DUSK),
    (("dawn", "sunrise", "morning", "清晨", "日出", "黎明", "早"), DAWN),
    (("mist", "misty", "fog", "foggy", "雾", "霧"), MIST),
    (("autumn", "maple", "maples", "秋", "枫"), AUTUMN),
    (("spring", "blossom", "cherry", "flower", "flowers", "春", "樱", "花"), SPRING),
    (("desert", "dune", "dunes", "sand", "沙"), DESERT),
    (("noon", "summer", "sunny", "夏", "晴", "正午"), DAY),
)


def read_mood(prompt: str, rng: random.Random) -> Mood:
    """Return what to draw for a prompt; what it does not say is drawn by lot."""
    spoken = set(LATIN.findall(prompt.lower()))

    def says(*words: str) -> bool:
        return any(word in (spoken if word.isascii() else prompt) for word in words)

    palette = next((colours for words, colours in WORDS if says(*words)), None) or rng.choice(NEUTRAL)
    boat = says("boat", "boats", "ship", "ferry", "sail", "船", "舟", "渡")
    rain, snow = says("rain", "rainy", "storm", "雨"), says("snow", "snowy", "雪")
    return Mood(
        palette=palette,
        water=boat
        or says("lake", "sea", "ocean", "river", "water", "湖", "海", "江", "河", "水")
        or rng.random() < 0.3,
        rain=rain,
        snow=snow,
        hut=says("house", "hut", "tea", "temple", "pavilion", "cabin", "屋", "茶", "寺", "亭", "楼")
        or rng.random() < 0.25,
        boat=boat,
        pines=says("tree", "trees", "pine", "pines", "forest", "woods", "树", "松", "林") or rng.random() < 0.5,
        birds=says("bird", "birds", "crane", "cranes", "gull", "gulls", "鸟", "鹤", "鸥")
        or (not rain and not snow and rng.random() < 0.4),
    )


def generator(prompt: str, seed: int) -> random.Random:
    """Return the source of chance for one picture: the same for the same prompt and seed, on every machine."""
    return random.Random(fingerprint(prompt, seed))


def fingerprint(prompt: str, seed: int) -> str:
    """Return six characters that tell one prompt and seed from another."""
    return hashlib.sha256(f"{seed}\n{prompt}".encode()).hexdigest()[:6]
