"""What one message is about: kind, category, flags, place and public text, from the trained model and the locality."""

from typing import cast

from dialogs.words import Locality, MessageKind, Prediction
from nlp.denunciation import accuses
from nlp.examples import ISSUE
from nlp.features import features_of
from nlp.model import Model
from nlp.normalise import fold, words
from nlp.places import Places
from nlp.privacy import public_text
from nlp.urgent import is_urgent

ALTERNATIVES = 5
REASONS = 3


class Understanding:
    """Understands messages for one locality; pure, made once, safe to share between threads."""

    def __init__(self, locality: Locality, model: Model) -> None:
        self._places = Places(locality)
        self._model = model

    def understand(self, text: str) -> Prediction:
        """Return what one text says, taken alone; any string gives an answer."""
        said = words(text)
        if not any(word[0].isalpha() for word in said):
            return Prediction(public_text=public_text(text), place=self._places.place_in(text))
        found = features_of(said)
        kind = self._kind(found)
        place, public = self._places.place_in(text), public_text(text)
        urgent = is_urgent(text, self._model.margin("urgent", found, "yes"))
        denunciation = accuses(text, self._model.margin("denunciation", found, "yes"))
        if kind not in ("report", "proposal"):
            return Prediction(kind, urgent=urgent, denunciation=denunciation, place=place, public_text=public)
        ranked = tuple(self._model.probabilities("category", found)[:ALTERNATIVES])
        category, confidence = ranked[0]
        return Prediction(
            kind, category, confidence, ranked, urgent, denunciation, place, public, self._why(said, found, category)
        )

    def explain(self, text: str) -> tuple[str, ...]:
        """Return the words of a text that spoke for its category, the strongest first."""
        return self.understand(text).why

    def commune_at(self, lat: float, lon: float) -> str:
        """Return the code of the commune that holds the point, or ""."""
        return self._places.commune_at(lat, lon)

    def _kind(self, found: list[str]) -> MessageKind:
        kind = self._model.probabilities("kind", found)[0][0]
        if kind == ISSUE:
            kind = self._model.probabilities("proposal", found)[0][0]
        return cast(MessageKind, kind)

    def _why(self, said: list[str], found: list[str], category: str) -> tuple[str, ...]:
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
    """Return the words of the message behind a feature."""
    parts = feature.removeprefix("+").split("_")
    where = said if feature.startswith("+") else plain
    for at in range(len(where) - len(parts) + 1):
        if where[at : at + len(parts)] == parts:
            return " ".join(said[at : at + len(parts)])
    return ""
