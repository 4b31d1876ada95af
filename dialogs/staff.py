"""The officers' dialog on one card: accept, forward, ask back, answer, note, close with a photo, refuse."""

from typing import Any

from dialogs.answers import says_little
from dialogs.context import Context
from dialogs.dialog import Row, choice
from dialogs.effects import AddNote, CorrectCategory, SendAnswer, SetSensitive, SetUrgent, ShowSender, Step
from dialogs.staff_card import agency_name, likely_agencies, open_to
from dialogs.staff_merge import MERGE_ROWS, MERGE_STATES, MergeDialog, can_be_merged
from dialogs.staff_overtaken import OVERTAKEN_ROWS, OvertakenDialog
from dialogs.texts import say
from dialogs.words import Choice, Outgoing

OTHERS = {  # label → what it does
    "correct": "correct",
    "urgent": "urgent",
    "not_urgent": "urgent",
    "guard": "guard",
    "unguard": "guard",
    "duplicate": "duplicate",
    "sender": "sender",
}
LIKELY = 6  # agencies offered first
FOR_CITIZENS = ["asking", "outcome", "no_photo", "refusing", "reopening"]  # what is written here is sent as it is
TYPING = ["asking", "outcome", "photo", "no_photo", "refusing", "reopening", "drafted"]

# what the officer does | where | where it leads | what is done with it | only if
ROWS = [
    Row("accept", "*", "card", "take_on"),
    Row("forward", "*", "forwarding", "begin"),
    Row("more", "forwarding", "all_agencies"),
    Row("to", ["forwarding", "all_agencies"], "card", "hand_over"),
    Row("ask", "*", "asking", "begin"),
    Row("words", FOR_CITIZENS, None, "say_too_thin", "is_thin"),
    Row("words", "asking", "card", "ask_citizen"),
    Row("finish", "*", "outcome", "begin"),
    Row("words", "outcome", "photo", "keep_outcome"),
    Row("photo", "outcome", "outcome", "say_outcome_first", "is_thin"),
    Row("photo", "outcome", "card", ["keep_outcome", "resolve"]),
    Row("photo", "photo", "card", "resolve"),
    Row("words", "photo", None, "say_photo_first"),
    Row("no_photo", "photo", "no_photo"),
    Row("words", "no_photo", "card", "resolve_without_photo"),
    Row("refuse", "*", "refusing", "begin"),
    Row("words", "refusing", "card", "turn_down"),
    Row("reopen", "*", "reopening", "begin"),
    Row("words", "reopening", "card", "open_again"),
    # --- a text on a card is a draft first; nothing leaves by accident
    Row("words", ["card", "drafted"], "drafted", "keep_draft"),
    Row("send", "drafted", "card", "send_draft"),
    Row("note", "drafted", "card", "note_draft"),
    Row("drop", "drafted", "card", "say_dropped"),
    # --- putting right what the machine proposed
    Row("correct", "*", "correcting", "begin"),
    Row("category", "correcting", "card", "put_right"),
    Row("urgent", "*", "card", "set_urgent"),
    Row("guard", "*", "card", "say_always_guarded", "is_always_guarded"),
    Row("guard", "*", "guarding", "begin"),
    Row("yes", "guarding", "card", "set_sensitive"),
    *MERGE_ROWS,
    *OVERTAKEN_ROWS,
    # --- in a chat group the rarer things stand behind one button
    Row("others", "*", "others", "begin"),
    Row("sender", "others", "card", "show_sender"),
    Row("photo_ready", "*", None, "stay_silent"),
    Row("cancel", "*", "card", "say_dropped"),
]


