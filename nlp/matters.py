"""What of a text is compared with other reports."""

from dialogs.words import Place
from nlp.concepts import MARK
from nlp.duplicates import Matter
from nlp.model import Model
from nlp.normalise import plain, words
from nlp.places import hamlets_in, house_numbers_in

COMMON = 3.0  # words with a lower idf (và, của, không …) say nothing about which thing is meant
SOFTER = 1.75  # temperatures: how alike two messages' fields are shows in the second and third field too


def matter_of(model: Model, text: str, place: Place | None) -> Matter:
    """Return what of a cleaned text is compared; the place is the caller's to find."""
    said = words(text)
    found = model.features(said)
    rarity = {word: model.rarity(word) - COMMON for word in map(plain, said)}
    return Matter(
        {word: rare for word, rare in rarity.items() if rare > 0},
        frozenset(feature for feature in found if feature.startswith(MARK)),
        dict(model.fields(model.margins(found)["category"], SOFTER)),
        place,
        hamlets_in(text),
        house_numbers_in(text),
        model.alike,
    )
