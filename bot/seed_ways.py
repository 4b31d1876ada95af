"""The demo's pictures of ways: what goes wrong with roads and bridges, and the same place put right."""

from math import cos, sin, tau

from bot.seed_paint import HEIGHT, HORIZON, WIDTH, Colour, Painter, Point, curve, mix

WATER: Colour = (126, 158, 176)
MUD: Colour = (140, 112, 76)
ASPHALT: Colour = (62, 64, 70)
CONCRETE: Colour = (186, 184, 178)


def road(p: Painter, after: bool) -> None:
    """Potholes with water in them, then a fresh patch of asphalt."""
    p.countryside()
    p.house(p.dice.uniform(560, 640), 300, 110)
    p.tree(250, 300, 70)
    p.road()
    if after:
        p.shape([(296, 430), (520, 430), (556, 520), (262, 520)], ASPHALT)
        p.speckle(270, 432, 540, 518, ((78, 80, 86), (50, 52, 58)), 260)
    for x, y, wide, high in ((395, 470, 112, 30), (540, 385, 40, 10), (300, 360, 30, 7)):
        if not after:
            _pothole(p, x, y, wide, high)
    p.tree(690, 420, 120)
    p.areca(90, 400, 190)


def _pothole(p: Painter, x: float, y: float, wide: float, high: float) -> None:
    p.shape(p.blot(x, y, wide * 1.16, high * 1.2), (138, 128, 112))
    p.shape(p.blot(x, y, wide, high), (70, 62, 54))
    water = p.blot(x + wide * 0.06, y + high * 0.14, wide * 0.8, high * 0.7)
    p.shade(water, mix(WATER, p.light.below, 0.5), mix(MUD, WATER, 0.3))
    for _ in range(5):
        turn = p.dice.uniform(0, tau)
        begin = (x + wide * cos(turn), y + high * sin(turn))
        end = (x + wide * 1.6 * cos(turn + 0.1), y + high * 1.7 * sin(turn + 0.1))
        p.line(curve(begin, end, p.dice.uniform(-6, 6), 5), 1.6, (70, 70, 72))


def flood(p: Painter, after: bool) -> None:
    """A lane under water, then dry beside its new drain."""
    p.sky()
    p.hills()
    p.fields()
    p.house(20, 400, 230)
    p.house(570, 400, 240, (214, 226, 220))
    p.areca(300, 360, 150)
    p.tree(520, 350, 90)
    p.road(concrete=True, near=(40, 760), far=420)
    if after:
        _drain(p)
    else:
        _brown_water(p)
        _rider(p, 430, 470)


def _drain(p: Painter) -> None:
    p.shape([(628, 430), (664, 430), (790, 600), (712, 600)], (150, 148, 142))
    for y in range(440, 600, 26):
        x = 640 + (y - 430) * 0.62
        p.line([(x, y), (x + 22 + (y - 430) * 0.2, y)], 3 + (y - 430) / 60, (84, 84, 82))


def _brown_water(p: Painter) -> None:
    upper, lower = mix(MUD, p.light.below, 0.6), mix(MUD, (120, 110, 90), 0.4)
    p.shade([(0, 372), (WIDTH, 372), (WIDTH, HEIGHT), (0, HEIGHT)], upper, lower)
    p.soft([[(60, 380), (240, 470)], [(580, 380), (780, 480)]], (176, 110, 84), 16, 0.35)
    for _ in range(34):
        x, y = p.dice.uniform(0, WIDTH), 376 + 220 * p.dice.random() ** 1.4
        ripple = curve((x, y), (x + 14 + (y - 370) * 0.4, y), -2, 6)
        p.line(ripple, 1 + (y - 370) / 120, mix(MUD, (255, 255, 255), p.dice.uniform(0.45, 0.7)))


def _rider(p: Painter, x: float, foot: float) -> None:
    """Somebody wading, with a conical hat and a bicycle."""
    p.line([(x - 50, foot - 30), (x + 6, foot - 36), (x + 46, foot - 30)], 4, (60, 70, 90))
    for wheel in (x - 48, x + 46):
        p.line(curve((wheel - 22, foot), (wheel + 22, foot), -16, 10), 3, (50, 54, 60))
    p.shade([(x - 40, foot), (x - 34, foot - 78), (x - 6, foot - 78), (x, foot)], (120, 84, 130), (84, 60, 96))
    p.disc(x - 20, foot - 90, 10, 11, (222, 178, 142))
    p.shape([(x - 46, foot - 92), (x - 20, foot - 116), (x + 6, foot - 92)], (236, 220, 170))
    p.line([(x - 14, foot - 66), (x + 28, foot - 44)], 6, (120, 84, 130))


