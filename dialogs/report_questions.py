"""What is asked of a citizen who reports something: a question for each state, its choices, always a way back."""

from dialogs.cards import confirmation_card, place_line, shorten, similar_line, today_name
from dialogs.dialog import Dialog, choice, ways_out
from dialogs.draft import Draft, place_from
from dialogs.texts import say
from dialogs.words import Choice, Outgoing, Place

FEW_WORDS = 8  # an answer in passing, no new matter
# what came without a word: how the words to it are asked for
CAME = {
    "image": "report.ask_what_photo",
    "video": "report.ask_what_video",
    "audio": "report.ask_what_audio",
    "file": "report.ask_what_file",
}


class ReportQuestions(Dialog):
    """The questions of the dialog in dialogs/report.py."""

    draft: Draft

    def ask_ask_what(self) -> Outgoing:
        place = place_line(self.draft.where(), self.context.locality)
        came = CAME[self.memory.get("came", "image")]
        key = came if self.draft.media else "report.ask_what_at" if place else "report.ask_what"
        return Outgoing(say(key, place=place), ways_out("cancel"))

    def ask_edit_text(self) -> Outgoing:
        return Outgoing(say("report.edit_text"), ways_out("back", "cancel"))

    def ask_category(self) -> Outgoing:
        categories = self.context.locality.categories
        offered = [categories[name] for name in self.draft.alternatives if name in categories]
        choices = [Choice(f"category:{item.id}", item.short) for item in offered]
        if offered and self.draft.second_category in categories:
            first, second = offered[0].short, categories[self.draft.second_category].short
            choices.append(choice("both", "report.choice.both", first=first, second=second))
        choices.append(choice("other", "report.choice.other"))
        return Outgoing(say("report.ask_category"), (*choices, *ways_out("back", "cancel")))

    def ask_all_categories(self) -> Outgoing:
        choices = [Choice(f"category:{item.id}", item.short) for item in self.context.locality.categories.values()]
        return Outgoing(say("report.ask_all_categories"), (*choices, *ways_out("back", "cancel")))

    def ask_photo_place(self) -> Outgoing:
        point = self.draft.photo_place
        commune = self.context.lookup.commune_at(point["lat"], point["lon"])
        place = place_line(Place(commune=commune, lat=point["lat"], lon=point["lon"]), self.context.locality)
        choices = (choice("yes", "choice.right"), choice("no", "choice.wrong"))
        return Outgoing(say("report.ask_photo_place", place=place), (*choices, *ways_out("back", "cancel")))

    def ask_place(self) -> Outgoing:
        if before := place_line(place_from(self.memory.get("place_before", {})), self.context.locality):
            choices = (choice("yes", "report.choice.same_place"), *ways_out("skip", "back", "cancel"))
            return Outgoing(say("report.ask_same_place", place=before), choices, ask="location")
        return Outgoing(say("report.ask_place"), ways_out("skip", "back", "cancel"), ask="location")

    def ask_commune(self) -> Outgoing:
        place, communes = self.draft.where(), self.context.locality.communes
        codes = [code for code in place.candidates or communes if code in communes]
        elsewhere = (choice("no", "report.choice.elsewhere"),) if place.candidates else ()
        if place.text and len(place.candidates) == len(codes) == 1:
            text = say("report.ask_commune_right", place=place.text, commune=today_name(communes[codes[0]]))
            choices: tuple[Choice, ...] = (choice("yes", "choice.right"),)
        else:
            text = say("report.ask_commune" if place.text else "report.ask_commune_only", place=place.text)
            choices = tuple(Choice(f"commune:{code}", communes[code].name) for code in codes)
        return Outgoing(text, (*choices, *elsewhere, *ways_out("skip", "back", "cancel")))

    def ask_similar(self) -> Outgoing:
        found = [self.context.lookup.report(code) for code in self.memory.get("similar", ())]
        lines = "\n".join(similar_line(report, self.context.locality) for report in found if report)
        choices = [Choice(f"same:{report.code}", say("similar.same", code=report.code)) for report in found if report]
        return Outgoing(
            say("similar.ask", lines=lines), (*choices, choice("none", "similar.none"), *ways_out("back", "cancel"))
        )

    def ask_confirm(self) -> Outgoing:
        key = "report.confirm_sensitive" if self.draft.is_sensitive(self.context.locality) else "report.confirm"
        names = [("send", "send"), ("edit", "edit"), ("photos", "add_photos")]
        if not (self.draft.name or self.draft.phone):
            names.append(("sender", "leave_name"))
        choices = tuple(choice(name, f"report.choice.{label}") for name, label in names)
        text = say(key, card=confirmation_card(self.draft, self.context.locality))
        return Outgoing(text, (*choices, *ways_out("cancel")))

    def ask_other_matter(self) -> Outgoing:
        choices = (choice("separate", "report.choice.separate"), choice("together", "report.choice.together"))
        return Outgoing(say("report.ask_other_matter"), (*choices, *ways_out("cancel")))

    def ask_another(self) -> Outgoing:
        category = self.context.locality.categories.get(self.draft.category)
        field = category.short if category else say("card.unknown_category")
        choices = (choice("yes", "report.choice.another"), choice("no", "report.choice.one_only"))
        return Outgoing(say("report.ask_another", text=shorten(self.draft.text, 80), field=field), choices)

    def ask_edit(self) -> Outgoing:
        names = [("edit_text", "edit_text"), ("edit_category", "edit_category"), ("edit_place", "edit_place")]
        names += [("photos", "edit_photos"), ("sender", "edit_sender")]
        choices = tuple(choice(name, f"report.choice.{label}") for name, label in names)
        return Outgoing(say("report.ask_edit"), (*choices, *ways_out("back", "cancel")))

    def ask_photos(self) -> Outgoing:
        names = ["finish", "no_photos"] if self.draft.media else ["finish"]
        choices = tuple(choice(name, f"report.choice.{name}") for name in names)
        return Outgoing(say("report.ask_photos"), (*choices, *ways_out("back", "cancel")))

    def ask_consent(self) -> Outgoing:
        choices = (choice("agree", "choice.agree"), choice("refuse", "report.choice.stay_anonymous"))
        return Outgoing(say("report.consent"), (*choices, *ways_out("back", "cancel")))

    def ask_name(self) -> Outgoing:
        return Outgoing(say("report.ask_name"), ways_out("skip", "back", "cancel"))

    def ask_phone(self) -> Outgoing:
        return Outgoing(say("report.ask_phone"), ways_out("skip", "back", "cancel"), ask="contact")

    def ask_interrupted(self) -> Outgoing:
        choices = (choice("resume", "report.choice.resume"), choice("cancel", "report.choice.drop"))
        return Outgoing(say("report.interrupted"), choices)
