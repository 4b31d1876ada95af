"""Real processes, put to sleep while they deliver, or begun twice on one file."""

import asyncio
import signal
import sys
from pathlib import Path

from store.database import OnlyOne
from tests.faults.storm import Storm, Worker

ROOT = Path(__file__).parent.parent
PATIENCE = 120.0  # seconds until a test gives up; nothing waits that long when all is well


async def test_a_deliverer_that_slept_through_its_lease_sends_nothing_when_it_wakes(
    tmp_path: Path, postgres: str
) -> None:
    storm = Storm(postgres, tmp_path, chats=0, messages=0)
    workers = [await Worker.begun(postgres, tmp_path) for _ in range(2)]
    async with asyncio.timeout(PATIENCE):
        await workers[0].take("hoa", "hoa-0")
        asleep = next(worker for worker in workers if worker.process.pid == storm.deliverer())
        (awake,) = (worker for worker in workers if worker is not asleep)
        asleep.process.send_signal(signal.SIGSTOP)
        said = 0
        while storm.deliverer() != awake.process.pid:  # each message is waited for: no busy loop
            said += 1
            await awake.take("hoa", f"hoa-{said}")
        asleep.process.send_signal(signal.SIGCONT)
        await asleep.take("hoa", f"hoa-{said + 1}")
        await storm.all_delivered()
        for worker in workers:
            await worker.end()
    heard, sent = storm.heard()["hoa"], storm.sent()["hoa"]
    assert heard == [f"hoa-{number}" for number in range(said + 2)]
    assert len(sent) == len(set(sent)), "nothing was sent twice"
    assert sent == sorted(sent)
    outcomes = storm.outcomes()
    assert {number for number, state in outcomes.items() if state == "sent"} <= set(sent)
    assert set(outcomes.values()) <= {"sent", "unknown"}


async def test_a_second_run_on_one_sqlite_file_ends_with_one_line(tmp_path: Path, model_folder: Path) -> None:
    url = f"sqlite:///{tmp_path / 'town.db'}"
    config = tmp_path / "config.toml"
    config.write_text(f'database.url = "{url}"\nweb.port = 0\nfiles.model = "{model_folder}"\n', encoding="utf-8")
    first = OnlyOne(url)
    command = [sys.executable, "-m", "bot", "run", "--config", str(config)]
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stderr=asyncio.subprocess.PIPE)
    _, said = await asyncio.wait_for(process.communicate(), PATIENCE)
    first.release()
    assert process.returncode == 1
    lines = [line for line in said.decode().splitlines() if not line.startswith("! ")]  # the pack's own warnings
    assert lines == [f"{tmp_path / 'town.db'}: another langnghe is running on this database"]
