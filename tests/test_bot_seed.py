"""The demo's town is made of real steps: it looks alive, its record holds, and the same seed gives the same town."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, select

from bot.pictures import clean
from bot.seed import NotEmpty, SeedResult, seed_town
from bot.seed_plan import OLDEST, all_stories, ending
from dialogs.words import OPEN_STATUSES, TOWN_TIME, ReportView, Status
from store import staff
from store.media import FolderStore, stored
from store.report_cards import rooms_showing
from store.report_notes import notes_of
from store.report_record import Change, broken_links, changes_of
from store.report_views import all_reports, reports_in_rooms
from store.routing import room_of
from store.tables.base import table
from store.tables.delivery import Outbox
from store.tables.people import Consent
from store.tables.reports import StatusChange
from store.worktime import working_hours_between
from tests.town import MONDAY_NINE, TestTown, test_town, thanh_chuong

STEPS = {"forward", "ask", "answer_question", "correct", "urgent", "reopen", "reject", "withdraw", "close"}
SHOWN = set(Status) - {Status.MERGED}
SUNDAY_NIGHT = datetime(2026, 11, 22, 23, 30, tzinfo=TOWN_TIME)
AFTER_TET = datetime(2027, 2, 11, 7, 35, tzinfo=TOWN_TIME)


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TestTown, SeedResult]]:
    """One seeded town with pictures, for the tests that only look."""
    folder = tmp_path_factory.mktemp("seeded")
    with test_town(folder) as town:
        yield town, seed(town, 1, pictures=FolderStore(folder / "media"))


def seed(town: TestTown, number: int, many: int = 40, pictures: FolderStore | None = None) -> SeedResult:
    return seed_town(town.writer, town.town, pictures, town.clock(), number, many)


def every_report(town: TestTown) -> list[ReportView]:
    return town.read(lambda connection: all_reports(connection, 1000))


def every_change(town: TestTown) -> dict[str, list[Change]]:
    def read(connection: Connection) -> dict[str, list[Change]]:
        return {one.code: changes_of(connection, one.id) for one in all_reports(connection, 1000)}

    return town.read(read)


def everything(town: TestTown) -> list[object]:
    return [every_report(town), every_change(town), town.read(staff.officers)]


# ---------------------------------------------------------------- for any seed


@pytest.mark.parametrize("number", range(1, 21))
def test_every_seed_shows_all_statuses_and_communes_and_its_record_holds(town: TestTown, number: int) -> None:
    result = seed(town, number)
    found = every_report(town)
    assert len(found) == len(set(result.codes)) == 40
    assert {report.status for report in found} == SHOWN
    assert {report.place.commune for report in found} == {*thanh_chuong().communes, ""}
    assert [report for report in found if town.read(lambda c, r=report: broken_links(c, r.id))] == []
    kinds = {"urgent", "sensitive", "anonymous"}
    assert all(any(getattr(report, kind) for report in found) for kind in kinds)
    assert any(report.reporter_name and report.reporter_phone for report in found)
    late = [one for one in found if one.status in OPEN_STATUSES and one.due_at and one.due_at < town.clock()]
    assert {Status.IN_PROGRESS} <= {report.status for report in late} < set(OPEN_STATUSES)
    triggers = {change.trigger for changes in every_change(town).values() for change in changes}
    assert triggers >= STEPS
    notes = {note.kind for one in found for note in town.read(lambda c, r=one: notes_of(c, r.id))}
    assert notes == {"internal", "answer", "addition"}
    ratings = {(report.status, report.satisfaction) for report in found if report.satisfaction}
    assert any(status is Status.CLOSED and stars >= 4 for status, stars in ratings)
    assert any(status is Status.CLOSED and stars <= 3 for status, stars in ratings)


def test_the_same_seed_gives_the_same_town_and_another_seed_another(tmp_path: Path) -> None:
    towns = []
    for name, number in (("one", 7), ("two", 7), ("three", 8)):
        (tmp_path / name).mkdir()
        with test_town(tmp_path / name) as town:
            towns.append((seed(town, number), everything(town)))
    assert towns[0] == towns[1]
    assert set(towns[0][0].codes).isdisjoint(towns[2][0].codes)


def test_codes_do_not_depend_on_the_day(tmp_path: Path) -> None:
    codes = []
    for name, now in (("one", MONDAY_NINE), ("two", SUNDAY_NIGHT)):
        (tmp_path / name).mkdir()
        with test_town(tmp_path / name) as town:
            town.clock.now = now.astimezone(UTC)
            codes.append(seed(town, 3).codes)
    assert codes[0] == codes[1]


@pytest.mark.parametrize("now", [MONDAY_NINE, SUNDAY_NIGHT, AFTER_TET])
def test_a_town_can_be_seeded_on_a_working_day_at_night_and_after_tet(town: TestTown, now: datetime) -> None:
    town.clock.now = now.astimezone(UTC)
    seed(town, 4)
    times = [change.created_at for changes in every_change(town).values() for change in changes]
    assert max(times) < town.clock()
    assert min(times) > town.clock() - OLDEST
    assert {report.status for report in every_report(town)} == SHOWN


def test_more_reports_than_stories_tell_the_stories_again(town: TestTown) -> None:
    many = len(all_stories()) + 30
    assert len(set(seed(town, 2, many).codes)) == many == len(every_report(town))


def test_every_story_can_be_played_to_its_end(town: TestTown) -> None:
    seed(town, 5, len(all_stories()))
    found = {report.text: report.status for report in every_report(town)}
    assert found == {story.text: ending(story, thanh_chuong()) for story in all_stories()}


def test_no_reports_still_means_officers(town: TestTown) -> None:
    result = seed(town, 1, 0)
    assert result.codes == ()
    assert town.read(staff.officers)[0].id == result.officer_id


def test_a_town_is_not_seeded_twice(town: TestTown) -> None:
    seed(town, 1, 3)
    with pytest.raises(NotEmpty):
        seed(town, 1, 3)
    assert len(every_report(town)) == 3


# ---------------------------------------------------------------- what a visitor sees


def test_the_first_officer_sees_the_desk_the_sensitive_room_and_every_commune(
    seeded: tuple[TestTown, SeedResult],
) -> None:
    town, result = seeded
    her = town.read(lambda connection: staff.officer(connection, result.officer_id))
    assert her and {"intake", "sensitive"} <= set(her.rooms)
    assert {f"ubnd-{commune}" for commune in thanh_chuong().communes} <= set(her.rooms)
    shown = town.read(lambda connection: reports_in_rooms(connection, her.rooms, open_only=True, most=100))
    assert len(shown) >= 10


def test_officers_act_in_rooms_of_theirs_and_in_working_hours_unless_it_is_urgent(
    seeded: tuple[TestTown, SeedResult],
) -> None:
    town, _ = seeded
    officers = {officer.name: officer for officer in town.read(staff.officers)}
    urgent = {report.code for report in every_report(town) if report.urgent}
    hours, acts = thanh_chuong().office_hours, 0
    for report in every_report(town):
        cards = set(town.read(lambda c, r=report: rooms_showing(c, r.id)))
        for change in every_change(town)[report.code]:
            if change.actor_kind == "officer":
                acts += 1
                assert cards & set(officers[change.actor_name].rooms)
                minute = timedelta(minutes=1)
                span = working_hours_between(change.created_at - minute, change.created_at + minute, hours)
                assert span > 0 or report.code in urgent
    assert acts > 60


def test_a_card_stands_in_the_room_of_its_agency(seeded: tuple[TestTown, SeedResult]) -> None:
    town, _ = seeded
    for report in every_report(town):
        cards = town.read(lambda c, r=report: rooms_showing(c, r.id))
        wanted = "sensitive" if report.sensitive else room_of(thanh_chuong(), report.agency)
        assert wanted in cards
        assert cards == ["sensitive"] or not report.sensitive


def test_nobody_is_flooded_with_messages(seeded: tuple[TestTown, SeedResult]) -> None:
    town, _ = seeded
    changes, outbox = table(StatusChange), table(Outbox)
    waiting = select(func.count()).where(changes.c.pushed_at.is_(None))
    assert town.read(lambda connection: connection.execute(waiting).scalar_one()) == 0
    assert town.push() == 0
    assert town.read(lambda c: c.execute(select(func.count()).select_from(outbox)).scalar_one()) == 0


def test_a_name_stands_only_with_a_consent(seeded: tuple[TestTown, SeedResult]) -> None:
    town, _ = seeded
    named = [report for report in every_report(town) if report.reporter_name or report.reporter_phone]
    consents = select(func.count()).select_from(table(Consent))
    assert 0 < len(named) == town.read(lambda connection: connection.execute(consents).scalar_one())
    assert not any(report.anonymous for report in named)


def test_a_report_is_done_with_a_photo_or_a_reason(seeded: tuple[TestTown, SeedResult]) -> None:
    town, _ = seeded
    done = [report for report in every_report(town) if report.status in (Status.RESOLVED, Status.CLOSED)]
    assert done
    assert all(bool(report.outcome_media) != bool(report.no_photo_reason) for report in done)


def test_pictures_can_be_seen(tmp_path: Path) -> None:
    store = FolderStore(tmp_path / "media")
    with test_town(tmp_path) as town:
        seed(town, 2, pictures=store)
        found = every_report(town)
        refs = [int(one.ref) for report in found for one in (*report.media, *report.outcome_media)]
        blobs = [town.read(lambda connection, ref=ref: stored(connection, ref)) for ref in refs]
    assert 9 <= len([report for report in found if report.media]) <= 24
    assert len([report for report in found if report.media and report.outcome_media]) >= 3
    assert all(blob and clean(store.get(blob[0])).mime == blob[1] for blob in blobs)
