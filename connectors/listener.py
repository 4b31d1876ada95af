"""What channels share that a bot's platform serves: long poll or webhook, backoff, sends that come to their end."""

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Literal

from aiohttp import web

from dialogs.words import Address, Part, SendError

MOST_BACKOFF = 60.0
LAST_SENDS = 5.0  # seconds that messages under way get when we stop

Mode = Literal["polling", "webhook"]


class Listener(ABC):
    """Takes updates in the background: the platform may be out of reach, everything else shall run.

    A failure is said once in the log and tried again, ever more slowly. `may_poll` returns when it is ours to poll, if
    several workers share the account.
    """

    name: str
    username: str

    def __init__(
        self,
        account: str,
        mode: Mode,
        sleep: Callable[[float], Awaitable[None]],
        may_poll: Callable[[], Awaitable[None]] | None,
    ) -> None:
        self.account = account
        self._mode, self._sleep, self._may_poll = mode, sleep, may_poll
        self._path = f"/{self.name}/{account}"
        self._log = logging.getLogger(f"langnghe.{self.name}")
        self._task: asyncio.Task[None] | None = None
        self._introduced = False  # our name is known, the way updates come is chosen
        self._stopped = False
        self._sending = 0
        self._complaint: str | None = None  # what is wrong; "" when nothing is, None before we know

    def routes(self) -> list[web.AbstractRouteDef]:
        """The webhook's door; none when polling."""
        return [web.post(self._path, self._serve_update)] if self._mode == "webhook" else []

    async def start(self) -> None:
        """Begin to take updates."""
        if self._task is None:
            self._introduced = self._stopped = False
            self._complaint = None
            await self._connect()
            self._task = asyncio.create_task(self._listen(), name=f"{self.name} {self.account}")

    async def stop(self) -> None:
        """Take no more, let what is under way end, close."""
        self._stopped = True
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            self._task = None
        await self._finish()
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_SENDS):
                while self._sending:
                    await asyncio.sleep(0.01)
        await self._disconnect()

    async def send(self, address: Address, part: Part, message_id: int) -> str:
        """Deliver one part; the channel's id of its last message, or of the one edited. Raises SendError."""
        if self._stopped:
            raise SendError("retry", "stopped")
        self._sending += 1
        try:
            return await self._deliver(address, part, message_id)
        finally:
            self._sending -= 1

    # ------------------------------------------------------------ taking updates

    async def _listen(self) -> None:
        wait = 1.0
        while self._mode == "polling" or self._complaint != "":
            try:
                if not self._introduced:
                    await self._introduce()
                    self._introduced = True
                if self._mode == "polling":
                    if self._may_poll:
                        await self._may_poll()
                    await self._poll()
            except Exception as error:  # the door: nothing may end the intake for good
                self._complain(error)
                await self._sleep(wait)
                wait = min(MOST_BACKOFF, 2 * wait)
            else:
                self._note_well()
                wait = 1.0

    def _complain(self, error: Exception) -> None:
        if self._begins_again(error):
            self._introduced = False
        if self._complaint != (trouble := self._trouble(error)):
            self._complaint = trouble
            self._log.error("%s %s: %s; trying again", self.name, self.account, trouble)

    def _note_well(self) -> None:
        if self._complaint != "":
            self._complaint = ""
            self._log.info("%s %s: %s is listening (%s)", self.name, self.account, self._shown(), self._mode)

    def _shown(self) -> str:
        return self.username

    # ------------------------------------------------------------ what differs

    @abstractmethod
    async def _connect(self) -> None:
        """Open what requests need."""

    @abstractmethod
    async def _disconnect(self) -> None:
        """Close it."""

    @abstractmethod
    async def _introduce(self) -> None:
        """Learn our name, choose the way updates come."""

    @abstractmethod
    async def _poll(self) -> None:
        """Take what one call brings; returns when it is committed."""

    @abstractmethod
    async def _serve_update(self, request: web.Request) -> web.Response:
        """The webhook: 200 after the commit."""

    @abstractmethod
    async def _finish(self) -> None:
        """Let the turns under way come to their end."""

    @abstractmethod
    async def _deliver(self, address: Address, part: Part, message_id: int) -> str:
        """Send one part. Raises SendError."""

    @abstractmethod
    def _trouble(self, error: Exception) -> str:
        """The failure in a line for the operator, without any secret."""

    @abstractmethod
    def _begins_again(self, error: Exception) -> bool:
        """Whether we must introduce ourselves anew: a webhook may have been set elsewhere."""
