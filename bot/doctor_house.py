"""What `langnghe doctor` checks at home: the pack, the corpus, the database, disk, clock and model."""

import asyncio
import os
import shutil
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import quote
from zoneinfo import ZoneInfo

from sqlalchemy import select

from bot.doctor_postgres import examine_server
from bot.finding import Finding, Patient, bad, ok, warn
from bot.media_store import is_bucket, open_media
from bot.model import is_current
from bot.pack import the_locality
from bot.settings import FilesSection
from nlp.examples import CORPUS
from nlp.model import Model, NoModel
from store.database import DatabaseUnusable, SchemaState, first_line, open_reader, schema_state, sqlite_path
from store.locality import LocalityError, warnings
from store.tables.base import table
from store.tables.reports import Report, StatusChange
from store.tables.talk import Message

MEGABYTE = 1024 * 1024
LITTLE, TOO_LITTLE = 1024 * MEGABYTE, 100 * MEGABYTE
SLACK = timedelta(minutes=2)  # clocks of several hosts may differ by so much
BUILT = datetime(2026, 1, 1).astimezone()  # no machine that runs this program lives before
BUSY_SECONDS = 2.0
MOST_FAULTS = 5  # lines of SQLite's own about a damaged file


# ---------------------------------------------------------------- the pack and the corpus


async def check_locality(patient: Patient) -> list[Finding]:
    """The pack loads; what it merely lacks is a warning each."""
    where = patient.settings.locality.folder or "thanh_chuong"
    try:
        patient.locality = the_locality(patient.settings)
    except LocalityError as error:
        mend = f"Sửa tệp trong {where}", f"mend that file in {where}"
        return [bad(line, line, *mend) for line in error.errors]
    mend = f"Bổ sung trong {where} khi có thể", f"add it in {where} when you can"
    loaded = ok(f"gói địa phương {patient.locality.name}", f"the pack of {patient.locality.name} is sound")
    return [loaded, *(warn(line, line, *mend) for line in warnings(patient.locality))]


async def check_corpus(patient: Patient) -> list[Finding]:
    """Every category can be learnt, and nothing is learnt that no agency could get."""
    if patient.locality is None:
        return []
    learnt, known = {file.stem for file in CORPUS.glob("*.txt")}, set(patient.locality.categories)
    found = [
        warn(
            f"lĩnh vực {name} chưa có câu ví dụ nào, máy không bao giờ tự chọn",
            f"category {name} has no examples and will never be chosen by itself",
            f"Thêm {CORPUS / name}.txt rồi chạy `langnghe train`",
            f"add {CORPUS / name}.txt, then `langnghe train`",
        )
        for name in sorted(known - learnt)
    ]
    found += [
        bad(
            f"máy học lĩnh vực {name} nhưng gói địa phương không có",
            f"category {name} is learnt, but the pack has none of that name",
            f"Thêm {name} vào categories.toml và agencies.toml",
            f"add {name} to categories.toml and agencies.toml",
        )
        for name in sorted(learnt - known)
    ]
    return found or [ok(f"{len(known)} lĩnh vực đều có ví dụ", f"all {len(known)} categories have examples")]


# ---------------------------------------------------------------- the database

STALE: dict[SchemaState, Finding] = {
    "older": warn(
        "cơ sở dữ liệu còn ở dạng cũ",
        "the schema is older than this program",
        "Chạy `langnghe migrate` (`langnghe run` cũng tự làm, có giữ bản sao)",
        "`langnghe migrate` (`langnghe run` does it too, and keeps a copy)",
    ),
    "newer": bad(
        "cơ sở dữ liệu do bản mới hơn của chương trình tạo ra",
        "the schema was made by a later version of this program",
        "Cài lại bản mới hơn ấy",
        "install that later version again",
    ),
}


SERVER_AWAY = (
    "Xem lại database.url, và PostgreSQL có đang chạy, có cho ta vào không",
    "look at database.url, and whether PostgreSQL runs and lets us in",
)


async def check_database(patient: Patient) -> list[Finding]:
    """It opens, its schema is current, it is whole, and we may write."""
    return await asyncio.to_thread(_check_database, patient)


