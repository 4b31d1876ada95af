"""Every dialog is sound: what its table names exists, can be reached, and is understood when it is pressed."""

import inspect
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.perform import PERFORMERS
from dialogs import front, staff_front
from dialogs.context import Context, Heard
from dialogs.dialog import DECIDE, ENDS, Dialog, Row, machine
from dialogs.effects import AnswerQuestion, FileReport, Reopen, Say, Step, Withdraw
from dialogs.openings import SMALL_TALK
from dialogs.reading import IN_DIALOG
from dialogs.spoken import SPOKEN
from dialogs.staff import StaffDialog
from dialogs.staff_card import BUTTONS, card_buttons
from dialogs.staff_overtaken import kept_step
from dialogs.words import Choice, FaqEntry, Incoming, Media, Outgoing, Place, Prediction, Prompt, Status, Talk
from store.lifecycle import TRANSITIONS
from tests.talking import (
    CODE,
    FAR_AWAY,
    IN_DAI_DONG,
    OTHER_CODE,
    UNKNOWN_CODE,
    Card,
    Conversation,
    FakeLookup,
    a_context,
    a_photo,
    a_report,
    an_incoming,
    done,
    said,
    texts_of,
)
from tests.town import MONDAY_NINE, thanh_chuong

DIALOGS: list[type[Dialog]] = [*front.DIALOGS.values(), StaffDialog]
each_dialog = pytest.mark.parametrize("dialog", DIALOGS, ids=lambda dialog: dialog.name)


def beginning(dialog: type[Dialog]) -> str:
    return dialog.states[0]


def sources(dialog: type[Dialog], row: Row) -> list[str]:
    if row.source == "*":
        return list(dialog.states)
    return [row.source] if isinstance(row.source, str) else list(row.source)


def callbacks(row: Row) -> list[str]:
    return [name for name in ([row.then] if isinstance(row.then, str) else row.then) if name]


def below(kind: type[Dialog]) -> set[type[Dialog]]:
    return {kind, *(found for child in kind.__subclasses__() for found in below(child))}


# ---------------------------------------------------------------- the table and the class fit each other


def test_every_dialog_that_there_is_is_looked_at() -> None:
    assert {kind for kind in below(Dialog) if hasattr(kind, "rows")} == set(DIALOGS)
    assert len(DIALOGS) >= 7


@each_dialog
def test_the_first_state_is_the_one_in_which_it_is_opened(dialog: type[Dialog]) -> None:
    assert beginning(dialog) in ("new", "card")


@each_dialog
def test_every_row_leads_from_a_known_state_to_a_known_state(dialog: type[Dialog]) -> None:
    known = {*dialog.states, *ENDS, DECIDE}
    for row in dialog.rows:
        assert set(sources(dialog, row)) <= known, row
        assert row.dest is None or row.dest in known, row
        assert not set(sources(dialog, row)) & set(ENDS), f"{row}: what is over is over"


@each_dialog
def test_every_state_can_be_reached(dialog: type[Dialog]) -> None:
    reached, fresh = set(), {beginning(dialog)}
    while fresh:
        reached |= fresh
        led_to = {row.dest for row in dialog.rows if set(sources(dialog, row)) & fresh} - {None}
        fresh = {str(state) for state in led_to} - reached
    assert set(dialog.states) <= reached
    assert dialog is StaffDialog or reached & set(ENDS)


@each_dialog
def test_nobody_is_kept_in_a_state(dialog: type[Dialog]) -> None:
    """From everywhere `cancel` leads out."""
    way_out = {state for row in dialog.rows if row.trigger == "cancel" for state in sources(dialog, row)}
    assert set(dialog.states) <= way_out


@each_dialog
def test_every_callback_and_condition_is_a_method_without_arguments(dialog: type[Dialog]) -> None:
    for row in dialog.rows:
        for name in [*callbacks(row), *filter(None, [row.when])]:
            method = getattr(dialog, name, None)
            assert callable(method), f"{row}: {dialog.__name__} has no {name}"
            wanted = [
                parameter
                for parameter in inspect.signature(method).parameters.values()
                if parameter.name != "self" and parameter.default is parameter.empty
            ]
            assert not wanted, f"{name} wants {wanted}"


