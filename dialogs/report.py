"""The dialog in which a citizen reports something: one message is enough, only what is missing is asked."""

from dataclasses import replace
from typing import Any

from dialogs.context import Context, Heard
from dialogs.dialog import DECIDE, Row
from dialogs.draft import MAX_TEXT, SURE, Draft
from dialogs.effects import FileReport, Say
from dialogs.report_place import ReportPlace
from dialogs.report_second import ReportSecond
from dialogs.report_sender import ReportSender
from dialogs.report_similar import ReportSimilar
from dialogs.spoken import doubts
from dialogs.texts import say
from dialogs.where import names_only
from dialogs.words import Outgoing

STATES = [
    "new", "ask_what", "category", "all_categories", "photo_place", "place", "commune", "similar", "confirm",
    "other_matter", "another", "edit", "edit_text", "photos", "consent", "name", "phone", "interrupted",
]  # fmt: skip
# in these states free words add to the text
WRITING = ["category", "all_categories", "photo_place", "commune", "similar", "confirm", "edit", "photos"]
# in these the next question does not show that the words were taken
UNSEEN = ["category", "all_categories", "commune"]
# in these a question back is answered, and then asked what was asked before
ASKED = [*WRITING, "ask_what", "place", "other_matter", "consent", "name", "phone"]
SMALL_TALK = ("thanks", "greeting", "spam", "chatter")
A_SENTENCE = 3  # words; fewer that seem to say nothing are no part of a report
NOT_NEW = [state for state in STATES if state != "new"]

