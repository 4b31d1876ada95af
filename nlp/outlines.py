"""Which commune holds a point: bounding boxes first, then ray casting; and points hidden in texts and links."""

import re
from collections.abc import Iterable, Iterator, Mapping

from dialogs.words import Commune

Ring = tuple[tuple[float, float], ...]

_NUMBER = r"(\d{1,3}(?:[.]\d{2,}|,\d{4,}))"
# "18.77, 105.33", "18.77N 105.33E", "lat: 18.77, long: 105.33", "q=18.77%2C105.33", "search/18.77,+105.33"
_BETWEEN = r"(?:%2C|\s{0,2}°?\s?[NBX]?\s{0,2}[,;/]?[\s+]{0,2}(?:long?|lng|kinh độ|y)?\s?[:=]?\s{0,2})"
_PAIR = re.compile(rf"(?<![\d.,-]){_NUMBER}{_BETWEEN}{_NUMBER}(?!\d|\.\d)", re.IGNORECASE)
_PINNED = re.compile(r"!3d(\d+\.\d+)!4d(\d+\.\d+)")  # in a link the place itself; /@ is only what the map shows
_TURN = r"(\d{1,3})\s?°\s?(\d{1,2})\s?['’′]\s?(\d{0,2}(?:\.\d+)?)\s?[\"”″'’]{0,2}\s?"
_DEGREES = re.compile(rf"{_TURN}[NB][\s,]{{0,3}}{_TURN}[EĐ]", re.IGNORECASE)
_FRACTION = re.compile(r"\d[.,]\d")  # without one, or degrees, there is no point
_VIET_NAM = (8.0, 24.0, 102.0, 110.0)  # lat from, to, lon from, to


class Outlines:
    """The outlines of all communes, ready to be asked for a point."""

    def __init__(self, communes: Mapping[str, Commune]) -> None:
        self._rings = [(code, ring, _box(ring)) for code, commune in communes.items() for ring in commune.rings if ring]

    def commune_at(self, lat: float, lon: float) -> str:
        """Return the code of the commune that holds the point, or ""."""
        for code, ring, (west, south, east, north) in self._rings:
            if west <= lon <= east and south <= lat <= north and _inside(lon, lat, ring):
                return code
        return ""


def point_in(text: str) -> tuple[float, float] | None:
    """Return the (lat, lon) written in a text or in a map link, in either order, if it lies in Viet Nam."""
    if "°" not in text and not _FRACTION.search(text):
        return None
    for one, other in _points(text):
        for lat, lon in ((one, other), (other, one)):
            if _VIET_NAM[0] <= lat <= _VIET_NAM[1] and _VIET_NAM[2] <= lon <= _VIET_NAM[3]:
                return lat, lon
    return None


def _points(text: str) -> Iterator[tuple[float, float]]:
    for pattern in (_PINNED, _PAIR):
        for found in pattern.finditer(text):
            yield float(found[1].replace(",", ".")), float(found[2].replace(",", "."))
    for found in _DEGREES.finditer(text):
        parts = [float(part or 0) for part in found.groups()]
        yield parts[0] + parts[1] / 60 + parts[2] / 3600, parts[3] + parts[4] / 60 + parts[5] / 3600


def _box(ring: Iterable[tuple[float, float]]) -> tuple[float, float, float, float]:
    lons, lats = zip(*ring, strict=True)
    return min(lons), min(lats), max(lons), max(lats)


def _inside(x: float, y: float, ring: Ring) -> bool:
    """Count how often a ray to the east crosses the outline: odd means inside."""
    inside = False
    before_x, before_y = ring[-1]
    for here_x, here_y in ring:
        if (here_y > y) != (before_y > y) and x < (before_x - here_x) * (y - here_y) / (before_y - here_y) + here_x:
            inside = not inside
        before_x, before_y = here_x, here_y
    return inside