@each_dialog
def test_no_trigger_hides_a_method_or_an_attribute(dialog: type[Dialog]) -> None:
    """transitions does not bind a trigger to a model that has that name already, and says nothing."""
    own = {name for parent in dialog.__mro__[:-1] for name in vars(parent)}
    own |= set(vars(made(dialog, beginning(dialog))))
    assert {row.trigger for row in dialog.rows} & own == set()


@each_dialog
def test_every_state_but_the_first_and_the_ends_has_its_question(dialog: type[Dialog]) -> None:
    for state in (state for state in dialog.states if state not in ("new", "card")):
        assert callable(getattr(dialog, f"ask_{state}", None)), f"{dialog.__name__} has no ask_{state}"


@each_dialog
def test_every_question_belongs_to_a_state(dialog: type[Dialog]) -> None:
    asked = {name.removeprefix("ask_") for name in dir(dialog) if name.startswith("ask_")}
    assert asked - {"citizen"} <= set(dialog.states)


@each_dialog
def test_no_row_stands_in_the_shadow_of_one_above_it(dialog: type[Dialog]) -> None:
    """An unconditional row ends the search: below it the same trigger in the same state is never tried."""
    taken: set[tuple[str, str]] = set()
    for row in dialog.rows:
        here = {(row.trigger, source) for source in sources(dialog, row)}
        assert here - taken, f"{row} is never reached"
        if not row.when:
            taken |= here


@each_dialog
def test_a_decision_always_falls(dialog: type[Dialog]) -> None:
    """The last row of a decision point asks for nothing, so that nobody is left standing there."""
    decisions = [row for row in dialog.rows if row.source == DECIDE]
    assert not any(row.dest == DECIDE for row in decisions)
    if any(row.dest == DECIDE for row in dialog.rows):
        assert decisions[-1].when == ""


@each_dialog
def test_every_method_that_asks_decides_or_does_is_used(dialog: type[Dialog]) -> None:
    named = {name for row in dialog.rows for name in [*callbacks(row), row.when]}
    own = {name for name, value in vars(dialog).items() if inspect.isfunction(value) and not name.startswith("_")}
    assert own - named - {f"ask_{state}" for state in dialog.states} - {"saved", "question", "hear"} == set()


@each_dialog
def test_a_first_step_is_a_state(dialog: type[Dialog]) -> None:
    assert dialog.first_step in (*dialog.states, *ENDS)


@each_dialog
def test_wildcard_rows_hold_in_every_state(dialog: type[Dialog]) -> None:
    everywhere = [row for row in dialog.rows if row.source == "*"]
    assert everywhere
    for row in everywhere:
        assert set(machine(dialog).events[row.trigger].transitions) == set(dialog.states)


@each_dialog
def test_the_machine_has_no_models_and_every_state_of_the_class(dialog: type[Dialog]) -> None:
    assert machine(dialog).models == []
    assert {*dialog.states, *ENDS} <= set(machine(dialog).states)


def test_the_commands_lead_to_rows_of_their_dialogs() -> None:
    for name, trigger in front.COMMANDS.values():
        assert [row for row in front.DIALOGS[name].rows if row.trigger == trigger and "new" in sources_of(name, row)]


def sources_of(name: str, row: Row) -> list[str]:
    return sources(front.DIALOGS[name], row)


def test_what_people_type_leads_to_a_command_that_there_is() -> None:
    assert set(SPOKEN.values()) <= {*front.COMMANDS, *IN_DIALOG, "/help"}


def test_the_buttons_of_a_card_are_triggers_of_the_dialog_and_steps_of_a_life() -> None:
    assert {name for name, _ in BUTTONS} <= {row.trigger for row in StaffDialog.rows if row.source == "*"}
    assert {step for _, step in BUTTONS} <= {step for step, _, _ in TRANSITIONS}


# ---------------------------------------------------------------- what a question offers is understood