class StaffDialog(MergeDialog, OvertakenDialog):
    """What one officer is in the middle of on one card. Rights and versions are checked where effects are performed."""

    name = "staff"
    states = [
        "card",
        "forwarding",
        "all_agencies",
        "asking",
        "outcome",
        "photo",
        "no_photo",
        "refusing",
        "reopening",
        "drafted",
        "correcting",
        "guarding",
        "others",
        *MERGE_STATES,
        "overtaken",
    ]
    rows = ROWS

    def __init__(self, context: Context, state: str, memory: dict[str, Any]) -> None:
        super().__init__(context, state or "card", memory)
        found = context.lookup.report(str(memory["code"]))
        assert found is not None, "the room shows only reports that exist"
        self.report = found

    # ------------------------------------------------------------ conditions

    def is_thin(self) -> bool:
        """ "Ok", "?", "xong rồi": nothing that a citizen could make anything of."""
        return says_little(self.said)

    def is_always_guarded(self) -> bool:
        return self.report.sensitive and self.context.locality.categories[self.report.category].restricted

    # ------------------------------------------------------------ what is done

    def begin(self) -> None:
        """A card's button carries the version that was shown; a choice goes on with the one that it began with."""
        self.memory["version"] = int(self.argument) if self.argument.isdecimal() else self.version

    def _step(self, step: str, **what: Any) -> None:
        self.effects.append(Step(self.report.code, self.version, step, **what))

    def take_on(self) -> None:
        self.begin()
        self._step("accept")

    def hand_over(self) -> None:
        self._step("forward", agency=self.argument)

    def ask_citizen(self) -> None:
        self._step("ask", note=self.said)

    def keep_outcome(self) -> None:
        self.memory["outcome"] = self.said

    def _resolve(self, **what: Any) -> None:
        self._step("resolve", note=str(self.memory["outcome"]), **what)

    def resolve(self) -> None:
        media = self.heard.incoming.media if self.heard.incoming else ()
        self._resolve(media=tuple(item.ref for item in media))

    def resolve_without_photo(self) -> None:
        self._resolve(no_photo_reason=self.said)

    def say_too_thin(self) -> None:
        self.say("staff.too_thin")

    def say_photo_first(self) -> None:
        self.say("staff.photo_first")

    def say_outcome_first(self) -> None:
        self.say("staff.outcome_first")

    def turn_down(self) -> None:
        self._step("reject", note=self.said)

    def open_again(self) -> None:
        self._step("reopen", note=self.said)

    def keep_draft(self) -> None:
        self.memory["draft"] = self.said

    def send_draft(self) -> None:
        self.effects.append(SendAnswer(self.report.code, str(self.memory["draft"])))

    def note_draft(self) -> None:
        self.effects.append(AddNote(self.report.code, str(self.memory["draft"])))

    def say_dropped(self) -> None:
        self.say("staff.dropped")

    def put_right(self) -> None:
        self.effects.append(CorrectCategory(self.report.code, self.version, self.argument))

    def set_urgent(self) -> None:
        self.begin()
        self.effects.append(SetUrgent(self.report.code, self.version, not self.report.urgent))

    def set_sensitive(self) -> None:
        self.effects.append(SetSensitive(self.report.code, self.version, not self.report.sensitive))

    def say_always_guarded(self) -> None:
        self.say("staff.always_guarded")

    def show_sender(self) -> None:
        self.effects.append(ShowSender(self.report.code))

    def stay_silent(self) -> None:
        self.silent = True

    # ------------------------------------------------------------ what the officer is asked

    def question(self) -> Outgoing | None:
        """On the plain card nothing is asked; the card itself is the answer."""
        return None if self.state == "card" else super().question()

    def ask_forwarding(self) -> Outgoing:
        likely = likely_agencies(self.report, self.context)[:LIKELY]
        choices = tuple(Choice(f"to:{agency.id}", agency.name) for agency in likely)
        return self._ask("staff.ask_agency", (*choices, choice("more", "staff.choice.more")))

    def ask_all_agencies(self) -> Outgoing:
        agencies = [agency for agency in open_to(self.report, self.context) if agency.id != self.report.agency]
        return self._ask("staff.ask_agency", tuple(Choice(f"to:{agency.id}", agency.name) for agency in agencies))

    def ask_asking(self) -> Outgoing:
        return self._ask("staff.ask_question")

    def ask_outcome(self) -> Outgoing:
        return self._ask("staff.ask_outcome")

    def ask_photo(self) -> Outgoing:
        return self._ask("staff.ask_photo", (choice("no_photo", "staff.choice.no_photo"),))

    def ask_no_photo(self) -> Outgoing:
        return self._ask("staff.ask_no_photo")

    def ask_refusing(self) -> Outgoing:
        return self._ask("staff.ask_reason")

    def ask_reopening(self) -> Outgoing:
        return self._ask("staff.ask_reopening")

    def ask_drafted(self) -> Outgoing:
        text = say(
            "push.answer",
            code=self.report.code,
            agency=agency_name(self.report, self.context),
            text=self.memory["draft"],
        )
        choices = (
            choice("send", "staff.choice.send"),
            choice("note", "staff.choice.note"),
            choice("drop", "staff.choice.drop"),
        )
        return Outgoing(say("staff.draft", preview=text), choices)

    def ask_correcting(self) -> Outgoing:
        categories = self.context.locality.categories.values()
        return self._ask("staff.ask_category", tuple(Choice(f"category:{item.id}", item.short) for item in categories))

    def ask_guarding(self) -> Outgoing:
        key = "staff.ask_unguard" if self.report.sensitive else "staff.ask_guard"
        return self._ask(key, (choice("yes", "staff.choice.agree"),))

    def ask_others(self) -> Outgoing:
        names = ["correct", "not_urgent" if self.report.urgent else "urgent"]
        names += ["unguard" if self.report.sensitive else "guard"]
        names += ["duplicate"] if can_be_merged(self.report, self.context.locality) else []
        names += ["sender"] if self.report.reporter_name or self.report.reporter_phone else []
        choices = tuple(choice(OTHERS[name], f"staff.other.{name}") for name in names)
        return self._ask("staff.ask_other", choices)

    def _ask(self, key: str, choices: tuple[Choice, ...] = ()) -> Outgoing:
        return Outgoing(say(key, code=self.report.code), (*choices, choice("cancel", "staff.choice.cancel")))
