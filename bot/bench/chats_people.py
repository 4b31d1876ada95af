"""The people of `bench chats`, in a process of their own: each opens a web chat and notes when it hears something.

Talks to the bench in lines of JSON: `{"open": n}` when all have been greeted, then `{"heard": text, "at": seconds}` for
every message, `at` on the clock that all processes of a machine share; goes when its input ends.
"""

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from contextlib import suppress

from aiohttp import ClientSession, ClientWebSocketResponse, TCPConnector

from bot.open_files import raise_limit

PER_ADDRESS = 150  # open pages from one client address; the service takes 200
AT_ONCE = 50  # people who come at the same time


def say(**line: object) -> None:
    """One line to the bench."""
    print(json.dumps(line), flush=True)


async def come(session: ClientSession, url: str, gate: asyncio.Semaphore) -> ClientWebSocketResponse:
    """Open a chat and wait until one has been greeted."""
    async with gate:
        chat = await session.ws_connect(f"{url}/chat/ws", max_msg_size=1 << 20)
        await chat.send_json({"type": "hello"})
        await chat.send_json({"type": "message", "id": "1", "text": "/start"})
        while (await chat.receive_json(timeout=60))["type"] != "message":
            pass
    return chat


async def listen(chat: ClientWebSocketResponse) -> None:
    """Note what is heard until the line ends."""
    async for message in chat:
        frame = json.loads(message.data)
        if frame["type"] == "message":
            say(heard=frame["text"], at=time.monotonic())


def sessions(count: int) -> Iterator[ClientSession]:
    """A client for every 150 people, each from a loopback address of its own."""
    for number in range(-(-count // PER_ADDRESS)):
        yield ClientSession(connector=TCPConnector(limit=0, local_addr=(f"127.0.0.{number + 2}", 0)))


async def main(url: str, count: int) -> None:
    """Open `count` chats and listen until told to go."""
    clients, gate = list(sessions(count)), asyncio.Semaphore(AT_ONCE)
    chats = await asyncio.gather(*(come(clients[at // PER_ADDRESS], url, gate) for at in range(count)))
    say(open=len(chats))
    listening = [asyncio.create_task(listen(chat)) for chat in chats]
    await asyncio.to_thread(sys.stdin.read)
    for task in listening:
        task.cancel()
    for client in clients:
        with suppress(TimeoutError):
            await client.close()


if __name__ == "__main__":
    raise_limit()
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
