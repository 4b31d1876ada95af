"""Finding the FAQ entry that answers a question, by folded wordings."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import log

from rapidfuzz import fuzz

from dialogs.words import FaqEntry
from nlp.normalise import fold

GOOD = 78.0  # of 100: how alike the letters of question and wording must be for an answer
SHARED = 0.4  # and of the weight of the question's words, how much the wording must share
NEAR, NEAR_SHARED = 70.0, 0.5  # both together, and shared: from here on others are offered beside the answer
BARE_GOOD = 79.0  # the same, where only the words were compared that tell what the question is about
TOO_FEW = 2  # such words: "mat dien" may be a report
# Who asks whom, courtesy, and the small words of any question: they tell no entry from another.
FILLING = frozenset(
    """
    chau oi em anh chi bac co chu ba ong toi tui minh hoi cho thi voi a da muon cai nha ni nay xin mo rang sao duoc
    khong ko roi ra vay nhung
    """.split()  # noqa: SIM905 a word list is read as text
)
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
    """The locality's questions: as they are worded, and bare of the small words that old people put around them."""

    def __init__(self, entries: Sequence[FaqEntry]) -> None:
        self._worded, self._bare = _Wordings(entries, fold), _Wordings(entries, _bare)

    def search(self, text: str) -> list[FaqEntry]:
        """Entries that fit, best first; empty if the best is not good enough."""
        if found := self._worded.search(text, GOOD):
            return found
        bare = _bare(text)
        return self._bare.search(bare, BARE_GOOD)[:1] if len(bare.split()) > TOO_FEW else []


class _Wordings:
    """All wordings, written one way. A word weighs the more the fewer entries have it."""

    def __init__(self, entries: Sequence[FaqEntry], written: Callable[[str], str]) -> None:
        self._written = written
        said = [(written(text), entry) for entry in entries for text in (entry.question, *entry.wordings)]
        self._wordings = [(wording, frozenset(wording.split()), entry) for wording, entry in said]
        having = Counter(word for word, _ in {(word, entry.id) for _, words, entry in self._wordings for word in words})
        self._weights = {word: log(1 + len(entries) / count) for word, count in having.items()}

    def search(self, text: str, good: float) -> list[FaqEntry]:
        best: dict[str, Fit] = {}
        for fit in self._fits(self._written(text)):
            if fit.entry.id not in best or fit.both > best[fit.entry.id].both:
                best[fit.entry.id] = fit
        fits = sorted(best.values(), key=lambda fit: -fit.both)
        if not fits or fits[0].letters < good:
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


def _bare(text: str) -> str:
    """Return the folded words of a question that tell what it is about."""
    said = fold(text).split()
    return " ".join([word for word in said if word not in FILLING] or said)


def _likeness(asked: str, wording: str) -> float:
    return fuzz.token_set_ratio(asked, wording) * 0.5 + fuzz.token_sort_ratio(asked, wording) * 0.5
