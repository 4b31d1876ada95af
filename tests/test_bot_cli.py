"""The command line as people use it: real processes, clear lines, right exit codes."""

import json
import os
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from dialogs.deep_links import place_of
from dialogs.words import Place
from store.codes import find_code
from tests.town import thanh_chuong

LAMP = "den duong xom 5 thanh linh hong ca tuan nay"


@pytest.fixture
def home(tmp_path: Path, model_folder: Path) -> Path:
    """A folder with a config of its own."""
    (tmp_path / "config.toml").write_text(
        f'[database]\nurl = "sqlite:///{tmp_path}/town.db"\n'
        f'[files]\nmodel = "{model_folder}"\nmedia = "{tmp_path}/media"\n[web]\nport = 0\n',
        encoding="utf-8",
    )
    return tmp_path


def langnghe(folder: Path, *args: str, lines: str = "", **env: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "bot", *args],
        input=lines,
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent), **env},
        timeout=120,
    )


def test_help_and_version_answer() -> None:
    assert "demo" in langnghe(Path.cwd(), "--help").stdout
    assert langnghe(Path.cwd(), "--version").stdout.strip()


def test_help_imports_nothing_heavy() -> None:
    code = "import bot.cli, sys; print(*[m for m in ('sqlalchemy', 'aiohttp', 'pydantic', 'PIL') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_classify_answers_bare_lines_and_json_lines(home: Path) -> None:
    lines = f"{LAMP}\n{json.dumps({'id': 'a1', 'text': 'cảm ơn em nhé'})}\n"
    done = langnghe(home, "classify", "--config", "config.toml", lines=lines)
    lamp, thanks = map(json.loads, done.stdout.splitlines())
    assert lamp["category"] == "lighting_greenery"
    assert lamp["place"]["code"] == "17713"
    assert lamp["agency"] == "Phòng Kinh tế xã Đại Đồng"
    assert lamp["public_text"] == LAMP
    assert {name["category"] for name in lamp["alternatives"]} >= {"lighting_greenery"}
    assert (thanks["id"], thanks["kind"], thanks["category"]) == ("a1", "thanks", None)


def test_classify_refuses_an_object_without_text(home: Path) -> None:
    done = langnghe(home, "classify", "--config", "config.toml", lines='{"id": 1}\n')
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "line 1" in done.stderr


def test_a_piped_conversation_files_a_report_that_the_commands_show(home: Path) -> None:
    done = langnghe(home, "chat", "--config", "config.toml", lines=f"/start\n{LAMP}\n1\n")
    assert done.returncode == 0, done.stderr
    found = find_code(done.stdout.split("Mã phản ánh:")[1], "TC")
    assert found
    assert found[1]
    listed = langnghe(home, "report", "list", "--config", "config.toml").stdout
    assert found[0] in listed
    shown = langnghe(home, "report", "show", found[0], "--json", "--config", "config.toml").stdout
    assert json.loads(shown)["category"] == "lighting_greenery"
    assert "Phòng Kinh tế xã Đại Đồng" in langnghe(home, "report", "show", found[0], "--config", "config.toml").stdout


def test_an_officer_is_added_and_gets_a_login_link(home: Path) -> None:
    added = langnghe(home, "staff", "add", "Trần Thị Lan", "--room", "intake", "--config", "config.toml")
    number = added.stdout.strip()
    link = langnghe(home, "staff", "login-link", number, "--config", "config.toml").stdout
    assert "/staff/enter/" in link
    assert "Trần Thị Lan" in langnghe(home, "staff", "list", "--config", "config.toml").stdout


def test_an_officer_who_has_left_is_removed(home: Path) -> None:
    for name in ("Trần Thị Lan", "Hùng"):
        langnghe(home, "staff", "add", name, "--room", "intake", "--config", "config.toml")
    assert "Trần Thị Lan" in langnghe(home, "staff", "remove", "1", "--config", "config.toml").stderr
    listed = langnghe(home, "staff", "list", "--config", "config.toml").stdout
    assert "Hùng" in listed and "Lan" not in listed
    assert langnghe(home, "staff", "login-link", "1", "--config", "config.toml").returncode == 1


