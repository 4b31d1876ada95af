"""What of a text is compared with other reports."""

from math import sqrt

from dialogs.words import Place
from nlp.duplicates import Matter
from nlp.model import Model
from nlp.normalise import plain
from nlp.places import hamlets_in, house_numbers_in
from nlp.reading import Reading

COMMON = 3.0  # words with a lower idf (và, của, không …) say nothing about which thing is meant
SOFTER = 1.75  # temperatures: how alike two messages' fields are shows in the second and third field too


def matter_of(model: Model, seen: Reading, place: Place | None, years: frozenset[int] = frozenset()) -> Matter:
    """Return what of a text is compared; the place, and the years of its old name, are the caller's to find."""
    rarity = {word: model.rarity(word) - COMMON for word in map(plain, seen.words)}
    return Matter(
        {word: rare for word, rare in rarity.items() if rare > 0},
        model.senses.traces(seen.words),
        {name: sqrt(share) for name, share in model.fields(seen.margins["category"], SOFTER)},
        place,
        hamlets_in(seen.text),
        house_numbers_in(seen.text),
        model.senses,
        model.alike,
        years,
    )
