"""Is a newly trained model better than the one in use: both judged on gold messages and on officers' corrections."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nlp.examples import Example
from nlp.model import Model
from nlp.normalise import words

MOST_LOST = 0.05  # no category may fall by more than this part


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a model got right: over all, and by category as (right, of)."""

    right: int
    of: int
    categories: Mapping[str, tuple[int, int]]

    @property
    def accuracy(self) -> float:
        return self.right / self.of if self.of else 0.0


def judged(model: Model, examples: Sequence[Example]) -> Verdict:
    """Let a model name the category of messages it has not learnt from."""
    hits: dict[str, list[bool]] = defaultdict(list)
    for example in examples:
        margins = model.margins(model.features(words(example.text)))["category"]
        best = max(margins, key=margins.__getitem__)
        hits[example.label].append(best == example.label)
    counts = {label: (sum(seen), len(seen)) for label, seen in hits.items()}
    return Verdict(sum(right for right, _ in counts.values()), len(examples), counts)


def fallen(champion: Verdict, challenger: Verdict) -> list[str]:
    """Return the categories in which the challenger loses more than MOST_LOST."""
    return [
        label
        for label, (right, of) in champion.categories.items()
        if of and (right - challenger.categories.get(label, (0, of))[0]) / of > MOST_LOST
    ]


def is_worth_proposing(champion: Verdict, challenger: Verdict) -> bool:
    """Tell whether an operator should be asked to promote the challenger: better, and no category worse."""
    return challenger.right > champion.right and not fallen(champion, challenger)
