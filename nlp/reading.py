"""What the model sees of one text: read once, then understood and compared with others."""

from collections import Counter
from typing import NamedTuple

from nlp.features import form_of
from nlp.model import Model
from nlp.normalise import words
from nlp.table import Margins


class Reading(NamedTuple):
    """A cleaned text, its normalised words, its features without those of its form, the margins of every class."""

    text: str
    words: list[str]
    features: Counter[str]
    margins: Margins


def read(model: Model, text: str) -> Reading:
    """Read a cleaned text. The form of a message tells on its flags; no field has learnt it."""
    said = words(text)
    found = model.features(said)
    with_form = found.copy()
    with_form.update(form_of(text, said))
    return Reading(text, said, found, model.margins(with_form))