def fallen_tree(p: Painter, after: bool) -> None:
    """A tree across the road, then only its stump."""
    p.countryside()
    p.house(80, 330, 150)
    p.road()
    if after:
        p.shade([(668, 470), (672, 440), (716, 440), (722, 470)], (170, 130, 90), (120, 88, 60))
        p.disc(694, 440, 22, 7, (222, 188, 140))
        p.speckle(140, 470, 680, 590, ((120, 124, 110), (140, 150, 100)), 60)
        p.tree(770, 360, 90)
        return
    p.soft([[(100, 450), (720, 540)]], (30, 40, 30), 10, 0.5)
    p.shade([(716, 470), (726, 438), (300, 410), (240, 446)], (136, 104, 72), (92, 68, 46))
    p.shape(p.blot(728, 456, 40, 30, 0.4), (110, 82, 54))
    for x, y in ((360, 380), (420, 452), (480, 386)):
        p.line([(x + 80, 432), (x, y)], 9, (104, 78, 54))
    for _ in range(330):
        at = (p.dice.gauss(250, 80), p.dice.gauss(432, 40))
        lit = max(0.0, p.dice.random() - (at[1] - 380) / 200)
        p.disc(*at, 13, 9, mix((54, 110, 50), (150, 190, 90), lit))


def bridge(p: Painter, after: bool) -> None:
    """A gap in the railing, then a whole one."""
    p.countryside()
    p.shade([(0, 330), (WIDTH, 300), (WIDTH, 470), (0, 500)], mix(WATER, p.light.below, 0.5), (88, 132, 140))
    for _ in range(24):
        x, y = p.dice.uniform(0, WIDTH), p.dice.uniform(330, 470)
        p.line([(x, y), (x + 30, y - 1)], 1.2, mix(WATER, (255, 255, 255), 0.5))
    p.tree(90, 320, 90)
    p.areca(720, 320, 150)
    p.shape([(380, 254), (394, 254), (470, 314), (300, 318)], mix(CONCRETE, p.light.below, 0.35))
    p.shade([(300, 316), (470, 312), (700, HEIGHT), (60, HEIGHT)], mix(CONCRETE, p.light.below, 0.35), (158, 156, 150))
    p.speckle(200, 380, 560, 600, ((140, 138, 132), (200, 198, 190)), 160)
    for near, far in (((60.0, 600.0), (300.0, 316.0)), ((700.0, 600.0), (470.0, 312.0))):
        _railing(p, near, far, whole=after or near[0] < 100)


def _railing(p: Painter, near: Point, far: Point, *, whole: bool) -> None:
    def spot(share: float, high: float) -> Point:
        high *= 1 - share * 0.82
        return near[0] + (far[0] - near[0]) * share, near[1] + (far[1] - near[1]) * share - high

    posts = [1 - (1 - step / 8) ** 1.7 for step in range(9)]
    for begin, end in [(0.0, 1.0)] if whole else [(0.0, posts[1]), (posts[4], 1.0)]:
        for level, colour in ((60, (240, 240, 236)), (108, (206, 74, 62))):
            p.line([spot(begin, level), spot(end, level)], 9 * (1 - begin * 0.7), colour)
    for step, share in reversed(list(enumerate(posts))):
        x, top = spot(share, 16 if not whole and step in (2, 3) else 118)
        wide = 11 * (1 - share * 0.8)
        p.box(x - wide, top, x + wide, spot(share, 0)[1], (232, 230, 224))
    if not whole:
        p.line([spot(0.24, 30), spot(0.33, -26)], 7, (150, 84, 70))


def manhole(p: Painter, after: bool) -> None:
    """A hole marked with a branch, as people do, then its new lid."""
    p.countryside()
    p.house(60, 300, 130)
    p.tree(620, 310, 100)
    p.road(concrete=True, near=(-120, 900), far=430)
    for y in (300, 352, 440):
        reach = (y - HORIZON) * 1.5
        p.line([(410 - reach, y), (450 + reach, y)], 1 + (y - 290) / 60, (150, 146, 138))
    p.shape(p.blot(420, 480, 150, 50, 0.02), (150, 148, 142))
    if after:
        p.shade(p.blot(420, 478, 124, 40, 0.01), (112, 114, 120), (76, 78, 84))
        for step in range(-4, 5):
            x, high = 420 + step * 25, 30 if abs(step) < 4 else 8
            p.line([(x - 2, 478 - high), (x + 2, 478 + high)], 3, (138, 140, 146))
    else:
        p.shade(p.blot(420, 480, 124, 40, 0.03), (16, 16, 20), (56, 52, 48))
        _branch(p, 420, 490)


def _branch(p: Painter, x: float, foot: float) -> None:
    """A branch with a red rag: mind the hole."""
    p.line([(x, foot), (x + 20, foot - 170)], 7, (110, 82, 56))
    for dx, dy in ((-60, -40), (54, -66), (-44, -104), (40, -126), (-8, -160)):
        p.line([(x + 10, foot - 90), (x + 10 + dx, foot - 20 + dy)], 4, (110, 82, 56))
        leaf = mix((70, 130, 60), (140, 180, 80), p.dice.random())
        p.disc(x + 10 + dx, foot - 24 + dy, 24, 17, leaf)
    rag = [(x + 16, foot - 160), (x + 80, foot - 172), (x + 76, foot - 134), (x + 18, foot - 126)]
    p.shape(rag, (212, 60, 52))


