"""`langnghe evaluate`, `duplicates`, `mask`: JSON Lines in, figures or JSON Lines out."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from bot.classify import BadLine
from dialogs.words import Locality
from nlp.duplicates import SAME
from nlp.evaluate import evaluate
from nlp.privacy import public_text
from nlp.understand import Understanding

LABELLED = {"text": str, "kind": str, "category": str | None, "urgent": bool, "denunciation": bool}


def evaluated(lines: Iterable[str], understanding: Understanding, locality: Locality) -> dict[str, Any]:
    """The figures over labelled messages; fields as in the dev set. Raises BadLine."""
    rows = list(_rows(lines, LABELLED))
    defaults: dict[str, Any] = {"also_ok": [], "commune": None, "place": "", "style": "standard"}
    return evaluate([defaults | row for row in rows], understanding.understand, locality.communes)


def duplicates(lines: Iterable[str], understanding: Understanding) -> Iterator[str]:
    """Pairs `{"id", "a", "b"}` in, `{"id", "same", "score"}` out."""
    for row in _rows(lines, {"a": str, "b": str}):
        score = understanding.likeness(row["a"], row["b"])
        yield json.dumps({"id": row.get("id"), "same": score >= SAME, "score": round(score, 4)}, ensure_ascii=False)


def masked(lines: Iterable[str]) -> Iterator[str]:
    """`{"id", "text"}` in, `{"id", "public_text"}` out."""
    for row in _rows(lines, {"text": str}):
        yield json.dumps({"id": row.get("id"), "public_text": public_text(row["text"])}, ensure_ascii=False)


def as_table(figures: Mapping[str, Any], indent: str = "") -> Iterator[str]:
    """Figures as lines a person can read."""
    for name, value in figures.items():
        if isinstance(value, Mapping):
            yield f"{indent}{name}"
            yield from as_table(value, indent + "  ")
        elif isinstance(value, list | tuple):
            yield f"{indent}{name}"
            yield from (f"{indent}  {_cells(row)}" for row in value)
        else:
            yield f"{indent}{name:<24}{value}"


def _cells(row: Any) -> str:
    return " ".join(map(str, row)) if isinstance(row, list | tuple) else str(row)


def _rows(lines: Iterable[str], wanted: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError:
            raise BadLine(f"line {number}: not JSON") from None
        wrong = [
            name for name, kind in wanted.items() if not isinstance(row, dict) or not isinstance(row.get(name), kind)
        ]
        if wrong:
            raise BadLine(f"line {number}: {', '.join(wrong)}: missing or of another type")
        yield row
