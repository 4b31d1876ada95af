"""What one message is about: kind, category, flags, place and public text, from the trained model and the locality."""

from collections import Counter
from dataclasses import replace
from typing import cast

from dialogs.words import Locality, MessageKind, Place, Prediction
from nlp.concepts import MARK
from nlp.denunciation import accuses
from nlp.duplicates import Matter, likeness
from nlp.examples import ISSUE
from nlp.features import form_of
from nlp.gazetteer import tokens_of
from nlp.model import Model
from nlp.normalise import clean, fold, words
from nlp.places import Places, hamlets_in, house_numbers_in
from nlp.privacy import public_text
from nlp.urgent import is_urgent

ISSUE_FIRST, SURE_ISSUE = 0.38, 0.4  # what is added to the margin of `issue`: always, and for a sure category
PROPOSAL, SHORT_PROPOSAL, SHORT = -0.45, -0.1, 45  # the margin needed; a message of few features must ask plainly
ALTERNATIVES = 5
REASONS = 3
COMMON = 3.0  # words with a lower idf (và, của, không …) say nothing about which thing is meant


class Understanding:
    """Understands messages for one locality; pure, made once, safe to share between threads."""

    def __init__(self, locality: Locality, model: Model) -> None:
        self._places = Places(locality)
        self._model = model

    def understand(self, text: str) -> Prediction:
        """Return what one text says, taken alone; any string gives an answer."""
        text = clean(text)
        said = words(text)
        tokens = tokens_of(text)
        place, public = self._places.place_in(text, tokens), public_text(text, tokens)
        if not any(word[0].isalpha() for word in said):
            return Prediction(place=place, public_text=public)
        found = self._model.features(said)
        ranked = tuple(self._model.probabilities("category", found))
        kind = self._kind(found, form_of(text, said), ranked[0][1])
        likely = dict(ranked)
        seen = Prediction(
            kind,
            alternatives=ranked[:ALTERNATIVES],  # kept for what seems no report: the writer may say that it is one
            urgent=is_urgent(text, self._model.margins("urgent", found)["yes"], likely),
            denunciation=accuses(text, self._model.margins("denunciation", found)["yes"], likely),
            place=place,
            public_text=public,
        )
        if kind not in ("report", "proposal"):
            return seen
        category, confidence = ranked[0]
        return replace(seen, category=category, confidence=confidence, why=self._why(said, found, category))

    def explain(self, text: str) -> tuple[str, ...]:
        """Return the words of a text that spoke for its category, the strongest first."""
        return self.understand(text).why

    def matter(self, text: str, place: Place | None = None) -> Matter:
        """Return what of a report is compared with others; a place chosen on the map counts before the text's own."""
        text = clean(text)
        said = words(text)
        found = self._model.features(said)
        named = self._places.place_in(text)
        plain = [fold(word) for word in said]
        return Matter(
            " ".join(plain),
            {word: self._model.rarity(word) - COMMON for word in plain if self._model.rarity(word) > COMMON},
            frozenset(feature for feature in found if feature.startswith(MARK)),
            dict(self._model.probabilities("category", found)),
            place or named,
            hamlets_in(text),
            house_numbers_in(text),
        )

    def likeness(self, one: str, other: str) -> float:
        """Return how likely two texts report the same thing; from `duplicates.SAME` on it is worth asking."""
        return likeness(self.matter(one), self.matter(other))

    def commune_at(self, lat: float, lon: float) -> str:
        """Return the code of the commune that holds the point, or ""."""
        return self._places.commune_at(lat, lon)

    def _kind(self, found: Counter[str], form: list[str], sure: float) -> MessageKind:
        """Return the kind; in doubt, and the more so with a sure category, a report: a lost one costs most."""
        with_form = found.copy()
        with_form.update(form)
        ranked = self._model.margins("kind", with_form)
        ranked[ISSUE] += ISSUE_FIRST + SURE_ISSUE * max(0.0, sure - 0.5)
        kind = max(ranked, key=ranked.__getitem__)
        if kind != ISSUE:
            return cast(MessageKind, kind)
        needed = SHORT_PROPOSAL if found.total() < SHORT else PROPOSAL
        return "proposal" if self._model.margins("proposal", found)["proposal"] > needed else "report"

    def _why(self, said: list[str], found: Counter[str], category: str) -> tuple[str, ...]:
        """Return the strongest words as the writer spelt them, without parts of what is already named."""
        spoken: list[str] = []
        plain = [fold(word) for word in said]
        for feature, share in self._model.contributions("category", found, category):
            if share <= 0 or len(spoken) == REASONS:
                break
            phrase = _phrase(feature, said, plain)
            if phrase and not any(phrase in other or other in phrase for other in spoken):
                spoken.append(phrase)
        return tuple(spoken)


def _phrase(feature: str, said: list[str], plain: list[str]) -> str:
    """Return the words of the message behind a feature; "" for a kind of thing, which is no word."""
    parts = feature.removeprefix("+").split("_")
    where = said if feature.startswith("+") else plain
    for at in range(len(where) - len(parts) + 1):
        if where[at : at + len(parts)] == parts:
            return " ".join(said[at : at + len(parts)])
    return ""
