"""The arithmetic of deadlines: what is printed is right, whatever has happened to the report."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from bot import cases, cases_citizen
from bot.deadline import end_of, reckon
from bot.explain import explain_deadline, hours_in_words
from dialogs.cards import moment
from dialogs.effects import AnswerQuestion, CorrectCategory, FileReport, SetUrgent, Step
from dialogs.words import OPEN_STATUSES, TOWN_TIME, Place, ReportView
from store.codes import new_code
from store.report_record import Change, changes_of
from store.report_views import report_by_code
from store.reports import NotAllowed
from store.worktime import working_hours_between
from tests.stored import HOA, HUNG, a_person
from tests.town import TestTown, test_town

A_MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def quiet_town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestTown]:
    """One town for all examples; each files a report of its own."""
    with test_town(Path(tmp_path_factory.mktemp("deadline"))) as town:
        assert str(town.officer("Hùng", "intake")) == HUNG.id
        yield town


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=TOWN_TIME)


class Life:
    """A report's life, step by step, each at its own moment."""

    def __init__(self, connection: Connection, town: TestTown, now: datetime, **what: Any) -> None:
        self.connection, self.town = connection, town.town
        self.citizen = a_person(connection)
        plain = {"category": "lighting_greenery", "text": "đèn hỏng", "confidence": 0.9, **what}
        place = Place("xóm 5", "17713", "Thanh Lĩnh")
        effect = FileReport(code=new_code("TC"), predicted_category=plain["category"], place=place, **plain)
        self.code = cases.file_report(connection, self.town, effect, self.citizen, HOA, now).code

    @property
    def report(self) -> ReportView:
        found = report_by_code(self.connection, self.code, self.citizen)
        assert found
        return found

    @property
    def changes(self) -> list[Change]:
        return changes_of(self.connection, self.report.id)

    def take(self, step: str, now: datetime, **what: Any) -> None:
        effect = Step(self.code, self.report.version, step, **what)
        cases.take_step(self.connection, self.town, effect, HUNG, "", now)

    def answer(self, now: datetime) -> None:
        cases_citizen.answer_question(
            self.connection, self.town, AnswerQuestion(self.code, "dạ"), self.citizen, HOA.key, now
        )

    def mark_urgent(self, urgent: bool, now: datetime) -> None:
        effect = SetUrgent(self.code, self.report.version, urgent)
        cases.set_urgent(self.connection, self.town, effect, HUNG, now)

    def correct(self, category: str, now: datetime) -> None:
        effect = CorrectCategory(self.code, self.report.version, category)
        cases.correct_category(self.connection, self.town, effect, HUNG, now)

    def explain(self) -> str:
        return explain_deadline(self.report, self.changes, self.town)


def explained(town: TestTown, filed: str, *steps: tuple[str, str], **what: Any) -> str:
    """Play these (step, moment) and explain."""

    def play(connection: Connection) -> str:
        life = Life(connection, town, at(filed), **what)
        for step, now in steps:
            do(life, step, at(now))
        return life.explain()

    return town.write(play).replace("\n", "\n    ")


def do(life: Life, step: str, now: datetime) -> None:
    """One step by its name; answering needs a question that is open."""
    name, _, argument = step.partition(":")
    if name == "answer":
        life.answer(now)
    elif name == "urgent":
        life.mark_urgent(argument != "off", now)
    elif name == "correct":
        life.correct(argument, now)
    else:
        life.take(name, now, note="cột số mấy?" if name == "ask" else "", agency=argument)


# ---------------------------------------------------------------- in plain Vietnamese


def test_a_report_filed_on_friday_afternoon_is_due_when_the_hours_have_been_worked(quiet_town: TestTown) -> None:
    text = explained(quiet_town, "2026-11-20 16:30", ("accept", "2026-11-20 16:40"), category="electricity")
    assert re.sub("TC-.{7}", "TC", text) == (
        "TC phải trả lời trước 07:40 thứ Tư 25/11.\n"
        "    nhận 16:40 thứ Sáu 20/11 → 8 giờ làm việc → 07:40 thứ Tư 25/11\n"
        "    (thứ Sáu 20/11 20 phút; thứ Hai 23/11 7 giờ 30 phút; thứ Tư 25/11 10 phút)\n"
        '    Loại việc "Điện" được 8 giờ làm việc để trả lời kể từ lúc nhận.\n'
        "    Giờ làm việc: 7:30–11:30, 13:30–17:00, không tính ngày nghỉ.\n"
        "    Ngày nghỉ trong khoảng này: 24/11 (Ngày Văn hóa Việt Nam)."
    )


