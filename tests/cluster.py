"""A private PostgreSQL for one test run: started by whoever needs it first; each test has a copy of a template."""

import fcntl
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import make_url

from store import staff
from store.database import migrated_writer
from tests.town import thanh_chuong

FOLDER = "LANGNGHE_TEST_CLUSTER"  # where this run keeps its cluster; the workers of pytest-xdist inherit it
PREFIX = "langnghe-pg-"  # and the number of the run's process
GIVEN, REQUIRED = "LANGNGHE_TEST_POSTGRES", "LANGNGHE_REQUIRE_POSTGRES"
# durability is PostgreSQL's business, tested by its own people: here it would only cost time
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}
SIZE = {"max_connections": "300", "shared_buffers": "128MB", "listen_addresses": ""}
TEMPLATE = "langnghe_template"


def prepare() -> None:
    """Agree on a folder before the workers start; no server runs yet. What runs that were killed have left goes."""
    base = Path(tempfile.gettempdir())
    for folder in base.glob(f"{PREFIX}*"):
        if not Path("/proc", folder.name.split("-")[2]).exists():
            clear(folder)
    # a name of its own: a machine that was started again gives the same process numbers
    os.environ.setdefault(FOLDER, tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))


def clear(folder: Path) -> None:
    """Stop the cluster in `folder`, if one runs there, and delete it."""
    if _serves(folder / "rows"):
        _run("pg_ctl", "-D", str(folder / "rows"), "-m", "immediate", "-w", "stop")
    shutil.rmtree(folder, ignore_errors=True)


def _serves(rows: Path) -> bool:
    """Whether the server that says in `rows` that it runs still does; its number may be another's by now."""
    try:
        number = (rows / "postmaster.pid").read_text().split("\n", 1)[0]
        return str(rows) in Path("/proc", number, "cmdline").read_text()
    except OSError:  # no server ever ran here, or its process is gone
        return False


@contextmanager
def fresh_postgres() -> Iterator[str]:
    """The URL of a migrated database with the pack in it, dropped at the end. Skips where there is no PostgreSQL."""
    server = _server()
    name = f"town_{uuid4().hex[:12]}"
    _ask(server, sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(TEMPLATE)))
    try:
        yield _url(server, name)
    finally:
        _ask(server, sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def empty_postgres() -> Iterator[str]:
    """The URL of a database without anything in it, dropped at the end."""
    server = _server()
    name = f"empty_{uuid4().hex[:12]}"
    _ask(server, sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        yield _url(server, name)
    finally:
        _ask(server, sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@dataclass(frozen=True, slots=True)
class OwnServer:
    """A PostgreSQL of one test alone, which keeps what it has committed; `url` is a migrated database on it."""

    rows: Path
    url: str

    def crash_and_start(self) -> None:
        """Every server process dies at once, as in a crash; then it recovers. Returns when it serves again."""
        _run("pg_ctl", "-D", str(self.rows), "-l", str(self.rows.parent / "log"), "-m", "immediate", "-w", "restart")


@contextmanager
def own_server() -> Iterator[OwnServer]:
    """A server that may be crashed without anybody else noticing. Skips where there is no PostgreSQL."""
    folder = Path(tempfile.mkdtemp(prefix="langnghe-own-"))
    rows = folder / "rows"
    try:
        _start(rows, SIZE)
        server = f"postgresql+psycopg://langnghe@/postgres?host={folder}"
        with migrated_writer(server) as connection:
            staff.sync_pack(connection, thanh_chuong())
        yield OwnServer(rows, server)
    finally:
        clear(folder)


@cache
def _server() -> str:
    """The server's URL, with the template made."""
    given = os.environ.get(GIVEN)
    with Path(os.environ[FOLDER], "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # freed when the file is closed
        server = given or _started()
        _make_template(server)
    return server


def _started() -> str:
    rows = Path(os.environ[FOLDER]) / "rows"
    if not (rows / "postmaster.pid").exists():
        _start(rows, FAST | SIZE)
    return f"postgresql+psycopg://langnghe@/postgres?host={rows.parent}"


def _start(rows: Path, settings: Mapping[str, str]) -> None:
    if _binary("initdb") is None:
        why = f"no PostgreSQL here: apt-get install postgresql, or set {GIVEN}"
        (pytest.fail if os.environ.get(REQUIRED) else pytest.skip)(why)
    rows.parent.mkdir(mode=0o700, exist_ok=True)
    if (owner := _owner()) is not None:
        os.chown(rows.parent, owner.pw_uid, owner.pw_gid)
    _run("initdb", "-D", str(rows), "-U", "langnghe", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
    options = {**settings, "unix_socket_directories": str(rows.parent)}
    said = " ".join(f"-c {name}={value!r}" for name, value in options.items())
    _run("pg_ctl", "-D", str(rows), "-l", str(rows.parent / "log"), "-o", said, "-w", "start")


def _make_template(server: str) -> None:
    found = sql.SQL("SELECT 1 FROM pg_database WHERE datname = {}").format(sql.Literal(TEMPLATE))
    if _ask(server, found):
        return
    making = f"{TEMPLATE}_new"
    _ask(server, sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(making)))
    _ask(server, sql.SQL("CREATE DATABASE {}").format(sql.Identifier(making)))
    with migrated_writer(_url(server, making)) as connection:
        staff.sync_pack(connection, thanh_chuong())
    rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
    _ask(server, rename.format(sql.Identifier(making), sql.Identifier(TEMPLATE)))


def _url(server: str, name: str) -> str:
    return make_url(server).set(database=name).render_as_string(hide_password=False)


def _ask(server: str, statement: sql.Composed) -> bool:
    """Run one statement outside any transaction; whether it found a row."""
    target = make_url(server).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(target, autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.description is not None and cursor.fetchone() is not None


def _binary(name: str) -> str | None:
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)  # Debian keeps them off the PATH
    return shutil.which(name, path=os.pathsep.join([*map(str, folders), os.environ.get("PATH", "")]))


def _owner() -> pwd.struct_passwd | None:
    """Whom the cluster belongs to: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    return names.get("postgres") or names["nobody"]


def _run(name: str, *arguments: str) -> None:
    owner = _owner()
    who = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []} if owner else {}
    done = subprocess.run(  # the server must not inherit our pipes: whoever reads them would wait for its end
        [str(_binary(name)), *arguments],
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=60,
        check=False,
        **who,
    )
    assert done.returncode == 0, f"{name} failed"
