"""Finding the FAQ entry that answers a question, by folded wordings."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import log

from rapidfuzz import fuzz

from dialogs.words import FaqEntry
from nlp.normalise import fold

GOOD = 78.0  # of 100: how alike the letters of question and wording must be for an answer
SHARED = 0.4  # and of the weight of the question's words, how much the wording must share
NEAR, NEAR_SHARED = 70.0, 0.5  # both together, and shared: from here on others are offered beside the answer
# Letters alone find "người nhà mất" beside "bảo hiểm y tế". Measured on the questions of tests/test_nlp_faq.py.


@dataclass(frozen=True, slots=True)
class Fit:
    """How well an entry answers, by its best wording."""

    entry: FaqEntry
    letters: float
    shared: float

    @property
    def both(self) -> float:
        """Letters and shared words together, of 100."""
        return 0.7 * self.letters + 30 * self.shared


class FaqIndex:
    """The locality's questions, folded once. A word weighs the more the fewer entries have it."""

    def __init__(self, entries: Sequence[FaqEntry]) -> None:
        said = [(fold(text), entry) for entry in entries for text in (entry.question, *entry.wordings)]
        self._wordings = [(wording, frozenset(wording.split()), entry) for wording, entry in said]
        having = Counter(word for word, _ in {(word, entry.id) for _, words, entry in self._wordings for word in words})
        self._weights = {word: log(1 + len(entries) / count) for word, count in having.items()}

    def search(self, text: str) -> list[FaqEntry]:
        """Entries that fit, best first; empty if the best is not good enough."""
        best: dict[str, Fit] = {}
        for fit in self._fits(fold(text)):
            if fit.entry.id not in best or fit.both > best[fit.entry.id].both:
                best[fit.entry.id] = fit
        fits = sorted(best.values(), key=lambda fit: -fit.both)
        if not fits or fits[0].letters < GOOD:
            return []
        first, *others = fits
        return [first.entry, *(fit.entry for fit in others if fit.both >= NEAR and fit.shared >= NEAR_SHARED)]

    def _fits(self, asked: str) -> Iterator[Fit]:
        """Every wording that shares enough words; only of those are the letters looked at."""
        words = frozenset(asked.split())
        whole = self._weight(words) or 1.0  # words that no entry has weigh nothing
        for wording, its_words, entry in self._wordings:
            shared = self._weight(words & its_words) / whole
            if shared >= SHARED:
                yield Fit(entry, _likeness(asked, wording), shared)

    def _weight(self, words: frozenset[str]) -> float:
        return sum(self._weights.get(word, 0.0) for word in words)


def _likeness(asked: str, wording: str) -> float:
    return fuzz.token_set_ratio(asked, wording) * 0.5 + fuzz.token_sort_ratio(asked, wording) * 0.5