DRAFTS: list[dict[str, Any]] = [
    {},
    {"text": "đường hỏng", "alternatives": ["road_infrastructure", "land"], "confidence": 0.4},
    {"text": "hai việc", "alternatives": ["land", "electricity"], "second_category": "electricity", "confidence": 0.4},
    {"text": "ở Xuân", "place": {"text": "xóm 5", "candidates": ["17713", "17728"]}, "category": "land"},
    {"text": "ảnh", "photo_place": {"lat": IN_DAI_DONG[0], "lon": IN_DAI_DONG[1]}, "media": ["1", "2"]},
    {"text": "có tên", "name": "Hoa", "phone": "0912 345 678", "category": "officer_conduct"},
]
LATE = Step(CODE, 2, "ask", note="Cột số mấy ạ?")
RATING = ["solved", "satisfaction", "unsolved", "reason"]  # in this order, so that one can go back
MEMORIES: dict[str, list[dict[str, Any]]] = {
    "report": [{"draft": draft, "both": "land", "other": DRAFTS[1]} for draft in DRAFTS],
    "rate": [{"code": CODE, "solved": solved, "words": "vẫn tối om"} for solved in (3, 1)],
    "staff": [
        {
            **{"code": CODE, "draft": "sẽ làm", "outcome": "đã xong", "alike": [OTHER_CODE], "other": OTHER_CODE},
            **kept_step(LATE, a_report(), "Lan vừa nhận việc"),
        }
    ],
    "subscribe": [{"commune": "17713"}],
}


def a_lookup(status: Status = Status.ASSIGNED, **what: Any) -> FakeLookup:
    entry = FaqEntry("khai-sinh", "Làm khai sinh cần gì?", "Giấy chứng sinh.")
    mine, other = a_report(status=status, **what), a_report(OTHER_CODE, mine=False, id=2)
    return FakeLookup({CODE: mine, OTHER_CODE: other}, [entry, replace(entry, id="khai-tu")])


def made(dialog: type[Dialog], state: str, memory: dict[str, Any] | None = None) -> Dialog:
    status = Status.RESOLVED if dialog.name == "rate" else Status.ASSIGNED
    memory = {"code": CODE, **json.loads(json.dumps(memory or MEMORIES.get(dialog.name, [{}])[0]))}
    return dialog(a_context(a_lookup(status)), state, memory)


def questions(dialog: type[Dialog]) -> Iterator[tuple[str, dict[str, Any], Outgoing]]:
    """Every question that this dialog can be made to ask here."""
    for state in (state for state in dialog.states if state not in ("new", "card")):
        for memory in MEMORIES.get(dialog.name, [{}]):
            if state == "photo_place" and not memory["draft"].get("photo_place"):
                continue
            asked = made(dialog, state, memory).question()
            assert asked is not None, f"{dialog.name}: {state} asks nothing"
            yield state, memory, asked


@each_dialog
def test_every_choice_of_a_question_is_understood_when_it_is_pressed(dialog: type[Dialog]) -> None:
    pressed = 0
    for state, memory, asked in questions(dialog):
        for choice in asked.choices:
            if choice.id.startswith("/"):
                assert choice.id.partition(" ")[0] in front.COMMANDS
                continue
            assert made(dialog, state, memory).hear(Heard(an_incoming(kind="choice"), choice.id)), (state, choice)
            pressed += 1
    assert pressed


@each_dialog
def test_the_choices_of_a_question_are_told_apart_by_id_and_by_label(dialog: type[Dialog]) -> None:
    for state, _, asked in questions(dialog):
        assert len({choice.id for choice in asked.choices}) == len(asked.choices), state
        assert len({choice.label for choice in asked.choices}) == len(asked.choices), state


@each_dialog
def test_every_question_can_be_left(dialog: type[Dialog]) -> None:
    leave = {"cancel", "back", "no", "leave", "drop"}
    for state, _, asked in questions(dialog):
        assert leave & {choice.id for choice in asked.choices}, f"{dialog.name}: no way out of {state}"


@each_dialog
def test_a_picture_that_is_ready_is_no_word_of_the_person(dialog: type[Dialog]) -> None:
    """Only where the report dialog waits for a place may the picture's own place be offered."""
    for state in set(dialog.states) - {"new"}:
        here = made(dialog, state)
        here.hear(Heard(an_incoming(kind="media_ready", media=(a_photo(),), lat=IN_DAI_DONG[0], lon=IN_DAI_DONG[1])))
        assert here.silent or here.state in (state, "photo_place")
        assert here.effects == []


# ---------------------------------------------------------------- whatever anybody does

