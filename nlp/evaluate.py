"""How well messages are understood: figures over labelled messages, pairs and texts to mask; prints nothing."""

import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from dialogs.words import Commune, Prediction
from nlp.gazetteer import split_kind
from nlp.normalise import fold

Row = Mapping[str, Any]
Figures = dict[str, Any]

SURE = 0.6
BINS = 10
WORST = 10
_ISSUES = ("report", "proposal")


class Judged(NamedTuple):
    """A labelled message and what was made of it."""

    row: Row
    said: Prediction

    @property
    def right_labels(self) -> tuple[str, ...]:
        return (self.row["category"], *self.row.get("also_ok", ()))

    @property
    def hit(self) -> bool:
        return self.said.category in self.right_labels

    @property
    def in_top_three(self) -> bool:
        return any(label in self.right_labels for label, _ in self.said.alternatives[:3])


def evaluate(rows: Sequence[Row], understand: Callable[[str], Prediction], communes: Mapping[str, Commune]) -> Figures:
    """Measure on rows {text, kind, category, also_ok, urgent, denunciation, commune, style}."""
    started = time.perf_counter()
    judged, times = [], []
    for row in rows:
        before = time.perf_counter()
        judged.append(Judged(row, understand(row["text"])))
        times.append(time.perf_counter() - before)
    issues = [one for one in judged if one.row["kind"] in _ISSUES]
    return {
        "messages": len(judged),
        **_categories(issues),
        **_accents(issues, understand),
        "kind_accuracy": _share(one.said.kind == one.row["kind"] for one in judged),
        "kind_confusion": _worst((one.row["kind"], one.said.kind) for one in judged),
        "urgent": _flag(judged, "urgent"),
        "denunciation": _flag(judged, "denunciation"),
        "commune": _communes(judged, communes),
        "median_ms": round(1000 * statistics.median(times), 3) if times else 0.0,
        "seconds": round(time.perf_counter() - started, 2),
    }


def evaluate_pairs(rows: Sequence[Row], same: Callable[[str, str], bool]) -> Figures:
    """Measure a duplicate finder on rows {a, b, same}."""
    return _yes_no((bool(row["same"]), same(row["a"], row["b"])) for row in rows)


def evaluate_masking(rows: Sequence[Row], public: Callable[[str], str]) -> Figures:
    """Measure masking on rows {text, mask, keep}: what should go is gone, what should stay stands."""
    shown = [(row, public(row["text"])) for row in rows]
    return {
        "mask_recall": _share(item not in text for row, text in shown for item in row["mask"]),
        "keep_damaged": 1 - _share(item in text for row, text in shown for item in row["keep"]),
    }


def _categories(issues: Sequence[Judged]) -> Figures:
    sure = [one for one in issues if one.said.confidence >= SURE]
    styles = defaultdict(list)
    for one in issues:
        styles[one.row.get("style", "")].append(one.hit)
    return {
        "issues": len(issues),
        "accuracy": _share(one.hit for one in issues),
        "top3": _share(one.in_top_three for one in issues),
        "macro_f1": _macro_f1(issues),
        "styles": {style: (len(hits), _share(hits)) for style, hits in sorted(styles.items())},
        "calibration_error": _calibration_error(issues),
        "coverage": _share(one.said.confidence >= SURE for one in issues),
        "sure_accuracy": _share(one.hit for one in sure),
        "lost_to_kind": sum(not one.said.category for one in issues),
        "confusion": _worst((one.row["category"], one.said.category) for one in issues if not one.hit),
    }


def _accents(issues: Sequence[Judged], understand: Callable[[str], Prediction]) -> Figures:
    """Compare accented messages with the same messages stripped of their accents."""
    accented = [one for one in issues if fold(one.row["text"]) != one.row["text"]]
    stripped = [Judged(one.row, understand(fold(one.row["text"]))) for one in accented]
    return {
        "accented_accuracy": _share(one.hit for one in accented),
        "stripped_accuracy": _share(one.hit for one in stripped),
    }


def _macro_f1(issues: Sequence[Judged]) -> float:
    """Average F1 over the categories; a label in also_ok counts as the right one."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for one in issues:
        right = one.said.category if one.hit else one.row["category"]
        found[right]["said" if one.hit else "missed"] += 1
        if not one.hit:
            found[one.said.category]["false"] += 1
    found.pop("", None)
    scores = [2 * c["said"] / (2 * c["said"] + c["missed"] + c["false"]) for c in found.values()]
    return round(statistics.fmean(scores), 4) if scores else 0.0


def _calibration_error(issues: Sequence[Judged]) -> float:
    """Return the expected calibration error over ten bins, for messages that got a category."""
    bins: dict[int, list[Judged]] = defaultdict(list)
    for one in issues:
        if one.said.category:
            bins[min(int(one.said.confidence * BINS), BINS - 1)].append(one)
    total = sum(map(len, bins.values())) or 1
    gaps = (abs(sum(one.hit - one.said.confidence for one in ones)) for ones in bins.values())
    return round(sum(gaps) / total, 4)


def _flag(judged: Sequence[Judged], name: str) -> Figures:
    return _yes_no((bool(one.row[name]), bool(getattr(one.said, name))) for one in judged)


def _yes_no(pairs: Iterable[tuple[bool, bool]]) -> Figures:
    """Count a yes/no decision over (right, said)."""
    seen = Counter(pairs)
    hits, missed, false, calm = seen[True, True], seen[True, False], seen[False, True], seen[False, False]
    return {
        "hits": hits,
        "missed": missed,
        "false": false,
        "recall": _ratio(hits, hits + missed),
        "precision": _ratio(hits, hits + false),
        "f1": _ratio(2 * hits, 2 * hits + missed + false),
        "false_alarms": _ratio(false, false + calm),
    }


def _communes(judged: Sequence[Judged], communes: Mapping[str, Commune]) -> Figures:
    """Compare by name: labelled rows carry the commune of today as `Đại Đồng`."""
    names = {code: split_kind(commune.name)[1] for code, commune in communes.items()}
    pairs = [
        (one.row["commune"] or "", names.get(one.said.place.commune, "") if one.said.place else "") for one in judged
    ]
    named = [(right, said) for right, said in pairs if right]
    unnamed = [said for right, said in pairs if not right]
    return {
        "named": len(named),
        "right": _share(right == said for right, said in named),
        "wrong": sum(bool(said) and right != said for right, said in named),
        "missed": sum(not said for _, said in named),
        "false": _share(bool(said) for said in unnamed),
    }


def _worst(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str, int]]:
    wrong = Counter((right, said) for right, said in pairs if right != said)
    return [(right, said, count) for (right, said), count in wrong.most_common(WORST)]


def _share(hits: Iterable[bool]) -> float:
    counted = list(hits)
    return _ratio(sum(counted), len(counted))


def _ratio(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0
