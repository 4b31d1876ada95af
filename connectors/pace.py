"""How fast a bot may write: sliding windows over what was sent, so that a platform's limits are never reached."""

from collections import deque
from collections.abc import Callable
from typing import NamedTuple

SOON = 0.05  # seconds to look again when only an answer that is still out can make room
SPARE = 1  # places in a chat's limits that only answers may take
LATE = 8  # beats that may be made up for
SWEEP_AT = 1000  # chats remembered before those that are idle are forgotten


class Limit(NamedTuple):
    """At most so many in any so many seconds."""

    most: int
    seconds: float


class Window:
    """Counts what was sent against one limit.

    The platform counts when a message arrives there, some time between our sending it and its answer. So what is under
    way counts as of now, and what is answered counts from its answer: whenever it arrived, the limit holds.
    """

    def __init__(self, limit: Limit) -> None:
        self._limit = limit
        self._counted = 0  # under way, or answered
        self._answered: deque[tuple[float, int]] = deque()  # oldest first

    def wait(self, now: float, cost: int) -> float:
        """Seconds until `cost` more may be sent; 0.0 means now."""
        self._forget(now)
        missing = self._counted + self._weight(cost) - self._limit.most
        if missing <= 0:
            return 0.0
        for at, weight in self._answered:
            missing -= weight
            if missing <= 0:
                return at + self._limit.seconds - now
        return SOON

    def begin(self, cost: int) -> None:
        """It is being sent."""
        self._counted += self._weight(cost)

    def end(self, now: float, cost: int) -> None:
        """It is answered, or given up."""
        self._answered.append((now, self._weight(cost)))

    def is_idle(self, now: float) -> bool:
        """Whether nothing in it counts any more."""
        self._forget(now)
        return not self._counted

    def _weight(self, cost: int) -> int:
        return min(cost, self._limit.most)  # an album larger than the limit has a window to itself

    def _forget(self, now: float) -> None:
        while self._answered and self._answered[0][0] + self._limit.seconds <= now:
            self._counted -= self._answered.popleft()[1]


class Beat:
    """Spreads what is not urgent evenly: when a burst has filled a window, an answer waits for all of it."""

    def __init__(self, limit: Limit) -> None:
        self._step = limit.seconds / limit.most
        self._next = 0.0

    def wait(self, now: float) -> float:
        """Seconds until the next one; 0.0 means now."""
        return max(0.0, self._next - now)

    def mark(self, now: float) -> None:
        """One goes now. What came late is made up for, but never by a burst."""
        self._next = max(self._next, now - LATE * self._step) + self._step


class Pace:
    """The limit of the whole bot, and the limits of each chat as `limits_of` names them. `clock` is monotonic.

    Lane 0 is for answers. The other lanes go in an even beat, and leave SPARE of a group's limit to it.
    """

    def __init__(self, clock: Callable[[], float], bot: Limit, limits_of: Callable[[str], tuple[Limit, ...]]) -> None:
        self._clock, self._limits_of = clock, limits_of
        self._bot, self._beat = Window(bot), Beat(bot)
        self._chats: dict[str, list[Window]] = {}
        self._held: dict[str, float] = {}
        self._sweep_at = SWEEP_AT

    def chat_wait(self, chat: str, cost: int = 1, lane: int = 0) -> float:
        """Seconds until the chat may get `cost` more messages; 0.0 means now."""
        now, room = self._clock(), cost + (SPARE if lane else 0)
        wait = max(0.0, self._held.get(chat, now) - now)
        for window in self._chats.get(chat, ()):
            wait = max(wait, window.wait(now, room))
        return wait

    def bot_wait(self, cost: int = 1, lane: int = 0) -> float:
        """Seconds until the bot may send `cost` more messages; 0.0 means now."""
        now = self._clock()
        return max(self._bot.wait(now, cost), self._beat.wait(now) if lane else 0.0)

    def begin(self, chat: str, cost: int = 1, lane: int = 0) -> None:
        """Count what is about to be sent."""
        self._sweep()
        if lane:
            self._beat.mark(self._clock())
        if chat not in self._chats:
            self._chats[chat] = [Window(limit) for limit in self._limits_of(chat)]
        for window in (self._bot, *self._chats[chat]):
            window.begin(cost)

    def end(self, chat: str, cost: int = 1) -> None:
        """Its answer has come, or none will."""
        now = self._clock()
        for window in (self._bot, *self._chats.get(chat, ())):  # a chat without limits is always idle, and swept
            window.end(now, cost)

    def hold(self, chat: str, seconds: float) -> None:
        """The platform said when this chat may go on."""
        self._held[chat] = max(self._held.get(chat, 0.0), self._clock() + seconds)

    def _sweep(self) -> None:
        if len(self._chats) + len(self._held) <= self._sweep_at:
            return
        now = self._clock()
        self._held = {chat: until for chat, until in self._held.items() if until > now}
        self._chats = {
            chat: windows for chat, windows in self._chats.items() if not all(window.is_idle(now) for window in windows)
        }
        self._sweep_at = max(SWEEP_AT, 2 * (len(self._chats) + len(self._held)))
