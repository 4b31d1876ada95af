"""What a Zalo Official Account makes us remember: its tokens, and chats in which an officer is talking."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, delete, insert, or_, select, update

from dialogs.words import OPEN_STATUSES
from store.tables.base import table
from store.tables.reports import Report
from store.tables.talk import ByHand
from store.tables.workers import ZaloToken

_token, _by_hand, _report = table(ZaloToken), table(ByHand), table(Report)

RENEWAL = timedelta(seconds=60)  # longer than Zalo's login ever takes; then somebody else may try

TALKING = select(_by_hand).where(_by_hand.c.conversation_key == bindparam("key"))


@dataclass(frozen=True, slots=True)
class TokenRow:
    """The pair as it stands."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    expires_at: datetime
    spent: bool


# ---------------------------------------------------------------- tokens


def tokens_of(connection: Connection, account: str) -> TokenRow | None:
    """The pair of an account; None before the first consent."""
    row = connection.execute(select(_token).where(_token.c.account == account)).first()
    return TokenRow(row.access, row.refresh, row.expires_at, row.spent) if row else None


def keep_tokens(connection: Connection, account: str, access: str, refresh: str, expires_at: datetime) -> None:
    """Put a new pair in the old one's place."""
    pair = {"access": access, "refresh": refresh, "expires_at": expires_at, "renewing_until": None, "spent": False}
    if connection.execute(update(_token).where(_token.c.account == account).values(**pair)).rowcount == 0:
        connection.execute(insert(_token).values(account=account, **pair))


def begin_renewal(connection: Connection, account: str, refresh: str, now: datetime) -> bool:
    """Win the right to spend this refresh token; False if it is not the current one, or another process has it."""
    free = or_(_token.c.renewing_until.is_(None), _token.c.renewing_until < now)
    mine = (_token.c.account == account, _token.c.refresh == refresh, _token.c.spent.is_(False), free)
    return connection.execute(update(_token).where(*mine).values(renewing_until=now + RENEWAL)).rowcount == 1


def end_renewal(connection: Connection, account: str, refresh: str, *, spent: bool) -> None:
    """No new pair has come of it; `spent`: none ever will from this token."""
    this = (_token.c.account == account, _token.c.refresh == refresh)
    connection.execute(update(_token).where(*this).values(renewing_until=None, spent=spent))


# ---------------------------------------------------------------- an officer is talking


def newest_open_report(connection: Connection, address_key: str) -> int | None:
    """The report that an officer in this chat most likely talks about."""
    still_open = [status.value for status in OPEN_STATUSES]
    found = select(_report.c.id).where(_report.c.address_key == address_key, _report.c.status.in_(still_open))
    return connection.execute(found.order_by(_report.c.id.desc()).limit(1)).scalar_one_or_none()


def step_back(connection: Connection, key: str, until: datetime, report_id: int | None) -> None:
    """The bot is silent in this chat until then."""
    values = {"until": until, "report_id": report_id}
    if connection.execute(update(_by_hand).where(_by_hand.c.conversation_key == key).values(**values)).rowcount == 0:
        connection.execute(insert(_by_hand).values(conversation_key=key, **values))


def officer_talks(connection: Connection, key: str, now: datetime) -> tuple[bool, int | None]:
    """(whether an officer is talking in this chat, about which report)."""
    row = connection.execute(TALKING, {"key": key}).first()
    return (True, row.report_id) if row and row.until > now else (False, None)


def step_forward(connection: Connection, key: str) -> None:
    """The bot speaks again."""
    connection.execute(delete(_by_hand).where(_by_hand.c.conversation_key == key))
