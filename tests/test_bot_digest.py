"""The leaders' morning digest: figures that are right, words that name nothing sensitive, a legible picture."""

from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import Connection

from bot.chart import SIZE, Bars, Picture, Tile, draw, font
from bot.digest import Digest, digest_of, digest_picture, digest_text, last_morning
from dialogs.words import TOWN_TIME
from store.notices import notices_of
from store.report_record import Actor
from store.reports import change_status, insert_report
from store.tables.base import table
from store.tables.reports import Media
from tests.stored import HOA, HUNG, a_person, row_of, view
from tests.town import TestTown, thanh_chuong

MONDAY = datetime(2026, 11, 30, 7, 30, tzinfo=TOWN_TIME)
FRIDAY = datetime(2026, 11, 27, 7, 30, tzinfo=TOWN_TIME)
media_table = table(Media)
AN_HOUR, A_DAY = timedelta(hours=1), timedelta(days=1)
FRESH = {"created_at": FRIDAY - A_DAY, "due_at": MONDAY + A_DAY}

numbers = iter(range(10_000))


def a_report(connection: Connection, **values: Any) -> int:
    """A report that somebody works on, as a row."""
    citizen = a_person(connection)
    plain = {
        "locality_id": thanh_chuong().id,
        "code": f"TC-{next(numbers):04}",
        "citizen_id": citizen,
        "address_key": HOA.key,
        "text": "đèn hỏng",
        "category": "lighting_greenery",
        "commune": "17713",
        "agency_id": "kinh-te-17713",
        "why": [],
        **FRESH,
    }
    return insert_report(connection, {**plain, **values}, Actor("citizen", str(citizen)))


def step(connection: Connection, report_id: int, name: str, now: datetime, **values: Any) -> None:
    change_status(connection, report_id, view(connection, report_id).version, name, HUNG, now, push=False, **values)


def a_done_report(connection: Connection, done: datetime, due: datetime, **values: Any) -> int:
    report_id = a_report(connection, due_at=due, **values)
    step(connection, report_id, "accept", FRIDAY - A_DAY)
    step(connection, report_id, "resolve", done, resolved_at=done)
    return report_id


def rate(connection: Connection, report_id: int, solved: int, satisfied: int, now: datetime) -> None:
    version = view(connection, report_id).version
    citizen = Actor("citizen", str(a_person(connection)))
    given = {"solved_rating": solved, "satisfaction": satisfied}
    change_status(connection, report_id, version, "close", citizen, now, push=False, **given)


def counted(town: TestTown, now: datetime = MONDAY) -> Digest:
    return town.read(lambda connection: digest_of(connection, town.town, now))


# ---------------------------------------------------------------- the figures


def test_done_since_the_last_working_morning_is_split_into_in_time_and_late(town: TestTown) -> None:
    def fill(connection: Connection) -> None:
        for done, due in (
            (FRIDAY + AN_HOUR, FRIDAY + 2 * AN_HOUR),
            (FRIDAY + AN_HOUR, FRIDAY + AN_HOUR),
            (FRIDAY + AN_HOUR, FRIDAY),
            (FRIDAY - AN_HOUR, FRIDAY),  # told of on Friday
        ):
            a_done_report(connection, done, due)

    town.write(fill)
    assert (counted(town).done_in_time, counted(town).done_late) == (2, 1)


def test_open_is_split_by_the_deadline_and_a_clock_that_stands_is_not_late(town: TestTown) -> None:
    def fill(connection: Connection) -> None:
        a_report(connection, due_at=MONDAY + AN_HOUR)
        a_report(connection, due_at=MONDAY - AN_HOUR)
        a_report(connection, due_at=MONDAY - AN_HOUR, paused_at=FRIDAY)
        a_report(connection, due_at=None)

    town.write(fill)
    assert (counted(town).open_in_time, counted(town).open_late) == (3, 1)


def test_what_is_done_while_the_citizen_owes_an_answer_counts_as_done_when_they_were_asked(town: TestTown) -> None:
    def fill(connection: Connection) -> None:
        report_id = a_report(connection, due_at=FRIDAY + AN_HOUR)
        step(connection, report_id, "ask", FRIDAY, paused_at=FRIDAY)
        step(connection, report_id, "resolve", FRIDAY + 3 * AN_HOUR)

    town.write(fill)
    assert (counted(town).done_in_time, counted(town).done_late) == (1, 0)


