"""The rare words of open reports, by which a new report finds those that may be about the same thing."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from functools import cache
from itertools import islice

from sqlalchemy import Connection, bindparam, delete, func, literal_column, select, union_all

from store.among import among
from store.hot import Hot, Row, entering
from store.tables.base import table
from store.tables.reports import Report, ReportWord

LOOK_BACK = timedelta(days=14)
MOST_WORDS = 20  # of one report; the rarest say what it is about
NEWEST = 30  # reports that one word finds in one field, so that a word on everybody's lips costs no more
FOUND = 20  # reports that are read, those that share the rarest words

_report, _word = table(Report), table(ReportWord)

KEEP = entering(_word, "word category report_id")
FORGET = Hot(delete(_word).where(_word.c.report_id == bindparam("report")))
COLUMNS = ["id", "locality_id", "citizen_id", "created_at", "text", "place_text", "commune", "old_name", "lat", "lon"]
READ = Hot(select(*(_report.c[name] for name in COLUMNS)).where(among(_report.c.id, "reports")))


def keep_words(connection: Connection, report_id: int, category: str, words: Iterable[str]) -> None:
    """Let an open report be found by its rare words, folded, the rarest first; in place of those it had."""
    forget_words(connection, report_id)
    few = list(dict.fromkeys(words))[:MOST_WORDS]
    KEEP.many(connection, [{"word": word, "category": category, "report_id": report_id} for word in sorted(few)])


def forget_words(connection: Connection, report_id: int) -> None:
    """Let a report be found no more: what is over or sensitive is none to join."""
    FORGET.change(connection, report=report_id)


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
    if not words or not categories:
        return []
    asked = {f"word{at}": word for at, word in enumerate(words)}
    asked |= {f"field{at}": category for at, category in enumerate(categories)}
    ranked = [row["report_id"] for row in _sharing(len(words), len(categories)).all(connection, **asked)]
    rows = {row["id"]: row for row in READ.all(connection, reports=ranked)} if ranked else {}
    # not said to the database: it would rather read the whole town than these few by their ids
    near = (row for row in map(rows.__getitem__, ranked) if row["locality_id"] == locality_id)
    others = (row for row in near if row["citizen_id"] != citizen_id and row["created_at"] >= now - LOOK_BACK)
    return list(islice(others, most))


@cache
def _sharing(words: int, fields: int) -> Hot:
    """Of the newest reports of each word in each field, those that most words find."""
    looks = [
        select(_word.c.report_id)
        .where(_word.c.word == bindparam(f"word{word}"), _word.c.category == bindparam(f"field{field}"))
        .order_by(_word.c.report_id.desc())
        .limit(literal_column(str(NEWEST)))
        .subquery()
        for word in range(words)
        for field in range(fields)
    ]
    found = union_all(*(select(look.c.report_id) for look in looks)).subquery()
    ranked = select(found.c.report_id).group_by(found.c.report_id)
    return Hot(ranked.order_by(func.count().desc(), found.c.report_id.desc()).limit(FOUND))
