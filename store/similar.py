"""Reports of the same thing: the citizens who joined one, and the pairs that an officer should look at."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, delete, insert, or_, select

from dialogs.words import OPEN_STATUSES, Address, ReportView
from store.conversations import address_of
from store.hot import entering
from store.report_views import views_of
from store.tables.base import table
from store.tables.reports import Follower, Lookalike, Report

_report, _follower, _pair = table(Report), table(Follower), table(Lookalike)

KEEP_ALIKE = entering(_pair, "report_id other_id")
FOLLOWERS = select(_follower.c.address_key).where(_follower.c.report_id == bindparam("report")).order_by(_follower.c.id)
ALIKE = select(_pair).where(
    or_(
        _pair.c.report_id.in_(bindparam("reports", expanding=True)),
        _pair.c.other_id.in_(bindparam("reports", expanding=True)),
    )
)
MERGEABLE = (
    select(_report)
    .where(
        _report.c.id.in_(bindparam("reports", expanding=True)),
        _report.c.status.in_([status.value for status in OPEN_STATUSES]),
        _report.c.sensitive.is_(False),
    )
    .order_by(_report.c.id)
)
HOLD = (
    select(_report.c.id)
    .where(_report.c.code.in_(bindparam("codes", expanding=True)))
    .order_by(_report.c.id)
    .with_for_update()
)
FOLLOWED = select(_follower.c.id).where(
    _follower.c.report_id == bindparam("report"), _follower.c.citizen_id == bindparam("citizen")
)


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


def follow_along(connection: Connection, report_id: int, kept_id: int, owner_id: int, now: datetime) -> None:
    """Let those who joined a report follow the one it was merged into, but for the citizen whose report that is."""
    for row in connection.execute(select(_follower).where(_follower.c.report_id == report_id)).mappings().all():
        address = address_of(connection, row["address_key"])
        if address and row["citizen_id"] != owner_id:
            follow(connection, kept_id, row["citizen_id"], address, now)


# ---------------------------------------------------------------- pairs that an officer should look at


def keep_alike(connection: Connection, report_id: int, other_ids: Iterable[int]) -> None:
    """Remember which older reports a new one looks like."""
    KEEP_ALIKE.many(connection, [{"report_id": report_id, "other_id": other_id} for other_id in other_ids])


def alike(connection: Connection, report_ids: Sequence[int]) -> dict[int, list[ReportView]]:
    """The open reports that these look like, older or newer, by report id; none that is sensitive."""
    pairs = connection.execute(ALIKE, {"reports": list(report_ids)}).all() if report_ids else []
    both = [*((row.report_id, row.other_id) for row in pairs), *((row.other_id, row.report_id) for row in pairs)]
    wanted = {other for one, other in both if one in set(report_ids)}
    rows = connection.execute(MERGEABLE, {"reports": sorted(wanted)}).mappings().all() if wanted else []
    views = {view.id: view for view in views_of(connection, rows)}
    found: dict[int, list[ReportView]] = {report_id: [] for report_id in report_ids}
    for one, other in sorted(both):
        if one in found and other in views:
            found[one].append(views[other])
    return found


def forget_alike(connection: Connection, report_id: int, other_id: int | None = None) -> set[int]:
    """Forget a pair, or all pairs of a report; returns the ids of the reports in them."""
    one, other = _pair.c.report_id, _pair.c.other_id
    gone = or_(one == report_id, other == report_id)
    if other_id is not None:
        gone = and_(gone, or_(one == other_id, other == other_id))
    rows = connection.execute(delete(_pair).where(gone).returning(one, other)).all()
    return {report_id for row in rows for report_id in row}


def hold(connection: Connection, codes: Sequence[str]) -> None:
    """Let nobody else change these reports before our transaction ends; in the order of their ids: no deadlock."""
    connection.execute(HOLD, {"codes": list(codes)}).all()