def _check_database(patient: Patient) -> list[Finding]:
    url = patient.settings.database.url
    mend = "Xem lại database.url và quyền của tệp", "look at database.url and the file's rights"
    try:
        path = sqlite_path(url)
        mend = mend if path else SERVER_AWAY
        if path is not None and not path.exists():
            return [_not_yet(path)]
        state = schema_state(url)
    except DatabaseUnusable as error:
        return [bad(f"không mở được: {error}", f"cannot be opened: {error}", *mend)]
    except Exception as error:  # an address that is none; it may hold a password
        return [bad("database.url không dùng được", f"database.url is unusable ({type(error).__name__})", *mend)]
    patient.readable = state == "current"
    found = [STALE[state]] if state in STALE else [ok("mở được, đúng dạng", "opens, the schema is current")]
    return [*found, *(_file_findings(path) if path else examine_server(url, patient.clock()))]


def _not_yet(path: Path) -> Finding:
    parent = standing(path)
    if not os.access(parent, os.W_OK):
        return bad(
            f"không tạo được {path}", f"{path} cannot be made", f"Cho ghi vào {parent}", f"let us write {parent}"
        )
    return ok(f"chưa có {path}, lần chạy đầu sẽ tạo", f"no {path} yet; the first run makes it")


def _file_findings(path: Path) -> list[Finding]:
    """An SQLite file: whole, and writable."""
    with closing(
        sqlite3.connect(f"file:{quote(str(path))}?mode=rw", uri=True, timeout=BUSY_SECONDS, isolation_level=None)
    ) as db:
        return [_wholeness(db, path), _writability(db, path)]


def _wholeness(db: sqlite3.Connection, path: Path) -> Finding:
    mend = f"Dừng dịch vụ, giữ lại {path}, phục hồi từ bản sao", f"stop the service, keep {path}, restore a backup"
    try:
        faults = [str(row[0]) for row in db.execute(f"PRAGMA quick_check({MOST_FAULTS})")]
    except sqlite3.DatabaseError as error:
        faults = [first_line(error)]
    if faults == ["ok"]:
        return ok("tệp nguyên vẹn", "the file is whole")
    return bad(f"tệp hỏng: {faults[0]}", f"the file is damaged: {faults[0]}", *mend)


def _writability(db: sqlite3.Connection, path: Path) -> Finding:
    mend = f"Cho ghi vào {path} và thư mục của nó", f"let us write {path} and its folder"
    try:
        db.execute("BEGIN IMMEDIATE")
        db.execute("ROLLBACK")
    except sqlite3.Error as error:
        if "locked" in str(error):
            busy = "Thử lại; nếu vẫn vậy, tìm chương trình đang giữ tệp", "try again; else find who holds the file"
            return warn("đang bận", "is busy", *busy)
        return bad(f"không ghi được: {first_line(error)}", f"cannot be written: {first_line(error)}", *mend)
    if not os.access(path.parent, os.W_OK):
        return bad("không ghi được thư mục", "its folder cannot be written", *mend)
    return ok("ghi được", "can be written")


# ---------------------------------------------------------------- disk


async def check_disk(patient: Patient) -> list[Finding]:
    """Room for the database and for pictures."""
    settings = patient.settings
    try:
        file = sqlite_path(settings.database.url)
    except Exception:  # check_database has said so
        file = None
    places = [("cơ sở dữ liệu", "database", file.parent)] if file else []
    if settings.zalo_oa_secret or settings.zalo_bot_token:
        places.append(("hàng chờ của Zalo", "spool", Path(settings.files.spool)))
    if is_bucket(settings.files):
        return [*(_space(*place) for place in places), await asyncio.to_thread(_bucket, settings.files)]
    return [_space(*place) for place in (*places, ("ảnh, tệp", "media", Path(settings.files.media)))]


