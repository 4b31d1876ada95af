"""The least HTTP that a load needs on both of its ends, so that what is measured is the service and not the load."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

END = b"\r\n\r\n"
LENGTH = b"content-length:"


class Frame(NamedTuple):
    """One request or answer: its first line and its body."""

    first: bytes
    body: bytes


class Framed(asyncio.Protocol, ABC):
    """Cuts a stream into frames by their Content-Length; neither end of a bench speaks in chunks."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Hand over every frame that is complete."""
        self._buffer += data
        while (end := self._buffer.find(END)) >= 0:
            head = bytes(self._buffer[:end])
            size = end + len(END) + length_of(head)
            if len(self._buffer) < size:
                return
            frame = Frame(head.partition(b"\r\n")[0], bytes(self._buffer[end + len(END) : size]))
            del self._buffer[:size]
            self.take(frame)

    @abstractmethod
    def take(self, frame: Frame) -> None:
        """What is done with a frame."""


def length_of(head: bytes) -> int:
    """The length of the body, as the head says it."""
    lower = head.lower()
    at = lower.find(LENGTH)
    return int(lower[at + len(LENGTH) :].split(b"\r\n", 1)[0]) if at >= 0 else 0


class Poster(Framed):
    """One kept-alive connection that posts JSON and waits for the answer, one after another."""

    def __init__(self, path: str, secret: str) -> None:
        super().__init__()
        self._head = (
            f"POST {path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
            f"X-Telegram-Bot-Api-Secret-Token: {secret}\r\nContent-Length: "
        ).encode()
        self._answer: asyncio.Future[Frame] | None = None

    async def post(self, body: bytes) -> Frame:
        """Post it; returns when it is answered. Raises ConnectionError when the other end goes away."""
        assert self.transport and self._answer is None
        self._answer = asyncio.get_running_loop().create_future()
        self.transport.write(b"%s%d\r\n\r\n%s" % (self._head, len(body), body))
        try:
            return await self._answer
        finally:
            self._answer = None

    def take(self, frame: Frame) -> None:
        """The answer to what was posted."""
        if self._answer and not self._answer.done():
            self._answer.set_result(frame)

    def connection_lost(self, error: Exception | None) -> None:
        """Nobody shall wait for ever."""
        if self._answer and not self._answer.done():
            self._answer.set_exception(ConnectionError("the service closed the connection"))


class Answering(Framed):
    """The server's end: each request is answered at once with what `answer` makes of it."""

    def __init__(self, answer: Callable[[Frame], bytes]) -> None:
        super().__init__()
        self._answer = answer

    def take(self, frame: Frame) -> None:
        """Answer at once."""
        body = self._answer(frame)
        with suppress(OSError):
            assert self.transport
            self.transport.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
            )
