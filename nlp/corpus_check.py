"""Is the corpus wide enough: counts, near-duplicates, spread of lengths and words, share of obvious keywords."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from math import ceil
from pathlib import Path
from typing import Any

from nlp.examples import CORPUS, Example, read_examples, read_gold
from nlp.normalise import fold, words

NEAR = 0.6  # trigram Jaccard of two folded lines above which they are the same line told twice
LEAST = 250  # messages of a category …
LEAST_CONFUSABLE = 400  # … and of one of a confusable pair
LEAST_NOT_REPORTS = 800
MOST_WITH_KEYWORD = 0.6
MOST_NEAR_DUPLICATES = 0.005  # of all lines
SHORT, LONG = 12, 30  # words: a part of each file must be shorter than SHORT, a part longer than LONG
LEAST_SHORT, LEAST_LONG = 0.15, 0.05
LEAST_NEW_WORDS = 0.05  # different words per word written
CONFUSABLE_BUT_NOT = frozenset({"other", "emergency_disaster", "noise_nuisance", "telecom", "health_food_safety"})

Figures = dict[str, Any]


def check(corpus: Path = CORPUS) -> tuple[Figures, list[str]]:
    """Return the figures of every file and what falls short, a sentence each; no sentence means that all is well."""
    examples = read_examples(corpus)
    keywords = read_keywords(corpus)
    files = {name: _figures(rows, keywords.get(name, ())) for name, rows in _by_label(examples["category"]).items()}
    others = [row for row in examples["kind"] if row.label != "issue"]
    by_file = [*_by_label(examples["category"]).values(), *_by_label(others).values()]
    pairs = [pair for rows in by_file for pair in near_duplicates([row.text for row in rows])]
    faults = [fault for name, figures in files.items() for fault in _faults(name, figures)]
    if len(others) < LEAST_NOT_REPORTS:
        faults.append(f"not_reports: {len(others)} messages, {LEAST_NOT_REPORTS} are wanted")
    if len(pairs) > MOST_NEAR_DUPLICATES * (len(examples["category"]) + len(others)):
        faults.append(f"{len(pairs)} pairs of lines are nearly the same")
    learnt = {fold(row.text.lower()) for rows in examples.values() for row in rows}
    faults += [
        f"gold.tsv: also learnt from: {row.text}" for row in read_gold(corpus) if fold(row.text.lower()) in learnt
    ]
    kinds = {name: len(rows) for name, rows in _by_label(others).items()}
    return {"categories": files, "not_reports": kinds, "near_duplicates": pairs}, faults


def read_keywords(corpus: Path) -> dict[str, tuple[str, ...]]:
    """Return the obvious words of each category, folded."""
    file = corpus / "keywords.tsv"
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    rows = (line.split("\t", 1) for line in lines if line and not line.startswith("#"))
    return {name: tuple(fold(word.strip().lower()) for word in listed.split(",")) for name, listed in rows}


def near_duplicates(texts: Sequence[str]) -> list[tuple[str, str]]:
    """Return the pairs of texts that share more than NEAR of their trigrams.

    Only texts that share one of their rarest trigrams are compared: two sets that overlap by NEAR must.
    """
    sets = [_trigrams(text) for text in texts]
    frequency = Counter(trigram for trigrams in sets for trigram in trigrams)
    seen_with: dict[str, list[int]] = defaultdict(list)
    pairs = []
    for at, trigrams in enumerate(sets):
        rarest = sorted(trigrams, key=lambda trigram: (frequency[trigram], trigram))
        rarest = rarest[: len(rarest) - ceil(NEAR * len(rarest)) + 1]
        for other in {before for trigram in rarest for before in seen_with[trigram]}:
            if _alike(trigrams, sets[other]):
                pairs.append((texts[other], texts[at]))
        for trigram in rarest:
            seen_with[trigram].append(at)
    return pairs


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    """Tell whether the Jaccard overlap is above NEAR; sizes too unequal are told apart before counting."""
    small, large = sorted((len(one), len(other)))
    return small > NEAR * large and (shared := len(one & other)) > NEAR * (small + large - shared)


def _trigrams(text: str) -> frozenset[str]:
    plain = f" {fold(' '.join(words(text)))} "
    return frozenset(plain[at : at + 3] for at in range(len(plain) - 2))


def _by_label(examples: Iterable[Example]) -> dict[str, list[Example]]:
    found: dict[str, list[Example]] = defaultdict(list)
    for row in examples:
        found[row.label].append(row)
    return found


def _figures(rows: Sequence[Example], keywords: Sequence[str]) -> Figures:
    said = [words(row.text) for row in rows]
    plain = [f" {fold(' '.join(one))} " for one in said]
    total = sum(map(len, said)) or 1
    return {
        "messages": len(rows),
        "short": sum(len(one) < SHORT for one in said) / len(said),
        "long": sum(len(one) > LONG for one in said) / len(said),
        "new_words": len({word for one in said for word in one}) / total,
        "with_keyword": sum(any(f" {word} " in text for word in keywords) for text in plain) / len(plain),
        "without_accents": sum(fold(row.text) == row.text for row in rows) / len(rows),
    }


def _faults(name: str, figures: Mapping[str, Any]) -> list[str]:
    least = LEAST if name in CONFUSABLE_BUT_NOT else LEAST_CONFUSABLE
    rules = (
        (figures["messages"] < least, f"{figures['messages']} messages, {least} are wanted"),
        (figures["short"] < LEAST_SHORT, f"only {figures['short']:.0%} are shorter than {SHORT} words"),
        (figures["long"] < LEAST_LONG, f"only {figures['long']:.0%} are longer than {LONG} words"),
        (figures["new_words"] < LEAST_NEW_WORDS, f"only {figures['new_words']:.1%} of the words are new"),
        (figures["with_keyword"] > MOST_WITH_KEYWORD, f"{figures['with_keyword']:.0%} contain an obvious keyword"),
    )
    return [f"{name}: {sentence}" for broken, sentence in rules if broken]
