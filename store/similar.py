"""Reports that may be about the same thing: found by their rare words, and the citizens who joined one."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, delete, func, insert, select

from dialogs.words import OPEN_STATUSES, Address, ReportView
from store.reports import views_of
from store.tables import Follower, Report, ReportWord, table

LOOK_BACK = timedelta(days=14)
MOST_WORDS = 40  # of one report; the rarest say what it is about

_report, _word, _follower = table(Report), table(ReportWord), table(Follower)

CANDIDATES = (
    select(_report)
    .join(_word, _word.c.report_id == _report.c.id)
    .where(
        _word.c.word.in_(bindparam("words", expanding=True)),
        _report.c.locality_id == bindparam("locality"),
        _report.c.category.in_(bindparam("categories", expanding=True)),
        _report.c.status.in_([status.value for status in OPEN_STATUSES]),
        _report.c.sensitive.is_(False),
        _report.c.created_at >= bindparam("since"),
        _report.c.citizen_id != bindparam("citizen"),
    )
    .group_by(_report.c.id)
    .order_by(func.count().desc(), _report.c.id.desc())
    .limit(bindparam("most"))
)
FOLLOWERS = select(_follower.c.address_key).where(_follower.c.report_id == bindparam("report")).order_by(_follower.c.id)
FOLLOWED = select(_follower.c.id).where(
    _follower.c.report_id == bindparam("report"), _follower.c.citizen_id == bindparam("citizen")
)


def keep_words(connection: Connection, report_id: int, words: Iterable[str]) -> None:
    """Remember the rare words of a new report, folded, the rarest first; a sensitive one has none."""
    rows = [{"report_id": report_id, "word": word} for word in list(dict.fromkeys(words))[:MOST_WORDS]]
    if rows:
        connection.execute(insert(_word), rows)


def forget_words(connection: Connection, now: datetime) -> int:
    """Drop the words of reports too old to be found by them, so that looking costs the same for ever; how many."""
    kept = select(_word.c.report_id).distinct().scalar_subquery()
    old = select(_report.c.id).where(_report.c.id.in_(kept), _report.c.created_at < now - LOOK_BACK)
    return connection.execute(delete(_word).where(_word.c.report_id.in_(old))).rowcount


def candidates(
    connection: Connection,
    locality_id: str,
    categories: Collection[str],
    words: Collection[str],
    citizen_id: int,
    now: datetime,
    most: int,
) -> list[ReportView]:
    """Open reports of other people that share words, most of them first; whether they are the same nlp must say."""
    asked = {"locality": locality_id, "categories": list(categories), "words": list(words), "citizen": citizen_id}
    rows = connection.execute(CANDIDATES, {**asked, "since": now - LOOK_BACK, "most": most}).mappings().all()
    return views_of(connection, rows, citizen_id)


def follow(connection: Connection, report_id: int, citizen_id: int, address: Address, now: datetime) -> bool:
    """Let a citizen follow somebody else's report; False if they do already."""
    if connection.execute(FOLLOWED, {"report": report_id, "citizen": citizen_id}).first():
        return False
    row = {"report_id": report_id, "citizen_id": citizen_id, "address_key": address.key, "created_at": now}
    connection.execute(insert(_follower), row)
    return True


def followers(connection: Connection, report_id: int) -> list[str]:
    """The chats of those who joined a report, as address keys."""
    return list(connection.execute(FOLLOWERS, {"report": report_id}).scalars())