def test_tet_is_named_and_does_not_count(quiet_town: TestTown) -> None:
    text = explained(quiet_town, "2027-02-01 16:30", ("accept", "2027-02-01 16:40"), category="waste_sanitation")
    assert "nhận 16:40 thứ Hai 01/02 → 24 giờ làm việc → 08:40 thứ Sáu 12/02" in text
    assert "từ thứ Ba 02/02 tới thứ Năm 11/02, 3 ngày, mỗi ngày 7 giờ 30 phút" in text
    assert "04/02–10/02 (29 Tết … Mùng năm Tết Nguyên Đán)" in text


def test_before_it_is_accepted_the_time_to_accept_is_explained(quiet_town: TestTown) -> None:
    text = explained(quiet_town, "2026-11-25 16:00")
    assert "phải có người nhận trước 10:30 thứ Năm 26/11." in text
    assert "gửi 16:00 thứ Tư 25/11 → 4 giờ làm việc → 10:30 thứ Năm 26/11" in text


def test_a_pause_is_added_and_said(quiet_town: TestTown) -> None:
    steps = (("accept", "2026-11-25 08:00"), ("ask", "2026-11-25 09:00"), ("answer", "2026-11-26 10:00"))
    text = explained(quiet_town, "2026-11-25 07:30", *steps, category="electricity")
    assert "nhận 08:00 thứ Tư 25/11 → 8 giờ làm việc → 08:30 thứ Năm 26/11" in text
    assert (
        "chờ người dân 09:00 thứ Tư 25/11 → 10:00 thứ Năm 26/11, đồng hồ dừng 8 giờ 30 phút làm việc"
        " → 09:30 thứ Sáu 27/11" in text
    )


def test_while_the_citizen_owes_an_answer_the_clock_is_said_to_stand(quiet_town: TestTown) -> None:
    steps = (("accept", "2026-11-25 08:00"), ("ask", "2026-11-25 09:00"))
    assert "Từ 09:00 thứ Tư 25/11 đang chờ người dân trả lời" in explained(quiet_town, "2026-11-25 07:30", *steps)


def test_urgent_runs_by_the_clock_through_night_and_weekend(quiet_town: TestTown) -> None:
    text = explained(quiet_town, "2026-11-20 22:00", ("accept", "2026-11-20 22:30"), urgent=True)
    assert "nhận 22:30 thứ Sáu 20/11 → 8 giờ đồng hồ → 06:30 thứ Bảy 21/11" in text
    assert "kể cả ban đêm và ngày nghỉ" in text


def test_marked_urgent_later_it_counts_from_then_and_is_not_late_at_once(quiet_town: TestTown) -> None:
    steps = (("accept", "2026-11-25 08:00"), ("urgent", "2026-11-27 09:00"))
    text = explained(quiet_town, "2026-11-25 07:30", *steps)
    assert "đánh dấu KHẨN 09:00 thứ Sáu 27/11 → 8 giờ đồng hồ → 17:00 thứ Sáu 27/11" in text


def test_not_urgent_after_all_the_pauses_are_not_forgotten(quiet_town: TestTown) -> None:
    steps = (
        ("accept", "2026-11-25 08:00"),
        ("ask", "2026-11-25 09:00"),
        ("answer", "2026-11-25 11:00"),
        ("urgent", "2026-11-25 14:00"),
        ("urgent:off", "2026-11-25 15:00"),
    )
    text = explained(quiet_town, "2026-11-25 07:30", *steps, category="electricity")
    assert "phải trả lời trước 10:30 thứ Năm 26/11" in text
    assert "đồng hồ dừng 2 giờ làm việc → 10:30 thứ Năm 26/11" in text


def test_who_asks_has_taken_the_report_on(quiet_town: TestTown) -> None:
    steps = (("ask", "2026-11-25 08:00"), ("answer", "2026-11-25 09:00"))
    text = explained(quiet_town, "2026-11-25 07:30", *steps, category="electricity")
    assert "nhận và hỏi người dân 08:00 thứ Tư 25/11 → 8 giờ làm việc → 08:30 thứ Năm 26/11" in text
    assert "phải trả lời trước 09:30 thứ Năm 26/11" in text


def test_what_was_promised_stays_when_the_field_is_put_right(quiet_town: TestTown) -> None:
    steps = (("accept", "2026-11-25 08:00"), ("correct:electricity", "2026-11-25 09:00"))
    text = explained(quiet_town, "2026-11-25 07:30", *steps)
    assert "nhận 08:00 thứ Tư 25/11 → 40 giờ làm việc → 10:30 thứ Tư 02/12" in text
    assert "đã hẹn thì giữ" in text