def _bucket(files: FilesSection) -> Finding:
    """Whether it answers: asked for something that is not there, it says so."""
    mend = "Xem lại files.media, media_endpoint và AWS_…", "look at files.media, media_endpoint and AWS_…"
    try:
        open_media(files).get("0" * 64)
    except KeyError:
        return ok(f"ảnh, tệp: {files.media} trả lời", f"media: {files.media} answers")
    except Exception as error:  # its words may hold a key
        why = type(error).__name__
        return bad(f"ảnh, tệp: {files.media} hỏng ({why})", f"media: {files.media} does not work ({why})", *mend)
    return ok(f"ảnh, tệp: {files.media} trả lời", f"media: {files.media} answers")


def _space(vi: str, en: str, folder: Path) -> Finding:
    parent = standing(folder)
    if not (parent.is_dir() and os.access(parent, os.W_OK)):
        mend = f"Cho ghi vào {parent}", f"let us write {parent}"
        return bad(f"{vi}: không ghi được {folder}", f"{en}: {folder} cannot be written", *mend)
    free = shutil.disk_usage(parent).free
    line = f"{vi}: còn {free // MEGABYTE} MB", f"{en}: {free // MEGABYTE} MB free"
    mend = f"Dọn ổ đĩa chứa {parent}, hoặc thêm chỗ", f"make room on the disk of {parent}"
    return bad(*line, *mend) if free < TOO_LITTLE else warn(*line, *mend) if free < LITTLE else ok(*line)


def standing(path: Path) -> Path:
    """The path itself, or the nearest folder above that is there."""
    return next((one for one in (path, *path.absolute().parents) if one.exists()), Path("/"))


# ---------------------------------------------------------------- clock

NEWEST = [
    select(rows.c.created_at).order_by(rows.c.id.desc()).limit(1)
    for rows in (table(Message), table(Report), table(StatusChange))
]


async def check_clock(patient: Patient) -> list[Finding]:
    """The system's zone is known, and it is not earlier than what has been written down."""
    now = patient.clock()
    mend = "Chỉnh giờ máy: `timedatectl set-ntp true`", "set the clock: `timedatectl set-ntp true`"
    shown = now.astimezone(ZoneInfo("Asia/Ho_Chi_Minh")).strftime("%H:%M %d/%m/%Y")
    newest = await asyncio.to_thread(_newest_row, patient)
    found = [ok(f"ở Việt Nam đang là {shown}", f"it is {shown} in Viet Nam")]
    if now < BUILT:
        found = [bad(f"giờ máy sai: {shown}", f"the clock is wrong: {shown}", *mend)]
    elif newest and newest > now + SLACK:
        behind = str(newest - now).partition(".")[0]
        line = f"giờ máy chậm {behind} so với dòng mới nhất đã ghi", f"the clock is {behind} behind the newest row"
        found = [bad(*line, *mend)]
    return [*found, *_zone()]


def _newest_row(patient: Patient) -> datetime | None:
    if not patient.readable:
        return None
    engine = open_reader(patient.settings.database.url)
    try:
        with engine.connect() as connection:
            times = [connection.execute(statement).scalar_one_or_none() for statement in NEWEST]
    finally:
        engine.dispose()
    return max((time for time in times if time), default=None)


def _zone() -> Iterable[Finding]:
    name = os.environ.get("TZ", "").lstrip(":")
    try:
        if name and not Path(name).is_absolute():
            ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        line = f"không có múi giờ TZ={name}, máy coi như UTC", f"TZ={name} is no known zone and is taken for UTC"
        yield warn(*line, "Đặt TZ=Asia/Ho_Chi_Minh hoặc bỏ TZ", "set TZ=Asia/Ho_Chi_Minh, or leave TZ out")


# ---------------------------------------------------------------- the model


async def check_model(patient: Patient) -> list[Finding]:
    """There is a trained model, and it has learnt from the corpus as it is now."""
    folder = Path(patient.settings.files.model)
    mend = "Chạy `langnghe train` (`langnghe run` cũng tự làm)", "`langnghe train` (`langnghe run` does it too)"
    try:
        model = await asyncio.to_thread(Model.load, folder)
    except NoModel:
        return [warn(f"chưa có mô hình dùng được ở {folder}", f"no usable model in {folder}", *mend)]
    if is_current(model, folder):
        return [ok("mô hình có và mới nhất", "the model is there and current")]
    return [warn("mô hình cũ hơn kho ví dụ", "the model is older than the corpus", *mend)]
