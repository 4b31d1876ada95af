"""The digest as one picture, legible on a phone: a few figures, two weeks of bars, a line below."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

SIZE = (1200, 1020)
SCALE = 2  # drawn larger and shrunk: smooth corners
MARGIN = 56
TILES_AT, TILE_HEIGHT, GAP = 176, 168, 24
BARS_AT, BARS_FOOT = 470, 880  # top and foot of the bars
FEWEST = 4  # the scale of the bars is never shorter than this

PAPER, INK, FAINT, LINE = "#ffffff", "#1d2733", "#5c6b7a", "#dfe5eb"
RECEIVED, DONE = "#2f6fb0", "#e0a526"  # told apart by the colour-blind too

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure and what it counts."""

    figure: str
    label: str
    colour: str


@dataclass(frozen=True, slots=True)
class Bars:
    """A day's two bars, with its name."""

    name: str
    received: int
    done: int


@dataclass(frozen=True, slots=True)
class Picture:
    """Every word and figure on the chart."""

    title: str
    subtitle: str
    tiles: tuple[Tile, ...]
    caption: str
    received: str
    done: str
    days: tuple[Bars, ...]
    foot: str


def draw(picture: Picture) -> bytes:
    """Draw as PNG."""
    image = Image.new("RGB", (SIZE[0] * SCALE, SIZE[1] * SCALE), PAPER)
    pen = Pen(ImageDraw.Draw(image))
    pen.text((MARGIN, 44), picture.title, 46, bold=True)
    pen.text((MARGIN, 108), picture.subtitle, 30, FAINT)
    _tiles(pen, picture.tiles)
    _bars(pen, picture)
    pen.text((MARGIN, SIZE[1] - 62), picture.foot, 28, INK)
    kept = BytesIO()
    image.resize(SIZE, Image.Resampling.LANCZOS).save(kept, "PNG", optimize=True)
    return kept.getvalue()


@cache
def font(size: int, bold: bool) -> ImageFont.FreeTypeFont:
    """Be Vietnam Pro; Pillow's own font has no Vietnamese."""
    name = "BeVietnamPro-SemiBold.ttf" if bold else "BeVietnamPro-Regular.ttf"
    return ImageFont.truetype(BytesIO(files("fontpkg_be_vietnam_pro").joinpath("files", name).read_bytes()), size)


class Pen:
    """Draws in the picture's own measure, whatever the scale."""

    def __init__(self, canvas: ImageDraw.ImageDraw) -> None:
        self._canvas = canvas

    def text(
        self,
        at: tuple[float, float],
        words: str,
        size: int,
        colour: str = INK,
        *,
        bold: bool = False,
        anchor: str = "la",
    ) -> None:
        """Write; `anchor` as Pillow has it."""
        where = (at[0] * SCALE, at[1] * SCALE)
        self._canvas.text(where, words, colour, font(size * SCALE, bold), anchor=anchor)

    def width(self, words: str, size: int) -> float:
        """How wide words would be."""
        return font(size * SCALE, False).getlength(words) / SCALE

    def box(self, box: Box, colour: str, radius: float = 0) -> None:
        """A filled box; nothing for one without height."""
        if box[3] > box[1]:
            left, top, right, foot = (side * SCALE for side in box)
            self._canvas.rounded_rectangle((left, top, right, foot), radius * SCALE, fill=colour)


def _tiles(pen: Pen, tiles: Sequence[Tile]) -> None:
    width = (SIZE[0] - 2 * MARGIN - GAP * (len(tiles) - 1)) / len(tiles)
    for number, tile in enumerate(tiles):
        left = MARGIN + number * (width + GAP)
        pen.box((left, TILES_AT, left + width, TILES_AT + TILE_HEIGHT), tile.colour, radius=18)
        middle = left + width / 2
        pen.text((middle, TILES_AT + 62), tile.figure, 72, PAPER, bold=True, anchor="mm")
        pen.text((middle, TILES_AT + 132), tile.label, 26, PAPER, anchor="mm")


def _bars(pen: Pen, picture: Picture) -> None:
    pen.text((MARGIN, 386), picture.caption, 28, INK, bold=True)
    _legend(pen, picture)
    most = max([FEWEST, *(max(day.received, day.done) for day in picture.days)])
    pen.box((MARGIN, BARS_FOOT, SIZE[0] - MARGIN, BARS_FOOT + 2), LINE)
    step = (SIZE[0] - 2 * MARGIN) / len(picture.days)
    bar = step * 0.34
    for number, day in enumerate(picture.days):
        middle = MARGIN + (number + 0.5) * step
        _bar(pen, middle - bar - 2, bar, day.received, most, RECEIVED)
        _bar(pen, middle + 2, bar, day.done, most, DONE)
        pen.text((middle, BARS_FOOT + 28), day.name, 22, FAINT, anchor="mm")


def _bar(pen: Pen, left: float, width: float, count: int, most: int, colour: str) -> None:
    if not count:
        return
    top = BARS_FOOT - (BARS_FOOT - BARS_AT) * count / most
    pen.box((left, top, left + width, BARS_FOOT), colour, radius=4)
    pen.text((left + width / 2, top - 14), str(count), 20, FAINT, anchor="mm")


def _legend(pen: Pen, picture: Picture) -> None:
    right: float = SIZE[0] - MARGIN
    for words, colour in ((picture.done, DONE), (picture.received, RECEIVED)):
        right -= pen.width(words, 24)
        pen.text((right, 404), words, 24, FAINT, anchor="lm")
        pen.box((right - 34, 394, right - 12, 416), colour, radius=5)
        right -= 66
