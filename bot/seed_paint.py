"""A small painter for the demo's pictures: sky, hills, fields, roads, trees and houses on a canvas of 800 by 600."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import cos, pi, sin, tau
from random import Random

from PIL import Image, ImageDraw, ImageFilter, ImageOps

from bot.pictures import QUALITY

WIDTH, HEIGHT, HORIZON = 800, 600, 250
FINE = 1.5  # painted larger and made smaller: Pillow draws hard edges
COARSE = 6  # blurred shapes are made this much smaller and blown up: fast, and nobody sees it

Colour = tuple[int, int, int]
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Light:
    """The light of a day: the sky from above to the horizon, hills far and near, fields, and a veil over everything."""

    above: Colour
    below: Colour
    far: Colour
    near: Colour
    field: Colour
    veil: Colour
    strength: float = 0.0


MORNING = Light(
    (112, 176, 228), (244, 236, 214), (150, 178, 186), (96, 142, 116), (126, 178, 82), (255, 226, 170), 0.07
)
NOON = Light((84, 160, 224), (214, 236, 246), (136, 172, 190), (84, 140, 104), (112, 176, 74), (255, 255, 255), 0.0)
CLOUDY = Light((150, 166, 180), (218, 222, 222), (150, 164, 170), (98, 126, 108), (112, 152, 84), (190, 200, 210), 0.08)
EVENING = Light((92, 122, 178), (252, 196, 148), (144, 138, 168), (92, 112, 104), (126, 152, 76), (255, 160, 96), 0.12)
NIGHT = Light((12, 20, 46), (44, 56, 92), (26, 36, 62), (18, 28, 44), (24, 40, 40), (10, 16, 44), 0.0)
DAYLIGHT = (MORNING, NOON, CLOUDY, EVENING)


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """`share` of the other colour in the one."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def curve(start: Point, end: Point, sag: float, steps: int = 24) -> list[Point]:
    """A hanging line, as a cable hangs; a negative sag bends upwards."""
    (x0, y0), (x1, y1) = start, end
    shares = [step / steps for step in range(steps + 1)]
    return [(x0 + (x1 - x0) * t, y0 + (y1 - y0) * t + sag * 4 * t * (1 - t)) for t in shares]


def _across(near: tuple[float, float], far: float, narrow: float, bend: float, share: float) -> tuple[float, float]:
    """The two edges of a winding strip, that share of the way from the horizon (0) to our feet (1)."""
    sway = bend * sin(3 * pi * share**0.55) * (1 - share)
    left, right = far - narrow + (near[0] - far + narrow) * share, far + narrow + (near[1] - far - narrow) * share
    return left + sway, right + sway


def _strip(near: tuple[float, float], far: float, narrow: float, bend: float) -> list[Point]:
    shares = [(step / 30) ** 1.8 for step in range(31)]
    edges = [(_across(near, far, narrow, bend, share), HORIZON + (HEIGHT - HORIZON) * share) for share in shares]
    return [(left, y) for (left, _), y in edges] + [(right, y) for (_, right), y in reversed(edges)]


