"""The communes' outlines: communes.geojson read into rings of (lon, lat) points and checked."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

FILE = "communes.geojson"
WEST, SOUTH, EAST, NORTH = 101.0, 6.0, 118.0, 24.0  # Vietnam with its islands: catches lat and lon swapped

Ring = tuple[tuple[float, float], ...]


class _BadOutline(Exception):
    """The outline cannot be used."""


def read_outlines(folder: Path, known: set[str], errors: list[str]) -> dict[str, tuple[Ring, ...]]:
    """Read the rings of every known commune; holes are rings too, so a point is inside by the even-odd rule.

    With `known` empty (the communes could not be read) codes are not judged.
    """
    outlines: dict[str, tuple[Ring, ...]] = {}
    for number, feature in enumerate(_features(folder / FILE, errors), start=1):
        where = f"{FILE}: features[{number}]"
        try:
            code = _code(feature)
            if known and code not in known:
                raise _BadOutline(f"unknown commune '{code}'")
            if code in outlines:
                raise _BadOutline(f"commune '{code}' has an outline already; join the two as a MultiPolygon")
            outlines[code] = _rings(feature.get("geometry"))
        except _BadOutline as error:
            errors.append(f"{where}: {error}")
    return outlines


def _features(path: Path, errors: list[str]) -> list[Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        errors.append(f"{path.name}: the file is missing")
        return []
    except (OSError, ValueError) as error:
        errors.append(f"{path.name}: no valid JSON in UTF-8: {error}")
        return []
    features = content.get("features") if isinstance(content, dict) else None
    if not isinstance(features, list):
        errors.append(f"{path.name}: features: no list; is it a FeatureCollection?")
        return []
    return features


def _code(feature: object) -> str:
    if not isinstance(feature, dict):
        raise _BadOutline("no Feature")
    code = (feature.get("properties") or {}).get("code") or feature.get("id")
    if not code:
        raise _BadOutline("properties.code: is missing")
    return str(code)


def _rings(geometry: object) -> tuple[Ring, ...]:
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if not isinstance(geometry, dict) or kind not in ("Polygon", "MultiPolygon"):
        raise _BadOutline(f"geometry: {kind or 'nothing'} is neither Polygon nor MultiPolygon")
    polygons = [geometry.get("coordinates")] if kind == "Polygon" else geometry.get("coordinates")
    try:
        rings = [_ring(points) for polygon in polygons or () for points in polygon or ()]
    except TypeError:
        raise _BadOutline("geometry.coordinates: no lists of [lon, lat] points") from None
    if not rings:
        raise _BadOutline("geometry.coordinates: is empty")
    return tuple(rings)


def _ring(points: list[Any]) -> Ring:
    try:
        ring = tuple((float(point[0]), float(point[1])) for point in points)
    except (IndexError, ValueError, KeyError):
        raise _BadOutline("geometry.coordinates: a point is not [lon, lat]") from None
    if len(ring) < 4:
        raise _BadOutline("geometry.coordinates: a ring has fewer than four points")
    if ring[0] != ring[-1]:
        raise _BadOutline("geometry.coordinates: a ring is not closed")
    outside = next((p for p in ring if not (WEST <= p[0] <= EAST and SOUTH <= p[1] <= NORTH)), None)
    if outside:
        raise _BadOutline(f"geometry.coordinates: {outside} is not in Vietnam; are lon and lat swapped?")
    if abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring))) < 1e-9:
        raise _BadOutline("geometry.coordinates: a ring has no area")
    return ring
