"""What the model sees of one text: read once, then understood and compared with others."""

from typing import NamedTuple

from nlp.features import form_of
from nlp.model import Model
from nlp.normalise import words
from nlp.table import Margins


class Reading(NamedTuple):
    """A cleaned text, its normalised words, the margins of every class, the features that speak for the best field.

    `is_known`: whether any feature has come up in what was learnt; of random letters none has.
    """

    text: str
    words: list[str]
    is_known: bool
    margins: Margins
    reasons: list[str]  # the strongest first


def read(model: Model, text: str) -> Reading:
    """Read a cleaned text. The form of a message tells on its flags; no field has learnt it."""
    said = words(text)
    features = model.features(said, form_of(text, said))
    rows = model.rows(features)
    margins = model.margins(features, rows)
    fields = margins["category"]
    reasons = model.contributions("category", rows, max(fields, key=fields.__getitem__))
    return Reading(text, said, model.knows_any(rows), margins, [feature for feature, _ in reasons])
