"""`langnghe run --workers N` as an operator starts it: one announcement, one port, the dead begun again, one end."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest

from bot.workers import wait_after

ROOT = Path(__file__).parent.parent
PATIENCE = 180.0  # seconds until a test gives up; nothing waits that long when all is well


@dataclass
class Town:
    """A running `langnghe run` and what it has printed."""

    process: asyncio.subprocess.Process
    printed: list[str] = field(default_factory=list)

    async def hear(self, pattern: str) -> re.Match[str]:
        """Read on until a line matches."""
        assert self.process.stderr
        async with asyncio.timeout(PATIENCE):
            while line := (await self.process.stderr.readline()).decode():
                self.printed.append(line)
                if found := re.search(pattern, line):
                    return found
        raise AssertionError("".join(self.printed))

    def workers(self) -> list[int]:
        """The process ids of its workers."""
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return sorted(map(int, listed.split()))


@asynccontextmanager
async def running(folder: Path, url: str, model: Path, *arguments: str) -> AsyncIterator[Town]:
    config = folder / "config.toml"
    config.write_text(
        f'[database]\nurl = "{url}"\n[files]\nmodel = "{model}"\nmedia = "{folder}/media"\n[web]\nport = 0\n',
        encoding="utf-8",
    )
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "run", "--config", str(config), *arguments),
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "LANGNGHE_SECRET_KEY": "k"},
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield Town(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_workers_share_one_port_the_dead_are_begun_again_and_all_end_together(
    tmp_path: Path, postgres: str, model_folder: Path
) -> None:
    async with running(tmp_path, postgres, model_folder, "--workers", "2") as town, aiohttp.ClientSession() as visitor:
        health = (await town.hear(r"Health: +(http://\S+)"))[1]
        assert sum("Người dân" in line for line in town.printed) == 1
        first = town.workers()
        assert len(first) == 2
        os.kill(first[0], signal.SIGKILL)
        await town.hear(r"worker \d ended .* begun again")
        async with visitor.get(health) as answer:  # the other one serves on
            assert (await answer.json())["status"] == "ok"
        town.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(PATIENCE):
            assert await town.process.wait() == 0
        assert not any(Path(f"/proc/{pid}").exists() for pid in first)


def test_who_dies_at_once_is_begun_again_more_and_more_rarely_and_who_served_for_a_while_soon() -> None:
    waits = [0.0]
    for _ in range(7):
        waits.append(wait_after(served=0.1, waited=waits[-1]))
    assert waits[1:] == [0.5, 1.0, 2.0, 4.0, 8.0, 10.0, 10.0]
    assert wait_after(served=11.0, waited=10.0) == 0.5


async def test_workers_end_by_themselves_when_their_parent_is_gone(
    tmp_path: Path, postgres: str, model_folder: Path
) -> None:
    async with running(tmp_path, postgres, model_folder, "--workers", "2") as town:
        await town.hear("Health")
        workers = [os.pidfd_open(pid) for pid in town.workers()]
        town.process.kill()
        await asyncio.gather(*map(ended, workers))


async def ended(pidfd: int) -> None:
    """Return when that process has ended."""
    gone = asyncio.Event()
    asyncio.get_running_loop().add_reader(pidfd, gone.set)
    async with asyncio.timeout(PATIENCE):
        await gone.wait()
    asyncio.get_running_loop().remove_reader(pidfd)
    os.close(pidfd)


async def test_several_workers_on_an_sqlite_file_are_refused_in_one_line(tmp_path: Path, model_folder: Path) -> None:
    async with running(tmp_path, f"sqlite:///{tmp_path}/town.db", model_folder, "--workers", "2") as town:
        await town.hear("--workers needs PostgreSQL")
        assert await town.process.wait() == 1
    assert len(town.printed) == 1


async def test_a_port_that_is_taken_is_said_once_and_no_worker_is_begun(
    tmp_path: Path, postgres: str, model_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = await asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1", 0)
    monkeypatch.setenv("LANGNGHE_WEB__PORT", str(server.sockets[0].getsockname()[1]))
    async with server, running(tmp_path, postgres, model_folder, "--workers", "2") as town:
        await town.hear("is taken by another program")
        assert await town.process.wait() == 1


async def test_workers_that_cannot_start_end_it_all(
    tmp_path: Path, postgres: str, model_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANGNGHE_TELEGRAM_TOKEN", "no token at all")
    async with running(tmp_path, postgres, model_folder, "--workers", "2") as town:
        await town.hear("telegram: the token is not of the form")
        await town.hear("a worker could not start")
        assert await town.process.wait() == 1


async def test_a_page_on_one_worker_hears_what_another_one_delivers(
    tmp_path: Path, postgres: str, model_folder: Path
) -> None:
    """Two pages of one chat on different workers: what is said on one is answered on both."""
    async with running(tmp_path, postgres, model_folder, "--workers", "2") as town, aiohttp.ClientSession() as visitor:
        url = (await town.hear(r"Người dân: +(http://\S+)"))[1]
        session, pages = None, []
        async with asyncio.timeout(PATIENCE):
            for _ in range(8):  # the kernel spreads connections over both: that all eight are on one has odds of 1:128
                page = await visitor.ws_connect(f"{url}chat/ws")
                await page.send_json({"type": "hello", "session": session, "last": 0})
                session = (await page.receive_json())["session"]
                pages.append(page)
            await pages[0].send_json({"type": "message", "id": "1", "text": "/start"})
            heard = [await first_message(page) for page in pages]
            for page in pages:
                await page.close()
    assert len({message["text"] for message in heard}) == 1


async def first_message(page: aiohttp.ClientWebSocketResponse) -> dict[str, object]:
    while (frame := await page.receive_json())["type"] != "message":
        pass
    return dict(frame)
