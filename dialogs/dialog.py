"""The frame of a dialog: a table of rows, one shared machine per class, a light model per turn."""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, NamedTuple

from transitions import Machine

from dialogs.context import Context, Heard
from dialogs.effects import Effect, Say
from dialogs.texts import say
from dialogs.words import Choice, Media, Outgoing


class Row(NamedTuple):
    """What the person does, in which states, what is done with it, where it leads, and only if."""

    trigger: str
    source: str | list[str]
    dest: str | None  # None: stay (internal)
    then: str | list[str] = ""
    when: str = ""


DECIDE = "deciding"  # a state without a question: the rows of trigger `proceed` choose the next one
ENDS = ("done", "cancelled")

TRIGGER_OF_KIND = {
    "text": "words",
    "edited": "edited",
    "media": "photo",
    "location": "pin",
    "contact": "contact",
    "media_ready": "photo_ready",
    "start": "start",
}


class Dialog:
    """A conversation under way. Subclasses declare `states` and `rows`; a state's question is its `ask_<state>`."""

    name: ClassVar[str]
    states: ClassVar[Sequence[str]]
    rows: ClassVar[Sequence[Row]]
    first_step: ClassVar[str] = "cancelled"

    def __init__(self, context: Context, state: str, memory: dict[str, Any]) -> None:
        self.context = context
        self.state = state
        self.memory = memory
        self.heard = Heard()
        self.argument = ""
        self.effects: list[Effect] = []
        self.silent = False

    def hear(self, heard: Heard) -> bool:
        """Take one input. False, and nothing changed, if this state has no row for it."""
        self.heard = heard
        trigger, _, self.argument = heard.choice.partition(":")
        if not trigger and heard.incoming:
            trigger = TRIGGER_OF_KIND.get(heard.incoming.kind, "")
        understood = self.fire(trigger)
        if understood and not self.over:
            self._walk()
        return understood

    def _walk(self) -> None:
        trail = self.trail
        self.trail = [*trail[: trail.index(self.state)], self.state] if self.state in trail else [*trail, self.state]

    @property
    def trail(self) -> list[str]:
        """The questions asked so far, in order; where `go_back` finds its way."""
        return list(self.memory.get("trail", ()))

    @trail.setter
    def trail(self, states: list[str]) -> None:
        self.memory["trail"] = states

    def go_back(self) -> None:
        """Return to the question before this one; from the first, to the state that `first_step` names."""
        before = self.trail[: self.trail.index(self.state)] if self.state in self.trail else self.trail
        self.trail = before[:-1]
        machine(type(self)).set_state(before[-1] if before else self.first_step, model=self)

    def fire(self, trigger: str) -> bool:
        """Fire a trigger if a row of the present state carries it and its condition holds."""
        shared = machine(type(self))
        event: Any = shared.events.get(trigger)
        if event is None or self.state not in event.transitions:
            return False
        return bool(event.trigger(self))

    def decide(self) -> None:
        """Go on from the decision point to the first thing that is missing."""
        self.fire("proceed")

    def question(self) -> Outgoing | None:
        """What the present state asks; None when the dialog is over or this turn changes nothing to be said."""
        if self.over or self.silent:
            return None
        asked: Outgoing = getattr(self, f"ask_{self.state}")()
        return asked

    def say(self, key: str, *, choices: Iterable[Choice] = (), media: tuple[Media, ...] = (), **values: object) -> None:
        """Queue an answer."""
        self.effects.append(Say(Outgoing(say(key, **values), tuple(choices), media)))

    @property
    def over(self) -> bool:
        """Whether the dialog has ended."""
        return self.state in ENDS

    @property
    def said(self) -> str:
        """What the person wrote in this turn."""
        return self.heard.text

    @property
    def message_id(self) -> str:
        """The channel's id of the message just heard."""
        return self.heard.incoming.message_id if self.heard.incoming else ""


_machines: dict[str, Machine] = {}


def machine(dialog: type[Dialog]) -> Machine:
    """The machine that all dialogs of one class share; models are never registered with it (add_model leaks)."""
    if dialog.name not in _machines:
        _machines[dialog.name] = _build(dialog)
    return _machines[dialog.name]


def _build(dialog: type[Dialog]) -> Machine:
    states: list[Any] = [*dialog.states, *ENDS]
    if any(row.source == DECIDE for row in dialog.rows):
        states.append({"name": DECIDE, "on_enter": "decide"})
    built = Machine(model=None, states=states, initial=None, auto_transitions=False)
    for row in dialog.rows:
        source: Any = [*dialog.states] if row.source == "*" else row.source
        then: Any = row.then or None
        built.add_transition(row.trigger, source, row.dest, conditions=row.when or None, before=then)
    return built


def choice(choice_id: str, key: str, **values: object) -> Choice:
    """A choice whose label is a text."""
    return Choice(choice_id, say(key, **values))


def ways_out(*names: str) -> tuple[Choice, ...]:
    """The usual last choices: `skip`, `back`, `cancel`."""
    return tuple(choice(name, f"choice.{name}") for name in names)
