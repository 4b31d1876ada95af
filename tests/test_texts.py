"""Every text is used, every text that is used is there, its {names} are given, and it is written with care."""

import ast
import re
import string
import tomllib
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import get_args

import pytest

from connectors.webchat_limits import REFUSALS
from dialogs.report import STATES
from dialogs.staff_card import BUTTONS
from dialogs.texts import MissingText, all_texts, say
from dialogs.words import MediaKind, Status
from store.lifecycle import TRANSITIONS

HOUSE = Path(__file__).parent.parent
SPEAKING = ("bot", "dialogs", "connectors")  # the rooms that say something
TEXTS = all_texts()
TABLES = {key.split(".")[0] for key in TEXTS}
KEY = re.compile(rf"({'|'.join(sorted(TABLES))})(\.[a-z0-9_]+)+")


@cache
def code() -> dict[str, ast.Module]:
    paths = [path for room in SPEAKING for path in sorted((HOUSE / room).rglob("*.py"))]
    assert len(paths) > 30
    return {str(path.relative_to(HOUSE)): ast.parse(path.read_text(encoding="utf-8")) for path in paths}


@cache
def literals() -> set[str]:
    """Every string written in the code of the rooms that speak, and in the page's script."""
    found: set[str] = set()
    for tree in code().values():
        pieces = {id(piece) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for piece in node.values}
        found |= {node.value for node in ast.walk(tree) if is_text(node) and id(node) not in pieces}  # type: ignore[attr-defined]
    for page in (HOUSE / "bot" / "web").rglob("*.*"):
        if page.suffix in (".html", ".js"):
            found |= set(re.findall(r"""["']([\w. ]+)["']""", page.read_text(encoding="utf-8")))
    return found


def is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


@cache
def families() -> set[str]:
    """The beginnings of keys whose end is only known when it is said: f"status.name.{status}" → `status.name.`"""
    beginnings = set()
    for tree in code().values():
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr) and is_text(node.values[0]):
                beginnings.add(str(node.values[0].value))  # type: ignore[attr-defined]
    for page in (HOUSE / "bot" / "web" / "templates").glob("*.html"):
        beginnings |= set(re.findall(r'texts\("([\w.]+)" \+', page.read_text(encoding="utf-8")))
    return {start for start in beginnings if re.match(rf"({'|'.join(TABLES)})\.", start)}


@cache
def page_words() -> set[str]:
    """What the chat page says, from its template and its script: their keys have no `webchat.` in front."""
    template = (HOUSE / "bot/web/templates/chat.html").read_text(encoding="utf-8")
    scripts = sorted((HOUSE / "bot/web/static").glob("chat*.js"))
    assert len(scripts) > 5
    script = "\n".join(path.read_text(encoding="utf-8") for path in scripts)
    asked = set(re.findall(r"texts\.(\w+)", template))
    for inside in re.findall(r"\bsay\(([^()]*)", script):
        asked |= set(re.findall(r"'(\w+)'", inside))
    return {f"webchat.{key}" for key in asked} - {"webchat.bot_name"}


