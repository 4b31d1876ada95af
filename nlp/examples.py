"""The labelled messages a model learns from: the corpus folder, and officers' corrections beside it."""

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path

from nlp.concepts import SOURCE as CONCEPTS

CORPUS = Path(__file__).parent / "corpus"
ISSUE = "issue"  # a report or a proposal: one class for the first look at a message
CORRECTION_WEIGHT = 3
FLAGS = {  # classifier: (file of those that have the flag, file of those that do not)
    "urgent": ("urgent", "not_urgent"),
    "denunciation": ("denunciation", "not_denunciation"),
}
# Nobody has told reports from proposals in the category files: a line that asks for something is left out there.
_ASKS = re.compile(
    r"đề nghị|kiến nghị|đề xuất|\bnên\b|\bxin\b|mong|\bhay là\b|giá mà|\bcần\b|de nghi|kien nghi|\bnen\b|\bcan\b"
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
    told = [Example(row.text, "report") for row in issues if not _ASKS.search(row.text.lower())]
    found = {"category": issues, "kind": as_issue + others, "proposal": kinds["proposal"] + kinds["report"] + told}
    for flag, (has, has_not) in FLAGS.items():
        found[flag] = _lines(corpus / "flags" / f"{has}.txt", "yes") + _lines(corpus / "flags" / f"{has_not}.txt", "no")
    for name, row in _corrected(corrections):
        found[name] += [row] * CORRECTION_WEIGHT
    return found


def fingerprint(corpus: Path = CORPUS) -> str:
    """Return a digest of all that is learnt from, to be compared with a model's manifest: is it still the latest?"""
    digest = hashlib.sha256(CONCEPTS.read_bytes())
    for file in sorted(corpus.rglob("*.t[xs][tv]")):
        digest.update(f"{file.relative_to(corpus)}\n".encode() + file.read_bytes())
    return digest.hexdigest()


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
    """Read JSON Lines `{"text", "category"?, "kind"?, "urgent"?, "denunciation"?}`, one officer's correction each."""
    if corrections is None or not corrections.exists():
        return []
    found = []
    for line in corrections.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        text = str(row["text"])
        if row.get("category"):
            found += [("category", Example(text, row["category"])), ("kind", Example(text, ISSUE))]
        elif row.get("kind"):
            found.append(("kind", Example(text, row["kind"])))
        found += [(flag, Example(text, "yes" if row[flag] else "no")) for flag in FLAGS if row.get(flag) is not None]
    return found
