"""Reading, playing and rewriting transcripts: conversations written down as an official can read them.

>  what the citizen does: words, [a button], (ảnh), (ảnh 18.79,105.33), (vị trí 18.79,105.33), (nhãn dán) …
~  what nlp is taken to have said of these words: `lighting_greenery 0.93 commune=17713 place="xóm 5"`, `thanks`;
   `~ «rác không ai dọn» waste_sanitation 0.95`: of a part of them
@  what an officer does on the last report's card: `@hùng [Nhận]`, `@hùng lời`, `@hùng (ảnh) lời`
+  time passes, and at every half hour the clock asks the jobs: `+ 3 ngày`, `+ 10 phút`
=  `= khởi động lại`: the process is killed and started again; `= phòng intake`: where officers act from now on;
   `= người khác: lan`: another citizen writes from now on; `= thẻ 1`: officers work on the first report's card;
   `= ngày 2027-02-01 16:40`: it is that moment; `= bản tin`: the leaders' digests are shown from now on;
   `= nhóm ubnd-17713`: that room is a Telegram group from now on (tests/transcript_group.py)
:  when, in the time that passed, what follows happened
*  an effect;  |  what the officer reads, `| (phòng) …` what a room is told;  anything else: what the bot says.
"""

import re
import shlex
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

from sqlalchemy import select

import bot.digest
import bot.notices
import bot.officer_turn
import bot.perform
import bot.push
import bot.turn
from dialogs.answers import fold
from dialogs.cards import moment
from dialogs.effects import FileReport, Say
from dialogs.render import render
from dialogs.staff_card import card_buttons
from dialogs.words import TOWN_TIME, Address, Incoming, Media, MediaKind, Outgoing, Place, Prediction
from store.codes import check_character, spell
from store.conversations import load_talk
from store.report_views import report_by_code
from store.tables.base import table
from store.tables.talk import Message
from tests.town import TestTown, photo
from tests.transcript_group import GroupScenes

_message = table(Message)
UNITS = {"phút": timedelta(minutes=1), "giờ": timedelta(hours=1), "ngày": timedelta(days=1)}
KINDS = ("proposal", "question", "status", "thanks", "greeting", "spam", "chatter", "complaint_about_answer")
INPUTS = (">", "@", "+", "=", "~", "#")
SAYS_BUTTONS = "zalo_oa"  # a press comes back as text there, and more than its five buttons are numbers
NOT_READ: dict[str, tuple[MediaKind, str]] = {
    "ghi âm": ("audio", "audio/ogg"),
    "phim": ("video", "video/mp4"),
    "tệp": ("file", "application/pdf"),
}
LONG = " ".join(["đường hỏng nặng lắm"] * 520)  # a little over 10,000 characters


@dataclass(slots=True)
class Step:
    """One input with what nlp is taken to say, and the lines that follow."""

    line: str
    nlp: str = ""
    parts: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)


def read(text: str) -> tuple[list[str], list[Step]]:
    """(head comment lines, steps)."""
    head: list[str] = []
    steps: list[Step] = []
    for line in text.splitlines():
        if line.startswith("#") and not steps:
            head.append(line)
        elif line.startswith("~ «"):
            steps[-1].parts.append(line[1:].strip())
        elif line.startswith("~"):
            steps[-1].nlp = line[1:].strip()
        elif line.startswith((">", "@", "+", "=")):
            steps.append(Step(line))
        elif line.strip():
            steps[-1].expected.append(line.rstrip())
    return head, steps


def write(head: list[str], steps: list[Step], lines: list[list[str]]) -> str:
    """The transcript again, with what really happened."""
    out = list(head)
    for step, happened in zip(steps, lines, strict=True):
        out += ["", step.line] if step.line[0] in ">@+=" else [step.line]
        out += [f"~ {said}" for said in (step.nlp, *step.parts) if said]
        out += happened
    return "\n".join(out) + "\n"