def test_a_report_without_a_deadline_has_nothing_to_explain(quiet_town: TestTown) -> None:
    def play(connection: Connection) -> str:
        life = Life(connection, quiet_town, at("2026-11-25 08:00"))
        connection.exec_driver_sql("UPDATE report SET due_at = NULL WHERE code = ?", (life.code,))
        return life.explain()

    assert "chưa có hạn" in quiet_town.write(play)


@pytest.mark.parametrize(
    ("hours", "words"), [(8, "8 giờ"), (7.5, "7 giờ 30 phút"), (1 / 3, "20 phút"), (0, "0 giờ"), (0.999, "1 giờ")]
)
def test_hours_are_said_as_hours_and_minutes(hours: float, words: str) -> None:
    assert hours_in_words(hours) == words


# ---------------------------------------------------------------- whatever happens

STEPS = (
    "accept",
    "ask",
    "answer",
    "forward:cong-an-17713",
    "urgent",
    "urgent:off",
    "correct:electricity",
    "correct:waste_sanitation",
)
YEAR = at("2026-12-01 00:00")
starts = st.timedeltas(timedelta(0), timedelta(days=120)).map(lambda passed: YEAR + passed)
lives = st.lists(st.tuples(st.sampled_from(STEPS), st.timedeltas(A_MINUTE, timedelta(days=6))), max_size=8)


def lived(connection: Connection, town: TestTown, start: datetime, steps: list[tuple[str, timedelta]]) -> Life:
    """Play what the report's life allows of these steps."""
    life, now = Life(connection, town, start), start
    for step, passed in steps:
        now += passed
        try:
            with connection.begin_nested():
                do(life, step, now)
        except NotAllowed:
            continue
    return life


@given(start=starts, steps=lives)
@settings(max_examples=60, deadline=None)
def test_the_printed_end_is_the_deadline(quiet_town: TestTown, start: datetime, steps: Any) -> None:
    def play(connection: Connection) -> None:
        life = lived(connection, quiet_town, start, steps)
        report = life.report
        assert report.due_at and report.status in OPEN_STATUSES
        lines = life.explain().splitlines()
        assert f"trước {moment(report.due_at)}" in lines[0]
        ends = [line.rpartition(" → ")[2] for line in lines if " → " in line]
        assert not ends or ends[-1] == moment(report.due_at)

    quiet_town.write(play)


@given(start=starts, steps=lives)
@settings(max_examples=60, deadline=None)
def test_the_sum_really_adds_up(quiet_town: TestTown, start: datetime, steps: Any) -> None:
    def play(connection: Connection) -> None:
        life = lived(connection, quiet_town, start, steps)
        deadline = reckon(life.report, life.changes, life.town)
        assert deadline
        end = end_of(deadline.begun.created_at, deadline.hours, deadline.pauses, life.town, by_clock=deadline.by_clock)
        if deadline.usual:
            assert abs(end - deadline.due_at) < timedelta(seconds=1)

    quiet_town.write(play)


@given(
    start=starts, worked=st.timedeltas(A_MINUTE, timedelta(days=3)), waited=st.timedeltas(A_MINUTE, timedelta(days=9))
)
@settings(max_examples=40, deadline=None)
def test_an_answer_moves_the_deadline_by_the_working_time_that_was_waited(
    quiet_town: TestTown, start: datetime, worked: timedelta, waited: timedelta
) -> None:
    def play(connection: Connection) -> None:
        life, hours = Life(connection, quiet_town, start), quiet_town.town.office_hours
        life.take("accept", start)
        before = life.report.due_at
        life.take("ask", start + worked, note="cột số mấy?")
        life.answer(start + worked + waited)
        after = life.report.due_at
        assert before and after
        stood = working_hours_between(start + worked, start + worked + waited, hours)
        assert working_hours_between(before, after, hours) == pytest.approx(stood, abs=1e-5)

    quiet_town.write(play)


@given(start=starts, passed=st.timedeltas(timedelta(0), timedelta(days=20)))
@settings(max_examples=40, deadline=None)
def test_urgent_is_never_later_than_it_was(quiet_town: TestTown, start: datetime, passed: timedelta) -> None:
    def play(connection: Connection) -> None:
        life = Life(connection, quiet_town, start)
        life.take("accept", start)
        before = life.report.due_at
        life.mark_urgent(True, start + passed)
        assert before and life.report.due_at and life.report.due_at <= before

    quiet_town.write(play)