def landslide(p: Painter, after: bool) -> None:
    """Red earth on the road, then a wall to hold it."""
    p.countryside()
    slope = [(520, 600), (470, 300), (560, 150), (700, 70), (WIDTH, 40), (WIDTH, HEIGHT)]
    p.shade(slope, (84, 138, 74), (64, 108, 56))
    p.speckle(610, 170, 800, 560, ((60, 110, 50), (120, 164, 84)), 260)
    p.shade([(590, 330), (640, 150), (720, 110), (790, 260), (800, 420)], (190, 112, 66), (152, 84, 50))
    p.road(near=(40, 600), far=420)
    (_wall if after else _heap)(p)


def _wall(p: Painter) -> None:
    """A wall of stone along the slope, grass on the scar, posts along the road."""
    p.speckle(640, 160, 780, 330, ((84, 138, 74), (120, 164, 84)), 150)
    wall = [(498, 318), (510, 284), (WIDTH, 350), (WIDTH, HEIGHT), (690, HEIGHT)]
    p.shade(wall, (190, 186, 178), (138, 134, 126))
    for joint in range(1, 6):
        p.line([(499 + joint * 30, 316 + joint * 47), (WIDTH, 350 + joint * 50)], 2.5, (120, 116, 108))
    for x, y in ((452, 330), (500, 420), (566, 550)):
        high = (y - 250) * 0.3
        p.box(x - high / 9, y - high, x + high / 9, y, (240, 240, 236))
        p.box(x - high / 9, y - high * 0.75, x + high / 9, y - high * 0.45, (206, 70, 58))


def _heap(p: Painter) -> None:
    heap = [(250, 520), (330, 430), (440, 380), (560, 330), (700, 300), (800, 420), (800, 600), (420, 580)]
    p.soft([[(220, 480), (700, 600)]], (50, 36, 26), 10, 0.5)
    p.shade(heap, (204, 126, 76), (150, 86, 52))
    p.speckle(330, 420, 780, 580, ((170, 96, 58), (214, 150, 104), (120, 72, 46)), 420)
    for x, y, size in ((300, 516, 34), (400, 540, 46), (250, 548, 22), (470, 470, 30)):
        p.shade(p.blot(x, y, size, size * 0.72, 0.2), (176, 166, 152), (104, 96, 88))


def stalls(p: Painter, after: bool) -> None:
    """Stalls out on the road, then a line that keeps it free."""
    p.countryside()
    p.house(30, 380, 200)
    p.house(600, 370, 190, (216, 226, 232))
    p.road(near=(60, 760), far=420)
    if after:
        p.line([(300, 380), (150, HEIGHT)], 6, (240, 240, 236))
        p.line([(540, 380), (680, HEIGHT)], 6, (240, 240, 236))
        return
    canvas = ((210, 76, 66), (64, 120, 180), (236, 176, 66), (84, 150, 96), (190, 104, 160))
    spots = ((500, 340, 60), (330, 350, 66), (560, 400, 92), (260, 420, 104), (640, 500, 140), (160, 530, 150))
    for (x, foot, size), colour in zip(spots, p.dice.sample(canvas * 2, len(spots)), strict=True):
        _stall(p, x, foot, size, colour)


def _stall(p: Painter, x: float, foot: float, size: float, colour: Colour) -> None:
    """A big umbrella over a table of fruit and greens."""
    p.soft([[(x - size * 0.7, foot - size * 0.1), (x + size * 0.7, foot + size * 0.12)]], (36, 40, 40), 6, 0.5)
    p.line([(x, foot), (x, foot - size)], size * 0.04, (120, 112, 100))
    p.shade(
        [
            (x - size * 0.5, foot - size * 0.32),
            (x + size * 0.5, foot - size * 0.32),
            (x + size * 0.42, foot),
            (x - size * 0.42, foot),
        ],
        (176, 138, 96),
        (128, 96, 64),
    )
    for _ in range(26):
        tint = p.dice.choice([(226, 82, 60), (244, 190, 70), (120, 176, 72), (238, 140, 60)])
        at = (x + p.dice.uniform(-0.46, 0.46) * size, foot - size * p.dice.uniform(0.32, 0.42))
        p.disc(*at, size * 0.05, size * 0.045, tint)
    rim, top = foot - size * 0.86, foot - size * 1.2
    for step in range(6):
        left, right = x + size * (step / 3 - 1) * 0.72, x + size * ((step + 1) / 3 - 1) * 0.72
        p.shape([(left, rim), (x, top), (right, rim)], mix(colour, (255, 255, 255), 0.75 if step % 2 else 0.0))
