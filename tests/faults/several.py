"""One of several workers on a PostgreSQL, with a channel that writes down what it sends instead of sending it.

    python -m tests.faults.several URL FOLDER

reads messages as JSON lines, answers each with its id once it is committed; what is sent goes to FOLDER/sent.
"""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

from bot.service import Service
from bot.settings import Settings
from dialogs.words import Address, Capabilities, Incoming, Part, Sender
from store.database import utc_now
from tests.town import ScriptedUnderstanding, thanh_chuong

NAME = "telegram"


class Pen:
    """A channel that may not send anything twice; a line for each message, appended whole."""

    name, account, capabilities = NAME, "main", Capabilities()

    def __init__(self, file: Path) -> None:
        self._file = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    async def send(self, address: Address, part: Part, message_id: int) -> str:
        os.write(self._file, f"{address.chat} {message_id} {os.getpid()}\n".encode())
        await asyncio.sleep(0)
        return str(message_id)

    async def start(self) -> None: ...

    async def stop(self) -> None: ...


async def main(url: str, folder: Path) -> None:
    what = {"database": {"url": url}, "files": {"media": str(folder / "media")}, "secret_key": "k"}
    understanding: Any = ScriptedUnderstanding()
    service = Service(Settings.model_validate(what), thanh_chuong(), understanding, utc_now)
    service.add(Pen(folder / "sent"))
    await service.start()
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    print("ready", flush=True)
    turns: set[asyncio.Task[None]] = set()
    while line := await lines.readline():
        turns.add(task := asyncio.create_task(take(service, json.loads(line))))
        task.add_done_callback(turns.discard)
    await asyncio.gather(*turns)
    await service.stop()


async def take(service: Service, said: dict[str, str]) -> None:
    address = Address(NAME, "main", said["chat"])
    try:
        await service.receive(Incoming(address, Sender(said["chat"]), "text", said["id"], utc_now(), text=said["id"]))
    except Exception as error:
        print(f"{said['id']} {error!r}".splitlines()[0], flush=True)
    else:
        print(said["id"], flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
