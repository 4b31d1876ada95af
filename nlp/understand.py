"""What one message is about: kind, category, flags, place and public text, from the trained model and the locality."""

from collections.abc import Set as AbstractSet
from functools import lru_cache, partial
from typing import cast

from dialogs.words import Locality, MessageKind, Place, Prediction
from nlp.danger import begs_for_help, cries_out, only_sounds_alike
from nlp.duplicates import Matter, likeness
from nlp.examples import ISSUE
from nlp.features import PAIRED
from nlp.matters import matter_of
from nlp.model import Model
from nlp.normalise import PLACEHOLDER, clean, plain, words
from nlp.places import Places
from nlp.privacy import public_text
from nlp.reading import Reading, read
from nlp.table import Margins
from nlp.tokens import Tokens, tokens_of

ISSUE_FIRST, SURE_ISSUE = 0.4, 0.4  # what is added to the margin of `issue`: always, and for a sure category
# "den tat", "duong hong": so few words look like chatter, and tell a field all the same
A_FEW, FIELD_TOLD, SHORT_ISSUE = (2, 3), 0.95, 0.7
VAGUE = ("other", "officer_conduct")  # fields that small talk falls into
PROPOSAL = 0.0  # the margin above which a report asks for something new
# The margins above which a message is urgent or accuses somebody: chosen by `langnghe bench flags`, see docs.
THRESHOLDS = {"urgent": -0.13, "denunciation": -0.10}
URGENT_ASIDE = 0.6  # the margin that words need which seem to report nothing: "đang bận", "bà nói nhầm rồi"
CRYING, CRYING_ASIDE = -0.3, 0.0  # the same for words that name a danger outright (nlp/danger.py)
ALTERNATIVES = 5
REASONS = 3
AT_HAND = 128  # texts kept: what has been understood is asked for again, and compared with others, in its turn
UNITS = frozenset({"xóm", "xom", "thôn", "thon", "khối", "xã"})  # also where no place was understood


class Understanding:
    """Understands messages for one locality; pure, made once, safe to share between threads."""

    def __init__(self, locality: Locality, model: Model) -> None:
        self._places = Places(locality)
        self._model = model
        self._read = lru_cache(AT_HAND)(partial(read, model))
        self._understood = lru_cache(AT_HAND)(self._understand)

    def understand(self, text: str) -> Prediction:
        """Return what one text says, taken alone; any string gives an answer."""
        return self._understood(clean(text))

    def explain(self, text: str) -> tuple[str, ...]:
        """Return the words of a text that spoke for its category, the strongest first."""
        return self.understand(text).why

    def matter(self, text: str, place: Place | None = None) -> Matter:
        """Return what of a report is compared with others; a place chosen on the map counts before the text's own."""
        text = clean(text)
        place = place or self._places.place_in(text)
        return matter_of(self._model, self._read(text), place, self._places.years_of(place))

    def likeness(self, one: str, other: str) -> float:
        """Return how likely two texts report the same thing; from `duplicates.SAME` on it is worth asking."""
        return likeness(self.matter(one), self.matter(other))

    def commune_at(self, lat: float, lon: float) -> str:
        """Return the code of the commune that holds the point, or ""."""
        return self._places.commune_at(lat, lon)

    def place_in(self, text: str) -> Place | None:
        """Return the place that a text names, or None."""
        return self._places.place_in(clean(text))

    def _understand(self, text: str) -> Prediction:
        tokens = tokens_of(text)
        place, public = self._places.place_in(text, tokens), public_text(text, tokens)
        seen = self._read(text)
        if not (seen.is_known and any(word[0].isalpha() for word in seen.words)):
            return Prediction(place=place, public_text=public)
        margins = seen.margins
        ranked = tuple(self._model.fields(margins["category"]))
        kind = _kind(margins, ranked[0], len(seen.words))
        is_issue = kind in ("report", "proposal")
        category, confidence = ranked[0] if is_issue else ("", 0.0)
        return Prediction(
            kind,
            category,
            confidence,
            ranked[:ALTERNATIVES],  # kept for what seems no report: the writer may say that it is one
            urgent=_is_urgent(tokens, margins["urgent"]["yes"], is_issue),
            denunciation=margins["denunciation"]["yes"] > THRESHOLDS["denunciation"],
            place=place,
            public_text=public,
            why=_why(seen, place) if is_issue else (),
        )


def _kind(margins: Margins, best: tuple[str, float], size: int) -> MessageKind:
    """Return the kind; in doubt, and the more so with a sure category, a report: a lost one costs most."""
    category, sure = best
    ranked = dict(margins["kind"])
    ranked[ISSUE] += ISSUE_FIRST + SURE_ISSUE * max(0.0, sure - 0.5)
    if size in A_FEW and sure > FIELD_TOLD and category not in VAGUE:
        ranked[ISSUE] += SHORT_ISSUE
    kind = max(ranked, key=ranked.__getitem__)
    if kind != ISSUE:
        return cast(MessageKind, kind)
    return "proposal" if margins["proposal"]["proposal"] > PROPOSAL else "report"


def _is_urgent(tokens: Tokens, margin: float, is_issue: bool) -> bool:
    """Tell whether there is danger now: what the detector finds, and sooner what names a danger outright."""
    if margin > URGENT_ASIDE or ("cuu" in tokens.plains and begs_for_help(tokens.text)):
        return True
    if is_issue and margin > THRESHOLDS["urgent"]:
        return not only_sounds_alike(tokens.text)
    return margin > (CRYING if is_issue else CRYING_ASIDE) and cries_out(tokens.text)


def _why(seen: Reading, place: Place | None) -> tuple[str, ...]:
    """Return the strongest words as the writer spelt them: no number, nothing of the place, no word twice."""
    spoken: list[str] = []
    folded = list(map(plain, seen.words))
    where = set(map(plain, words(place.text))) if place else frozenset[str]()
    for feature in seen.reasons:
        phrase = _phrase(feature, seen.words, folded)
        if _is_reason(phrase, where) and not any(phrase in other or other in phrase for other in spoken):
            spoken.append(phrase)
            if len(spoken) == REASONS:
                break
    return tuple(spoken)


def _is_reason(phrase: str, where: AbstractSet[str]) -> bool:
    """Tell whether a phrase may be shown: a placeholder is no word of the writer's, a place no reason for a field."""
    parts = phrase.split()
    is_named = where.issuperset(map(plain, parts)) or not UNITS.isdisjoint(parts)
    return not (is_named or PLACEHOLDER in phrase)


def _phrase(feature: str, said: list[str], folded: list[str]) -> str:
    """Return the words of the message behind a feature; "" for a kind of thing, which is no word."""
    parts = feature.removeprefix("+").split(PAIRED)
    where, at = (said if feature.startswith("+") else folded), -1
    for _ in range(where.count(parts[0])):
        at = where.index(parts[0], at + 1)
        if where[at : at + len(parts)] == parts:
            return " ".join(said[at : at + len(parts)])
    return ""
