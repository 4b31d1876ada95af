"""The labelled messages a model learns from: the corpus folder, and officers' corrections beside it."""

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from nlp.concepts import SOURCE as CONCEPTS
from nlp.senses import SOURCE as TROUBLES

CORPUS = Path(__file__).parent / "corpus"
ISSUE = "issue"  # a report or a proposal: one class for the first look at a message
CORRECTION_WEIGHT = 3
FLAGS = {  # classifier: the field whose lines have the flag unless flags/not_… says otherwise; no other line has it
    "urgent": "emergency_disaster",
    "denunciation": "",
}
# Nobody has told reports from proposals in the category files: a line that asks for something is left out there.
_ASKS = re.compile(
    r"đề nghị|kiến nghị|đề xuất|\bnên\b|\bxin\b|mong|\bhay là\b|giá mà|\bcần\b|de nghi|kien nghi|\bnen\b"
    r"|\bcan\b(?! (?:bo|nguoi|ho|nha))"  # cần; not cán bộ, căn hộ, can người
)


@dataclass(frozen=True, slots=True)
class Example:
    """A text with its label."""

    text: str
    label: str


def read_examples(corpus: Path, corrections: Path | None = None) -> dict[str, list[Example]]:
    """Return the examples of each classifier: category, kind, proposal, urgent, denunciation."""
    issues = [row for file in sorted(corpus.glob("*.txt")) for row in _lines(file, file.stem)]
    kinds = {label: _lines(corpus / "kinds" / f"{label}.txt", label) for label in ("proposal", "report")}
    others = [row for file in sorted((corpus / "not_reports").glob("*.txt")) for row in _lines(file, file.stem)]
    as_issue = [Example(row.text, ISSUE) for row in (*issues, *kinds["proposal"], *kinds["report"])]
    sorted_out = {row.text for rows in kinds.values() for row in rows}
    told = [
        Example(row.text, "report")
        for row in issues
        if row.text not in sorted_out and not _ASKS.search(row.text.lower())
    ]
    found = {"category": issues, "kind": as_issue + others, "proposal": kinds["proposal"] + kinds["report"] + told}
    everything = [*issues, *others, *kinds["proposal"], *kinds["report"]]
    found |= {flag: _flagged(corpus / "flags", flag, field, everything) for flag, field in FLAGS.items()}
    for name, row in _corrected(corrections):
        found[name] += [row] * CORRECTION_WEIGHT
    return found


def sounding_alike(flag: str, corpus: Path = CORPUS) -> set[str]:
    """Return the lines that were written to sound as if they had a flag, and have it not."""
    return {row.text for row in _lines(corpus / "flags" / f"not_{flag}.txt", "no")}


def fingerprint(corpus: Path = CORPUS) -> str:
    """Return a digest of all that is learnt from, to be compared with a model's manifest: is it still the latest?"""
    digest = hashlib.sha256(CONCEPTS.read_bytes() + TROUBLES.read_bytes())
    for file in sorted(corpus.rglob("*.t[xs][tv]")):
        digest.update(f"{file.relative_to(corpus)}\n".encode() + file.read_bytes())
    return digest.hexdigest()


def _flagged(folder: Path, flag: str, field: str, everything: Iterable[Example]) -> list[Example]:
    """Return the lines of both files of a flag, and all other lines of the corpus, which tell it by their field."""
    listed = _lines(folder / f"{flag}.txt", "yes") + _lines(folder / f"not_{flag}.txt", "no")
    known = {row.text for row in listed}
    rest = [Example(row.text, "yes" if row.label == field else "no") for row in everything if row.text not in known]
    return listed + rest


def _lines(file: Path, label: str) -> list[Example]:
    if not file.exists():
        return []
    return [Example(text, label) for line in file.read_text(encoding="utf-8").splitlines() if (text := line.strip())]


def read_gold(corpus: Path = CORPUS) -> list[Example]:
    """Return ordinary messages with their category that no model learns from: they fit its temperature and judge it."""
    file = corpus / "gold.tsv"
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    rows = (line.split("\t", 1) for line in lines if line and not line.startswith("#"))
    return [Example(text, category) for category, text in rows]


def _corrected(corrections: Path | None) -> list[tuple[str, Example]]:
    """Read JSON Lines `{"text", "category"?, "kind"?, "urgent"?, "denunciation"?}`, one officer's correction each.

    A pair of reports (`nlp/pairs.py`) has no text of its own and is left out here.
    """
    if corrections is None or not corrections.exists():
        return []
    found = []
    for line in corrections.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if "text" not in row:
            continue
        text = str(row["text"])
        if row.get("category"):
            found += [("category", Example(text, row["category"])), ("kind", Example(text, ISSUE))]
        elif row.get("kind"):
            found.append(("kind", Example(text, row["kind"])))
        found += [(flag, Example(text, "yes" if row[flag] else "no")) for flag in FLAGS if row.get(flag) is not None]
    return found