SOME = settings(max_examples=50, deadline=None)
WORDS = ["đèn đường xóm 5 hỏng", "ok", "huỷ", "quay lại", "bỏ qua", "Hoa", "0912345678", "gửi", "cảm ơn em", "👍", "…"]
NUMBERS = ["0", "1", "2", "số 3", "một", "7.", "99", "999", "1000", "²", "٣", "-1", "1e9"]
COMMANDS = [*front.COMMANDS, "/help", "/cancel", "/back", "/skip", "/case", "/", "/nothing", "/start", "/new@bot"]
CODES = [CODE, OTHER_CODE, UNKNOWN_CODE, "TC-7K3F-22", CODE.lower(), CODE.replace("-", " "), "", "khai-sinh", "x"]
ODD = ["", " ", "\n", "\u200b", "\u202eabc", "{0} {code} %s", "<b>&", "\ufffd" * 5, "🇻🇳" * 50, "a" * 9000, "\x07", "ấ́"]
FORGED = ["{no}:send", "{no}:solved:x", "{no}:category:?", "0:yes", ":", "x", "/rate", "/add x"]
FIELDS = sorted(thanh_chuong().categories)

texts = st.one_of(
    st.sampled_from([*WORDS, *NUMBERS, *ODD]),
    st.builds("{} {}".format, st.sampled_from(COMMANDS), st.sampled_from(CODES)),
    st.sampled_from(COMMANDS),
    st.text(max_size=40),
)
pins = st.sampled_from([IN_DAI_DONG, FAR_AWAY, (None, None), (0.0, 0.0), (-90.0, 180.0)])
photos = st.lists(st.builds(a_photo, st.sampled_from("123456789")), max_size=3).map(tuple)
stickers = st.just((Media("sticker", "s1"),))
shares = st.floats(0, 1).map(lambda share: round(share, 2))


@st.composite
def predictions(draw: Callable[[Any], Any]) -> Prediction | None:
    """Anything that nlp may say of a text."""
    if draw(st.integers(0, 4)) == 0:
        return None
    ranked = sorted(draw(st.lists(st.tuples(st.sampled_from(FIELDS), shares), max_size=3)), key=lambda pair: -pair[1])
    kind: Any = draw(st.sampled_from(["report", "report", "proposal", *SMALL_TALK, "question", "status"]))
    best = ranked[0] if ranked and kind in ("report", "proposal") else ("", 0.0)
    communes = st.sampled_from(["", "17713", "99999"])
    place = st.builds(Place, st.sampled_from(["", "xóm 5"]), communes, candidates=st.sampled_from([(), ("17713", "x")]))
    return Prediction(
        kind, *best, tuple(ranked), draw(st.booleans()), draw(st.booleans()), draw(st.none() | place), "…", ("đèn",)
    )


OTHER_KINDS = (
    "contact", "start", "edited", "media_ready", "media_refused", "too_large", "unsupported", "erase_request",
)  # fmt: skip


@st.composite
def inputs(draw: Callable[[Any], Any]) -> tuple[str, Any, Prediction | None]:
    """(what is done, with what, what nlp says)"""
    what = draw(st.sampled_from(["text"] * 4 + ["press"] * 5 + ["forged", "pin", "photo", "sticker", "other"]))
    value: Any = {
        "text": texts,
        "press": st.integers(0, 30),
        "forged": st.sampled_from(FORGED),
        "pin": pins,
        "photo": st.tuples(photos, st.sampled_from(["", "ảnh đây", "5"])),
        "sticker": stickers,
        "other": st.sampled_from(OTHER_KINDS),
    }[what]
    return what, draw(value), draw(predictions())


def incoming_of(what: str, value: Any, talk: Talk) -> Incoming:
    """The input as a connector would hand it over in this conversation."""
    no, choices = talk.prompt.no, talk.prompt.choices
    if what == "press":
        pressed = choices[value % len(choices)].id if choices else "send"
        return an_incoming(kind="choice", choice=pressed if pressed.startswith("/") else f"{no}:{pressed}")
    if what == "forged":
        return an_incoming(kind="choice", choice=value.format(no=no))
    if what == "pin":
        return an_incoming(kind="location", lat=value[0], lon=value[1])
    if what == "photo":
        return an_incoming(value[1], "media", media=value[0])
    if what == "sticker":
        return an_incoming(kind="media", media=value)
    if what == "other":
        point = {"lat": IN_DAI_DONG[0], "lon": IN_DAI_DONG[1]} if value == "media_ready" else {}
        media = (a_photo("9"),) if value in ("media_ready", "media_refused") else ()
        return an_incoming("sửa lại" if value == "edited" else "", value, phone="091 234 5678", media=media, **point)
    return an_incoming(value)


