"""The dialog in which a citizen asks to be told of what the town announces, and takes that back."""

from typing import Any

from dialogs.context import Context
from dialogs.dialog import Dialog, Row, choice, ways_out
from dialogs.effects import Subscribe, Unsubscribe
from dialogs.texts import say
from dialogs.words import Choice, Outgoing

ROWS = [
    Row("follow", "new", "following", when="is_following"),
    Row("follow", "new", "commune"),
    Row("more", "following", "commune"),
    Row("commune", "commune", "category", "keep_commune"),
    Row("words", "commune", "category", "keep_named_commune", "names_a_commune"),
    Row("category", "category", "done", "subscribe"),
    # --- taking it back
    Row("stop", "following", "done", "unsubscribe"),
    Row("unfollow", "new", "done", "unsubscribe", "is_following"),
    Row("unfollow", "new", "done", "say_not_following"),
    Row("photo_ready", "*", None, "stay_silent"),
    Row("back", "category", None, "go_back"),
    Row("back", ["following", "commune"], "cancelled", "say_unchanged"),
    Row("start", ["following", "commune", "category"], "cancelled", "say_unchanged"),
    Row("cancel", "*", "cancelled", "say_unchanged"),
]


class SubscribeDialog(Dialog):
    """News of which commune, in which field. Nothing is sent to who has not asked for it."""

    name = "subscribe"
    states = ["new", "following", "commune", "category"]
    rows = ROWS

    def __init__(self, context: Context, state: str, memory: dict[str, Any]) -> None:
        super().__init__(context, state or "new", memory)

    # ------------------------------------------------------------ conditions

    def is_following(self) -> bool:
        return bool(self.context.lookup.subscriptions())

    def names_a_commune(self) -> bool:
        return self._named() in self.context.locality.communes

    def _named(self) -> str:
        seen = self.context.prediction
        return seen.place.commune if seen and seen.place else ""

    # ------------------------------------------------------------ answers

    def keep_commune(self) -> None:
        self.memory["commune"] = self.argument if self.argument in self.context.locality.communes else ""

    def keep_named_commune(self) -> None:
        self.memory["commune"] = self._named()

    def subscribe(self) -> None:
        category = self.argument if self.argument in self.context.locality.categories else ""
        commune = str(self.memory["commune"])
        self.effects.append(Subscribe(commune, category))
        self.say("subscribe.done", news=self._news(commune, category))

    def unsubscribe(self) -> None:
        self.effects.append(Unsubscribe())
        self.say("subscribe.stopped")

    def say_not_following(self) -> None:
        self.say("subscribe.not_following", choices=(choice("/theodoi", "choice.follow"),))

    def say_unchanged(self) -> None:
        self.say("subscribe.unchanged")

    def stay_silent(self) -> None:
        self.silent = True

    # ------------------------------------------------------------ questions

    def ask_following(self) -> Outgoing:
        lines = "\n".join(f"• {self._news(*one)}" for one in self.context.lookup.subscriptions())
        choices = (choice("more", "subscribe.choice.more"), choice("stop", "subscribe.choice.stop"))
        return Outgoing(say("subscribe.ask_following", lines=lines), (*choices, *ways_out("back")))

    def ask_commune(self) -> Outgoing:
        everywhere = choice("commune:", "subscribe.choice.everywhere")
        communes = (Choice(f"commune:{it.code}", it.name) for it in self.context.locality.communes.values())
        return Outgoing(say("subscribe.ask_commune"), (everywhere, *communes, *ways_out("cancel")))

    def ask_category(self) -> Outgoing:
        everything = choice("category:", "subscribe.choice.everything")
        fields = [it for it in self.context.locality.categories.values() if not it.sensitive]
        choices = (Choice(f"category:{it.id}", it.short) for it in fields)
        return Outgoing(say("subscribe.ask_category"), (everything, *choices, *ways_out("back", "cancel")))

    def _news(self, commune: str, category: str) -> str:
        """What is told of, in words. A commune or field that the town no longer has is called by its id."""
        town = self.context.locality
        everywhere = say("subscribe.choice.everywhere")
        where = town.communes[commune].name if commune in town.communes else commune or everywhere
        what = town.categories[category].short if category in town.categories else category
        return say("subscribe.one_field", where=where, field=what) if what else say("subscribe.all_fields", where=where)
