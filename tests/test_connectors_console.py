"""What is typed at the console: a place is a place on earth, anything else that begins with a colon is refused."""

import pytest

from connectors.console import BadLine, Console
from tests.town import MONDAY_NINE


@pytest.fixture
def console() -> Console:
    return Console(lambda text: None, lambda: MONDAY_NINE)


def test_a_pin_is_a_place(console: Console) -> None:
    incoming = console.read_line(":pin 18.79,105.33\n")
    assert (incoming.kind, incoming.lat, incoming.lon) == ("location", 18.79, 105.33)


@pytest.mark.parametrize("line", [":pin nan,nan", ":pin inf,1", ":pin 200,10", ":pin 1", ":photo /nowhere.jpg", ":wat"])
def test_what_cannot_be_read_is_refused(console: Console, line: str) -> None:
    with pytest.raises(BadLine):
        console.read_line(line)
