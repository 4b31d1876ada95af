"""The demo's pictures: everyday scenes of a commune, each as the citizen saw it and as the officers left it."""

from collections.abc import Callable
from math import cos, sin
from random import Random

from bot.seed_paint import DAYLIGHT, HEIGHT, HORIZON, NIGHT, NOON, WIDTH, Colour, Painter, curve, mix
from bot.seed_ways import CONCRETE, MUD, WATER, bridge, fallen_tree, flood, landslide, manhole, road, stalls


def paint(scene: str, number: int, *, after: bool) -> bytes:
    """One picture as JPEG; the same number gives the same place and light before and after."""
    dice = Random(f"{scene} {number}")  # noqa: S311 - a drawing, not a secret
    light = NIGHT if scene == "lamp" else NOON if after else dice.choice(DAYLIGHT)
    painter = Painter(Random(f"{scene} {number} brush"), light)  # noqa: S311
    SCENES[scene](painter, after)
    return painter.jpeg()


def _lamp(p: Painter, after: bool) -> None:
    p.sky()
    p.hills()
    p.fields()
    p.house(560, 320, 150, lit=True)
    p.road(concrete=True)
    p.tree(720, 400, 130)
    p.areca(150, 380, 170)
    for foot, high, x in ((330, 150, 500), (520, 400, 620)):
        head = (x - high * 0.28, foot - high * 0.96)
        if after:
            spread = high * 0.62
            p.soft([[head, (head[0] - spread, foot + 30), (head[0] + spread, foot + 30)]], (255, 214, 130), 22, 0.22)
            p.soft([[(head[0] - spread, foot - 6), (head[0] + spread, foot + high * 0.2)]], (255, 222, 150), 20, 0.5)
        p.line([(x, foot), (x, foot - high)], high * 0.026, (96, 100, 112))
        p.line(curve((x, foot - high * 0.98), head, -high * 0.02, 8), high * 0.018, (96, 100, 112))
        p.disc(head[0], head[1] + 2, high * 0.05, high * 0.018, (255, 246, 214) if after else (60, 64, 78))
        if after:
            p.soft(
                [[(head[0] - high * 0.12, head[1] - high * 0.1), (head[0] + high * 0.12, head[1] + high * 0.14)]],
                (255, 240, 190),
                12,
                0.7,
            )


def _waste(p: Painter, after: bool) -> None:
    p.countryside()
    p.house(600, 300, 120)
    p.road(concrete=True, near=(420, 940), far=560)
    p.tree(120, 400, 170)
    if after:
        p.speckle(40, 430, 400, 580, ((120, 180, 80), (90, 150, 66), (244, 220, 90), (240, 150, 160)), 420)
        p.box(196, 330, 204, 470, (150, 150, 146))
        p.box(120, 290, 282, 352, (46, 122, 74))
        p.line([(138, 312), (264, 312)], 6, (240, 246, 238))
        p.line([(160, 332), (242, 332)], 6, (240, 246, 238))
        _bin(p, 330, 500)
        return
    p.soft([[(20, 470), (460, 590)]], (60, 60, 40), 14, 0.5)
    bags = ((40, 44, 52), (228, 232, 236), (64, 112, 176), (220, 110, 130), (214, 178, 84), (96, 150, 96))
    for row, (y, many, start) in enumerate(((470, 5, 120), (510, 7, 70), (552, 8, 40))):
        for number in range(many):
            _bag(
                p,
                start + number * 52 + p.dice.uniform(-12, 12),
                y + p.dice.uniform(-10, 8),
                34 + row * 5,
                p.dice.choice(bags),
            )
    p.speckle(60, 520, 440, 590, ((240, 240, 236), (200, 170, 120), (90, 80, 70), (230, 90, 80)), 90)


def _bag(p: Painter, x: float, y: float, size: float, colour: Colour) -> None:
    p.shade(p.blot(x, y, size, size * 0.8, 0.1), mix(colour, (255, 255, 255), 0.25), mix(colour, (20, 20, 24), 0.35))
    p.shape(
        [(x - 5, y - size * 0.7), (x - 12, y - size * 1.1), (x + 10, y - size * 1.15), (x + 5, y - size * 0.7)],
        mix(colour, (255, 255, 255), 0.15),
    )
    p.line(
        curve((x - size * 0.5, y - size * 0.2), (x - size * 0.1, y + size * 0.4), 4, 6),
        1.5,
        mix(colour, (0, 0, 0), 0.3),
    )


