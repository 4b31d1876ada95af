"""Two reports of the same thing: merged by an officer, kept apart by an officer, never mixed where they may not be."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, select

from bot.merging import keep_apart, merge_report
from bot.similar import alike_line
from dialogs.effects import KeepApart, MergeInto
from dialogs.words import Address, Status
from store import similar
from store.corrections import corrected_texts
from store.report_media import attach_media
from store.report_notes import notes_of
from store.report_record import Actor, broken_links
from store.reports import NotAllowed, TooLate, change_status
from store.staff import officer
from store.tables.base import table
from store.tables.reports import Correction, Follower, Report
from tests.clockwork import told
from tests.stored import HOA, HUNG, NAM, a_person, a_stored_photo, a_stored_report, row_of, view
from tests.town import MONDAY_NINE, TestTown

LAN = Address("webchat", "main", "lan")
_follower = table(Follower)


def two(connection: Connection, **values: Any) -> tuple[int, int]:
    """A report of Hoa's, and a later one of Nam's about the same lamp."""
    kept = a_stored_report(connection)
    return kept, a_stored_report(connection, NAM, text="đèn tắt ở xóm 5", **values)


def merge(connection: Connection, town: TestTown, report_id: int, kept_id: int, version: int = 1) -> str:
    effect = MergeInto(view(connection, report_id).code, version, view(connection, kept_id).code)
    return merge_report(connection, town.town, effect, HUNG, MONDAY_NINE)


def test_the_citizen_of_the_merged_report_follows_the_other(town: TestTown) -> None:
    kept, merged = town.write(two)
    town.write(lambda connection: merge(connection, town, merged, kept))
    town.push()
    code, other = (town.read(lambda connection, one=one: view(connection, one).code) for one in (merged, kept))
    (news,) = told(town, NAM)
    assert code in news and other in news and told(town, HOA) == []
    town.write(lambda connection: change_status(connection, kept, 1, "reject", HUNG, MONDAY_NINE, note="đã có cột mới"))
    town.push()
    assert "đã có cột mới" in told(town, NAM)[-1] and "đã có cột mới" in told(town, HOA)[-1]


def test_the_merged_report_is_over_and_says_where_it_went(town: TestTown) -> None:
    kept, merged = town.write(two)
    town.write(lambda connection: merge(connection, town, merged, kept))
    row = town.read(lambda connection: row_of(connection, table(Report), id=merged))
    assert (row["status"], row["merged_into"]) == (Status.MERGED, kept)
    assert town.read(lambda connection: view(connection, kept).code) in row["outcome"]
    assert town.read(lambda connection: broken_links(connection, merged)) == []


def test_those_who_joined_move_along_and_are_told_but_the_owner_follows_nothing(town: TestTown) -> None:
    def prepared(connection: Connection) -> tuple[int, int]:
        kept, merged = two(connection)
        for address in (LAN, HOA):
            similar.follow(connection, merged, a_person(connection, address), address, MONDAY_NINE)
        return kept, merged

    kept, merged = town.write(prepared)
    town.write(lambda connection: merge(connection, town, merged, kept))
    town.push()
    assert set(town.read(lambda connection: similar.followers(connection, kept))) == {NAM.key, LAN.key}
    assert town.read(lambda connection: view(connection, kept).followers) == 2
    assert len(told(town, LAN)) == 1, "who had joined hears of the other code too"


def test_words_and_pictures_go_to_the_card_that_stays(town: TestTown) -> None:
    def prepared(connection: Connection) -> tuple[int, int]:
        kept, merged = two(connection)
        attach_media(connection, merged, [a_stored_photo(connection, NAM.key)], NAM.key)
        return kept, merged

    kept, merged = town.write(prepared)
    town.write(lambda connection: merge(connection, town, merged, kept))
    assert len(town.read(lambda connection: view(connection, kept).media)) == 1
    assert [note.text for note in town.read(lambda connection: notes_of(connection, kept))] == ["đèn tắt ở xóm 5"]


def test_ones_own_second_report_makes_no_follower(town: TestTown) -> None:
    kept, merged = town.write(lambda connection: (a_stored_report(connection), a_stored_report(connection)))
    town.write(lambda connection: merge(connection, town, merged, kept))
    assert town.read(lambda connection: connection.execute(select(_follower)).all()) == []


@pytest.mark.parametrize("secret", [0, 1])
@pytest.mark.parametrize("kind", [{"sensitive": True}, {"category": "officer_conduct"}])
def test_what_is_kept_from_others_is_merged_neither_way(town: TestTown, kind: dict[str, Any], secret: int) -> None:
    def prepared(connection: Connection) -> list[int]:
        flags: list[dict[str, Any]] = [kind if number == secret else {} for number in range(2)]
        return [a_stored_report(connection, address, **flag) for address, flag in zip((HOA, NAM), flags, strict=True)]

    kept, merged = town.write(prepared)
    with pytest.raises(NotAllowed):
        town.write(lambda connection: merge(connection, town, merged, kept))
    assert town.read(lambda connection: view(connection, merged).status) is Status.RECEIVED


def test_a_report_of_another_town_is_out_of_reach(town: TestTown) -> None:
    kept, merged = town.write(lambda connection: two(connection, locality_id="nam_dan"))
    with pytest.raises(NotAllowed):
        town.write(lambda connection: merge(connection, town, merged, kept))


def test_two_reports_are_not_merged_into_each_other(town: TestTown) -> None:
    kept, merged = town.write(two)
    town.write(lambda connection: merge(connection, town, merged, kept))
    with pytest.raises(NotAllowed):
        town.write(lambda connection: merge(connection, town, kept, merged))


def test_a_merge_that_comes_too_late_changes_nothing(town: TestTown) -> None:
    kept, merged = town.write(two)
    town.write(lambda connection: change_status(connection, merged, 1, "accept", HUNG, MONDAY_NINE))
    with pytest.raises(TooLate):
        town.write(lambda connection: merge(connection, town, merged, kept))
    assert town.read(lambda connection: view(connection, kept).followers) == 0


def test_who_has_said_that_they_differ_is_not_asked_again(town: TestTown) -> None:
    kept, merged = town.write(two)
    town.write(lambda connection: similar.keep_alike(connection, merged, [kept]))
    both = town.read(lambda connection: similar.alike(connection, [kept, merged]))
    assert [[other.id for other in both[one]] for one in (kept, merged)] == [[merged], [kept]]
    codes = [both[merged][0].code, both[kept][0].code]
    someone = town.officer("Hùng", "ubnd-17713")

    def say_so(connection: Connection) -> None:
        known = officer(connection, someone)
        assert known
        keep_apart(connection, KeepApart(codes[1], (codes[0],)), known, MONDAY_NINE)

    town.write(say_so)
    assert town.read(lambda connection: similar.alike(connection, [kept, merged])) == {kept: [], merged: []}
    row = town.read(lambda connection: row_of(connection, table(Correction), report_id=merged))
    assert (row["field"], row["was"], row["officer_id"]) == ("duplicate", codes[0], someone)
    (pair,) = town.read(corrected_texts)
    assert pair["same"] is False, "what tells reports apart learns from that"


def test_a_card_names_only_what_is_still_open_and_open_to_all(town: TestTown) -> None:
    def prepared(connection: Connection) -> int:
        new = a_stored_report(connection)
        over = a_stored_report(connection, NAM)
        change_status(connection, over, 1, "withdraw", Actor("citizen"), MONDAY_NINE)
        similar.keep_alike(connection, new, [over, a_stored_report(connection, LAN, sensitive=True)])
        return new

    new = town.write(prepared)
    assert town.read(lambda connection: similar.alike(connection, [new])) == {new: []}


def test_the_line_says_where_and_for_how_long(town: TestTown) -> None:
    kept = town.write(lambda connection: a_stored_report(connection, place_text="xóm 5"))
    other = town.read(lambda connection: view(connection, kept))
    line = alike_line([other], town.town, MONDAY_NINE + timedelta(days=2))
    assert line == f"Có thể trùng: {other.code} (xóm 5, 2 ngày)"
    assert "hôm nay" in alike_line([other], town.town, MONDAY_NINE)
    assert alike_line([], town.town, MONDAY_NINE) == ""
