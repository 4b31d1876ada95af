"""`langnghe doctor` names what is broken, says how to mend it, changes nothing and tells no token."""

import json
import shutil
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot import doctor
from bot.doctor_house import TOO_LITTLE
from bot.finding import BAD, OK, WARN, Finding
from bot.model import CHOSEN
from bot.serve import Server
from bot.service import Service
from bot.settings import Settings
from dialogs.words import Address
from store import staff, staff_chat
from store.database import migrate, open_writer, utc_now
from tests.fakes.bot_api import TOKEN, FakeBotApi
from tests.fakes.server import running
from tests.fakes.telegram_people import BOT
from tests.fakes.telegram_rules import Refusal
from tests.telegram_life import free_port
from tests.test_bot_cli import langnghe
from tests.town import MONDAY_NINE, Clock, ScriptedUnderstanding, test_town, thanh_chuong

ROOM = "ubnd-17713"


class House:
    """An installation in a folder, and the doctor's visit."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.now = folder, MONDAY_NINE
        self.file = folder / "town.db"
        self.tables: dict[str, dict[str, Any]] = {
            "database": {"url": f"sqlite:///{self.file}"},
            "files": {"media": str(folder / "media"), "model": str(folder / "model")},
            "web": {"port": 0},
            "telegram": {},
        }
        self.environment = monkeypatch

    def token(self, api: FakeBotApi, **telegram: Any) -> None:
        """Connect it to Telegram."""
        self.environment.setenv("LANGNGHE_TELEGRAM_TOKEN", TOKEN)
        self.tables["telegram"] |= {"api_base_url": api.url, **telegram}

    def config(self) -> Path:
        lines = []
        for name, values in self.tables.items():
            lines += [f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in values.items())]
        file = self.folder / "config.toml"
        file.write_text("\n".join(lines), encoding="utf-8")
        return file

    async def visit(self) -> list[doctor.Row]:
        return await doctor.examine(self.config(), lambda: self.now)

    async def finds(self, check: str, mark: str, words: str) -> Finding:
        """The one finding of that check and mark with these words; it has a mend unless all is well."""
        rows = await self.visit()
        assert TOKEN not in doctor.as_text(rows) + doctor.as_json(rows)
        found = [one for name, one in rows if (name, one.mark) == (check, mark) and words in one.en]
        assert len(found) == 1, doctor.as_text(rows)
        assert (mark == OK) or (found[0].mend_vi and found[0].mend_en)
        assert doctor.is_well(rows) == all(one.mark != BAD for _, one in rows)
        return found[0]

    def write(self, work: Callable[[Any], Any]) -> Any:
        migrate(self.tables["database"]["url"])
        engine = open_writer(self.tables["database"]["url"])
        with engine.begin() as connection:
            done = work(connection)
        engine.dispose()
        return done

    def bind(self, chat: int) -> None:
        """Make a group the room."""
        self.write(lambda connection: staff.sync_pack(connection, thanh_chuong()))
        self.write(lambda connection: staff_chat.bind_room(connection, ROOM, Address("telegram", "main", str(chat))))


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.delenv("TZ", raising=False)
    return House(tmp_path, monkeypatch)


@pytest.fixture
async def api() -> AsyncIterator[FakeBotApi]:
    async with running(FakeBotApi()) as fake:
        yield fake


# ---------------------------------------------------------------- PostgreSQL


async def test_a_postgresql_has_its_version_its_clock_and_its_promise_looked_at(house: House, postgres: str) -> None:
    house.tables["database"]["url"] = postgres
    house.now = utc_now()
    await house.finds("database", OK, "the schema is current")
    await house.finds("database", OK, "PostgreSQL ")
    await house.finds("database", OK, "the server's clock is")
    await house.finds("database", WARN, "(fsync, full_page_writes, synchronous_commit = off)")  # as our test cluster is
    house.now -= timedelta(minutes=1)
    await house.finds("database", WARN, "the server's clock is 6")


async def test_a_postgresql_out_of_reach_is_said_without_its_password(house: House) -> None:
    house.tables["database"]["url"] = "postgresql+psycopg://langnghe:geheim@127.0.0.1:1/langnghe"
    found = await house.finds("database", BAD, "cannot be opened")
    assert "geheim" not in found.en
    assert "whether PostgreSQL runs" in found.mend_en


async def test_a_bucket_for_pictures_that_does_not_answer_is_said(house: House) -> None:
    house.tables["files"] |= {"media": "s3://town", "media_endpoint": "http://127.0.0.1:1"}
    await house.finds("disk", BAD, "media: s3://town does not work")


# ---------------------------------------------------------------- the whole


async def test_a_new_house_is_well_and_the_visit_leaves_nothing_behind(house: House) -> None:
    rows = await house.visit()
    assert doctor.is_well(rows), doctor.as_text(rows)
    assert {name for name, _ in rows} == {"config", *(name for name, _ in doctor.CHECKS)}
    assert [file.name for file in house.folder.iterdir()] == ["config.toml"]
    assert "✓ database: chưa có" in doctor.as_text(rows)


async def test_a_check_that_breaks_hides_no_other(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async def breaks(patient: Any) -> list[Finding]:
        raise RuntimeError(TOKEN)

    monkeypatch.setattr(doctor, "CHECKS", (("first", breaks), *doctor.CHECKS))
    await house.finds("first", BAD, "RuntimeError")
    await house.finds("web", OK, "any free port")


async def test_a_secret_that_got_into_a_line_is_taken_out() -> None:
    found = Finding(BAD, "vi S3CRET", "en S3CRET", "mend S3CRET", "")
    assert found.without(["S3CRET"]) == Finding(BAD, "vi …", "en …", "mend …", "")


def test_the_command_speaks_to_people_and_to_programs(house: House) -> None:
    house.config()
    well = langnghe(house.folder, "doctor", "--config", "config.toml", LANGNGHE_TELEGRAM_TOKEN="")
    assert well.returncode == 0, well.stdout
    assert "✓ locality" in well.stdout and "! model" in well.stdout and "    → " in well.stdout
    house.file.write_text("no database " * 500)
    ill = langnghe(house.folder, "doctor", "--config", "config.toml", "--json", LANGNGHE_TELEGRAM_TOKEN="")
    told = json.loads(ill.stdout)
    assert (ill.returncode, told["ok"]) == (1, False)
    broken = [check for check in told["checks"] if check["mark"] == "bad"]
    assert [check["check"] for check in broken] == ["database"]
    assert broken[0]["en"] and broken[0]["vi"] and broken[0]["mend_en"] and broken[0]["mend_vi"]


@pytest.mark.parametrize("text,words", [("[web]\nprot = 1\n", "web.prot"), ("[web\n", "config.toml")])
def test_a_config_that_cannot_be_read_is_a_finding_not_a_crash(house: House, text: str, words: str) -> None:
    (house.folder / "config.toml").write_text(text)
    done = langnghe(house.folder, "doctor", "--config", "config.toml")
    assert done.returncode == 1
    assert done.stdout.startswith("✗ config") and words in done.stdout


# ---------------------------------------------------------------- pack, corpus, model


async def test_every_error_of_the_pack_is_shown(house: House) -> None:
    house.tables["locality"] = {"folder": str(house.folder / "nowhere")}
    await house.finds("locality", BAD, "no such folder")


async def test_what_a_pack_lacks_is_a_warning(house: House) -> None:
    await house.finds("locality", WARN, "hotline")


async def test_a_category_without_examples_and_examples_without_a_category_are_found(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    (house.folder / "corpus").mkdir()
    for name in [*list(thanh_chuong().categories)[1:], "fishing"]:
        (house.folder / "corpus" / f"{name}.txt").touch()
    monkeypatch.setattr("bot.doctor_house.CORPUS", house.folder / "corpus")
    await house.finds("corpus", WARN, next(iter(thanh_chuong().categories)))
    await house.finds("corpus", BAD, "fishing")


async def test_a_model_is_missing_current_or_old(
    house: House, model_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.finds("model", WARN, "no usable model")
    shutil.copytree(model_folder, house.folder / "model")
    await house.finds("model", OK, "current")
    monkeypatch.setattr("bot.model.fingerprint", lambda corpus: "another")
    await house.finds("model", WARN, "older than the corpus")
    (house.folder / "model" / CHOSEN).touch()
    await house.finds("model", OK, "current")


# ---------------------------------------------------------------- database, disk, clock


async def test_a_sound_database_is_open_whole_and_writable(house: House) -> None:
    migrate(house.tables["database"]["url"])
    for words in ("current", "whole", "can be written"):
        await house.finds("database", OK, words)


@pytest.mark.parametrize("revision,mark,words", [(None, WARN, "older"), ("9999", BAD, "later version")])
async def test_a_schema_of_another_version_is_told(house: House, revision: str, mark: str, words: str) -> None:
    migrate(house.tables["database"]["url"])
    with closing(sqlite3.connect(house.file)) as db:
        db.execute("DELETE FROM alembic_version")
        if revision:
            db.execute("INSERT INTO alembic_version VALUES (?)", (revision,))
        db.commit()
    await house.finds("database", mark, words)


async def test_a_damaged_page_is_found(house: House) -> None:
    migrate(house.tables["database"]["url"])
    with closing(sqlite3.connect(house.file)) as db:
        db.execute("PRAGMA journal_mode=DELETE")
        [root] = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'report'").fetchone()
        [size] = db.execute("PRAGMA page_size").fetchone()
    raw = bytearray(house.file.read_bytes())
    raw[(root - 1) * size : root * size] = b"\xff" * size
    house.file.write_bytes(raw)
    await house.finds("database", BAD, "damaged")


async def test_a_database_that_somebody_holds_is_busy(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    migrate(house.tables["database"]["url"])
    monkeypatch.setattr("bot.doctor_house.BUSY_SECONDS", 0.01)
    with closing(sqlite3.connect(house.file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        await house.finds("database", WARN, "busy")


async def test_a_url_that_is_none_shows_no_password(house: House) -> None:
    house.tables["database"]["url"] = "nosuch://me:s3cret@host/db"
    found = await house.finds("config", BAD, "database.url: must look like")
    assert "s3cret" not in found.en + found.vi


async def test_a_full_disk_and_a_folder_that_is_a_file_are_found(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.tables["files"]["media"] = str(house.folder / "config.toml" / "media")
    await house.finds("disk", BAD, "cannot be written")
    usage = shutil._ntuple_diskusage(10**12, 10**12, TOO_LITTLE - 1)  # type: ignore[attr-defined]
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    await house.finds("disk", BAD, "database: 99 MB free")


async def test_the_folder_for_events_of_zalo_is_looked_at_when_there_is_zalo(house: House) -> None:
    house.tables["files"]["spool"] = str(house.folder / "config.toml" / "spool")
    assert "spool" not in doctor.as_text(await house.visit())
    house.environment.setenv("LANGNGHE_ZALO_OA_SECRET", "x")
    await house.finds("disk", BAD, "spool: ")


async def test_a_clock_behind_the_newest_row_is_found(house: House) -> None:
    with test_town(house.folder, Clock(house.now)) as town:
        await town.hear(town.incoming("alo"))
    await house.finds("clock", OK, "09:00 23/11/2026")
    house.now -= timedelta(hours=1)
    await house.finds("clock", BAD, "1:00:00 behind")
    house.now = datetime(1999, 1, 1, tzinfo=UTC)
    await house.finds("clock", BAD, "wrong")


async def test_a_zone_that_is_none_is_told(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Thanh_Chuong")
    await house.finds("clock", WARN, "no known zone")


# ---------------------------------------------------------------- the web port


async def test_a_port_is_free_taken_or_ours(house: House) -> None:
    port = free_port()
    house.tables["web"]["port"] = port
    await house.finds("web", OK, "is free")
    async with listening(port, {"hello": 1}):
        await house.finds("web", BAD, "another program")
    async with listening(port, {"status": "ok", "locality": "elsewhere"}):
        await house.finds("web", BAD, "another town")
    async with listening(port, {"status": "schema_outdated", "locality": thanh_chuong().id}):
        await house.finds("web", BAD, "schema_outdated")
    async with listening(port, {"status": "database_unusable", "locality": thanh_chuong().id}):
        assert "goes on by itself" in (await house.finds("web", BAD, "database_unusable")).mend_en
    async with serving(house):
        await house.finds("web", OK, "is running")


async def test_an_address_that_is_not_ours_cannot_be_listened_on(house: House) -> None:
    house.tables["web"] = {"host": "192.0.2.1", "port": 0}
    await house.finds("web", OK, "any free port")
    house.tables["web"] = {"host": "no.such.host.invalid", "port": 8080}
    await house.finds("web", BAD, "cannot listen")


@asynccontextmanager
async def listening(port: int, says: dict[str, Any]) -> AsyncIterator[None]:
    """A program that answers everything with this."""

    async def answer(request: web.Request) -> web.Response:
        return web.json_response(says)

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield
    finally:
        await runner.cleanup()


@asynccontextmanager
async def serving(house: House) -> AsyncIterator[None]:
    """The service itself, without Telegram."""
    understanding: Any = ScriptedUnderstanding()
    settings = Settings.model_validate({**house.tables, "secret_key": "k"}).model_copy(update={"telegram_token": ""})
    server = Server(Service(settings, thanh_chuong(), understanding, Clock(house.now)))
    await server.start()
    try:
        yield
    finally:
        await server.stop()


# ---------------------------------------------------------------- Telegram


async def test_without_a_token_telegram_is_not_used(house: House) -> None:
    await house.finds("telegram", OK, "not used")


async def test_a_bot_that_answers_is_named(house: House, api: FakeBotApi) -> None:
    house.token(api)
    await house.finds("telegram", OK, "@langnghe_bot")
    await house.finds("telegram", OK, "polling")
    await house.finds("telegram", OK, "privacy mode is on")
    api.privacy = False
    await house.finds("telegram", OK, "privacy mode is off")


@pytest.mark.parametrize("token,words", [("hello", "not of the form"), ("1:wrong", "refuses the token")])
async def test_a_wrong_token_is_told_and_not_shown(
    house: House, api: FakeBotApi, token: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.token(api)
    monkeypatch.setenv("LANGNGHE_TELEGRAM_TOKEN", token)
    await house.finds("telegram", BAD, words)
    assert token not in doctor.as_text(await house.visit())


async def test_telegram_out_of_reach_is_told(house: House, api: FakeBotApi, caplog: pytest.LogCaptureFixture) -> None:
    house.token(api)
    await api.stop()
    with caplog.at_level("DEBUG"):
        await house.finds("telegram", BAD, "cannot be reached")
    assert TOKEN not in caplog.text
    house.tables["telegram"]["proxy"] = "nonsense://x:s3cret@y"
    assert "s3cret" not in (await house.finds("telegram", BAD, "proxy")).en


async def test_polling_with_a_webhook_set_is_a_warning_and_a_fault_while_we_run(house: House, api: FakeBotApi) -> None:
    house.token(api)
    house.tables["web"]["port"] = free_port()
    api.webhook = {"url": "https://elsewhere.example/telegram/secret"}
    found = await house.finds("telegram", WARN, "a webhook is set to elsewhere.example")
    assert "secret" not in found.en + found.vi
    async with serving(house):
        await house.finds("telegram", BAD, "a webhook is set to elsewhere.example")


async def test_a_webhook_must_be_ours(house: House, api: FakeBotApi) -> None:
    house.token(api, mode="webhook")
    await house.finds("telegram", BAD, "web.public_url")
    house.tables["web"] = {"public_url": "https://town.example", "port": free_port()}
    await house.finds("telegram", WARN, "not to us")
    async with serving(house):
        await house.finds("telegram", BAD, "not to us")
    api.webhook = {"url": "https://town.example/telegram/main", "allowed_updates": ["message"]}
    await house.finds("telegram", OK, "the webhook is set to us")
    await house.finds("telegram", BAD, "lacks callback_query")


async def test_what_telegram_could_not_deliver_is_told_while_it_is_news(house: House, api: FakeBotApi) -> None:
    house.token(api, mode="webhook")
    house.tables["web"] = {"public_url": "https://town.example", "port": 0}
    api.webhook = {"url": "https://town.example/telegram/main"}
    at = int(house.now.timestamp())
    api.webhook_error = {"last_error_date": at - 60, "last_error_message": "Wrong response: 503 Service Unavailable"}
    await house.finds("telegram", WARN, "503")
    api.pending = {1: {"update_id": 1}}
    await house.finds("telegram", BAD, "503")
    api.pending = {number: {"update_id": number} for number in range(150)}
    await house.finds("telegram", WARN, "150 updates wait")
    house.now += timedelta(days=2)
    assert "503" not in doctor.as_text(await house.visit())


async def test_a_group_works_or_says_what_the_bot_lacks(house: House, api: FakeBotApi) -> None:
    house.token(api)
    group = api.group()
    house.bind(group.id)
    name = thanh_chuong().rooms[ROOM].name
    await house.finds("telegram", OK, f"the group of {name} works")
    group.members[BOT["id"]] = "member"  # type: ignore[index]
    await house.finds("telegram", WARN, "only commands and replies")
    api.privacy = False
    await house.finds("telegram", OK, f"the group of {name} works")
    group.info["permissions"] = dict.fromkeys(PERMISSIONS.split(), False)
    await house.finds("telegram", BAD, "may not write")
    group.members[BOT["id"]] = "left"  # type: ignore[index]
    await house.finds("telegram", BAD, "no longer in the group")
    group.closed = Refusal(403, "Forbidden: bot was kicked from the supergroup chat")
    await house.finds("telegram", BAD, "bot was kicked")
    del api.chats[group.id]
    await house.finds("telegram", BAD, "Chat not found")


async def test_a_group_with_a_new_id_is_followed_by_itself(house: House, api: FakeBotApi) -> None:
    house.token(api)
    group = api.group(-4001)
    house.bind(group.id)
    api.migrate(group, -1001234567890)
    await house.finds("telegram", WARN, "new id")


PERMISSIONS = """can_send_messages can_send_audios can_send_documents can_send_photos can_send_videos can_send_polls
can_send_video_notes can_send_voice_notes can_send_other_messages can_add_web_page_previews can_change_info
can_invite_users can_pin_messages can_manage_topics"""