# what the person does | where | where it leads | what is done with it | only if
ROWS = [
    # --- beside the point
    Row("words", ASKED, None, "answer_aside", "asks_back"),
    Row("words", ["ask_what", "place", *UNSEEN], None, "say_still_open", "is_only_polite"),
    Row("words", ["confirm", "similar"], None, "say_waiting", "wants_to_wait"),
    # --- the matter
    Row("words", ["new", "ask_what"], "ask_what", "take_bare_place", "names_only_a_place"),
    Row("words", "new", DECIDE, "take_words"),
    Row("photo", "new", DECIDE, "take_photo"),
    Row("pin", "new", DECIDE, "take_pin"),
    Row("begin", "new", "ask_what", "take_linked_place"),
    Row("words", "ask_what", DECIDE, "take_words", "says_something"),
    # --- the field
    Row("category", ["category", "all_categories"], DECIDE, "take_category"),
    Row("both", "category", DECIDE, "take_both"),
    Row("other", "category", "all_categories"),
    Row("skip", ["category", "all_categories"], DECIDE, "take_no_category"),
    # --- the place
    Row("yes", "photo_place", DECIDE, "take_photo_place"),
    Row("no", "photo_place", DECIDE, "refuse_photo_place"),
    Row("yes", "place", DECIDE, "take_same_place", "knows_place_before"),
    Row("words", "place", DECIDE, "take_more_of_the_matter", "tells_no_place"),
    Row("words", "place", DECIDE, "take_place_words"),
    Row("skip", "place", DECIDE, "skip_place"),
    Row("commune", "commune", DECIDE, "take_commune"),
    Row("yes", "commune", DECIDE, "take_only_commune", "has_one_commune"),
    Row("no", "commune", DECIDE, "forget_communes"),
    Row("words", "commune", DECIDE, "take_commune_words", "names_a_commune"),
    Row("words", "commune", DECIDE, "take_finer_place", "names_a_finer_place"),
    Row("skip", "commune", DECIDE, "skip_commune"),
    # --- somebody has reported it already
    Row("same", "similar", "done", "follow", "is_offered_as_similar"),
    Row("none", "similar", DECIDE, "settle_similar"),
    Row("words", "similar", DECIDE, "tell_apart", "is_not_the_same"),
    # --- the card
    Row("send", "confirm", DECIDE, ["file", "begin_second"], "has_second"),
    Row("send", "confirm", DECIDE, ["file", "begin_other"], "has_other"),
    Row("send", "confirm", "another", ["file", "keep_another"], "tells_another"),
    Row("send", "confirm", "done", "file"),
    Row("yes", "another", DECIDE, "say_second"),
    Row("no", "another", "done", "say_one_only"),
    Row("words", "another", "done", "say_thanks", "is_only_polite"),
    Row("words", "another", DECIDE, "begin_afresh", "tells_more"),
    Row("words", ["confirm", "edit"], DECIDE, "correct", "sets_right"),
    Row("words", "confirm", "edit", "", "doubts_the_card"),
    Row("words", "edit", DECIDE, "", "is_only_polite"),
    Row("words", "confirm", "consent", "keep_phone", "gives_a_phone"),
    Row("words", "confirm", "other_matter", "keep_other", "is_other_matter"),
    Row("separate", "other_matter", DECIDE, "say_other_later"),
    Row("together", "other_matter", DECIDE, "join_other"),
    Row("words", "other_matter", DECIDE, "say_other_later", "wants_it_apart"),
    Row("words", "other_matter", DECIDE, "join_other", "wants_it_joined"),
    Row("words", "other_matter", None, "add_to_other", "tells_more"),
    Row("edit", "confirm", "edit"),
    Row("photos", ["confirm", "edit"], "photos"),
    Row("sender", ["confirm", "edit"], "consent"),
    Row("edit_text", "edit", "edit_text"),
    Row("edit_category", "edit", "all_categories"),
    Row("edit_place", "edit", "place"),
    Row("words", "edit_text", DECIDE, "replace_text"),
    Row("finish", "photos", DECIDE),
    Row("no_photos", "photos", DECIDE, "drop_photos"),
    # --- name and phone
    Row("agree", "consent", "name", "give_consent"),
    Row("refuse", "consent", DECIDE, "stay_anonymous"),
    Row("words", "name", DECIDE, "take_name", "has_phone"),
    Row("words", "name", "phone", "take_name"),
    Row("skip", "name", DECIDE, when="has_phone"),
    Row("skip", "name", "phone"),
    Row("words", "phone", DECIDE, "take_phone", "is_phone"),
    Row("words", "phone", "phone", "say_bad_phone"),
    Row("contact", ["name", "phone"], DECIDE, "take_contact", "hands_a_phone"),
    Row("contact", ["name", "phone"], "phone", "say_bad_phone"),
    Row("contact", ["confirm", "edit"], "consent", "keep_contact", "hands_a_phone"),
    Row("skip", "phone", DECIDE),
    # --- anything, anywhere
    Row("words", "category", DECIDE, "take_place_words", "answers_with_a_place"),
    Row("words", WRITING, DECIDE, "take_bare_place", "names_only_a_place"),
    Row("words", WRITING, DECIDE, "take_words", "tells_more"),
    Row("edited", NOT_NEW, DECIDE, "edit_words", "edits_a_piece"),
    Row("photo", "ask_what", "ask_what", "take_photo"),
    Row("photo", NOT_NEW, DECIDE, "take_photo"),
    Row("pin", "ask_what", "ask_what", "take_pin"),
    Row("pin", NOT_NEW, DECIDE, "take_pin"),
    Row("photo_ready", "place", "photo_place", "take_photo_point", "offers_a_place"),
    Row("photo_ready", "*", None, ["take_photo_point", "stay_silent"]),
    Row("start", NOT_NEW, "interrupted"),
    Row("resume", "interrupted", None, "go_back"),
    Row("back", NOT_NEW, None, "go_back"),
    Row("cancel", "*", "cancelled", "say_cancelled"),
    # --- the first thing that is missing
    Row("proceed", DECIDE, "ask_what", when="lacks_text"),
    Row("proceed", DECIDE, "category", when="lacks_category"),
    Row("proceed", DECIDE, "photo_place", when="has_photo_place"),
    Row("proceed", DECIDE, "place", when="lacks_place"),
    Row("proceed", DECIDE, "commune", when="lacks_commune"),
    Row("proceed", DECIDE, "similar", "remember_similar", "resembles_others"),
    Row("proceed", DECIDE, "confirm"),
]


