"""What the model sees of one text: read once, then understood and compared with others."""

from collections import Counter
from typing import NamedTuple

from nlp.features import form_of
from nlp.model import Model
from nlp.normalise import words
from nlp.table import Margins, Rows


class Reading(NamedTuple):
    """A cleaned text, its normalised words, its features without those of its form, the margins of every class.

    `rows` is what the model knows of all its features.
    """

    text: str
    words: list[str]
    features: Counter[str]
    rows: Rows
    margins: Margins


def read(model: Model, text: str) -> Reading:
    """Read a cleaned text. The form of a message tells on its flags; no field has learnt it."""
    said = words(text)
    found = model.features(said)
    with_form = {**found, **Counter(form_of(text, said))}  # which have no feature in common
    rows = model.rows(with_form)
    return Reading(text, said, found, rows, model.margins(with_form, rows))
