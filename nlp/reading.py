"""What the model sees of one text: read once, then understood and compared with others."""

from typing import NamedTuple

from nlp.features import form_of
from nlp.model import Model
from nlp.normalise import words
from nlp.table import Margins, Rows


class Reading(NamedTuple):
    """A cleaned text, its normalised words, what the model knows of its features, the margins of every class."""

    text: str
    words: list[str]
    rows: Rows
    margins: Margins


def read(model: Model, text: str) -> Reading:
    """Read a cleaned text. The form of a message tells on its flags; no field has learnt it."""
    said = words(text)
    features = model.features(said, form_of(text, said))
    rows = model.rows(features)
    return Reading(text, said, rows, model.margins(features, rows))
