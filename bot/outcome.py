"""What a turn came to, and the names that turns of citizens and officers share."""

from dataclasses import dataclass

from dialogs.texts import say
from dialogs.words import Outgoing

ROOM = "room"  # the channel name of the browser's staff rooms


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a turn came to. `fresh` is False if the message had been dealt with before; `refused`: it did nothing."""

    fresh: bool
    replies: tuple[Outgoing, ...] = ()
    refused: bool = False
    told: bool = False  # the replies are in the outbox already

    @property
    def on_button(self) -> str:
        """What the pressed button itself says: why it did nothing."""
        return self.replies[0].text if self.refused and self.replies else ""


def refuse(key: str, **values: object) -> Outcome:
    """A turn that says why it does nothing."""
    return Outcome(fresh=True, replies=(Outgoing(say(key, **values)),), refused=True)