def names_in(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def keys_in(table: str) -> list[str]:
    return [key for key in TEXTS if key.startswith(f"{table}.")]


# ---------------------------------------------------------------- what is used is there

# beginning of a family → the ends it can have, from the tables of the code
STEPS = {step for step, _, _ in TRANSITIONS}
ENDS = {
    "status.name.": set(Status),
    "room.status.": set(Status),
    "room.media.": set(get_args(MediaKind)),
    "staff.step.": STEPS,
    "staff.button.": {name for name, _ in BUTTONS},
    "webchat.": set(REFUSALS),
    "rate.choice.satisfied_": set("12345"),
}


@pytest.mark.parametrize("beginning", sorted(ENDS))
def test_a_family_of_texts_is_whole(beginning: str) -> None:
    assert beginning in families(), "nobody says these any more"
    assert {f"{beginning}{end}" for end in ENDS[beginning]} <= set(TEXTS)


def test_every_step_that_is_written_into_a_record_has_a_name() -> None:
    """An officer who comes too late is told what the other one did; some steps change no status."""
    written = set()
    for node in [*ast.walk(code()["bot/cases.py"]), *ast.walk(code()["bot/cases_citizen.py"])]:
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("change_fields", "change_status"):
            written |= {argument.value for argument in node.args[3:4] if isinstance(argument, ast.Constant)}
    assert {"correct", "urgent", "rate", "close"} <= written
    assert {f"staff.step.{step}" for step in written | {"file"}} <= set(TEXTS)


def test_every_family_has_members_in_the_file() -> None:
    assert len(families()) >= 10
    for beginning in families():
        assert any(key.startswith(beginning) for key in TEXTS), beginning


def test_every_key_that_is_used_is_in_the_file() -> None:
    used = {text for text in literals() if KEY.fullmatch(text)}
    assert len(used) > 150
    assert used - set(TEXTS) == set()


def test_every_word_of_the_chat_page_is_in_the_file() -> None:
    assert len(page_words()) > 40
    assert page_words() <= set(TEXTS)


def test_a_key_that_is_missing_is_named() -> None:
    with pytest.raises(MissingText, match=r"no\.such_key"):
        say("no.such_key")


# ---------------------------------------------------------------- what is there is used


@pytest.mark.parametrize("table", sorted(TABLES))
def test_every_text_is_used(table: str) -> None:
    ends = literals() | set("0123456789")
    unused = [
        key
        for key in keys_in(table)
        if key not in literals() | page_words()
        and not any(key.startswith(start) and key.removeprefix(start) in ends for start in families())
    ]
    assert unused == []


# ---------------------------------------------------------------- {names}

TOWN_WORDS = {"bot", "town", "hotline"}  # dialogs/front.py gives these to every short answer


def calls() -> Iterator[tuple[str, str, set[str]]]:
    """(where, key, names given) of every call that says a text by a key that can be read off the code."""
    for path, tree in code().items():
        for function in ast.walk(tree):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
                    yield from spoken(path, function, call)


def spoken(path: str, function: ast.AST, call: ast.Call) -> Iterator[tuple[str, str, set[str]]]:
    name = getattr(call.func, "id", getattr(call.func, "attr", ""))
    at = {"say": 0, "_refuse": 0, "_ask": 0, "_small_talk": 0, "choice": 1}.get(name)
    if at is None or len(call.args) <= at or any(keyword.arg is None for keyword in call.keywords):
        return
    given = {str(keyword.arg) for keyword in call.keywords} - {"choices", "media"}
    given |= {"_small_talk": TOWN_WORDS, "_ask": {"code"}}.get(name, set())
    for key in keys_of(call.args[at], function):
        if key in TEXTS:
            yield f"{path}:{call.lineno}", key, given


def keys_of(node: ast.expr, function: ast.AST) -> Iterator[str]:
    """The keys an expression may stand for: a literal, either side of an `if`, or a name given such a value before."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from keys_of(node.body, function)
        yield from keys_of(node.orelse, function)
    elif isinstance(node, ast.Name):
        for assigned in (it for it in ast.walk(function) if isinstance(it, ast.Assign)):
            named = node.id in {getattr(target, "id", "") for target in assigned.targets}
            if named and not isinstance(assigned.value, ast.Name):
                yield from keys_of(assigned.value, function)


def test_every_text_gets_the_names_it_has() -> None:
    seen = list(calls())
    assert len({key for _, key, _ in seen}) > 120
    missing = [(where, key, lacking) for where, key, given in seen if (lacking := names_in(TEXTS[key]) - given)]
    assert missing == []


def test_no_call_gives_a_name_that_none_of_its_texts_has() -> None:
    wanted: dict[str, set[str]] = {}
    offered: dict[str, set[str]] = {}
    for where, key, given in calls():
        wanted[where] = wanted.get(where, set()) | names_in(TEXTS[key])
        offered[where] = given - TOWN_WORDS - {"code"}
    assert {where: spare for where in wanted if (spare := offered[where] - wanted[where])} == {}


@pytest.mark.parametrize("table", sorted(TABLES))
def test_a_text_can_be_filled_in(table: str) -> None:
    for key in keys_in(table):
        values = {name: f"<{name}>" for name in names_in(TEXTS[key])}
        assert all(re.fullmatch(r"[a-z_]+", name) for name in values), f"{key}: only plain names"
        filled = say(key, **values)
        assert all(value in filled for value in values.values()), key
        assert "{" not in filled, key


def test_what_is_filled_in_is_never_read_as_a_template() -> None:
    assert "{code}" in say("track.head", code="{code}", status="{0}")


# ---------------------------------------------------------------- written with care

OLD_TONE = re.compile(r"[óòỏõọ][ae]\b|(?<!q)[úùủũụ]y\b", re.IGNORECASE)  # hòa, hủy; the file writes hoà, huỷ
BEFORE_A_MARK = re.compile(r" [,.!?:;…)]")


@pytest.mark.parametrize("table", sorted(TABLES))
def test_a_text_is_typed_cleanly(table: str) -> None:
    assert {key: found for key in keys_in(table) if (found := faults_of(TEXTS[key]))} == {}


def faults_of(text: str) -> list[str]:
    faults = {
        "is empty": not text.strip(),
        "is not NFC": text != unicodedata.normalize("NFC", text),
        "has two spaces or a tab": "  " in text or "\t" in text,
        "has a line with space around it": any(line != line.strip() for line in text.splitlines()),
        "has three dots for …": "..." in text,
        "has a space before a mark": bool(BEFORE_A_MARK.search(text)),
        "has a tone where we put it elsewhere (hoà, huỷ, xoá)": bool(OLD_TONE.search(text)),
        "has an invisible character": any(unicodedata.category(char)[0] == "C" and char != "\n" for char in text),
    }
    return [fault for fault, found in faults.items() if found]


def test_the_file_itself_is_composed_unicode() -> None:
    raw = (HOUSE / "dialogs/texts/vi.toml").read_text(encoding="utf-8")
    assert raw == unicodedata.normalize("NFC", raw)
    assert tomllib.loads(raw)


def questions() -> list[str]:
    asked = [key for key in TEXTS if re.match(r"\w+\.ask", key)]
    return asked + [f"report.{state}" for state in STATES if f"report.{state}" in TEXTS]


TO_CITIZENS = ("choice", "front", "report", "card", "track", "rate", "answer", "privacy", "lookup", "push")


@pytest.mark.parametrize("table", TO_CITIZENS)
def test_a_citizen_is_never_told_to_press_a_button(table: str) -> None:
    """On Zalo Bot there are none: people answer with numbers and words. `front.stale` answers a pressed button."""
    found = {key: text for key, text in TEXTS.items() if key.startswith(f"{table}.") and key != "front.stale"}
    assert found
    assert [key for key, text in found.items() if re.search(r"\b(bấm|nhấn|nút)\b", text.lower())] == []


@pytest.mark.parametrize("key", questions())
def test_one_question_at_a_time(key: str) -> None:
    assert TEXTS[key].count("?") <= 1


@pytest.mark.parametrize("key", sorted(key for key in TEXTS if ".choice." in key or ".button." in key))
def test_a_button_is_short_and_does_not_end_in_a_full_stop(key: str) -> None:
    assert len(TEXTS[key]) <= 40
    assert not TEXTS[key].endswith(".")