def test_an_officers_rooms_title_and_headship_are_changed_later(home: Path) -> None:
    staff, config = partial(langnghe, home, "staff"), ("--config", "config.toml")
    staff("add", "Trần Thị Lan", "--room", "intake", "--head", "intake", *config)
    assert staff("change", "1", "--title", "Phó phòng", *config).returncode == 0
    assert staff("list", *config).stdout == "1\tTrần Thị Lan\tPhó phòng\tintake\n"
    moved = staff("change", "1", "--room", "leaders", "--room", "sensitive", "--head", "leaders", *config)
    assert moved.stderr == "Trần Thị Lan: Phó phòng, leaders, sensitive\n"
    assert heads(home) == [("leaders", 1), ("sensitive", 0)]
    assert staff("change", "1", "--no-head", *config).returncode == 0
    assert heads(home) == [("leaders", 0), ("sensitive", 0)]


def heads(home: Path) -> list[tuple[str, int]]:
    """Their rooms, and whether they are the head of each."""
    with closing(sqlite3.connect(home / "town.db")) as connection:
        return connection.execute("SELECT room_id, head FROM officer_room ORDER BY room_id").fetchall()


def test_the_head_of_a_room_can_be_locked_out(home: Path) -> None:
    given = ("Trần Thị Mơ", "--room", "intake", "--head", "intake", "--config", "config.toml")
    number = langnghe(home, "staff", "add", *given).stdout.strip()
    out = langnghe(home, "staff", "log-out", number, "--config", "config.toml")
    assert (out.returncode, out.stderr.split()[0]) == (0, "0")
    unknown = langnghe(home, "staff", "log-out", "99", "--config", "config.toml")
    assert (unknown.returncode, unknown.stderr.count("\n")) == (1, 1)


def test_init_copies_the_pack_and_refuses_a_folder_that_exists(home: Path) -> None:
    assert langnghe(home, "init", "town").returncode == 0
    assert (home / "town" / "agencies.toml").is_file()
    again = langnghe(home, "init", "town")
    assert (again.returncode, again.stderr.count("\n")) == (2, 1)


