"""Is a newly trained model better than the one in use: both judged on gold messages and on officers' corrections."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nlp.examples import Example
from nlp.features import form_of
from nlp.model import Model
from nlp.normalise import clean, words
from nlp.understand import THRESHOLDS

MOST_LOST = 0.05  # no category may fall by more than this part

Exam = Mapping[str, Sequence[Example]]  # classifier → messages with what it should say: a category; yes or no


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a model got right: over all, and by category as (right, of)."""

    right: int
    of: int
    categories: Mapping[str, tuple[int, int]]

    @property
    def accuracy(self) -> float:
        return self.right / self.of if self.of else 0.0


def judged(model: Model, exam: Exam) -> Verdict:
    """Let a model answer for messages it has not learnt from; a flag counts as a category of its own: `urgent yes`."""
    hits: dict[str, list[bool]] = defaultdict(list)
    for name, examples in exam.items():
        for example in examples:
            label = example.label if name == "category" else f"{name} {example.label}"
            hits[label].append(_said(model, name, example.text) == example.label)
    counts = {label: (sum(seen), len(seen)) for label, seen in hits.items()}
    return Verdict(sum(right for right, _ in counts.values()), sum(of for _, of in counts.values()), counts)


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


def _said(model: Model, name: str, text: str) -> str:
    text = clean(text)
    said = words(text)
    margins = model.margins(model.features(said, form_of(text, said)))[name]
    if name in THRESHOLDS:
        return "yes" if margins["yes"] > THRESHOLDS[name] else "no"
    return max(margins, key=margins.__getitem__)
