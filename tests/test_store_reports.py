"""A report changes in one way only: step by step, by whoever saw its latest version, on a record that shows forgery."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import Cursor
from sqlalchemy import Connection, update

from dialogs.words import Media as MediaValue
from dialogs.words import Status
from store.corrections import add_correction
from store.hot import driver
from store.lifecycle import TRANSITIONS, allowed_steps
from store.line_postgres import PostgresLine
from store.report_cards import hide_cards, rooms_showing, show_card
from store.report_media import attach_media
from store.report_notes import add_note, notes_of
from store.report_record import Actor, broken_links, changes_of, changes_to_push, mark_pushed
from store.report_views import all_reports, report_by_code, reports_in_rooms, reports_of
from store.reports import NotAllowed, TooLate, change_fields, change_status
from store.staff import log_access
from store.tables.base import table
from store.tables.reports import Media, Note, Report, StatusChange
from tests.stored import HOA, HUNG, LAN, NAM, a_person, a_stored_photo, a_stored_report, row_of, view
from tests.town import MONDAY_NINE, TestTown

SOON = MONDAY_NINE + timedelta(minutes=5)


@pytest.fixture
def connection(town: TestTown) -> Any:
    with town.engine.begin() as opened:
        yield opened
        opened.rollback()


# ---------------------------------------------------------------- filing


def test_a_filed_report_is_received_at_version_one_with_its_first_change(connection: Connection) -> None:
    report = view(connection, a_stored_report(connection))
    assert (report.status, report.version) == (Status.RECEIVED, 1)
    (change,) = changes_of(connection, report.id)
    assert (change.trigger, change.to_status, change.version) == ("file", Status.RECEIVED, 1)
    assert broken_links(connection, report.id) == []


def test_the_filing_itself_is_not_pushed_the_turn_has_answered_it(connection: Connection) -> None:
    a_stored_report(connection)
    assert changes_to_push(connection, 10) == []


# ---------------------------------------------------------------- compare and set


def test_a_step_moves_the_report_and_its_version(connection: Connection) -> None:
    report = a_stored_report(connection)
    assert change_status(connection, report, 1, "accept", HUNG, SOON, accepted_at=SOON) is Status.IN_PROGRESS
    after = view(connection, report)
    assert (after.status, after.version, after.accepted_at) == (Status.IN_PROGRESS, 2, SOON)
    assert after.steps == allowed_steps(Status.IN_PROGRESS)


def test_the_second_of_two_is_too_late_and_told_who_was_first(connection: Connection) -> None:
    report = a_stored_report(connection)
    change_status(connection, report, 1, "accept", HUNG, SOON)
    with pytest.raises(TooLate) as late:
        change_status(connection, report, 1, "reject", LAN, SOON + timedelta(seconds=1), note="không thuộc xã")
    assert (late.value.who, late.value.step, late.value.at) == ("Hùng", "accept", SOON)
    after = view(connection, report)
    assert (after.status, after.version, after.outcome) == (Status.IN_PROGRESS, 2, "")
    assert len(changes_of(connection, report)) == 2


def test_too_late_is_told_even_when_the_step_is_not_allowed_any_more(connection: Connection) -> None:
    report = a_stored_report(connection)
    change_status(connection, report, 1, "reject", HUNG, SOON)
    with pytest.raises(TooLate):
        change_status(connection, report, 1, "accept", LAN, SOON)


def test_a_step_that_the_life_does_not_allow_changes_nothing(connection: Connection) -> None:
    report = a_stored_report(connection)
    with pytest.raises(NotAllowed) as refused:
        change_status(connection, report, 1, "resolve", HUNG, SOON, outcome="xong")
    assert (refused.value.status, refused.value.step) == (Status.RECEIVED, "resolve")
    assert (view(connection, report).version, view(connection, report).outcome) == (1, "")


def test_a_version_of_the_future_is_refused_too(connection: Connection) -> None:
    report = a_stored_report(connection)
    with pytest.raises(TooLate):
        change_status(connection, report, 7, "accept", HUNG, SOON)


def test_a_field_is_changed_under_the_same_condition_and_in_the_same_record(connection: Connection) -> None:
    report = a_stored_report(connection)
    change_fields(connection, report, 1, "correct", HUNG, SOON, category="electricity")
    after = view(connection, report)
    assert (after.category, after.version, after.status) == ("electricity", 2, Status.RECEIVED)
    with pytest.raises(TooLate):
        change_fields(connection, report, 1, "urgent", LAN, SOON, urgent=True)
    assert [change.trigger for change in changes_of(connection, report)] == ["file", "correct"]


def test_the_unit_that_gets_a_report_stands_on_it_and_in_the_record(connection: Connection) -> None:
    report = a_stored_report(connection)
    change_status(connection, report, 1, "forward", HUNG, SOON, agency_id="dien-luc")
    change_status(connection, report, 2, "accept", HUNG, SOON)
    assert view(connection, report).agency == "dien-luc"
    assert [change.agency_id for change in changes_of(connection, report)] == ["", "dien-luc", "dien-luc"]


# ---------------------------------------------------------------- the record


@pytest.mark.parametrize(
    ("field", "forged"),
    [
        ("note", "không phải lỗi của chúng tôi"),
        ("actor_name", "Lan"),
        ("actor_id", "2"),
        ("to_status", "resolved"),
        ("from_status", "resolved"),
        ("trigger", "ask"),
        ("agency_id", "dien-luc"),
        ("created_at", MONDAY_NINE - timedelta(days=1)),
        ("previous_hash", "0" * 64),
        ("hash", "0" * 64),
    ],
)
def test_a_row_that_was_altered_afterwards_shows(connection: Connection, field: str, forged: Any) -> None:
    report = a_stored_report(connection)
    change_status(connection, report, 1, "accept", HUNG, SOON)
    change_status(connection, report, 2, "ask", HUNG, SOON, note="ở đâu ạ?")
    changes = table(StatusChange)
    altered = (changes.c.report_id == report) & (changes.c.version == 2)
    connection.execute(update(changes).where(altered).values({field: forged}))
    assert 2 in broken_links(connection, report)


def test_a_row_that_was_taken_out_shows(connection: Connection) -> None:
    report = a_stored_report(connection)
    change_status(connection, report, 1, "accept", HUNG, SOON)
    change_status(connection, report, 2, "ask", HUNG, SOON)
    changes = table(StatusChange)
    connection.execute(changes.delete().where(changes.c.report_id == report, changes.c.version == 2))
    assert broken_links(connection, report) == [3]


def test_one_reports_record_says_nothing_about_anothers(connection: Connection) -> None:
    one, other = a_stored_report(connection), a_stored_report(connection, NAM)
    change_status(connection, one, 1, "accept", HUNG, SOON)
    connection.execute(update(table(StatusChange)).where(table(StatusChange).c.report_id == one).values(note="x"))
    assert broken_links(connection, one) == [1, 2]
    assert broken_links(connection, other) == []


def test_telling_the_citizen_does_not_touch_the_record(connection: Connection) -> None:
    report = a_stored_report(connection)
    change_status(connection, report, 1, "accept", HUNG, SOON)
    (change,) = changes_to_push(connection, 10)
    mark_pushed(connection, change.id, SOON)
    assert changes_to_push(connection, 10) == []
    assert broken_links(connection, report) == []


WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)  # as doors let them in


@given(st.lists(st.tuples(st.sampled_from(sorted({step for step, _, _ in TRANSITIONS})), WORDS), max_size=8))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_chain_holds_after_any_life(connection: Connection, steps: list[tuple[str, str]]) -> None:
    report = a_stored_report(connection)
    for number, (step, note) in enumerate(steps):
        before = view(connection, report)
        now = MONDAY_NINE + timedelta(hours=number)
        if step in before.steps:
            change_status(connection, report, before.version, step, HUNG, now, note=note)
        else:
            with pytest.raises(NotAllowed):
                change_status(connection, report, before.version, step, HUNG, now, note=note)
    after = view(connection, report)
    changes = changes_of(connection, report)
    assert [change.version for change in changes] == list(range(1, after.version + 1))
    assert changes[-1].to_status is after.status
    assert broken_links(connection, report) == []


# ---------------------------------------------------------------- media


def test_a_report_takes_only_pictures_of_its_own_conversation(connection: Connection) -> None:
    mine, another = a_stored_photo(connection, HOA.key), a_stored_photo(connection, NAM.key)
    report = a_stored_report(connection)
    attach_media(connection, report, [mine, another], HOA.key)
    assert [item.ref for item in view(connection, report).media] == [mine]
    assert row_of(connection, table(Media), id=int(another))["report_id"] is None


def test_a_picture_belongs_to_the_first_report_that_took_it(connection: Connection) -> None:
    photo = a_stored_photo(connection)
    first, second = a_stored_report(connection), a_stored_report(connection)
    attach_media(connection, first, [photo], HOA.key)
    attach_media(connection, second, [photo], HOA.key, side="after")
    assert [item.ref for item in view(connection, first).media] == [photo]
    assert view(connection, second).outcome_media == ()


@pytest.mark.parametrize("ref", ["", "upload:1", "-1", "x", "²", "٣", "1" * 30])
def test_a_ref_that_is_no_id_of_ours_is_left_out(connection: Connection, ref: str) -> None:
    report = a_stored_report(connection)
    attach_media(connection, report, [ref], HOA.key)
    assert view(connection, report).media == ()


def test_pictures_of_the_outcome_stand_apart_from_the_citizens(connection: Connection) -> None:
    room = "room:web:ubnd|1|TC"
    before, after, answer = (a_stored_photo(connection), a_stored_photo(connection, room), a_stored_photo(connection))
    report = a_stored_report(connection)
    attach_media(connection, report, [before], HOA.key)
    attach_media(connection, report, [after], room, side="after")
    attach_media(connection, report, [answer], HOA.key, side="answer")
    seen = view(connection, report)
    assert [item.ref for item in seen.media] == [before, answer]
    assert [item.ref for item in seen.outcome_media] == [after]
    assert seen.media[0] == MediaValue("image", before, "image/jpeg", 1000)


# ---------------------------------------------------------------- reading


def test_a_report_is_mine_only_for_whom_filed_it(connection: Connection) -> None:
    report = view(connection, a_stored_report(connection))
    hoa, nam = a_person(connection, HOA), a_person(connection, NAM)

    def mine(citizen: int | None) -> bool:
        found = report_by_code(connection, report.code, citizen)
        return found is not None and found.mine

    assert (mine(hoa), mine(nam), mine(None)) == (True, False, False)
    assert report_by_code(connection, "TC-0000-00") is None


def test_a_citizen_finds_their_own_reports_newest_first(connection: Connection) -> None:
    first = a_stored_report(connection)
    second = a_stored_report(connection, created_at=SOON)
    a_stored_report(connection, NAM)
    hoa = a_person(connection, HOA)
    assert [report.id for report in reports_of(connection, hoa, 8)] == [second, first]
    assert [report.id for report in reports_of(connection, hoa, 1)] == [second]


def test_the_code_of_a_report_is_given_once(connection: Connection) -> None:
    from sqlalchemy.exc import IntegrityError

    a_stored_report(connection, code="TC-7K3F-2F")
    with pytest.raises(IntegrityError), connection.begin_nested():
        a_stored_report(connection, code="TC-7K3F-2F")


def test_words_on_a_report_come_back_in_order_with_their_authors(connection: Connection) -> None:
    report = a_stored_report(connection)
    add_note(connection, report, "internal", "gọi điện lực chưa?", "Lan", MONDAY_NINE)
    add_note(connection, report, "addition", "vẫn tối", "", SOON)
    assert [(note.kind, note.author) for note in notes_of(connection, report)] == [
        ("internal", "Lan"),
        ("addition", ""),
    ]
    assert row_of(connection, table(Note), kind="addition")["report_id"] == report


# ---------------------------------------------------------------- cards


def test_a_card_is_shown_once_in_a_room_and_can_be_taken_out(town: TestTown) -> None:
    def play(connection: Connection) -> list[set[str]]:
        report = a_stored_report(connection)
        for room in ("ubnd-17713", "ubnd-17713", "intake"):
            show_card(connection, report, room, SOON)
        shown = rooms_showing(connection, report)
        assert len(shown) == len(set(shown))
        hide_cards(connection, report)
        return [set(shown), set(rooms_showing(connection, report))]

    assert town.write(play) == [{"ubnd-17713", "intake"}, set()]


def test_a_room_sees_its_own_cards_urgent_first_then_by_what_is_due(connection: Connection) -> None:
    late, soon, urgent, elsewhere, finished = (
        a_stored_report(connection, due_at=MONDAY_NINE + timedelta(days=3)),
        a_stored_report(connection, due_at=MONDAY_NINE + timedelta(days=1)),
        a_stored_report(connection, due_at=MONDAY_NINE + timedelta(days=9), urgent=True),
        a_stored_report(connection, due_at=MONDAY_NINE),
        a_stored_report(connection, due_at=MONDAY_NINE),
    )
    for report in (late, soon, urgent, finished):
        show_card(connection, report, "ubnd-17713", SOON)
    show_card(connection, elsewhere, "intake", SOON)
    change_status(connection, finished, 1, "reject", HUNG, SOON)

    def cards(**what: Any) -> list[int]:
        return [report.id for report in reports_in_rooms(connection, ["ubnd-17713"], most=9, **what)]

    assert cards(open_only=True) == [urgent, soon, late]
    assert cards(open_only=False) == [finished]


@pytest.mark.parametrize(("query", "found"), [("xóm 5", 1), ("đèn đường", 1), ("%", 0), ("_", 0), ("xóm 6", 0)])
def test_cards_are_searched_by_the_letters_typed(connection: Connection, query: str, found: int) -> None:
    report = a_stored_report(connection, place_text="gần chợ")
    show_card(connection, report, "intake", SOON)
    cards = reports_in_rooms(connection, ["intake"], open_only=True, most=9, query=query)
    assert len(cards) == found


def test_a_look_at_the_reporters_phone_is_written_down(connection: Connection, town: TestTown) -> None:
    from store.tables.staff import Access

    report = a_stored_report(connection)
    officer = row_officer(connection)
    log_access(connection, report, officer, SOON)
    assert row_of(connection, table(Access), report_id=report)["officer_id"] == officer


def row_officer(connection: Connection) -> int:
    from store import staff

    return staff.add_officer(connection, "thanh-chuong", "Hùng", "", [], MONDAY_NINE)


def test_what_an_officer_put_right_is_kept_for_the_classifier(connection: Connection) -> None:
    from store.tables.reports import Correction

    report, officer = a_stored_report(connection), row_officer(connection)
    add_correction(connection, report, officer, "category", "land", "electricity", SOON)
    kept = row_of(connection, table(Correction), report_id=report)
    assert (kept["was"], kept["now"], kept["officer_id"]) == ("land", "electricity", officer)


def test_all_reports_can_be_listed_by_status(connection: Connection) -> None:
    one, other = a_stored_report(connection), a_stored_report(connection)
    change_status(connection, one, 1, "withdraw", Actor("citizen", "1"), SOON)
    assert [report.id for report in all_reports(connection, 9)] == [other, one]
    assert [report.id for report in all_reports(connection, 9, "withdrawn")] == [one]


def test_a_report_keeps_what_was_known_when_it_was_filed(connection: Connection) -> None:
    report = a_stored_report(connection, why=["đèn", "tối om"], confidence=0.93, lat=18.8, lon=105.3, urgent=True)
    seen = view(connection, report)
    assert (seen.why, seen.confidence, seen.place.lat, seen.urgent) == (("đèn", "tối om"), 0.93, 18.8, True)
    assert row_of(connection, table(Report), id=report)["published"] is False


def test_many_reports_take_one_look_for_their_pictures_and_one_for_who_joined(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        a_stored_report(connection, text=f"đèn {number}")
    asked: list[object] = []
    if connection.dialect.name == "sqlite":  # the driver counts: not all go through SQLAlchemy
        driver(connection).set_trace_callback(asked.append)
    else:

        def noting(through: Any) -> Any:
            def noted(*given: Any, **how: Any) -> Any:
                asked.append(given[1])
                return through(*given, **how)

            return noted

        monkeypatch.setattr(Cursor, "execute", noting(Cursor.execute))
        monkeypatch.setattr(PostgresLine, "ask", noting(PostgresLine.ask))
    assert len(all_reports(connection, 9)) == 5
    assert len(asked) == 3