def check_memory(talk: Talk) -> Talk:
    """The memory is plain JSON that comes back as it went."""
    memory = json.loads(json.dumps(dict(talk.memory), ensure_ascii=False))
    assert memory == dict(talk.memory)
    return replace(talk, memory=memory)


def check_answer(effects: list[Any], incoming: Incoming) -> None:
    """Something is answered: by the dialog, or by the performer of what it decided."""
    speaks = (Say, FileReport, AnswerQuestion, Reopen, Withdraw)
    if incoming.kind != "media_ready":
        assert any(isinstance(effect, speaks) for effect in effects), "silence"
    assert all(type(effect) in PERFORMERS for effect in effects)
    for text in texts_of(effects):
        assert text.strip() and "{code}" not in text.replace("{0} {code} %s", "")
    for outgoing in said(effects):
        assert all(isinstance(choice, Choice) and choice.label and choice.id for choice in outgoing.choices)


def opened(dialog: type[Dialog]) -> list[Talk]:
    """This dialog standing open at each of its questions."""
    return [
        Talk(dialog.name, state, {"code": CODE, "trail": way, **memory}, Prompt(1, asked.text, asked.choices))
        for state, memory, asked in questions(dialog)
        for way in [[*RATING[: RATING.index(state)], state] if state in RATING else [state]]
    ]


@given(
    st.sampled_from([Talk(), Talk(), *(talk for dialog in front.DIALOGS.values() for talk in opened(dialog))]),
    st.lists(st.tuples(inputs(), st.sampled_from(list(Status)), st.integers(0, 26)), min_size=1, max_size=12),
)
@SOME
def test_whatever_a_citizen_does_is_answered_and_remembered_as_plain_json(talk: Talk, turns: list[Any]) -> None:
    now = MONDAY_NINE
    for (what, value, prediction), status, hours in turns:
        now += timedelta(hours=hours if hours > 20 else 0)
        incoming = incoming_of(what, value, talk)
        context = a_context(a_lookup(status, satisfaction=hours % 2 or None), prediction, now=now)
        before = talk.prompt.no
        talk, effects = front.hear(incoming, check_memory(talk), context)
        check_answer(effects, incoming)
        assert talk.prompt.no >= before
        assert bool(talk.dialog) == bool(talk.state)
        assert not talk.dialog or talk.state in front.DIALOGS[talk.dialog].states


@given(
    st.sampled_from([Talk(), *opened(StaffDialog)]),
    st.lists(st.tuples(inputs(), st.sampled_from(list(Status)), st.integers(0, 9)), min_size=1, max_size=12),
)
@SOME
def test_whatever_an_officer_does_is_answered_and_remembered_as_plain_json(talk: Talk, turns: list[Any]) -> None:
    for (what, value, _), status, version in turns:
        report = a_report(status=status, version=version)
        incoming = incoming_of(what, value, talk)
        if what == "press" and not talk.prompt.choices:
            buttons = [*card_buttons(report), Choice(f"/case {CODE} correct:{version}", "")]
            incoming = replace(incoming, choice=buttons[value % len(buttons)].id)
        context: Context = a_context(FakeLookup({CODE: report, OTHER_CODE: a_report(OTHER_CODE)}))
        talk, effects = staff_front.hear(CODE, incoming, check_memory(talk), context)
        if incoming.kind != "media_ready":
            assert effects, "silence"
        assert all(type(effect) in PERFORMERS for effect in effects)
        assert talk.state in ("", *StaffDialog.states)
        for effect in done(effects):
            check_step(effect)


def check_step(effect: Any) -> None:
    """Nothing wordless reaches a citizen, and nobody is named who is not in the pack."""
    if hasattr(effect, "text"):
        assert effect.text.strip()
    if getattr(effect, "step", "") in ("ask", "resolve", "reject"):
        assert effect.note.strip()
    assert getattr(effect, "agency", "") in ("", *thanh_chuong().agencies)
    assert getattr(effect, "category", "land") in thanh_chuong().categories


