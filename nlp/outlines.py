"""Which commune holds a point: bounding boxes first, then ray casting; and points hidden in texts and links."""

import re
from collections.abc import Iterable, Mapping

from dialogs.words import Commune

Ring = tuple[tuple[float, float], ...]

_PAIR = re.compile(
    r"(?<![\d.])(-?\d{1,2}[.]\d{2,})\s*(?:[,;]\s*|\s+|%2C|!4d)(-?\d{2,3}[.]\d{2,})(?![\d.])", re.IGNORECASE
)
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
    """Return the (lat, lon) written in a text or in a map link, if it lies in Viet Nam."""
    for found in _PAIR.finditer(text) if "." in text else ():
        lat, lon = float(found[1]), float(found[2])
        if _VIET_NAM[0] <= lat <= _VIET_NAM[1] and _VIET_NAM[2] <= lon <= _VIET_NAM[3]:
            return lat, lon
    return None


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
