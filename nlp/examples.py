"""The labelled messages a model learns from: the corpus folder, and officers' corrections beside it."""

import json
from dataclasses import dataclass
from pathlib import Path

CORPUS = Path(__file__).parent / "corpus"
ISSUE = "issue"  # a report or a proposal: one class for the first look at a message
CORRECTION_WEIGHT = 3
FLAGS = {  # classifier: (file of those that have the flag, file of those that do not)
    "urgent": ("urgent", "not_urgent"),
    "denunciation": ("denunciation", "not_denunciation"),
}


@dataclass(frozen=True, slots=True)
class Example:
    """A text with its label; `block` says which tenth of its file it came from, neighbours in a file being alike."""

    text: str
    label: str
    block: int = 0


def read_examples(corpus: Path, corrections: Path | None = None) -> dict[str, list[Example]]:
    """Return the examples of each classifier: category, kind, proposal, urgent, denunciation."""
    issues = [row for file in sorted(corpus.glob("*.txt")) for row in _lines(file, file.stem)]
    kinds = {label: _lines(corpus / "kinds" / f"{label}.txt", label) for label in ("proposal", "report")}
    others = [row for file in sorted((corpus / "not_reports").glob("*.txt")) for row in _lines(file, file.stem)]
    as_issue = [Example(row.text, ISSUE, row.block) for row in (*issues, *kinds["proposal"], *kinds["report"])]
    found = {"category": issues, "kind": as_issue + others, "proposal": kinds["proposal"] + kinds["report"]}
    for flag, (has, has_not) in FLAGS.items():
        found[flag] = _lines(corpus / "flags" / f"{has}.txt", "yes") + _lines(corpus / "flags" / f"{has_not}.txt", "no")
    for name, row in _corrected(corrections):
        found[name] += [row] * CORRECTION_WEIGHT
    return found


def _lines(file: Path, label: str) -> list[Example]:
    if not file.exists():
        return []
    texts = [line.strip() for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [Example(text, label, 10 * at // len(texts)) for at, text in enumerate(texts)]


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