@pytest.mark.parametrize("trigger", ["words", "send", "to:nobody", "category:nothing", "photo", "drop"])
def test_a_card_has_no_other_buttons_than_its_own(trigger: str) -> None:
    for state in StaffDialog.states:
        talk = Talk("staff", state, {"code": CODE, "draft": "sẽ làm", "outcome": "đã xong"})
        card = Card(talk=talk)
        assert card.hear(an_incoming(kind="choice", choice=f"/case {CODE} {trigger}")) == [
            "Nút đó đã cũ, xin xem lại thẻ."
        ]
        assert card.talk == talk


# ---------------------------------------------------------------- bugs that came with these tests


def report_begun(**draft: Any) -> Conversation:
    """A citizen in the middle of a report, at the confirmation card."""
    full = {"text": "đèn hỏng", "category": "land", "place": {"text": "xóm 5", "commune": "17713"}, **draft}
    talk = Talk("report", "confirm", {"draft": full, "trail": ["confirm"]}, updated_at=MONDAY_NINE)
    conversation = Conversation(a_lookup(), talk)
    conversation.say("số 99")
    return conversation


def test_back_after_the_place_of_a_photo_was_refused_asks_for_it_again() -> None:
    point = {"lat": IN_DAI_DONG[0], "lon": IN_DAI_DONG[1]}
    memory = {"draft": {"text": "đèn hỏng", "category": "land", "photo_place": point}, "trail": ["photo_place"]}
    conversation = Conversation(a_lookup(), Talk("report", "photo_place", memory, updated_at=MONDAY_NINE))
    conversation.say("số 99")
    conversation.press("no")
    assert conversation.talk.state == "place"
    assert conversation.press("back")
    assert conversation.talk.state == "photo_place"


def test_a_yes_to_the_place_of_a_photo_can_be_taken_back() -> None:
    point = {"lat": IN_DAI_DONG[0], "lon": IN_DAI_DONG[1]}
    memory = {"draft": {"text": "đèn hỏng", "category": "land", "photo_place": point}, "trail": ["photo_place"]}
    conversation = Conversation(a_lookup(), Talk("report", "photo_place", memory, updated_at=MONDAY_NINE))
    conversation.say("số 99")
    conversation.press("yes")
    assert conversation.talk.state == "confirm"
    conversation.say("quay lại")
    conversation.press("no")
    assert conversation.talk.state == "place"
    assert not conversation.talk.memory["draft"].get("place")


def test_back_from_the_first_question_of_reopening_is_answered() -> None:
    conversation = Conversation(a_lookup(Status.RESOLVED))
    conversation.press(f"/reopen {CODE}")
    assert conversation.say("quay lại")


def test_a_button_pressed_twice_is_an_old_one_the_second_time() -> None:
    conversation = report_begun()
    conversation.press("send")
    assert done(conversation.effects)
    assert "Nút đó đã cũ rồi ạ." in conversation.press("send")
    assert done(conversation.effects) == []


@pytest.mark.parametrize("forged", ["solved:99", "satisfied:5", "words", "solved:x"])
def test_a_choice_that_was_not_offered_is_not_taken(forged: str) -> None:
    conversation = Conversation(a_lookup(Status.RESOLVED))
    conversation.press(f"/rate {CODE}")
    assert "Nút đó đã cũ rồi ạ." in conversation.press(forged)
    assert conversation.talk.state == "solved"


@pytest.mark.parametrize("forged", ["to:nobody", "words", "category:nothing"])
def test_a_choice_that_no_officer_was_offered_is_not_taken(forged: str) -> None:
    card = Card()
    card.button("forward")
    assert card.press(forged) == ["Nút đó đã cũ, xin xem lại thẻ."]
    assert card.talk.state == "forwarding"


@pytest.mark.parametrize("command", ["add", "withdraw", "rate", "reopen"])
def test_a_code_typed_carelessly_in_a_command_means_the_report(command: str) -> None:
    """It goes on in the way the store spells it, or the effect finds nothing."""
    status = Status.RESOLVED if command in ("rate", "reopen") else Status.ASSIGNED
    conversation = Conversation(a_lookup(status))
    conversation.say(f"/{command} {CODE.lower().replace('-', ' ')}")
    assert conversation.talk.memory["code"] == CODE