class Painter:
    """A canvas in coordinates of 800 by 600, whatever its real size."""

    def __init__(self, dice: Random, light: Light) -> None:
        self.dice, self.light = dice, light
        self._picture = Image.new("RGB", (round(WIDTH * FINE), round(HEIGHT * FINE)))
        self._draw = ImageDraw.Draw(self._picture)

    def jpeg(self) -> bytes:
        """The finished picture."""
        if self.light.strength:
            veil = Image.new("RGB", self._picture.size, self.light.veil)
            self._picture = Image.blend(self._picture, veil, self.light.strength)
        out = io.BytesIO()
        self._picture.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC).save(out, "JPEG", quality=QUALITY)
        return out.getvalue()

    # ------------------------------------------------------------ strokes

    def shape(self, points: Sequence[Point], colour: Colour) -> None:
        self._draw.polygon([(x * FINE, y * FINE) for x, y in points], fill=colour)

    def box(self, x0: float, y0: float, x1: float, y1: float, colour: Colour) -> None:
        self.shape([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], colour)

    def disc(self, x: float, y: float, wide: float, high: float, colour: Colour) -> None:
        box = ((x - wide) * FINE, (y - high) * FINE, (x + wide) * FINE, (y + high) * FINE)
        self._draw.ellipse(box, fill=colour)

    def blot(self, x: float, y: float, wide: float, high: float, rough: float = 0.16) -> list[Point]:
        """The outline of an uneven round thing: a hole, a puddle, a stone, a bag."""
        reach = [1 + self.dice.uniform(-rough, rough) for _ in range(18)]
        turns = [tau * step / 18 for step in range(18)]
        return [(x + wide * r * cos(t), y + high * r * sin(t)) for r, t in zip(reach, turns, strict=True)]

    def line(self, points: Sequence[Point], width: float, colour: Colour) -> None:
        flat = [(x * FINE, y * FINE) for x, y in points]
        self._draw.line(flat, fill=colour, width=max(1, round(width * FINE)), joint="curve")

    def shade(self, points: Sequence[Point], upper: Colour, lower: Colour) -> None:
        """A shape that runs from one colour at its top to another at its foot."""
        flat = [(x * FINE, y * FINE) for x, y in points]
        left, right = round(min(x for x, _ in flat)), round(max(x for x, _ in flat)) + 1
        top, foot = round(min(y for _, y in flat)), round(max(y for _, y in flat)) + 1
        size = (max(1, right - left), max(1, foot - top))
        strip = Image.linear_gradient("L").resize((1, size[1]))
        colours = ImageOps.colorize(strip, upper, lower).resize(size, Image.Resampling.NEAREST)
        mask = Image.new("L", size)
        ImageDraw.Draw(mask).polygon([(x - left, y - top) for x, y in flat], fill=255)
        self._picture.paste(colours, (left, top), mask)

    def soft(self, shapes: Sequence[Sequence[Point]], colour: Colour, blur: float, strength: float = 1.0) -> None:
        """Shapes without hard edges: clouds, shadows, light, smoke. A shape of two points is an ellipse in that box."""
        every, scale = [spot for points in shapes for spot in points], FINE / COARSE
        left, right = min(x for x, _ in every) - 3 * blur, max(x for x, _ in every) + 3 * blur
        top, foot = min(y for _, y in every) - 3 * blur, max(y for _, y in every) + 3 * blur
        mask = Image.new("L", (round((right - left) * scale), round((foot - top) * scale)))
        draw = ImageDraw.Draw(mask)
        for points in shapes:
            flat = [((x - left) * scale, (y - top) * scale) for x, y in points]
            (draw.ellipse if len(flat) == 2 else draw.polygon)(flat, fill=round(255 * strength))
        full = (mask.width * COARSE, mask.height * COARSE)
        mask = mask.filter(ImageFilter.GaussianBlur(blur * scale)).resize(full, Image.Resampling.BILINEAR)
        self._picture.paste(colour, (round(left * FINE), round(top * FINE)), mask)

    def speckle(self, x0: float, y0: float, x1: float, y1: float, colours: Sequence[Colour], many: int) -> None:
        """Small strokes over a box: grass, gravel, leaves; larger the nearer."""
        for _ in range(many):
            x, y = self.dice.uniform(x0, x1), self.dice.uniform(y0, y1)
            size = 0.5 + 2.2 * max(0.0, y - HORIZON) / (HEIGHT - HORIZON)
            self.disc(x, y, size * 1.3, size * 0.7, self.dice.choice(colours))

    # ------------------------------------------------------------ the land

    def sky(self) -> None:
        """The sky with a few clouds; stars and a moon by night."""
        self.shade([(0, 0), (WIDTH, 0), (WIDTH, HORIZON + 40), (0, HORIZON + 40)], self.light.above, self.light.below)
        if self.light is NIGHT:
            for _ in range(70):
                self.disc(self.dice.uniform(0, WIDTH), self.dice.uniform(0, 200), 0.8, 0.8, (190, 200, 226))
            return
        clouds: list[Sequence[Point]] = []
        for _ in range(4):
            x, y = self.dice.uniform(-20, WIDTH), self.dice.uniform(30, 150)
            for step in range(5):
                wide, high = self.dice.uniform(30, 60), self.dice.uniform(10, 22)
                clouds.append([(x + step * 26 - wide, y - high), (x + step * 26 + wide, y + high)])
        self.soft(clouds, mix(self.light.below, (255, 255, 255), 0.7), 9, 0.8)

    def hills(self) -> None:
        """Two rows of hills, the far one in the haze."""
        for colour, base, height in ((self.light.far, 226, 58), (self.light.near, 250, 34)):
            dips = [(x, base - self.dice.uniform(0.1, 1) * height) for x in range(-10, WIDTH + 90, 80)]
            tops = [spot for one, other in pairwise(dips) for spot in curve(one, other, -9, 6)]
            outline = [(-10, HORIZON + 30), *tops, (WIDTH + 10, HORIZON + 30)]
            self.shade(outline, colour, mix(colour, self.light.below, 0.35))

    def fields(self) -> None:
        """Rice fields from the hills to our feet, in strips that widen."""
        y, green = float(HORIZON), self.light.field
        while y < HEIGHT:
            high = 8 + (y - HORIZON) * 0.32
            tint = mix(green, (214, 204, 96) if self.dice.random() < 0.35 else (70, 130, 60), self.dice.uniform(0, 0.4))
            self.shade([(0, y), (WIDTH, y), (WIDTH, y + high), (0, y + high)], mix(tint, self.light.below, 0.12), tint)
            self.line([(0, y), (WIDTH, y)], 1 + (y - HORIZON) / 120, mix(tint, (60, 80, 30), 0.35))
            y += high
        light = 0.08 if self.light is NIGHT else 0.4
        grass = (mix(green, (40, 90, 30), 0.5), mix(green, (240, 240, 150), light))
        self.speckle(0, HORIZON + 8, WIDTH, HEIGHT, grass, 700)

    def countryside(self) -> None:
        """Sky, hills and fields."""
        self.sky()
        self.hills()
        self.fields()

    def road(self, *, concrete: bool = False, near: tuple[float, float] = (90, 720), far: float = 430) -> None:
        """A road that winds from our feet to the horizon, with a verge on both sides."""
        grey, earth = (176, 172, 164) if concrete else (104, 106, 112), (150, 122, 84)
        if self.light is NIGHT:
            grey, earth = mix(grey, (20, 26, 46), 0.72), (34, 36, 44)
        bend = self.dice.uniform(24, 46) * self.dice.choice((-1, 1))
        verge = _strip((near[0] - 55, near[1] + 55), far, 15, bend)
        self.shade(verge, mix(earth, self.light.below, 0.2), mix(earth, self.light.field, 0.25))
        self.shade(_strip(near, far, 9, bend), mix(grey, self.light.below, 0.35), grey)
        for _ in range(380):
            share = self.dice.random() ** 0.6
            left, right = _across(near, far, 8, bend, share)
            tint = mix(grey, self.dice.choice([(40, 40, 44), (226, 226, 220)]), 0.3)
            spot = (self.dice.uniform(left, right), HORIZON + (HEIGHT - HORIZON) * share)
            self.disc(*spot, 0.6 + 1.6 * share, 0.3 + 0.8 * share, tint)

    # ------------------------------------------------------------ what stands on it

    def tree(self, x: float, foot: float, size: float, leaf: Colour = (70, 130, 62)) -> None:
        """A round tree with light from the left."""
        dark = self.light is NIGHT
        leaf = mix(leaf, (14, 22, 40), 0.75) if dark else leaf
        bark = (28, 28, 36) if dark else (112, 84, 58)
        self.soft([[(x - size * 0.7, foot - size * 0.1), (x + size * 0.9, foot + size * 0.14)]], (30, 40, 30), 5, 0.4)
        low, top = size * 0.07, size * 0.04
        self.shape([(x - low, foot), (x + low, foot), (x + top, foot - size), (x - top, foot - size)], bark)
        for dx, dy, wide in ((-0.35, -1.0, 0.42), (0.32, -1.0, 0.44), (0.0, -1.35, 0.46), (0.0, -1.0, 0.5)):
            self.disc(x + dx * size, foot + dy * size, wide * size, wide * size * 0.86, mix(leaf, (20, 50, 30), 0.18))
        for _ in range(60):
            dx, dy = self.dice.triangular(-0.72, 0.68, -0.05), self.dice.triangular(-1.68, -0.62, -1.2)
            light = mix(leaf, (236, 240, 150), 0.0 if dark else max(0.0, 0.3 - dx * 0.4 - (dy + 1.1) * 0.3))
            self.disc(x + dx * size, foot + dy * size, 0.09 * size, 0.07 * size, light)

    def areca(self, x: float, foot: float, size: float) -> None:
        """A slim areca palm, as in front of every old house."""
        trunk, leaf = ((30, 30, 38), (16, 34, 36)) if self.light is NIGHT else ((146, 132, 104), (76, 136, 66))
        self.line([(x, foot), (x + size * 0.03, foot - size)], size * 0.05, trunk)
        top = (x + size * 0.03, foot - size)
        for reach, fall in ((-0.42, 0.16), (-0.3, -0.1), (-0.1, -0.24), (0.12, -0.24), (0.32, -0.1), (0.42, 0.16)):
            self.line(curve(top, (top[0] + reach * size, top[1] + fall * size), -size * 0.08, 8), size * 0.045, leaf)

    def house(self, x: float, foot: float, size: float, wall: Colour = (236, 218, 170), *, lit: bool = False) -> None:
        """A small house with a red tiled roof."""
        dark = self.light is NIGHT
        wall, roof = (mix(wall, (16, 22, 44), 0.72), (52, 34, 44)) if dark else (wall, (178, 78, 58))
        window = (255, 206, 112) if lit else (30, 36, 56) if dark else (92, 118, 130)
        wide, high = size, size * 0.52
        self.soft([[(x - 6, foot - 6), (x + wide * 1.1, foot + 8)]], (30, 34, 30), 4, 0.4)
        walls = [(x, foot), (x, foot - high), (x + wide, foot - high), (x + wide, foot)]
        self.shade(walls, wall, mix(wall, (120, 100, 80), 0.25))
        eaves, ridge = foot - high, foot - high * 1.7
        tiles = [(x - wide * 0.08, eaves), (x + wide * 0.16, ridge), (x + wide * 0.84, ridge), (x + wide * 1.08, eaves)]
        self.shade(tiles, mix(roof, (255, 190, 150), 0.2), mix(roof, (60, 20, 20), 0.25))
        self.box(x + wide * 0.42, foot - high * 0.72, x + wide * 0.58, foot, mix(wall, (90, 60, 40), 0.6))
        for at in (0.12, 0.7):
            self.box(x + wide * at, foot - high * 0.7, x + wide * (at + 0.18), foot - high * 0.32, window)
