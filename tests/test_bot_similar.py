"""Which open reports a new one is held against: what is open now, in the field it has now, for all to see."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection

from bot.cases import correct_category, set_sensitive
from bot.cases_citizen import reopen
from bot.similar import find_anew, similar_reports
from dialogs.effects import CorrectCategory, Reopen, SetSensitive
from dialogs.words import Address, Place
from store.report_record import SYSTEM
from store.report_words import NEWEST, candidates, forget_old_words, keep_words
from store.reports import change_status
from tests.stored import HOA, HUNG, NAM, a_person, a_stored_report, view
from tests.town import MONDAY_NINE, TestTown, report_prediction

TEXT = "đèn đường xóm 5 hỏng"
FIELD = "lighting_greenery"


@pytest.fixture
def filed(town: TestTown) -> int:
    """Hoa's report, to be found by its words."""
    town.understanding.scripted[TEXT] = report_prediction(FIELD)

    def file(connection: Connection) -> int:
        report_id = a_stored_report(connection, HOA, text=TEXT)
        find_anew(connection, town.town, view(connection, report_id).code)
        return report_id

    return town.write(file)


def found(town: TestTown, category: str = FIELD, who: Address = NAM, **later: Any) -> list[int]:
    now = MONDAY_NINE + timedelta(**later)

    def look(connection: Connection) -> list[int]:
        whose = a_person(connection, who)
        same = similar_reports(connection, town.town, whose, TEXT, category, Place(), now)
        return [report.id for report in same]

    return town.write(look)


def test_an_open_report_is_found_by_others_and_not_by_who_wrote_it(town: TestTown, filed: int) -> None:
    assert (found(town), found(town, who=HOA)) == ([filed], [])


def test_it_is_found_in_a_field_that_is_mixed_up_with_its_own_and_in_no_other(town: TestTown, filed: int) -> None:
    assert (found(town, "electricity"), found(town, "waste_sanitation")) == ([filed], [])


def test_what_is_over_is_found_no_more_and_again_when_it_is_reopened(town: TestTown, filed: int) -> None:
    code = town.read(lambda connection: view(connection, filed).code)
    for version, step in enumerate(("assign", "accept", "resolve"), 1):
        assert found(town) == [filed]
        town.write(
            lambda connection, version=version, step=step: change_status(  # type: ignore[misc]
                connection, filed, version, step, HUNG, MONDAY_NINE, resolved_at=MONDAY_NINE
            )
        )
    assert found(town) == []

    def again(connection: Connection) -> None:
        reopen(connection, town.town, Reopen(code, "vẫn hỏng"), a_person(connection, HOA), HOA.key, MONDAY_NINE)

    town.write(again)
    assert found(town) == [filed]


def test_a_corrected_report_is_found_in_its_new_field(town: TestTown, filed: int) -> None:
    def correct(connection: Connection) -> None:
        report = view(connection, filed)
        effect = CorrectCategory(report.code, report.version, "waste_sanitation")
        correct_category(connection, town.town, effect, SYSTEM, MONDAY_NINE)

    town.write(correct)
    rows = town.read(lambda connection: looked_up(connection, town, "waste_sanitation"))
    assert (found(town), rows) == ([], [filed])


def looked_up(connection: Connection, town: TestTown, category: str) -> list[int]:
    words = ["den", "duong", "hong"]
    near = candidates(connection, town.town.locality.id, [category], words, 0, MONDAY_NINE, 50)
    return [row["id"] for row in near]


def test_a_report_kept_from_others_eyes_is_found_by_nobody_until_it_is_let_out(town: TestTown, filed: int) -> None:
    def guard(connection: Connection, sensitive: bool) -> None:
        report = view(connection, filed)
        effect = SetSensitive(report.code, report.version, sensitive)
        set_sensitive(connection, town.town, effect, SYSTEM, MONDAY_NINE)

    town.write(lambda connection: guard(connection, True))
    assert found(town) == []
    town.write(lambda connection: guard(connection, False))
    assert found(town) == [filed]


def test_after_a_fortnight_it_is_old_news(town: TestTown, filed: int) -> None:
    assert (found(town, days=13), found(town, days=15)) == ([filed], [])
    town.write(lambda connection: forget_old_words(connection, MONDAY_NINE + timedelta(days=15)))
    assert found(town) == []


def test_of_words_on_everybodys_lips_the_newest_reports_are_read(town: TestTown) -> None:
    def crowd(connection: Connection) -> list[int]:
        ids = [a_stored_report(connection, HOA, text=TEXT) for _ in range(NEWEST + 5)]
        for report_id in ids:
            keep_words(connection, report_id, FIELD, ["den", "duong", "hong"])
        return ids

    ids = town.write(crowd)
    read = town.read(lambda connection: looked_up(connection, town, FIELD))
    assert read == sorted(ids, reverse=True)[: len(read)] and 10 <= len(read) <= NEWEST
