"""`langnghe classify`: JSON Lines in, JSON Lines out."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from dialogs.words import Expected, Locality, Prediction
from nlp.understand import Understanding
from store.routing import route


class BadLine(Expected):
    """A JSON line without a text."""


def classify(lines: Iterable[str], understanding: Understanding, locality: Locality) -> Iterator[str]:
    """One answer a line; an `id` in the question comes back in the answer. Raises BadLine."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        asked = _asked(line.rstrip("\r\n"), number)
        answer = described(understanding.understand(asked["text"]), locality)
        yield json.dumps(({"id": asked["id"]} if "id" in asked else {}) | answer, ensure_ascii=False)


def _asked(line: str, number: int) -> dict[str, Any]:
    if not line.lstrip().startswith("{"):
        return {"text": line}
    try:
        asked = json.loads(line)
    except json.JSONDecodeError:
        return {"text": line}
    if not isinstance(asked, dict) or not isinstance(asked.get("text"), str):
        raise BadLine(f'line {number}: an object without a "text" of words')
    return asked


def described(seen: Prediction, locality: Locality) -> dict[str, Any]:
    """A prediction with what the locality makes of it: the owning unit, both names of the place."""
    category = seen.category or None
    sensitive = bool(category) and (seen.denunciation or locality.categories[seen.category].restricted)
    return {
        "kind": seen.kind,
        "category": category,
        "confidence": round(seen.confidence, 4),
        "alternatives": [
            {"category": name, "confidence": round(share, 4)} for name, share in (seen.alternatives if category else ())
        ],
        "agency": _agency(seen, locality, sensitive=sensitive) if category else None,
        "urgent": seen.urgent,
        "denunciation": seen.denunciation,
        "sensitive": sensitive or seen.denunciation,
        "place": _place(seen, locality),
        "public_text": seen.public_text,
    }


def _agency(seen: Prediction, locality: Locality, *, sensitive: bool) -> str:
    commune = seen.place.commune if seen.place else ""
    agency, room = route(locality, seen.category, commune, sensitive=sensitive)
    return locality.agencies[agency].name if agency else locality.rooms[room].name


def _place(seen: Prediction, locality: Locality) -> dict[str, Any] | None:
    if seen.place is None:
        return None
    commune = locality.communes.get(seen.place.commune)
    name = commune.name.removeprefix("Xã ") if commune else None
    return {"text": seen.place.text, "commune": name, "code": seen.place.commune or None}