class Player:
    """Plays steps on a town over one channel; on a channel without buttons they become numbers."""

    def __init__(self, town: TestTown, channel: str) -> None:
        self.town, self.channel = town, channel
        self.address = Address(channel, "main", "hoa")
        self.lines: list[str] = []
        self.room = "intake"
        self.officers: dict[str, int] = {}
        self.code = ""
        self.codes = 0
        self.filed: list[str] = []
        self.said = 0
        self.digests = False
        self.group: GroupScenes | None = None

    async def play(self, steps: list[Step]) -> list[list[str]]:
        """What happened at each step."""
        happened = []
        with (
            patch.object(bot.perform, "tell", self._tell),
            patch.object(bot.push, "tell", self._tell),
            patch.object(bot.notices, "add_notice", self._add_notice),
            patch.object(bot.digest, "draw", lambda picture: b""),  # a third of a second each
            patch.object(bot.turn, "perform", self._perform),
            patch.object(bot.officer_turn, "perform", self._perform),
            patch.object(bot.turn, "new_code", self._new_code),
        ):
            for step in steps:
                self.lines = []
                await self._step(step)
                self.town.fetch()
                self.town.push()
                self.lines += await self.group.seen() if self.group else []
                self.town.deliver(self.channel)
                happened.append(self.lines)
        return happened

    # ------------------------------------------------------------ what is seen

    def _tell(self, connection: Any, town: Any, address: Address, outgoing: Outgoing, *rest: Any, **named: Any) -> None:
        if self.group and address.chat == self.group.chat.address.chat:
            return TELL(connection, town, address, outgoing, *rest, **named)
        later = named.get("not_before")
        self.lines += [f"(giữ tới {moment(later)})"] if later and later > self.town.clock() else []
        self.lines += shown(outgoing)
        check_rendered(outgoing, town, address)
        TELL(connection, town, address, outgoing, *rest, **named)

    def _add_notice(
        self, connection: Any, locality: str, room: str, kind: str, text: str, now: datetime, media: str = ""
    ) -> None:
        if kind != "digest" or self.digests:
            picture = ["(ảnh ×1)"] if media else []
            self.lines += [f"| ({room}) {line}" for line in [*text.splitlines(), *picture]]
        ADD_NOTICE(connection, locality, room, kind, text, now, media)

    def _perform(self, turn: Any, effects: list[Any]) -> None:
        filed = len(self.filed)
        self.lines += [effect_line(effect) for effect in effects if not isinstance(effect, Say)]
        self.filed += [effect.code for effect in effects if isinstance(effect, FileReport)]
        self.code = self.filed[-1] if len(self.filed) > filed else self.code
        PERFORM(turn, effects)

    def _new_code(self, prefix: str) -> str:
        self.codes += 1
        body = f"7K3F{self.codes % 10}"
        return spell(prefix, body + check_character(body))

    # ------------------------------------------------------------ what is done

    async def _step(self, step: Step) -> None:
        sign, said = step.line[0], step.line[1:].strip()
        for part in step.parts:
            words, _, nlp = part.removeprefix("«").partition("» ")
            self._script(words, nlp)
        if sign == ">":
            await self._citizen(said, step.nlp)
        elif sign == "@":
            await self._officer(said)
        elif sign == "+":
            number, unit = said.split()
            await self._let_pass(int(number) * UNITS[unit])
        elif said == "khởi động lại":
            self.town.close()
            self.town.open()
        elif said.startswith("phòng "):
            self.room = said.removeprefix("phòng ")
        elif said.startswith("ngày "):
            self.town.clock.now = datetime.fromisoformat(said.removeprefix("ngày ")).replace(tzinfo=TOWN_TIME)
        elif said.startswith("người khác: "):
            self.address = Address(self.channel, "main", said.removeprefix("người khác: "))
        elif said.startswith("thẻ "):
            self.code = self.filed[int(said.removeprefix("thẻ ")) - 1]
        elif said == "bản tin":
            self.digests = True
        elif said.startswith("nhóm ubnd"):
            self.room = said.removeprefix("nhóm ")
            self.group = GroupScenes(self.town, self.room)
        elif self.group and self.group.knows(said):
            await self.group.happen(said)
        else:
            raise ValueError(f"what does {step.line!r} mean?")

    async def _let_pass(self, by: timedelta) -> None:
        """At every half hour in between and at the end the jobs are asked, so that things happen in their order."""
        clock = self.town.clock
        end = clock.now + by
        while (then := next_look(clock.now)) < end:
            await self._tick(then)
        await self._tick(end)

    async def _tick(self, now: datetime) -> None:
        self.town.clock.now, before = now, len(self.lines)
        if await self.town.tick():
            self.town.push()
        if len(self.lines) > before:
            self.lines.insert(before, f": {moment(now)}")

    async def _citizen(self, said: str, nlp: str) -> None:
        found = re.fullmatch(r"\((\D+?)(?: ([\d.,]+))?\)\s*(.*)", said, re.DOTALL)
        if said == "(10.000 chữ)":
            await self._say(LONG, nlp)
        elif found:
            await self._thing(found[1], found[2] or "", found[3], nlp)
        elif said.startswith("["):
            await self._press(said.strip("[]"))
        else:
            await self._say(said, nlp)

    async def _say(self, text: str, nlp: str) -> None:
        kind, text = ("start", text[6:].strip()) if text.startswith("/start") else ("text", text)
        self._script(text, nlp)
        self.said += 1
        await self.town.hear(self._incoming(text, kind=kind, message_id=f"t{self.said}"))

    async def _thing(self, what: str, numbers: str, text: str, nlp: str) -> None:
        point = tuple(map(float, numbers.split(","))) if "," in numbers else ()
        self._script(text, nlp)
        if what == "vị trí":
            await self.town.hear(self._incoming(kind="location", lat=point[0], lon=point[1]))
        elif what == "nhãn dán":
            await self.town.hear(self._incoming(kind="media", media=(Media("sticker", "s1"),)))
        elif what == "danh bạ":
            await self.town.hear(self._incoming(kind="contact", phone=numbers, phone_verified=True))
        elif what in NOT_READ:
            kind, mime = NOT_READ[what]
            await self.town.hear(self._incoming(text, kind="media", media=(Media(kind, "f1", mime),)))
        elif what == "phim quá lớn":
            await self.town.hear(self._incoming(text, kind="too_large"))
        elif what == "tệp lạ":
            await self.town.hear(self._incoming(text, kind="media", media=(Media("file", "f1", "application/msword"),)))
            draft = self.town.read(lambda connection: load_talk(connection, self.address.key)).memory["draft"]
            await self.town.hear(self._incoming(kind="media_refused", media=(Media("file", draft["media"][-1]),)))
        elif what == "không đọc được":
            await self.town.hear(self._incoming(kind="unsupported"))
        elif what == "chặn":
            await self.town.hear(self._incoming(kind="unfollow"))
        elif what == "sửa":
            await self.town.hear(self._incoming(text, kind="edited", message_id=f"t{self.said}"))
        elif what.startswith("ảnh album "):
            album = what.removeprefix("ảnh album ")
            await self.town.hear(self._incoming(text, kind="media", media=(photo(),), album=album))
        elif what == "ảnh":
            await self.town.hear(self._incoming(text, kind="media", media=(photo(),)))
            if point:
                await self.town.hear(self._incoming(kind="media_ready", lat=point[0], lon=point[1]))
        else:
            raise ValueError(f"what is ({what})?")

    async def _press(self, label: str) -> None:
        talk = self.town.read(lambda connection: load_talk(connection, self.address.key))
        labels = [fold(choice.label) for choice in talk.prompt.choices]
        stale = label.startswith("cũ: ")
        if stale and self.channel == SAYS_BUTTONS:
            await self.town.hear(self._incoming("1. Rất hài lòng"))  # of another question; of this one it would be good
            return
        if stale:
            await self.town.hear(self._incoming(kind="choice", choice=f"{talk.prompt.no - 1}:send"))
            return
        assert fold(label) in labels, f"no button [{label}] in {[choice.label for choice in talk.prompt.choices]}"
        index = labels.index(fold(label))
        buttons = self.town.town.capabilities[self.channel].buttons
        if buttons == 0 or (self.channel == SAYS_BUTTONS and len(labels) > buttons):
            await self.town.hear(self._incoming(str(index + 1)))
            return
        if self.channel == SAYS_BUTTONS:
            await self.town.hear(self._incoming(talk.prompt.choices[index].as_words(index + 1)))
            return
        chosen = talk.prompt.choices[index].id
        wire = chosen if chosen.startswith("/") else f"{talk.prompt.no}:{chosen}"
        await self.town.hear(self._incoming(kind="choice", choice=wire, reply_to=self._shown_with(wire)))

    def _shown_with(self, wire: str) -> str:
        """The channel's id of the message under which a button stands."""
        told = select(_message.c.part, _message.c.external_id).where(_message.c.conversation_key == self.address.key)
        rows = self.town.read(lambda connection: connection.execute(told.order_by(_message.c.id.desc())).all())
        ids = (row.external_id for row in rows if wire in [one["id"] for one in row.part.get("choices", ())])
        return next(ids, "")

    async def _officer(self, said: str) -> None:
        name, _, what = said.partition(" ")
        if self.group:
            return await self.group.act(name, what)
        if name not in self.officers:
            self.officers[name] = self.town.officer(
                name.capitalize(), *dict.fromkeys((self.room, "intake", "sensitive"))
            )
        officer = self.officers[name]
        outcome = await self.town.hear(self._staff_incoming(officer, what))
        for reply in outcome.replies:
            self.lines += [f"| {line}" for line in shown(reply)]

    def _staff_incoming(self, officer: int, what: str) -> Incoming:
        room = self.room
        if what.startswith("["):
            choice = self._staff_choice(officer, what.strip("[]"))
            return self.town.staff_incoming(officer, room, self.code, choice=choice)
        if what.startswith("(ảnh)"):
            text = what.removeprefix("(ảnh)").strip()
            return self.town.staff_incoming(officer, room, self.code, kind="media", media=(photo(),), text=text)
        return self.town.staff_incoming(officer, room, self.code, kind="text", text=what)

    def _staff_choice(self, officer: int, label: str) -> str:
        key = bot.officer_turn.staff_key(f"room:web:{self.room}", officer, self.code)
        talk = self.town.read(lambda connection: load_talk(connection, key))
        report = self.town.read(lambda connection: report_by_code(connection, self.code))
        assert report
        old = label.startswith("thẻ cũ: ")
        label = label.removeprefix("thẻ cũ: ")
        extra = {"sửa loại": "correct", "khẩn": "urgent", "giữ kín": "guard", "trùng": "duplicate"}
        if label.lower() in extra:
            return f"/case {self.code} {extra[label.lower()]}:{report.version}"
        for choice in talk.prompt.choices:
            if choice.label == label:
                return f"{talk.prompt.no}:{choice.id}"
        buttons = [*card_buttons(report), *all_buttons(self.code, report.version)]
        found = next(choice.id for choice in buttons if choice.label == label)
        return f"{found.rpartition(':')[0]}:{report.version - 1}" if old else found

    def _incoming(self, text: str = "", **what: Any) -> Incoming:
        return self.town.incoming(text, chat=self.address.chat, channel=self.channel, **what)

    def _script(self, text: str, nlp: str) -> None:
        if nlp:
            self.town.understanding.scripted[text.strip()] = prediction(nlp, text)


