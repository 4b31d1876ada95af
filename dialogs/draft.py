"""A report being written: what the citizen has said so far, and what is still missing."""

from dataclasses import dataclass, field
from typing import Any

from dialogs.where import corrected, merge_places
from dialogs.words import Incoming, Locality, Place, Prediction

SURE = 0.6  # below this the citizen chooses the field (issue 2; calibrated probabilities)
TWO_THINGS = 0.3  # a second field at least this likely: perhaps two problems in one message
MAX_TEXT = 4_000  # what is kept of a message; the citizen is told
MAX_MEDIA = 10


@dataclass(slots=True)
class Draft:
    """Everything on the confirmation card. Survives restarts as plain JSON."""

    text: str = ""
    public_text: str = ""
    pieces: list[list[str]] = field(default_factory=list)  # [message id, words, public words], as they were sent
    category: str = ""
    predicted_category: str = ""
    confidence: float = 0.0
    alternatives: list[str] = field(default_factory=list)
    second_category: str = ""
    why: list[str] = field(default_factory=list)
    place: dict[str, Any] = field(default_factory=dict)
    place_settled: bool = False  # asked and answered, or skipped
    commune_settled: bool = False
    photo_place: dict[str, float] = field(default_factory=dict)
    photo_place_settled: bool = False
    similar_settled: bool = False  # asked whether somebody else's report is the same, and it is not
    media: list[str] = field(default_factory=list)
    urgent: bool = False
    denunciation: bool = False
    name: str = ""
    phone: str = ""
    phone_verified: bool = False  # the channel says that it is their own

    @classmethod
    def load(cls, memory: dict[str, Any]) -> "Draft":
        """From what was saved; unknown keys of an older version are dropped."""
        known = {key: value for key, value in memory.items() if key in cls.__dataclass_fields__}
        return cls(**known)

    def save(self) -> dict[str, Any]:
        """As plain JSON, without what is empty."""
        return {key: value for key in self.__slots__ if (value := getattr(self, key))}

    def where(self) -> Place:
        """The place as a value."""
        return place_from(self.place)

    def set_place(self, place: Place) -> None:
        """Remember a place; a pin keeps the words said before."""
        known = {key: value for key in place.__slots__ if (value := getattr(place, key))}
        self.place = {key: list(value) if isinstance(value, tuple) else value for key, value in known.items()}

    def take_words(self, text: str, prediction: Prediction | None, message_id: str = "") -> None:
        """Add what was written, and what was understood of it, never overwriting what the citizen chose."""
        self.note(text, prediction, message_id)
        self._understand(prediction)

    def note(self, text: str, prediction: Prediction | None, message_id: str = "") -> None:
        """Add what was written, for the officer to read."""
        public = prediction.public_text if prediction else ""
        self.pieces.append([message_id, text, public or text])
        self.urgent = self.urgent or bool(prediction and prediction.urgent)
        self._join()

    def correct_place(self, place: Place, locality: Locality) -> None:
        """Put another place in place of the one understood."""
        self.set_place(corrected(self.where(), place, locality))
        self.place_settled, self.commune_settled = True, False

    def is_surely_another_field(self, seen: Prediction) -> bool:
        """Whether nlp is sure of a field, and it is not the one on the card."""
        ranked = seen.alternatives
        return bool(ranked) and ranked[0][1] >= SURE and ranked[0][0] != self.category

    def correct_category(self, seen: Prediction) -> None:
        """Put another field in place of the one understood."""
        self.category, self.confidence = "", 0.0
        self.take_category(seen)

    def edit_words(self, text: str, prediction: Prediction | None, message_id: str) -> None:
        """Put new words in place of those of an earlier message; what was guessed from them is guessed anew."""
        public = prediction.public_text if prediction else ""
        edited = [message_id, text, public or text]
        self.pieces = [edited if piece[0] == message_id else piece for piece in self.pieces]
        self._join()
        if self.category == self.predicted_category:
            self.category, self.confidence = "", 0.0
        if prediction and prediction.place:
            self.place = {}
        self._understand(prediction)

    def join(self, other: "Draft") -> None:
        """Take the words of another draft in; what is known already stays."""
        self.pieces += other.pieces
        self._join()
        self.urgent, self.denunciation = self.urgent or other.urgent, self.denunciation or other.denunciation
        if other.place and not self.place:
            self.place = other.place

    def _join(self) -> None:
        self.text = "\n".join(piece[1] for piece in self.pieces).strip()[:MAX_TEXT]
        self.public_text = "\n".join(piece[2] for piece in self.pieces).strip()[:MAX_TEXT]

    def _understand(self, prediction: Prediction | None) -> None:
        if prediction is None:
            return
        self.urgent = self.urgent or prediction.urgent
        self.denunciation = self.denunciation or prediction.denunciation
        self.take_category(prediction)
        if prediction.place and not self.where().commune:
            self.set_place(merge_places(self.where(), prediction.place))

    def take_category(self, prediction: Prediction) -> None:
        """Use the scores of the fields whatever kind of message it is taken for: here we know that it is a report."""
        ranked = prediction.alternatives
        if self.category or not ranked or ranked[0][1] <= self.confidence:
            return
        self.predicted_category, self.confidence = ranked[0]
        self.alternatives = [category for category, _ in ranked[:3]]
        self.why = list(prediction.why)
        if self.confidence >= SURE:
            self.category = self.predicted_category
        elif len(ranked) > 1 and ranked[1][1] >= TWO_THINGS:
            self.second_category = ranked[1][0]

    def take_media(self, incoming: Incoming) -> int:
        """Add pictures; returns how many did not fit any more."""
        fresh = [item.ref for item in incoming.media if item.ref not in self.media]
        room = MAX_MEDIA - len(self.media)
        self.media.extend(fresh[:room])
        return max(0, len(fresh) - room)

    def drop_media(self, incoming: Incoming) -> None:
        """Forget pictures that turned out to be none."""
        gone = {item.ref for item in incoming.media}
        self.media = [ref for ref in self.media if ref not in gone]

    def is_urgent(self, locality: Locality) -> bool:
        """Life or property in danger, by the words or by the field."""
        return self.urgent or (bool(self.category) and locality.categories[self.category].emergency)

    def is_sensitive(self, locality: Locality) -> bool:
        """Goes to the room named for it, and nowhere else: denunciations and the conduct of officers."""
        return self.denunciation or (bool(self.category) and locality.categories[self.category].restricted)


def place_from(saved: dict[str, Any]) -> Place:
    """A Place from its JSON."""
    return Place(**{**saved, "candidates": tuple(saved.get("candidates", ()))})