def test_a_report_that_was_closed_meanwhile_is_not_taken_back() -> None:
    conversation = Conversation(a_lookup())
    conversation.press(f"/withdraw {CODE}")
    conversation.lookup = a_lookup(Status.RESOLVED)
    assert conversation.press("yes") == ["Phản ánh này không còn bổ sung hay rút lại được ạ."]
    assert done(conversation.effects) == []


def test_a_report_that_was_reopened_meanwhile_is_not_reopened_again() -> None:
    conversation = Conversation(a_lookup(Status.RESOLVED))
    conversation.press(f"/reopen {CODE}")
    conversation.lookup = a_lookup(Status.ASSIGNED)
    conversation.say("vẫn tối om")
    assert done(conversation.effects) == []


def test_a_report_that_was_reopened_meanwhile_is_not_reopened_by_a_doubt() -> None:
    conversation = Conversation(a_lookup(Status.RESOLVED))
    memory = {"code": CODE, "words": "vẫn tối om"}
    conversation.talk = Talk("rate", "doubt", memory, Prompt(1, "", (Choice("yes", "Mở lại"),)), MONDAY_NINE)
    conversation.lookup = a_lookup(Status.ASSIGNED)
    assert conversation.press("yes")
    assert done(conversation.effects) == []


def test_a_report_that_was_reopened_meanwhile_is_not_rated() -> None:
    conversation = Conversation(a_lookup(Status.RESOLVED))
    conversation.press(f"/rate {CODE}")
    conversation.press("solved:3")
    conversation.lookup = a_lookup(Status.ASSIGNED)
    assert conversation.press("satisfied:5")
    assert done(conversation.effects) == []


@pytest.mark.parametrize("empty", ["", "  ", "\n"])
@pytest.mark.parametrize(
    ("dialog", "state"), [("answer", "waiting"), ("track", "adding"), ("rate", "reason"), ("report", "place")]
)
def test_an_empty_message_is_no_answer_to_anything(dialog: str, state: str, empty: str) -> None:
    memory: dict[str, Any] = {"code": CODE, "trail": [state], "draft": {"text": "đèn hỏng", "category": "land"}}
    conversation = Conversation(a_lookup(Status.RESOLVED), Talk(dialog, state, memory, updated_at=MONDAY_NINE))
    assert conversation.say(empty)
    assert done(conversation.effects) == []
    assert conversation.talk.state == state


@pytest.mark.parametrize("button", ["ask", "finish", "refuse"])
def test_an_empty_line_of_an_officer_reaches_nobody(button: str) -> None:
    card = Card(a_report(status=Status.IN_PROGRESS))
    card.button(button)
    state = card.talk.state
    assert card.say("  ")
    assert done(card.effects) == []
    assert card.talk.state == state


def test_a_pin_without_a_point_answers_no_question() -> None:
    conversation = Conversation(a_lookup(Status.NEED_INFO, question="Ở đâu ạ?"))
    conversation.talk, _ = front.begin("answer", f"open:{CODE}", Talk(), a_context(conversation.lookup))
    assert conversation.hear(an_incoming(kind="location"))
    assert done(conversation.effects) == []


def test_a_clear_report_with_a_place_is_more_than_an_answer_about_the_place() -> None:
    """Asked for the field after a photo, the person tells in a few words what it is and where."""
    conversation = Conversation(a_lookup())
    conversation.hear(an_incoming("ảnh đây", "media", media=(a_photo(),)), Prediction("chatter"))
    assert conversation.talk.state == "category"
    clear = Prediction("report", "land", 0.93, (("land", 0.93),), place=Place("xóm 5", "17713"))
    conversation.say("đất xóm 5 Đại Đồng bị lấn", clear)
    assert conversation.talk.state == "confirm"
    assert conversation.talk.memory["draft"]["category"] == "land"


@pytest.mark.parametrize("command", ["/mine", "/ask", "/forget", f"/track {CODE}", f"/add {CODE}", f"/reopen {CODE}"])
def test_a_report_that_is_being_written_is_never_dropped_without_a_word(command: str) -> None:
    answers = report_begun().press(command)
    goes_on = any("Gửi đi được chưa" in answer for answer in answers)
    assert goes_on or "Phản ánh viết dở lúc nãy em bỏ lại ạ." in answers