def _bin(p: Painter, x: float, foot: float) -> None:
    p.soft([[(x - 40, foot - 8), (x + 60, foot + 12)]], (40, 50, 40), 5, 0.5)
    p.shade([(x - 30, foot - 84), (x + 30, foot - 84), (x + 24, foot), (x - 24, foot)], (70, 150, 96), (38, 104, 66))
    p.box(x - 34, foot - 96, x + 34, foot - 84, (40, 112, 70))


def _pole(p: Painter, after: bool) -> None:
    p.countryside()
    p.road(concrete=True, near=(300, 820), far=520)
    p.house(80, 420, 230)
    p.areca(60, 430, 220)
    p.tree(720, 400, 110)
    lean = 8 if after else 118
    foot, top = (410.0, 520.0), (410.0 - lean, 92.0)
    for far, sag in (((850.0, 120.0), 20 if after else 74), ((-40.0, 60.0), 20 if after else 60)):
        for step in (0, 22):
            p.line(curve((top[0], top[1] + 14 + step), (far[0], far[1] + step), sag), 2, (46, 48, 54))
    p.soft([[(392, 512), (560, 534)]], (40, 44, 40), 5, 0.5)
    wide = 11
    p.shade(
        [(foot[0] - wide, foot[1]), (top[0] - 7, top[1]), (top[0] + 7, top[1]), (foot[0] + wide, foot[1])],
        (206, 204, 198),
        (150, 148, 142),
    )
    p.line([(top[0] - 34, top[1] + 18), (top[0] + 34, top[1] + 10)], 6, (110, 96, 80))
    if after:
        p.shade([(380, 500), (440, 500), (452, 534), (368, 534)], (214, 212, 206), (164, 162, 156))
    else:
        p.shape(p.blot(414, 524, 46, 14), (112, 84, 58))
        p.shade(p.blot(424, 524, 28, 8), (70, 50, 36), (96, 70, 48))


def _canal(p: Painter, after: bool) -> None:
    p.countryside()
    p.tree(80, 330, 80)
    p.house(620, 300, 100)
    bank = [(404, HORIZON), (456, HORIZON), (760, HEIGHT), (40, HEIGHT)]
    p.shade(bank, mix(CONCRETE, p.light.below, 0.3), CONCRETE)
    bed = [(412, HORIZON + 2), (448, HORIZON + 2), (640, HEIGHT), (160, HEIGHT)]
    if after:
        p.shade(bed, mix(p.light.below, WATER, 0.4), (74, 132, 160))
        for _ in range(40):
            y = HORIZON + 10 + 340 * p.dice.random()
            share = (y - HORIZON) / 350
            x = p.dice.uniform(420 - 220 * share, 430 + 170 * share)
            p.line([(x, y), (x + 6 + 30 * share, y)], 0.8 + 1.6 * share, mix(WATER, (255, 255, 255), 0.6))
    else:
        p.shade(bed, mix(MUD, p.light.below, 0.3), (92, 76, 50))
        _weeds(p)


def _weeds(p: Painter) -> None:
    """Water hyacinth from bank to bank, with what people threw in."""
    for _ in range(190):
        share = p.dice.random() ** 0.7
        y = HORIZON + 8 + 340 * share
        x = p.dice.uniform(424 - 240 * share, 434 + 190 * share)
        leaf = mix((86, 142, 60), p.dice.choice([(40, 90, 40), (150, 180, 80), (130, 110, 60)]), p.dice.random() * 0.6)
        p.disc(x, y, 3 + 15 * share, 2 + 7 * share, leaf)
        if p.dice.random() < 0.16:
            p.disc(x, y - 4 - 8 * share, 1 + 4 * share, 1.5 + 5 * share, (176, 140, 206))
    for x, y, colour in ((330, 520, (232, 234, 236)), (500, 470, (70, 118, 180)), (410, 400, (220, 110, 100))):
        _bag(p, x, y, (y - 240) / 11, colour)


