"""Finding the FAQ entry that answers a question, by folded wordings."""

from collections.abc import Sequence

from rapidfuzz import fuzz

from dialogs.words import FaqEntry
from nlp.normalise import fold

GOOD, NEAR = 78.0, 62.0  # of 100; below GOOD nothing is answered, above NEAR others are offered beside it


class FaqIndex:
    """The locality's questions, folded once."""

    def __init__(self, entries: Sequence[FaqEntry]) -> None:
        self._wordings = [(fold(text), entry) for entry in entries for text in (entry.question, *entry.wordings)]

    def search(self, text: str) -> list[FaqEntry]:
        """Entries that fit, best first; empty if the best is not good enough."""
        asked = fold(text)
        best: dict[str, tuple[float, FaqEntry]] = {}
        for wording, entry in self._wordings:
            score = fuzz.token_set_ratio(asked, wording) * 0.5 + fuzz.token_sort_ratio(asked, wording) * 0.5
            if score > best.get(entry.id, (0.0, entry))[0]:
                best[entry.id] = (score, entry)
        ranked = sorted(best.values(), key=lambda pair: -pair[0])
        if not ranked or ranked[0][0] < GOOD:
            return []
        return [entry for score, entry in ranked if score >= NEAR]
