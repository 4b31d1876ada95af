"""The pace: whatever is asked for and however slow the answers, no window ever holds more than its limit."""

from collections.abc import Iterator

from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.pace import SWEEP_AT, Limit, Pace, Window

BOT, CHAT, GROUP = Limit(5, 1.0), Limit(1, 1.0), Limit(4, 10.0)


def limits_of(chat: str) -> tuple[Limit, ...]:
    return (CHAT, GROUP) if chat.startswith("-") else (CHAT,)


class Sky:
    """A clock, and messages on their way: each arrives some time after it was sent, and is answered later still."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pace = Pace(lambda: self.now, BOT, limits_of)
        self.under_way: list[tuple[float, str, int]] = []  # when it is answered, where, how much
        self.arrived: list[tuple[float, str, int]] = []

    def pass_to(self, when: float) -> None:
        for answered, chat, cost in sorted(self.under_way):
            if answered <= when:
                self.now = answered
                self.pace.end(chat, cost)
                self.under_way.remove((answered, chat, cost))
        self.now = when

    def send(self, chat: str, cost: int, arrives: float, answered: float) -> None:
        while wait := self.pace.chat_wait(chat, cost) or self.pace.bot_wait(cost):
            self.pass_to(self.now + wait)
        self.pace.begin(chat, cost)
        self.arrived.append((self.now + arrives, chat, cost))
        self.under_way.append((self.now + arrives + answered, chat, cost))


def fullest(times: list[tuple[float, int]], seconds: float) -> Iterator[int]:
    """How much arrived in each window that ends with an arrival."""
    for end, _ in times:
        yield sum(cost for at, cost in times if end - seconds + 1e-6 < at <= end)


SENDS = st.lists(
    st.tuples(
        st.sampled_from(["1001", "1002", "1003", "1004", "1005", "1006", "-100", "-200"]),
        st.integers(1, 4),
        st.floats(0.0, 3.0),  # on its way
        st.floats(0.0, 3.0),  # until the answer is back
        st.floats(0.0, 2.0),  # before the next one is asked for
    ),
    max_size=40,
)


@settings(max_examples=150, deadline=None)
@given(SENDS)
def test_no_window_ever_holds_more_than_its_limit(sends: list[tuple[str, int, float, float, float]]) -> None:
    sky = Sky()
    for chat, cost, arrives, answered, later in sends:
        sky.send(chat, cost, arrives, answered)
        sky.pass_to(sky.now + later)
    assert all(most <= BOT.most for most in fullest([(at, cost) for at, _, cost in sky.arrived], BOT.seconds))
    for chat in {chat for _, chat, _ in sky.arrived}:
        here = [(at, cost) for at, where, cost in sky.arrived if where == chat]
        assert all(most <= 1 for most in fullest([(at, 1) for at, _ in here], CHAT.seconds))
        if chat.startswith("-"):
            assert all(most <= GROUP.most for most in fullest(here, GROUP.seconds))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.floats(0.0, 5.0), st.integers(1, 6)), max_size=20), st.integers(1, 6))
def test_who_waits_as_long_as_told_may_go(sent: list[tuple[float, int]], cost: int) -> None:
    window, now = Window(Limit(4, 2.0)), 0.0
    for later, weight in sent:
        now += later
        while wait := window.wait(now, weight):
            now += wait
        window.begin(weight)
        window.end(now, weight)
    for _ in range(10):
        if not (wait := window.wait(now, cost)):
            break
        now += wait
    assert window.wait(now, cost) == 0.0


def test_a_chat_that_was_told_to_wait_waits_that_long_and_others_do_not() -> None:
    sky = Sky()
    sky.pace.hold("1001", 7.0)
    assert sky.pace.chat_wait("1001") == 7.0
    assert sky.pace.chat_wait("1002") == 0.0
    sky.pass_to(7.0)
    assert sky.pace.chat_wait("1001") == 0.0


def test_an_album_larger_than_the_limit_has_a_window_to_itself() -> None:
    window = Window(Limit(4, 2.0))
    assert window.wait(0.0, 10) == 0.0
    window.begin(10)
    window.end(0.5, 10)
    assert window.wait(0.5, 1) == 2.0


def test_chats_that_are_idle_are_forgotten() -> None:
    sky = Sky()
    for number in range(3000):
        sky.pace.begin(str(number))
        sky.pace.end(str(number))
        sky.now += 1.0
    assert len(sky.pace._chats) <= 1001


def test_a_chat_without_limits_of_its_own_may_be_forgotten_while_it_is_being_written_to() -> None:
    pace = Pace(lambda: 0.0, Limit(10**6, 1.0), lambda chat: ())
    chats = [str(number) for number in range(2 * SWEEP_AT)]
    for chat in chats:
        pace.begin(chat)
    for chat in chats:
        pace.end(chat)
    assert pace.bot_wait() == 0.0