def test_pairs_texts_and_labelled_messages_are_measured(home: Path) -> None:
    pair = json.dumps({"id": "d1", "a": "đèn đường xóm 5 tắt", "b": "đèn đường xóm 5 tắt rồi"})
    (same,) = map(json.loads, langnghe(home, "duplicates", "--config", "config.toml", lines=pair).stdout.splitlines())
    assert (same["id"], same["same"]) == ("d1", True)
    text = json.dumps({"id": "p1", "text": "gọi tôi số 0912 345 678, đường QL46"})
    (shown,) = map(json.loads, langnghe(home, "mask", lines=text).stdout.splitlines())
    assert "0912" not in shown["public_text"]
    assert "QL46" in shown["public_text"]
    row = {"text": LAMP, "kind": "report", "category": "lighting_greenery", "urgent": False, "denunciation": False}
    (home / "rows.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
    figures = json.loads(langnghe(home, "evaluate", "rows.jsonl", "--json", "--config", "config.toml").stdout)
    assert figures["accuracy"] == 1.0
    broken = langnghe(home, "evaluate", "config.toml", "--config", "config.toml")
    assert (broken.returncode, broken.stderr) == (1, "line 1: not JSON\n")


def test_a_link_for_a_poster_comes_with_its_qr_code(home: Path) -> None:
    done = langnghe(home, "link", "17713", "--place", "xóm 5", "--bot", "@langnghe_bot", "--qr", "poster.svg")
    address, payload = done.stdout.strip().split("?start=")
    assert address == "https://t.me/langnghe_bot"
    assert place_of(payload, thanh_chuong()) == Place("xóm 5", "17713")
    assert (home / "poster.svg").read_text().startswith("<?xml")


MISTAKES = {
    "a config that is not there": (["run", "--config", "nowhere.toml"], 2, "nowhere.toml"),
    "a config that is not TOML": (["run", "--config", "broken.toml"], 2, "broken.toml"),
    "an unknown key": (["run", "--config", "unknown.toml"], 2, "web.prot"),
    "a secret in the file": (["run", "--config", "secret.toml"], 2, "LANGNGHE_SECRET_KEY"),
    "a locality that is not there": (["run", "--config", "nopack.toml"], 2, "nopack"),
    "a database that cannot be read": (["migrate", "--config", "baddb.toml"], 1, "file is not a database"),
    "an unknown room": (["staff", "add", "Lan", "--room", "kitchen", "--config", "config.toml"], 2, "kitchen"),
    "an officer nobody knows": (["staff", "login-link", "99", "--config", "config.toml"], 1, "99"),
    "an officer to remove whom nobody knows": (["staff", "remove", "99", "--config", "config.toml"], 1, "99"),
    "a bot that is an address": (["link", "17713", "--bot", "https://t.me/langnghe_bot"], 2, "langnghe_bot"),
    "a move to nowhere": (["move", "--to", "nowhere", "--config", "config.toml"], 2, "postgresql+psycopg://"),
    "a folder for the model that is none": (["train", "--config", "nomodel.toml"], 1, "files.model: bad.db/model"),
    "a mistyped code": (["report", "show", "TC-0000-01", "--config", "config.toml"], 2, "TC-0000-01"),
    "a database that is not there": (["report", "list", "--config", "mistyped.toml"], 1, "there is no such database"),
    "the head of a room of others": (
        ["staff", "add", "Lan", "--room", "intake", "--head", "leaders", "--config", "config.toml"],
        2,
        "leaders",
    ),
    "an officer to change whom nobody knows": (
        ["staff", "change", "99", "--title", "Phó phòng", "--config", "config.toml"],
        1,
        "99",
    ),
    "a change that changes nothing": (["staff", "change", "1", "--config", "config.toml"], 2, "--room"),
    "a head and no head": (
        ["staff", "change", "1", "--head", "intake", "--no-head", "--config", "config.toml"],
        2,
        "--no-head",
    ),
    "an officer without a name": (["staff", "add", " ", "--room", "intake", "--config", "config.toml"], 2, "name"),
    "a commune of another town": (["link", "99999", "--bot", "langnghe_bot"], 2, "99999"),
    "a place that fits no link": (["link", "17713", "--place", "x" * 60, "--bot", "langnghe_bot"], 2, "too long"),
    "a link to nowhere": (["link", "17713"], 2, "web.public_url"),
    "a status nobody knows": (["report", "list", "--status", "gone", "--config", "config.toml"], 2, "received"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_one_clear_line(mistake: str, home: Path) -> None:
    (home / "broken.toml").write_text("[web\n")
    (home / "unknown.toml").write_text("[web]\nprot = 1\n")
    (home / "secret.toml").write_text('secret_key = "x"\n')
    (home / "nopack.toml").write_text('[locality]\nfolder = "nopack"\n')
    (home / "baddb.toml").write_text(f'[database]\nurl = "sqlite:///{home}/bad.db"\n')
    (home / "mistyped.toml").write_text('[database]\nurl = "sqlite:///nowhere.db"\n')
    (home / "nomodel.toml").write_text('[files]\nmodel = "bad.db/model"\n')
    (home / "bad.db").write_text("this is no database " * 100)
    args, code, word = MISTAKES[mistake]
    done = langnghe(home, *args)
    assert done.returncode == code, done.stderr
    assert word in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_busy_port_is_one_clear_line(home: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = langnghe(home, "run", "--config", "config.toml", LANGNGHE_WEB__PORT=str(port))
    assert done.returncode == 1
    assert f"port {port}" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
