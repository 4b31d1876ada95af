"""A worker whose network to PostgreSQL is cut without a word, and mended after a while: what its writes do meanwhile.

    python -m tests.faults.cut [SECONDS]

as root on Linux: the worker lives in a network namespace of its own, which is taken off the line.
"""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from threading import Event, Thread

from sqlalchemy import Connection, insert

from store.database import migrate, open_writer, utc_now
from store.tables.base import table
from store.tables.talk import InboxKey
from store.writer import Writer
from tests import cluster

SPACE, OURS, THEIRS = "langnghe-cut", "10.203.77.1", "10.203.77.2"
URL = f"postgresql+psycopg://langnghe@{OURS}:54399/postgres"
PAUSE = 0.05  # seconds between two writes
SETTLES, PATIENCE = 5.0, 180.0


def ip(words: str) -> None:
    subprocess.run(["ip", *words.split()], check=True)


@contextmanager
def server() -> Iterator[None]:
    """A PostgreSQL that listens on one end of a line; the other end is in the namespace."""
    folder = Path(mkdtemp(prefix="langnghe-own-"))
    rows = folder / "rows"
    try:
        ip(f"netns add {SPACE}")
        ip(f"link add lncut0 type veth peer name lncut1 netns {SPACE}")
        ip(f"addr add {OURS}/30 dev lncut0")
        ip("link set lncut0 up")
        ip(f"-n {SPACE} addr add {THEIRS}/30 dev lncut1")
        ip(f"-n {SPACE} link set lncut1 up")
        cluster._start(rows, {**cluster.SIZE, "listen_addresses": OURS, "port": "54399"})
        with (rows / "pg_hba.conf").open("a") as allowed:
            allowed.write(f"host all all {THEIRS}/32 trust\nhost all all {OURS}/32 trust\n")
        cluster._run("pg_ctl", "-D", str(rows), "reload")
        migrate(URL)
        yield
    finally:
        subprocess.run(["ip", "netns", "del", SPACE], check=False)
        cluster.clear(folder)


def write_on() -> None:
    """The worker: one row after another; says each failure, and each success after a failure or a long wait."""
    writer, number, last = Writer(open_writer(URL)), 0, time.monotonic()

    def enter(connection: Connection) -> None:
        connection.execute(insert(table(InboxKey)), {"key": f"cut:{number}", "at": utc_now()})

    while True:
        number, began = number + 1, time.monotonic()
        try:
            writer.submit(enter).result(PATIENCE)
        except Exception as error:
            print(f"a write failed after {time.monotonic() - began:.1f} s ({type(error).__name__})", flush=True)
        else:
            if time.monotonic() - last > 1.0:
                print(f"a write came through, {time.monotonic() - last:.1f} s after the one before", flush=True)
            last = time.monotonic()
        time.sleep(PAUSE)


def main(seconds: float) -> None:
    with server():
        command = ["ip", "netns", "exec", SPACE, sys.executable, "-m", "tests.faults.cut", "worker"]
        worker = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert worker.stdout
        came_through = Event()

        def listen() -> None:
            for line in worker.stdout or ():
                print(f"{time.strftime('%X')} {line}", end="", flush=True)
                if "came through" in line:
                    came_through.set()

        Thread(target=listen, daemon=True).start()
        time.sleep(SETTLES)
        for what, wait in (("down", seconds), ("up", 0.0)):
            print(f"{time.strftime('%X')} the line is {what}", flush=True)
            ip(f"link set lncut0 {what}")
            time.sleep(wait)
        came_through.wait(PATIENCE)
        worker.kill()
        worker.wait()


if __name__ == "__main__":
    write_on() if sys.argv[1:] == ["worker"] else main(float([*sys.argv[1:], "30"][0]))
