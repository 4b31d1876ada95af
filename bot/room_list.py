"""The list of a chat group that is a room: `/danhsach`, of one kind or by words, a page at a time."""

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from bot.room_reports import KINDS, MOST, Eyes, by_pressure, eyes_of, fits, worked_in
from bot.town import Town
from dialogs.answers import fold
from dialogs.cards import place_line, shorten
from dialogs.texts import say
from dialogs.words import ReportView
from store.report_views import reports_in_rooms

LISTED = 15  # reports on a page
PAGE = re.compile(r"(?:(.*?) ?\btrang )?(\d{1,2})")
WORDS_OF_KINDS = {
    "toi": "mine",
    "hom nay": "today",
    "han hom nay": "today",
    "qua han": "late",
    "sap den han": "soon",
    "khan": "urgent",
    "cho nhan": "new",
    "vua nhan": "spoken",
    "cho nguoi dan": "waiting",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What stood behind the command: a kind, or words that every report must hold; which page of it."""

    words: str
    page: int = 1

    @property
    def kind(self) -> str:
        """The kind of reports that the words name, "" if they are to be searched for."""
        return WORDS_OF_KINDS.get(self.words, "")

    def following(self) -> str:
        """What asks for the next page."""
        return " ".join(filter(None, (self.words, f"trang {self.page + 1}" if self.words else str(self.page + 1))))


def read_asked(argument: str) -> Asked:
    """`tôi`, `quá hạn`, `đèn xóm 5`, `2`, `quá hạn trang 2`."""
    said = fold(argument)
    if found := PAGE.fullmatch(said):
        return Asked(found[1] or "", max(1, int(found[2])))
    return Asked(said)


def list_text(connection: Connection, town: Town, room_id: str, officer_id: int, argument: str, now: datetime) -> str:
    """The open reports that the room works on, a line each; what was sent on to another room is not among them."""
    asked = read_asked(argument)
    opened = reports_in_rooms(connection, [room_id], open_only=True, most=MOST)
    ours = worked_in(connection, opened, (room_id,), town)
    here = [report for report in by_pressure(opened) if report.id in ours]
    eyes = eyes_of(connection, town, officer_id, here, now)
    found = [report for report in here if _is_asked_for(report, asked, eyes)]
    begin = (asked.page - 1) * LISTED
    shown = found[begin : begin + LISTED]
    if not shown:
        return say("group.list_none" if asked.words else "group.list_empty")
    lines = [_line(report, eyes) for report in shown]
    if left := len(found) - begin - len(shown):
        lines.append(say("group.list_more", count=left, next=asked.following()))
    return say("group.list", count=len(found), lines="\n".join(lines))


def _is_asked_for(report: ReportView, asked: Asked, eyes: Eyes) -> bool:
    return KINDS[asked.kind](report, eyes) if asked.kind else fits(report, asked.words, eyes.town)


def _line(report: ReportView, eyes: Eyes) -> str:
    line = say(
        "group.line",
        code=report.code,
        status=say(f"status.name.{report.status}"),
        late=say("group.late") if eyes.level(report) == "late" else "",
        place=place_line(report.place, eyes.town.locality) or say("card.no_place"),
        text=shorten(report.text, 50),
    )
    return say("group.urgent_line", line=line) if report.urgent else line
