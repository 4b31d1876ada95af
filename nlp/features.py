"""What a classifier sees of a message: folded words, pairs of neighbours, and accented words beside them."""

from nlp.normalise import fold, words


def features(text: str) -> list[str]:
    """Return the features of a message; an unaccented message gives the folded ones only."""
    return features_of(words(text))


def features_of(accented: list[str]) -> list[str]:
    """Return the features of normalised words, in the order of the words."""
    folded = [fold(word) for word in accented]
    found = list(folded)
    found += map("_".join, zip(folded, folded[1:], strict=False))
    found += ["+" + word for word, plain in zip(accented, folded, strict=True) if word != plain]
    return found
