"""`langnghe broadcast`: seen before it is sent, sent only when somebody says yes, held and ended by its number."""

from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from bot.broadcast_preview import LONGEST
from bot.cli import app
from dialogs.words import Address
from store import broadcasts, subscriptions
from tests.stored import a_person
from tests.town import MONDAY_NINE, TestTown, thanh_chuong

NEWS = "Thứ Ba cắt điện từ 7 giờ đến 11 giờ."


@pytest.fixture
def town(town: TestTown, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TestTown:
    """A town whose configuration lies in the working folder; two people follow Đại Đồng, one its electricity alone."""
    (tmp_path / "config.toml").write_text(f'[database]\nurl = "{town.url}"\n', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    for name, category in (("hoa", ""), ("nam", ""), ("lan", "electricity")):
        address = Address("webchat", "main", name)

        def follow(connection: object, address: Address = address, category: str = category) -> None:
            citizen = a_person(connection, address)  # type: ignore[arg-type]
            subscriptions.subscribe(
                connection,  # type: ignore[arg-type]
                citizen,
                address,
                thanh_chuong().id,
                "17713",
                category,
                MONDAY_NINE,
            )

        town.write(follow)
    return town


def broadcast(*args: str, answer: str = "") -> Result:
    return CliRunner().invoke(app, ["broadcast", *args, "--config", "config.toml"], input=answer)


def all_of(town: TestTown) -> list[broadcasts.BroadcastView]:
    return town.read(lambda connection: broadcasts.broadcasts(connection, 10))


def test_it_shows_who_gets_what_and_sends_nothing_until_somebody_says_yes(town: TestTown) -> None:
    refused = broadcast("--text", NEWS, "--commune", "Đại Đồng", answer="n\n")
    assert refused.exit_code == 1
    assert "Xã Đại Đồng" in refused.stderr
    assert "Người nhận: 2." in refused.stderr
    assert NEWS in refused.stderr
    assert "thôi nhận thông báo" in refused.stderr
    assert all_of(town) == []


def test_a_yes_begins_it_and_prints_its_number(town: TestTown) -> None:
    done = broadcast("--text", NEWS, "--commune", "17713", "--category", "điện", "--no-wait", answer="y\n")
    assert (done.exit_code, done.stdout.split()[-1]) == (0, "1")
    (begun,) = all_of(town)
    assert (begun.text, begun.commune, begun.category, begun.total) == (NEWS, "17713", "electricity", 3)


def test_a_text_may_come_from_a_file(town: TestTown, tmp_path: Path) -> None:
    (tmp_path / "tin.txt").write_text(f"{NEWS}\n", encoding="utf-8")
    (tmp_path / "notepad.txt").write_text(f"{NEWS}\r\n", encoding="utf-8-sig")
    for file in ("tin.txt", "notepad.txt"):
        assert broadcast(file, "--yes", "--no-wait").exit_code == 0
        assert all_of(town)[0].text.strip() == NEWS


@pytest.mark.parametrize(
    ("args", "why"),
    [
        (["send"], "FILE or --text"),
        (["tin.txt", "--text", NEWS], "FILE or --text"),
        (["--text", " "], "empty"),
        (["--text", "a" * (LONGEST + 1)], str(LONGEST)),
        (["--text", NEWS, "--commune", "Vinh"], "unknown 'Vinh'; known: Xã Đại Đồng"),
        (["--text", NEWS, "--category", "bóng đá"], "--category: unknown"),
        (["--text", NEWS, "--commune", "Kim Bảng"], "nobody"),
        (["missing.txt"], "missing.txt"),
        (["stop", "7"], "no such broadcast"),
    ],
)
def test_what_cannot_be_is_one_clear_line(town: TestTown, args: list[str], why: str) -> None:
    done = broadcast(*args, "--yes") if args[0] != "stop" else broadcast(*args)
    assert done.exit_code != 0
    assert why in done.stderr + done.stdout
    assert "Traceback" not in done.stderr
    assert all_of(town) == []


def test_it_is_listed_held_and_ended_by_its_number(town: TestTown) -> None:
    broadcast("--text", NEWS, "--yes", "--no-wait")
    for step, state in (("pause", "paused"), ("resume", "running"), ("stop", "stopped")):
        assert broadcast(step, "1").exit_code == 0
        assert f"1\t{state}\t0/2" in broadcast("list").stdout
    again = broadcast("resume", "1")
    assert (again.exit_code, again.stderr.strip()) == (1, "1: it is stopped")