def test_received_counts_from_the_last_working_morning_over_the_weekend(town: TestTown) -> None:
    def fill(connection: Connection) -> None:
        for filed in (FRIDAY, FRIDAY + A_DAY, FRIDAY + 2 * A_DAY, FRIDAY - AN_HOUR):
            a_report(connection, created_at=filed)

    town.write(fill)
    assert counted(town).received == 3


def test_the_morning_before_a_monday_is_fridays_and_before_a_feast_the_last_that_was_worked(town: TestTown) -> None:
    assert last_morning(MONDAY, town.town) == FRIDAY
    after_the_feast = datetime(2026, 11, 25, 7, 30, tzinfo=TOWN_TIME)  # 24 November is a day off
    assert last_morning(after_the_feast, town.town) == datetime(2026, 11, 23, 7, 30, tzinfo=TOWN_TIME)


def test_both_ratings_are_means_of_the_last_thirty_days(town: TestTown) -> None:
    def fill(connection: Connection) -> None:
        for solved, satisfied, rated in ((3, 5, FRIDAY), (3, 2, FRIDAY), (1, 1, MONDAY - 31 * A_DAY)):
            report_id = a_done_report(connection, FRIDAY - A_DAY, FRIDAY)
            rate(connection, report_id, solved, satisfied, rated)

    town.write(fill)
    ratings = counted(town).ratings
    assert (ratings.count, ratings.solved, ratings.satisfied) == (2, 3.0, 3.5)


def test_the_five_oldest_open_are_named_oldest_first(town: TestTown) -> None:
    def fill(connection: Connection) -> None:
        for days in (3, 9, 1, 7, 5, 8):
            a_report(connection, code=f"TC-{days}", created_at=MONDAY - days * A_DAY)

    town.write(fill)
    assert [item.code for item in counted(town).oldest] == ["TC-9", "TC-8", "TC-7", "TC-5", "TC-3"]


@pytest.mark.parametrize(
    ("lately", "before", "is_spike"),
    [(3, 0, True), (2, 0, False), (6, 12, True), (5, 12, False), (3, 7, False), (3, 6, True)],
)
def test_a_spike_is_three_or_more_and_twice_the_mean_of_four_weeks(
    town: TestTown, lately: int, before: int, is_spike: bool
) -> None:
    def fill(connection: Connection) -> None:
        for number in range(lately):
            a_report(connection, created_at=MONDAY - timedelta(hours=number + 1))
        for number in range(before):
            a_report(connection, created_at=MONDAY - timedelta(days=8 + number))

    town.write(fill)
    spikes = counted(town).spikes
    assert [spike.category for spike in spikes] == (["lighting_greenery"] if is_spike else [])


def test_sensitive_reports_are_in_the_sums_and_nowhere_else(town: TestTown) -> None:
    def fill(connection: Connection) -> None:
        for _ in range(4):
            a_report(connection, category="officer_conduct", sensitive=True, created_at=FRIDAY, due_at=FRIDAY)

    town.write(fill)
    digest = counted(town)
    assert (digest.received, digest.open_late) == (4, 4)
    assert (digest.oldest, digest.spikes) == ((), ())
    assert "cán bộ" not in digest_text(digest, town.town)


def test_the_bars_are_the_fourteen_days_before_today(town: TestTown) -> None:
    def fill(connection: Connection) -> None:
        a_done_report(connection, FRIDAY, FRIDAY, created_at=MONDAY - 14 * A_DAY)
        a_report(connection, created_at=MONDAY)

    town.write(fill)
    days = counted(town).days
    assert [day.name for day in (days[0], days[-1])] == ["16/11", "29/11"]
    assert (days[0].received, sum(day.received for day in days)) == (1, 1)
    assert [day.name for day in days if day.done] == ["27/11"]


# ---------------------------------------------------------------- the words