def all_buttons(code: str, version: int) -> list[Any]:
    """Every button, even those the state hides."""
    from dialogs.dialog import choice
    from dialogs.staff_card import BUTTONS

    return [choice(f"/case {code} {name}:{version}", f"staff.button.{name}") for name, _ in BUTTONS]


TELL, PERFORM, ADD_NOTICE = bot.perform.tell, bot.perform.perform, bot.notices.add_notice


def check_rendered(outgoing: Outgoing, town: Any, address: Address) -> None:
    """What leaves fits the channel; where choices are no buttons their numbers are the last thing that is read."""
    capabilities = town.capabilities[address.channel]
    parts = render(outgoing, capabilities, 1)
    assert all(len(part.text) <= capabilities.max_text and (part.text or part.media) for part in parts)
    if outgoing.choices and not parts[-1].choices:
        last = "\n".join(part.text for part in parts).splitlines()[-len(outgoing.choices) :]
        assert last == [f"{number}. {choice.label}" for number, choice in enumerate(outgoing.choices, 1)]


def next_look(now: datetime) -> datetime:
    """The next :00 or :30; in the dead of night, when hardly anything may happen, the next even hour."""
    step = timedelta(minutes=30)
    then = now.replace(minute=now.minute // 30 * 30, second=0, microsecond=0) + step
    while (hour := then.astimezone(TOWN_TIME).hour) in range(1, 6) and (hour % 2 or then.minute):
        then += step
    return then


def shown(outgoing: Outgoing) -> list[str]:
    """What a person sees of an Outgoing: the text, pictures, choices."""
    lines = [line.rstrip() for line in outgoing.text.splitlines() if line.strip()]
    lines += [f"(ảnh ×{len(outgoing.media)})"] if outgoing.media else []
    return lines + ([" ".join(f"[{choice.label}]" for choice in outgoing.choices)] if outgoing.choices else [])


def effect_line(effect: Any) -> str:
    """An effect in one line: its name and what matters of it."""
    name = type(effect).__name__
    if isinstance(effect, FileReport):
        facts = {"category": effect.category, "commune": effect.place.commune, "place": effect.place.text}
        facts |= {"urgent": effect.urgent, "sensitive": effect.sensitive, "name": effect.name, "phone": effect.phone}
        facts |= {"verified": effect.phone_verified}
        facts |= {"photos": len(effect.media)}
    else:
        skip = ("code", "version", "wording")
        names = [name for name in type(effect).__dataclass_fields__ if name not in skip]
        facts = {name: getattr(effect, name) for name in names}
    return " ".join(["*", name, *(f"{key}={value}" for key, value in facts.items() if value not in ("", False, (), 0))])


def prediction(spoken: str, text: str) -> Prediction:
    """`lighting_greenery 0.93 also=electricity:0.05 commune=17713 place="xóm 5" old="Thanh Lĩnh" urgent` as a value."""
    words = shlex.split(spoken)
    named = dict(word.split("=", 1) for word in words if "=" in word)
    place = None
    if named.keys() & {"place", "commune", "old", "candidates"}:
        candidates = tuple(filter(None, named.get("candidates", "").split(",")))
        place = Place(named.get("place", ""), named.get("commune", ""), named.get("old", ""), candidates)
    flags = {"urgent": "urgent" in words, "denunciation": "denunciation" in words, "place": place, "public_text": text}
    if words[0] in KINDS and words[0] != "proposal":
        return Prediction(words[0], **flags)  # type: ignore[arg-type]
    also = [pair.split(":") for pair in filter(None, named.get("also", "").split(","))]
    alternatives = ((words[0], float(words[1])), *((name, float(share)) for name, share in also))
    return Prediction("report", words[0], float(words[1]), alternatives, **flags)
