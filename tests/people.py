"""People in a test: neighbours who write to the town and press what they are offered, clerks at their cards."""

from typing import Any

from bot.officer_turn import staff_key
from bot.outcome import Outcome
from dialogs.words import Prediction, ReportView, Talk
from store.conversations import load_talk
from store.report_cards import rooms_showing
from store.report_views import all_reports, report_by_code
from tests.town import TestTown, report_prediction

UBND, POLICE = "ubnd-17713", "cong-an-17713"
DARK = "đèn đường xóm 5 Đại Đồng hỏng"


class Neighbour:
    """A citizen at one address who writes and presses what is offered."""

    def __init__(self, town: TestTown, chat: str = "hoa") -> None:
        self.town, self.chat = town, chat

    async def say(self, words: str, nlp: Prediction | None = None, **what: Any) -> list[str]:
        if nlp is not None:
            self.town.understanding.scripted[words] = nlp
        return told(await self.town.hear(self.town.incoming(words, chat=self.chat, **what)))

    async def press(self, label: str) -> list[str]:
        prompt = self.talk.prompt
        chosen = next(choice.id for choice in prompt.choices if choice.label == label)
        return await self.wire(chosen if chosen.startswith("/") else f"{prompt.no}:{chosen}")

    async def wire(self, choice: str) -> list[str]:
        incoming = self.town.incoming(chat=self.chat, kind="choice", choice=choice)
        return told(await self.town.hear(incoming))

    @property
    def key(self) -> str:
        return f"webchat:main:{self.chat}"

    @property
    def talk(self) -> Talk:
        return self.town.read(lambda connection: load_talk(connection, self.key))

    async def file(self, words: str = DARK, category: str = "lighting_greenery", **what: Any) -> ReportView:
        """File a report in two turns."""
        what = {"place": "xóm 5", "commune": "17713", **what}
        await self.say(words, report_prediction(category, **what))
        if any(choice.id == "none" for choice in self.talk.prompt.choices):
            await self.press("Không phải")  # what somebody else has reported
        await self.press("Gửi")
        return self.town.read(lambda connection: all_reports(connection, 1))[0]


class Clerk:
    """An officer at a card in the browser room."""

    def __init__(self, town: TestTown, name: str, *rooms: str) -> None:
        self.town, self.room = town, rooms[0]
        self.id = town.officer(name, *rooms)

    async def button(self, report: ReportView, name: str, **what: Any) -> Outcome:
        wire = f"/case {report.code} {name}:{report.version}"
        return await self.town.hear(self.town.staff_incoming(self.id, self.room, report.code, choice=wire, **what))

    async def say(self, report: ReportView, words: str, **what: Any) -> Outcome:
        what = {"kind": "text", "text": words, **what}
        return await self.town.hear(self.town.staff_incoming(self.id, self.room, report.code, **what))

    async def press(self, report: ReportView, choice: str) -> Outcome:
        key = staff_key(f"room:web:{self.room}", self.id, report.code)
        no = self.town.read(lambda connection: load_talk(connection, key)).prompt.no
        incoming = self.town.staff_incoming(self.id, self.room, report.code, choice=f"{no}:{choice}")
        return await self.town.hear(incoming)


def told(outcome: Outcome) -> list[str]:
    return [reply.text for reply in outcome.replies]


def now_is(town: TestTown, report: ReportView) -> ReportView:
    """The report as it stands."""
    found = town.read(lambda connection: report_by_code(connection, report.code))
    assert found is not None
    return found


def shown_in(town: TestTown, report: ReportView) -> set[str]:
    return set(town.read(lambda connection: rooms_showing(connection, report.id)))
