"""Opening the database: one engine that writes, one that may only read, migrations before either."""

import fcntl
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Literal

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, NullPool, create_engine, event, func, make_url, select
from sqlalchemy.exc import ArgumentError, DatabaseError, OperationalError

from dialogs.words import Expected
from store.columns import UtcTime
from store.hot import forget, settle
from store.locks import is_shared, wait_for

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_MS = 5_000
# A worker that is stopped in mid-transaction keeps its locks; the server ends it in good time for another to take over
POSTGRES_SETTINGS = {"timezone": "UTC", "idle_in_transaction_session_timeout": "5s"}
# A silent server is given up after about ten seconds, also while it owes us an acknowledgement (in milliseconds there).
# Linux by itself would wait for a quarter of an hour, and the writer with it
POSTGRES_CONNECTION = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
    "prepare_threshold": None,  # the hot statements are prepared by us; psycopg would drop them with its own
}

SchemaState = Literal["current", "older", "newer"]

# what is wrong when it is the database or its address: damaged, no such kind, no driver, no folder, no rights
TROUBLE = (DatabaseError, ArgumentError, ImportError, OSError, sqlite3.Error)


class DatabaseUnusable(Expected):
    """The database cannot be used."""


@contextmanager
def opening(url: str) -> Iterator[None]:
    """Trouble becomes DatabaseUnusable, one line that shows no password."""
    try:
        yield
    except TROUBLE as error:
        raise DatabaseUnusable(f"{_shown(url)}: {first_line(error)}") from error


def _shown(url: str) -> str:
    try:
        return str(sqlite_path(url) or make_url(url).render_as_string())
    except ArgumentError:
        return "database.url"


def sqlite_path(url: str) -> Path | None:
    """The file behind an SQLite URL, or None for another database."""
    parsed = make_url(url)
    return Path(parsed.database) if parsed.get_backend_name() == "sqlite" and parsed.database else None


def open_writer(url: str) -> Engine:
    """The engine whose transactions begin by taking the write lock (SQLite: BEGIN IMMEDIATE, WAL, synchronous=FULL)."""
    return _engine(url, begin="BEGIN IMMEDIATE")


def open_reader(url: str) -> Engine:
    """The engine for pages and look-ups; on SQLite it cannot write even by mistake."""
    return _engine(url, begin="BEGIN", read_only=True)


def _engine(url: str, begin: str, read_only: bool = False) -> Engine:
    if sqlite_path(url) is None:
        return _postgres(url, read_only)
    # isolation_level None: pysqlite must not open transactions by itself, a plain SELECT would open none
    connect_args = {"isolation_level": None, "check_same_thread": False}
    engine = create_engine(url, connect_args=connect_args, hide_parameters=True)  # people's words are among them

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: Any) -> None:
        pragmas = ["journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={BUSY_MS}"]
        for pragma in pragmas + (["query_only=ON"] if read_only else []):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin_now(connection: Any) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _postgres(url: str, read_only: bool) -> Engine:
    engine = create_engine(url, pool_pre_ping=True, connect_args=POSTGRES_CONNECTION, hide_parameters=True)
    event.listen(engine, "before_cursor_execute", settle)
    event.listen(engine, "commit", settle)
    event.listen(engine, "rollback", forget)
    wanted = POSTGRES_SETTINGS | ({"default_transaction_read_only": "on"} if read_only else {})

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        for name, value in wanted.items():
            connection.execute(f"SET {name} = '{value}'")
        connection.commit()

    return engine


def migrate(url: str) -> None:
    """Bring the schema up to date, once if several workers start. SQLite: a copy is kept first (`.before-REVISION`)."""
    with opening(url):
        _migrate(url)


def _migrate(url: str) -> None:
    path = sqlite_path(url)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    script = ScriptDirectory.from_config(config)
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
    with _alone(url) as connection:
        current = _revision(connection)
        if current == script.get_current_head():
            return
        if current not in (None, *(known.revision for known in script.walk_revisions())):
            raise DatabaseUnusable(f"{_shown(url)}: made by a later version of langnghe ({current})")
        if path is not None and current is not None:
            _keep_copy(path, current)
        _upgrade(connection, config, sqlite=path is not None)


@contextmanager
def _alone(url: str) -> Iterator[Connection]:
    """A connection of our own; on PostgreSQL others who want to migrate wait until it is closed."""
    engine = _migrating(url) if sqlite_path(url) else create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        wait_for(connection, "langnghe migrate", session=True)
        connection.commit()
        yield connection


