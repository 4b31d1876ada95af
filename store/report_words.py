"""The rare words of open reports, by which a new report finds those that may be about the same thing."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, delete, func, insert, select

from store.columns import BigKey
from store.hot import Hot
from store.listed import each
from store.plans import Row
from store.tables.base import table
from store.tables.reports import Report, ReportWord

LOOK_BACK = timedelta(days=14)
MOST_WORDS = 20  # of one report; the rarest say what it is about
NEWEST = 30  # reports that one word finds in one field, so that a word on everybody's lips costs no more
FOUND = 20  # reports that are read, those that share most of the words

_report, _word = table(Report), table(ReportWord)

_one, _other, _terms = _word.alias("one"), _word.alias("other"), each("terms")

KEEP = Hot(insert(_word).from_select(["term", "report_id"], select(_terms.c.value, bindparam("report", type_=BigKey))))
FORGET = Hot(delete(_word).where(_word.c.report_id == bindparam("report")))
_oldest_read = (
    select(_other.c.report_id)
    .where(_other.c.term == _terms.c.value)
    .order_by(_other.c.report_id.desc())
    .limit(1)
    .offset(NEWEST - 1)
    .correlate(_terms)
    .scalar_subquery()
)
_sharing = (
    select(_one.c.report_id, func.count().label("words"))
    .select_from(_terms)
    .join(_one, _one.c.term == _terms.c.value)
    .where(_one.c.report_id >= func.coalesce(_oldest_read, 0))
    .group_by(_one.c.report_id)
    .order_by(func.count().desc(), _one.c.report_id.desc())
    .limit(FOUND)
    .subquery()
)
COLUMNS = ["id", "text", "place_text", "commune", "old_name", "lat", "lon"]
NEAR = Hot(
    select(*(_report.c[name] for name in COLUMNS))
    .join(_sharing, _sharing.c.report_id == _report.c.id)
    .where(
        # not said as the index on it says it: SQLite would rather read the whole town than these few by their ids
        func.coalesce(_report.c.locality_id, "") == bindparam("locality"),
        _report.c.citizen_id != bindparam("citizen"),
        _report.c.created_at >= bindparam("since"),
    )
    .order_by(_sharing.c.words.desc(), _report.c.id.desc())
    .limit(bindparam("most"))
)


def keep_words(connection: Connection, report_id: int, category: str, words: Iterable[str]) -> None:
    """Let an open report be found by its rare words, folded, the rarest first. It has none yet."""
    few = list(dict.fromkeys(words))[:MOST_WORDS]
    KEEP.tell(connection, terms=[_term(category, word) for word in sorted(few)], report=report_id)


def forget_words(connection: Connection, report_id: int) -> None:
    """Let a report be found no more: what is over or sensitive is none to join."""
    FORGET.tell(connection, report=report_id)


def forget_old_words(connection: Connection, now: datetime) -> int:
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
) -> list[Row]:
    """Id, text and place of open reports of other people that share words, those that share most of them first.

    Whether they are about the same thing nlp must say.
    """
    terms = [_term(category, word) for category in categories for word in words]
    whose = {"locality": locality_id, "citizen": citizen_id, "since": now - LOOK_BACK}
    return NEAR.all(connection, terms=terms, most=most, **whose) if terms else []


def _term(category: str, word: str) -> str:
    return f"{category} {word}"
