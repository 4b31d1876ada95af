"""The part of the citizen's report that finds out where it is: by words, a pin, a photo, a link, the commune chosen."""

from dataclasses import replace

from dialogs.deep_links import place_of
from dialogs.draft import SURE
from dialogs.report_questions import FEW_WORDS, ReportQuestions
from dialogs.where import begins_like_a_place, merge_places
from dialogs.words import Place

A_STORY = 5  # words; who says less answers the question


class ReportPlace(ReportQuestions):
    """Conditions and actions of the rows in dialogs/report.py that are about the place."""

    # ------------------------------------------------------------ what is missing

    def has_photo_place(self) -> bool:
        settled = self.draft.photo_place_settled or self.draft.where().commune
        return bool(self.draft.photo_place) and not settled

    def lacks_place(self) -> bool:
        place = self.draft.where()
        return not (self.draft.place_settled or place.text or place.commune or place.lat is not None)

    def lacks_commune(self) -> bool:
        return not (self.draft.commune_settled or self.draft.where().commune)

    # ------------------------------------------------------------ conditions

    def has_one_commune(self) -> bool:
        return len(self.draft.where().candidates) == 1

    def names_a_commune(self) -> bool:
        seen = self.context.prediction
        return bool(seen and seen.place and seen.place.commune)

    def offers_a_place(self) -> bool:
        return bool(self._photo_point()) and not self.draft.where().commune

    def answers_with_a_place(self) -> bool:
        """Asked for the field, the person says where it is: a few words with a place are no new matter.

        Unless they are the first from which a field can be told.
        """
        seen, known = self.context.prediction, self.draft.where()
        if seen is None or seen.place is None or seen.urgent or known.text or known.commune:
            return False
        tells_field = seen.confidence >= SURE and not self.draft.alternatives
        return len(self.said.split()) <= FEW_WORDS and not tells_field

    def tells_no_place(self) -> bool:
        """Asked where, the person goes on telling what; said once more, it is taken for the place."""
        seen = self.context.prediction
        if seen is None or seen.place is not None or self.memory.get("place_asked_again"):
            return False
        return len(self.said.split()) >= A_STORY and not begins_like_a_place(self.said)

    def take_more_of_the_matter(self) -> None:
        self.memory["place_asked_again"] = True
        self.draft.take_words(self.said, self.context.prediction, self.message_id)
        self.say("report.noted")

    # ------------------------------------------------------------ a point

    def take_pin(self) -> None:
        assert self.heard.incoming is not None
        lat, lon = self.heard.incoming.lat, self.heard.incoming.lon
        if lat is None or lon is None:
            return
        self._settle_point(lat, lon)

    def _settle_point(self, lat: float, lon: float) -> None:
        commune = self.context.lookup.commune_at(lat, lon)
        if not commune:
            self.say("report.outside", town=self.context.locality.name)
        self.draft.set_place(replace(self.draft.where(), lat=lat, lon=lon, commune=commune, candidates=()))
        self.draft.place_settled = True

    def _photo_point(self) -> dict[str, float]:
        incoming = self.heard.incoming
        if incoming is None or incoming.lat is None or incoming.lon is None:
            return {}
        if any(item.ref not in self.draft.media for item in incoming.media):  # of a draft that was given up
            return {}
        return {"lat": incoming.lat, "lon": incoming.lon}

    def take_photo_point(self) -> None:
        if self.offers_a_place() and self.context.lookup.commune_at(**self._photo_point()):
            self.draft.photo_place, self.draft.photo_place_settled = self._photo_point(), False

    def take_photo_place(self) -> None:
        self._settle_point(self.draft.photo_place["lat"], self.draft.photo_place["lon"])
        self.draft.photo_place_settled = True

    def refuse_photo_place(self) -> None:
        """Also after a "yes" that was taken back: then the place is open again."""
        place, point = self.draft.where(), self.draft.photo_place
        if (place.lat, place.lon) == (point["lat"], point["lon"]):
            self.draft.set_place(replace(place, lat=None, lon=None, commune=""))
            self.draft.place_settled = False
        self.draft.photo_place_settled = True

    # ------------------------------------------------------------ words

    def take_place_words(self) -> None:
        seen = self.context.prediction.place if self.context.prediction else None
        known = self.draft.where()
        place = merge_places(Place(lat=known.lat, lon=known.lon), seen or Place())
        self.draft.set_place(replace(place, text=self.said[:200]))
        self.draft.place_settled, self.draft.commune_settled = True, False

    def take_linked_place(self) -> None:
        """A link on a poster says where; a plain beginning says nothing yet."""
        if place := place_of(self.argument, self.context.locality):
            self.draft.set_place(place)

    def knows_place_before(self) -> bool:
        """Whether this is a second matter, and the first had a place: it may well be the same."""
        return bool(self.memory.get("place_before"))

    def take_same_place(self) -> None:
        self.draft.place, self.draft.place_settled = self.memory["place_before"], True

    def skip_place(self) -> None:
        self.draft.place_settled = True

    def take_commune(self) -> None:
        if self.argument in self.context.locality.communes:
            self.draft.set_place(replace(self.draft.where(), commune=self.argument, candidates=()))

    def take_only_commune(self) -> None:
        place = self.draft.where()
        self.draft.set_place(replace(place, commune=place.candidates[0], candidates=()))

    def forget_communes(self) -> None:
        self.draft.set_place(replace(self.draft.where(), candidates=()))

    def skip_commune(self) -> None:
        self.draft.commune_settled = True