def test_the_digest_reads_like_this(town: TestTown) -> None:
    def fill(connection: Connection) -> None:
        rate(connection, a_done_report(connection, FRIDAY, FRIDAY - AN_HOUR), 3, 4, FRIDAY + AN_HOUR)
        a_report(connection, code="TC-OLD", created_at=MONDAY - 9 * A_DAY, due_at=FRIDAY)
        for _ in range(3):
            a_report(connection, category="electricity", commune="", agency_id="", created_at=FRIDAY)

    town.write(fill)
    first = digest_text(counted(town), town.town).splitlines()
    assert first[:8] == [
        "Bản tin sáng thứ Hai 30/11/2026, Thanh Chương, Nghệ An",
        "Từ 07:30 thứ Sáu 27/11: 3 phản ánh mới, 1 việc xong.",
        "Việc xong: 0 đúng hạn, 1 trễ hạn.",
        "Đang mở: 3 còn hạn, 1 quá hạn.",
        "Người dân chấm 30 ngày qua (1 lượt): giải quyết 3,0/3, hài lòng 4,0/5.",
        "Mở lâu nhất:",
        "• TC-OLD · Đèn đường, cây xanh · Phòng Kinh tế xã Đại Đồng: 9 ngày, QUÁ HẠN",
        f"• {counted(town).oldest[1].code} · Điện · chưa rõ xã: 3 ngày",
    ]
    assert first[-1] == "• Điện: 3 phản ánh, bình thường 0 mỗi tuần"


def test_a_town_without_any_report_has_a_digest_too(town: TestTown) -> None:
    text = digest_text(counted(town), town.town)
    assert "0 phản ánh mới, 0 việc xong." in text
    assert "chưa có lượt đánh giá nào" in text


# ---------------------------------------------------------------- the picture


def test_the_chart_is_one_png_of_the_size_of_a_phone_picture(town: TestTown) -> None:
    image = Image.open(BytesIO(draw(digest_picture(counted(town), town.town))))
    assert (image.format, image.size) == ("PNG", SIZE)


def test_the_font_has_every_letter_of_vietnamese() -> None:
    letters = "ăâđêôơưĂÂĐÊÔƠƯáàảãạắằẳẵặấầẩẫậéèẻẽẹếềểễệíìỉĩịóòỏõọốồổỗộớờởỡợúùủũụứừửữựýỳỷỹỵ"
    for bold in (False, True):
        missing = font(40, bold).getmask("\uffff").getbbox(), bytes(font(40, bold).getmask("\uffff"))
        drawn = [
            (font(40, bold).getmask(letter).getbbox(), bytes(font(40, bold).getmask(letter))) for letter in letters
        ]
        assert missing not in drawn


def test_nothing_is_drawn_beyond_the_paper() -> None:
    days = tuple(Bars(f"{day:02}/11", 999, 998) for day in range(1, 15))
    tiles = tuple(Tile("1234", "đang mở, quá hạn", "#b3261e") for _ in range(4))
    picture = Picture("Thanh Chương, Nghệ An", "Sáng", tiles, "14 ngày qua", "phản ánh mới", "việc xong", days, "chấm")
    image = Image.open(BytesIO(draw(picture))).convert("RGB")
    edges = [image.crop(box) for box in ((0, 0, 40, SIZE[1]), (SIZE[0] - 40, 0, SIZE[0], SIZE[1]))]
    assert all(edge.getcolors() == [(40 * SIZE[1], (255, 255, 255))] for edge in edges)


def test_the_same_figures_give_the_same_bytes(town: TestTown) -> None:
    digest = counted(town)
    assert draw(digest_picture(digest, town.town)) == draw(digest_picture(digest, town.town))


async def test_the_leaders_get_text_and_picture_once_a_day(town: TestTown) -> None:
    town.clock.now = MONDAY
    for _ in range(2):
        await town.tick()
    notices = town.read(lambda connection: notices_of(connection, ["leaders"]))
    assert [notice.kind for notice in notices] == ["digest"]
    media = town.read(lambda connection: row_of(connection, media_table, id=int(notices[0].media)))
    assert (media["state"], media["mime"], media["report_id"]) == ("stored", "image/png", None)
    assert town.media.get(media["blob"]).startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("now", "comes"),
    [
        ("2026-11-30 07:29", False),
        ("2026-11-30 07:30", True),
        ("2026-11-30 11:00", True),
        ("2026-11-30 14:00", False),
        ("2026-11-28 07:30", False),
        ("2026-11-24 07:30", False),
    ],
    ids=["too early", "on time", "after a restart", "too late to be a morning's", "a Saturday", "a day off"],
)
async def test_the_digest_comes_on_working_mornings(town: TestTown, now: str, comes: bool) -> None:
    town.clock.now = datetime.fromisoformat(now).replace(tzinfo=TOWN_TIME)
    await town.tick()
    assert bool(town.read(lambda connection: notices_of(connection, ["leaders"]))) is comes