def _smoke(p: Painter, after: bool) -> None:
    p.countryside()
    p.house(590, 330, 150)
    p.tree(90, 380, 110)
    p.shape(p.blot(330, 500, 150, 34, 0.1), (86, 84, 70) if after else (58, 50, 44))
    if after:
        p.speckle(200, 470, 460, 530, ((110, 160, 80), (96, 92, 78)), 160)
        return
    for _ in range(70):
        x, y = p.dice.gauss(330, 55), p.dice.gauss(490, 12)
        p.disc(x, y, 12, 8, p.dice.choice([(70, 62, 54), (110, 92, 70), (170, 160, 150), (50, 46, 44)]))
    for x, high in ((270, 50), (310, 84), (356, 66), (392, 40)):
        p.shape(
            [(x - 16, 490), (x - 6, 490 - high * 0.6), (x, 490 - high), (x + 9, 490 - high * 0.5), (x + 17, 490)],
            (236, 120, 44),
        )
        p.shape([(x - 8, 490), (x, 490 - high * 0.55), (x + 8, 490)], (252, 208, 96))
    for step in range(9):
        x, y, size = 340 + step * 34 + p.dice.uniform(-14, 14), 400 - step * 44, 44 + step * 15
        p.soft(
            [[(x - size, y - size * 0.6), (x + size, y + size * 0.6)]],
            mix((86, 86, 90), p.light.below, step / 14),
            22,
            0.72,
        )


def _cables(p: Painter, after: bool) -> None:
    p.countryside()
    p.house(70, 360, 170)
    p.house(590, 350, 170, (220, 210, 226))
    p.road(concrete=True)
    p.areca(40, 400, 190)
    poles = ((180.0, 470.0, 110.0), (640.0, 440.0, 130.0))
    for x, foot, top in poles:
        p.shade([(x - 9, foot), (x - 6, top), (x + 6, top), (x + 9, foot)], (204, 202, 196), (156, 154, 148))
    (x0, _, y0), (x1, _, y1) = poles
    for number in range(3 if after else 9):
        drop = 14 if after else p.dice.uniform(30, 100 + number * 16)
        height = number * 7 if after else p.dice.uniform(0, 60)
        p.line(curve((x0, y0 + 10 + height), (x1, y1 + 10 + height), drop, 30), 2.4, (40, 42, 48))
        p.line(curve((x0, y0 + 10 + height), (-30, y0 - 30), 14 if after else 50), 2, (40, 42, 48))
        p.line(curve((x1, y1 + 10 + height), (WIDTH + 30, y1 - 20), 14 if after else 46), 2, (40, 42, 48))
    if after:
        return
    for reach in (18, 26, 34):
        ring = [(x0 + reach * cos(turn / 4), y0 + 90 + reach * 1.2 * sin(turn / 4)) for turn in range(26)]
        p.line(ring, 2.4, (40, 42, 48))
    p.line([*curve((x1 - 4, y1 + 40), (520, 400), 34, 12), *curve((520, 400), (410, 492), 30, 10)], 3, (30, 32, 36))


def _water(p: Painter, after: bool) -> None:
    p.shade([(0, 0), (WIDTH, 0), (WIDTH, 400), (0, 400)], (208, 222, 216), (176, 196, 190))
    for x in range(0, WIDTH + 80, 80):
        p.line([(x, 0), (x, 400)], 2, (190, 206, 200))
    for y in range(0, 400, 80):
        p.line([(0, y), (WIDTH, y)], 2, (190, 206, 200))
    p.shade([(0, 400), (WIDTH, 400), (WIDTH, HEIGHT), (0, HEIGHT)], (150, 146, 138), (120, 116, 110))
    clear, dirty = ((188, 222, 238), (128, 182, 214)), ((196, 150, 84), (140, 94, 48))
    upper, lower = clear if after else dirty
    p.line([(-10, 120), (330, 120), (372, 130), (384, 168)], 30, (150, 156, 164))
    p.line([(-10, 114), (330, 114), (376, 126)], 8, (214, 220, 226))
    p.box(300, 70, 330, 110, (130, 136, 144))
    p.line([(270, 68), (360, 68)], 14, (60, 110, 180))
    p.shade([(376, 178), (394, 178), (398, 440), (372, 440)], upper, lower)
    p.soft([[(230, 530), (590, 580)]], (60, 60, 60), 8, 0.5)
    p.shade([(240, 360), (540, 360), (506, 560), (274, 560)], (232, 238, 242), (176, 190, 204))
    p.disc(390, 362, 150, 32, (206, 214, 220))
    p.disc(390, 370, 134, 25, lower)
    p.disc(390, 366, 120, 19, upper)
    p.soft([[(352, 352), (430, 380)]], (255, 255, 255), 6, 0.6)


Scene = Callable[[Painter, bool], None]
SCENES: dict[str, Scene] = {
    "road": road,
    "stalls": stalls,
    "lamp": _lamp,
    "waste": _waste,
    "flood": flood,
    "pole": _pole,
    "canal": _canal,
    "tree": fallen_tree,
    "bridge": bridge,
    "manhole": manhole,
    "smoke": _smoke,
    "cables": _cables,
    "landslide": landslide,
    "water": _water,
}
