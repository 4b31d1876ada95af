"""The bench's own parts: what it would measure wrongly if they broke."""

import asyncio
from datetime import timedelta
from typing import cast

from sqlalchemy import func, select

from bot.bench.people import Pacer, fields_of, wanted
from bot.bench.profile import counted
from bot.bench.texts import MOST, texts
from bot.bench.turns import at
from bot.bench.wire import Answering, Frame, Poster
from dialogs.words import Prediction
from nlp.understand import Understanding
from store import report_words
from store.growth import LIVE, grow
from store.tables.base import table
from store.tables.reports import Report, ReportWord
from store.tables.talk import Message
from tests.town import MONDAY_NINE, TestTown, thanh_chuong


async def test_a_post_gets_its_answer_in_whatever_pieces_they_travel() -> None:
    asked: list[Frame] = []

    def answer(frame: Frame) -> bytes:
        asked.append(frame)
        return b"x" * 200_000

    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Answering(answer), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    _, line = await loop.create_connection(lambda: Poster("/hook", "s"), "127.0.0.1", port)
    first, second = await line.post(b"{}" * 100_000), await line.post(b"[]")
    assert (first.first, len(first.body), len(second.body)) == (b"HTTP/1.1 200 OK", 200_000, 200_000)
    assert [len(frame.body) for frame in asked] == [200_000, 2]
    assert line.transport
    line.transport.close()
    server.close()


async def test_a_late_turn_is_counted_from_when_it_was_due() -> None:
    pacer = Pacer(rate=1000.0)
    first, second = await pacer.due(), await pacer.due()
    assert round(second - first, 6) == 0.001


def test_people_send_when_they_can_and_say_that_it_is_news() -> None:
    assert wanted(["3:edit", "3:send", "3:cancel"]) == "3:send"
    assert wanted(["3:same:TC-1", "3:none", "3:back"]) == "3:none"
    assert wanted(["3:waste", "3:other"]) == "3:waste"


def test_a_request_is_read_as_form_and_as_json_without_its_text() -> None:
    form = fields_of(b"chat_id=5&text=%C4%91%C3%A8n&reply_markup=%7B%7D")
    assert form == {"chat_id": "5", "reply_markup": "{}"}
    assert fields_of(b'{"chat_id": "5", "reply_markup": {"a": 1}}')["reply_markup"] == '{"a": 1}'


def test_time_goes_to_the_innermost_room_that_is_known() -> None:
    stacks = ["/x/bot/turn.py:1;/v/sqlalchemy/base.py:2;/x/store/hot.py:3 30", "/v/aiohttp/web.py:1;/p/ssl.py:9 10"]
    stacks.append("_bootstrap (/p/threading.py:9);_worker (/p/concurrent/futures/thread.py:81) 99")  # waits for work
    assert counted(stacks) == {"database": 0.75, "HTTP": 0.25}


def test_percentiles_are_values_that_occurred() -> None:
    assert (at([3.0, 1.0, 2.0], 0.5), at([3.0, 1.0, 2.0], 0.99), at([], 0.5)) == (2.0, 3.0, 0.0)


def test_the_texts_are_distinct_and_nothing_but_reports() -> None:
    class NoneOfLand:
        def understand(self, text: str) -> Prediction:
            return Prediction("chatter" if "đất" in text else "report")

    found = texts(thanh_chuong(), cast(Understanding, NoneOfLand()))
    assert (len(set(found)), any("đất" in text for text in found)) == (MOST, False)


def test_a_grown_town_is_full_and_forgets_the_words_nobody_looks_for(town: TestTown) -> None:
    with town.engine.connect() as connection:
        done = list(grow(connection, thanh_chuong(), LIVE + 500, 5, MONDAY_NINE))
        counts = [select(func.count()).select_from(table(model)) for model in (Report, Message, ReportWord)]
        *full, words = (connection.execute(count).scalar_one() for count in counts)
        assert (done[-1], full) == (LIVE + 500, [LIVE + 500, 5 * (LIVE + 500)])
        assert report_words.forget_old_words(connection, MONDAY_NINE) == 0
        gone = report_words.forget_old_words(connection, MONDAY_NINE + timedelta(days=7))
        assert words / 3 < gone < words