def _migrating(url: str) -> Engine:
    """SQLite: each migration wholly or not at all. Left alone, pysqlite commits every CREATE and DROP by itself, and a
    kill in the middle would leave a database that no version knows."""
    engine = create_engine(url, poolclass=NullPool, connect_args={"isolation_level": None})
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    # With foreign keys on, batch mode's DROP TABLE would delete children by cascade; inside a transaction the pragma
    # is ignored, hence here.
    event.listen(engine, "connect", lambda raw, _record: raw.execute("PRAGMA foreign_keys=OFF"))
    return engine


def _revision(connection: Connection) -> str | None:
    current = MigrationContext.configure(connection).get_current_revision()
    connection.commit()
    return current


def _upgrade(connection: Any, config: Config, *, sqlite: bool) -> None:
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    if sqlite and (broken := connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()):
        raise DatabaseUnusable(f"{len(broken)} rows point nowhere after the migration")
    connection.commit()


def _keep_copy(path: Path, revision: str) -> None:
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(f"{path}.before-{revision}")) as copy:
        source.backup(copy)


def schema_is_current(url: str) -> bool:
    """Whether every migration has been applied."""
    return schema_state(url) == "current"


def schema_state(url: str) -> SchemaState:
    """How the schema stands to this program's migrations; `newer`: a later version has been here."""
    with opening(url):
        engine = create_engine(url)
        try:
            with engine.connect() as connection:
                current = MigrationContext.configure(connection).get_current_revision()
        finally:
            engine.dispose()
    script = ScriptDirectory(str(MIGRATIONS))
    if current == script.get_current_head():
        return "current"
    return "older" if current in (None, *(known.revision for known in script.walk_revisions())) else "newer"


class OnlyOne:
    """Holds a lock beside an SQLite file so that a second `run` on it refuses; freed by the system when we die."""

    def __init__(self, url: str) -> None:
        self._file: IO[str] | None = None
        with opening(url):
            path = sqlite_path(url)
            if path is None:
                return
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = Path(f"{path}.lock").open("w")  # noqa: SIM115 - held as long as we run
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._file.close()
            raise DatabaseUnusable(f"{path}: another langnghe is running on this database") from error

    def release(self) -> None:
        """Let the next process have it."""
        if self._file:
            self._file.close()


def first_line(error: BaseException) -> str:
    """The error in one line, without SQL and parameters (they may hold a person's text)."""
    origin = getattr(error, "orig", None) or error
    return str(origin).splitlines()[0] if str(origin) else type(origin).__name__


def log_words(error: BaseException) -> str:
    """For the log: an error's name, and of trouble with the database what the operator has to know; never a value."""
    name = type(error).__name__
    return f"{name}: {first_line(error)}" if isinstance(error, OperationalError) else name


def database_now(connection: Connection) -> datetime:
    """The database's own time, the same for the workers of all hosts; ours where nobody else writes."""
    if not is_shared(connection.dialect):
        return utc_now()
    now: datetime = connection.execute(select(func.clock_timestamp(type_=UtcTime))).scalar_one()
    return now


def utc_now() -> datetime:
    """The time, aware. Injected everywhere as `clock`; only doors pass this one."""
    return datetime.now(UTC)


@contextmanager
def migrated_reader(url: str) -> Iterator[Connection]:
    """A connection for a short read, over an up-to-date schema. Raises DatabaseUnusable, also if there is none yet."""
    with opening(url):
        path = sqlite_path(url)
    if path is not None and not path.exists():
        raise DatabaseUnusable(f"{path}: there is no such database (`langnghe migrate` makes one)")
    with _short(url, open_reader) as connection:
        yield connection


@contextmanager
def migrated_writer(url: str) -> Iterator[Connection]:
    """A transaction for a short write, committed at the end. Raises DatabaseUnusable."""
    with _short(url, open_writer) as connection:
        yield connection


@contextmanager
def _short(url: str, opened: Callable[[str], Engine]) -> Iterator[Connection]:
    migrate(url)
    with transaction(opened(url)) as connection:
        yield connection


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """The only transaction of an engine, committed at the end. Raises DatabaseUnusable."""
    try:
        with engine.begin() as connection:
            yield connection
    except DatabaseError as error:
        raise DatabaseUnusable(first_line(error)) from error
    finally:
        engine.dispose()