class ReportDialog(ReportPlace, ReportSimilar, ReportSender, ReportSecond):
    """From the first word to *Gửi*. Two turns for a complete message, four for a vague one."""

    name = "report"
    states = STATES
    rows = ROWS
    first_step = "edit_text"

    def __init__(self, context: Context, state: str, memory: dict[str, Any]) -> None:
        super().__init__(context, state or "new", memory)
        self.draft = Draft.load(memory.get("draft", {}))

    def hear(self, heard: Heard) -> bool:
        """As any dialog; and in danger the numbers to call come first, once, whether words or the field told of it."""
        before = self.state
        understood = super().hear(heard)
        wrote = heard.text and not heard.choice
        if understood and wrote and before == self.state and before in UNSEEN and not self.effects:
            self.say("report.noted")
        if understood and not (self.over or self.memory.get("numbers")) and self._in_danger():
            self.memory["numbers"] = True
            numbers = "\n".join(f"{line.number}: {line.name}" for line in self.context.locality.emergency_numbers)
            self.effects.insert(0, Say(Outgoing(say("report.urgent", numbers=numbers))))
        return understood

    def _in_danger(self) -> bool:
        other = Draft.load(self.memory.get("other", {}))
        return any(draft.is_urgent(self.context.locality) for draft in (self.draft, other))

    def saved(self) -> dict[str, Any]:
        """What to remember until the next turn."""
        return {**self.memory, "draft": self.draft.save()}

    # ------------------------------------------------------------ what is missing

    def lacks_text(self) -> bool:
        return not self.draft.text

    def lacks_category(self) -> bool:
        return not self.draft.category

    # ------------------------------------------------------------ conditions

    def doubts_the_card(self) -> bool:
        """ "Nhầm rồi": the card is not right, and the row is chosen next."""
        return doubts(self.said)

    def tells_more(self) -> bool:
        """Thanks, greetings and lone words are no part of the report; a place and a sentence always are."""
        seen = self.context.prediction
        if seen is None:
            return False
        is_sentence = seen.kind == "chatter" and len(self.said.split()) >= A_SENTENCE
        return seen.place is not None or seen.kind not in SMALL_TALK or is_sentence

    def says_something(self) -> bool:
        """A lone word is a matter only if it names one: "rác"."""
        seen = self.context.prediction
        if seen is None or seen.kind not in SMALL_TALK or len(self.said.split()) > 1:
            return True
        return bool(seen.alternatives) and seen.alternatives[0][1] >= SURE

    # ------------------------------------------------------------ what is done with an answer

    def take_words(self) -> None:
        was_sensitive = self.draft.denunciation
        if len(self.draft.text) + len(self.said) > MAX_TEXT:
            self.say("report.too_long", limit=f"{MAX_TEXT:,}".replace(",", "."))
        seen = self.context.prediction
        if seen and names_only(self.said, seen.place, self.context.locality):
            seen = replace(seen, alternatives=())  # a name says nothing of the field
        self.draft.take_words(self.said, seen, self.message_id)
        if len(self.draft.pieces) > 1 and not self.draft.category:
            self.draft.take_category(self.context.lookup.understand(self.draft.text))
        if self.draft.denunciation and not was_sensitive:
            self.say("report.legal_door")

    def begin_afresh(self) -> None:
        """Something else is told instead of an answer: a report of its own."""
        self.draft = Draft()
        self.take_words()

    def replace_text(self) -> None:
        self.draft.text, self.draft.pieces = "", []
        self.take_words()

    def edits_a_piece(self) -> bool:
        """Whether the edited message is one of those that make up the text."""
        said, own = self.said, self.message_id
        return bool(own and said) and any(piece[0] == own for piece in self.draft.pieces)

    def edit_words(self) -> None:
        self.draft.edit_words(self.said, self.context.prediction, self.message_id)

    def take_photo(self) -> None:
        assert self.heard.incoming is not None
        too_many = self.draft.take_media(self.heard.incoming)
        self.memory["came"] = next((item.kind for item in self.heard.incoming.media), "image")
        if too_many:
            self.say("report.too_many_photos", count=too_many)
        if self.said:
            self.take_words()

    def drop_photos(self) -> None:
        self.draft.media = []

    def stay_silent(self) -> None:
        self.silent = True

    def take_category(self) -> None:
        if self.argument in self.context.locality.categories:
            self.draft.category = self.argument
            self.memory.pop("both", None)

    def take_both(self) -> None:
        first, second = self.draft.alternatives[0], self.draft.second_category
        self.draft.category, self.memory["both"] = first, second

    def take_no_category(self) -> None:
        self.draft.category = self.draft.category or "other"

    def say_cancelled(self) -> None:
        self.say("report.cancelled_second" if self.memory.get("second") else "report.cancelled")

    # ------------------------------------------------------------ filing

    def file(self) -> None:
        draft, locality = self.draft, self.context.locality
        self.effects.append(
            FileReport(
                code=self.context.code,
                text=draft.text,
                public_text=draft.public_text or draft.text,
                category=draft.category or "other",
                predicted_category=draft.predicted_category,
                confidence=draft.confidence,
                why=tuple(draft.why),
                place=draft.where(),
                media=tuple(draft.media),
                urgent=draft.is_urgent(locality),
                sensitive=draft.is_sensitive(locality),
                anonymous=not (draft.name or draft.phone),
                name=draft.name,
                phone=draft.phone,
                phone_verified=draft.phone_verified,
            )
        )
