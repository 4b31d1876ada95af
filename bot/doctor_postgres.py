"""What `langnghe doctor` checks of a PostgreSQL: its version, its clock, and whether what it commits is kept."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.finding import Finding, bad, ok, warn
from store.database import database_now, open_writer

OLDEST = 13  # as major version: the oldest that PostgreSQL itself still mended when this was written
SKEW = timedelta(seconds=5)  # leases go by the server's clock, everything that people read by ours


def examine_server(url: str, now: datetime) -> list[Finding]:
    """Its version, its clock beside ours, and its promise to keep what it has committed."""
    engine = open_writer(url)
    try:
        with engine.connect() as connection:
            return [_version(connection), _clock(connection, now), _promise(connection)]
    finally:
        engine.dispose()


def _version(connection: Connection) -> Finding:
    found = connection.exec_driver_sql("SHOW server_version").scalar_one()
    line = f"PostgreSQL {found}", f"PostgreSQL {found}"
    if int(found.split(".")[0]) >= OLDEST:
        return ok(*line)
    return bad(*line, f"Nâng cấp lên {OLDEST} trở lên", f"upgrade to {OLDEST} or later")


def _clock(connection: Connection, now: datetime) -> Finding:
    apart = abs(database_now(connection) - now)
    seconds = round(apart.total_seconds(), 1)
    line = f"giờ máy chủ dữ liệu lệch {seconds} giây", f"the server's clock is {seconds} s away from ours"
    if apart <= SKEW:
        return ok(*line)
    return warn(
        *line, "Chỉnh giờ cả hai máy: `timedatectl set-ntp true`", "`timedatectl set-ntp true` on both machines"
    )


def _promise(connection: Connection) -> Finding:
    names = ("fsync", "full_page_writes", "synchronous_commit")
    off = [name for name in names if connection.exec_driver_sql(f"SHOW {name}").scalar_one() == "off"]
    if not off:
        return ok("giữ những gì đã ghi kể cả khi mất điện", "keeps what it has committed, power cut or not")
    which = ", ".join(off)
    return warn(
        f"mất điện có thể mất tin đã báo nhận ({which} = off)",
        f"a power cut may lose what we have acknowledged ({which} = off)",
        f"Bật {which} trong postgresql.conf",
        f"set {which} = on in postgresql.conf",
    )
