"""The people of a bench: each sends a free text, waits for the answer, presses its buttons to the end, begins again."""

import asyncio
import itertools
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import unquote_plus

from bot.bench.wire import Frame, Poster

NOW = 1795420800  # what Telegram's clock shows all the time
PATIENCE = 20.0  # seconds until an answer that has not come is a fault
LAST = "send"  # the button that ends a dialog
ONWARD = (LAST, "none")  # and the one that says: nobody has reported this before
BOT = {"id": 110201543, "is_bot": True, "first_name": "Lắng Nghe", "username": "langnghe_bot"}


class Pacer:
    """When the next turn is due: at once, or so many a second whatever the service makes of it."""

    def __init__(self, rate: float | None) -> None:
        self._rate, self._turn, self._start = rate, 0, time.perf_counter()

    async def due(self) -> float:
        """Wait for the next turn's time and return it. What comes late is counted from when it was due."""
        if self._rate is None:
            return time.perf_counter()
        at = self._start + self._turn / self._rate
        self._turn += 1
        if (wait := at - time.perf_counter()) > 0:
            await asyncio.sleep(wait)
        return at


@dataclass
class Tally:
    """What was seen between two moments."""

    acknowledged: list[float] = field(default_factory=list)  # seconds from the POST to its 200
    answered: list[float] = field(default_factory=list)  # seconds from the POST to the message that answers it
    faults: list[str] = field(default_factory=list)


class Seen(NamedTuple):
    """A message of the bot's as a person sees it: its id and the data of its buttons."""

    message_id: int
    buttons: list[str]


class Town:
    """The fake Bot API and everybody who writes to the bot."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = itertools.cycle(texts)
        self._people: dict[str, Person] = {}
        self._message_ids, self.update_ids = itertools.count(1), itertools.count(1)
        self.webhook: asyncio.Future[tuple[str, str]] = asyncio.get_running_loop().create_future()
        self.tally, self.pacer = Tally(), Pacer(None)
        self.sent = 0  # messages of the bot

    def next_text(self) -> str:
        """What somebody reports."""
        return next(self._texts)

    def settle(self, chats: int, answers: bool) -> list["Person"]:
        """So many people come to live here."""
        people = [Person(self, number, answers) for number in range(1001, 1001 + chats)]
        self._people = {str(person.number): person for person in people}
        return people

    def answer(self, request: Frame) -> bytes:
        """The Bot API: at once, whatever it is."""
        method = request.first.split(b" ")[1].rpartition(b"/")[2].lower()
        if method in (b"sendmessage", b"editmessagetext"):
            return self._receive(fields_of(request.body))
        if method == b"getme":
            return _well(BOT)
        if method == b"setwebhook" and not self.webhook.done():
            given = fields_of(request.body)
            self.webhook.set_result((given["url"], given.get("secret_token", "")))
        return _well(True)

    def _receive(self, given: dict[str, str]) -> bytes:
        self.sent += 1
        number = int(given.get("message_id") or next(self._message_ids))
        if person := self._people.get(given["chat_id"]):
            keyboard = json.loads(given.get("reply_markup") or "{}").get("inline_keyboard", [])
            person.inbox.put_nowait(Seen(number, [button["callback_data"] for row in keyboard for button in row]))
        chat = {"id": int(given["chat_id"]), "type": "private"}
        return _well({"message_id": number, "date": NOW, "chat": chat, "text": "…"})


class Person:
    """Somebody with a phone and their own connection to the webhook."""

    def __init__(self, town: Town, number: int, answers: bool) -> None:
        self._town, self.number, self._answers = town, number, answers
        self.inbox: asyncio.Queue[Seen] = asyncio.Queue()
        self._chat = {"id": number, "type": "private", "first_name": f"Hoa {number}"}
        self._user = {"id": number, "is_bot": False, "first_name": f"Hoa {number}"}

    async def live(self, line: Poster, stopped: asyncio.Event) -> None:
        """Report one thing after another; a dialog that gets stuck is noted and the next begun."""
        while not stopped.is_set():
            try:
                async with asyncio.timeout(PATIENCE):
                    await self._dialog(line)
            except TimeoutError:
                self._town.tally.faults.append("no answer")
            except (ConnectionError, ValueError) as error:
                self._town.tally.faults.append(type(error).__name__)
                return

    def writes(self) -> bytes:
        """Something new to report."""
        return self._message(self._town.next_text())

    async def _dialog(self, line: Poster) -> None:
        pressed = ""
        seen = await self._turn(line, self.writes())
        while seen and (seen.buttons or pressed != LAST):
            if seen.buttons:
                button = wanted(seen.buttons)
                pressed = button.rpartition(":")[2]
                seen = await self._turn(line, self._press(button, seen.message_id))
            else:
                seen = await self.inbox.get()

    async def _turn(self, line: Poster, body: bytes) -> Seen | None:
        """Post, see it acknowledged, read the answer."""
        due = await self._town.pacer.due()
        tally = self._town.tally  # asked now: who waits for their turn when the flood begins is one who sees it
        while not self.inbox.empty():
            self.inbox.get_nowait()
        answer = await line.post(body)
        tally.acknowledged.append(time.perf_counter() - due)
        if b" 200 " not in answer.first:
            tally.faults.append(answer.first.decode())
        if not self._answers:
            return None
        seen = await self.inbox.get()
        tally.answered.append(time.perf_counter() - due)
        return seen

    def _message(self, text: str) -> bytes:
        number = next(self._town.update_ids)
        message = {"message_id": number, "date": NOW, "chat": self._chat, "from": self._user, "text": text}
        return _json({"update_id": number, "message": message})

    def _press(self, button: str, message_id: int) -> bytes:
        number = next(self._town.update_ids)
        under = {"message_id": message_id, "date": NOW, "chat": self._chat, "from": BOT, "text": "…"}
        query = {"id": str(number), "from": self._user, "chat_instance": "1", "data": button, "message": under}
        return _json({"update_id": number, "callback_query": query})


def wanted(buttons: Sequence[str]) -> str:
    """Send it if that can be done; else whatever is offered first."""
    return next((button for button in buttons if button.rpartition(":")[2] in ONWARD), buttons[0])


def fields_of(body: bytes) -> dict[str, str]:
    """A form, or JSON; only what the bench reads is decoded, texts are long."""
    if body[:1] == b"{":
        return {
            name: value if isinstance(value, str) else json.dumps(value) for name, value in json.loads(body).items()
        }
    return dict(_pairs(body.decode("ascii")))


def _pairs(form: str) -> Iterator[tuple[str, str]]:
    for pair in form.split("&"):
        name, _, value = pair.partition("=")
        if name != "text":
            yield name, unquote_plus(value)


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def _well(result: Any) -> bytes:
    return json.dumps({"ok": True, "result": result}).encode()
