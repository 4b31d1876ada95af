"""What a citizen sent is fetched after the acknowledgement, cleaned before anybody sees it, and never lost."""

import asyncio
import io
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from bot.fetcher import BACKOFF, MOST_ATTEMPTS, Fetcher
from dialogs.texts import say
from dialogs.words import Gone, Media
from store import media, outbox
from store.conversations import load_talk
from store.media import FolderStore
from store.tables.base import table
from store.tables.reports import Media as MediaTable
from store.tables.talk import InboxKey
from tests.stored import count, row_of
from tests.test_bot_pictures import exif, picture
from tests.town import TestTown, report_prediction


@dataclass
class Source:
    """A channel that holds files, is slow or fails, as it is told."""

    files: dict[str, bytes] = field(default_factory=dict)
    failures: list[Exception] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    async def __call__(self, item: Media) -> bytes:
        self.asked.append(item.ref)
        if self.failures:
            raise self.failures.pop(0)
        return self.files[item.ref]


@dataclass
class Darkroom:
    """A fetcher over a real store and a folder."""

    town: TestTown
    folder: Path
    source: Source = field(default_factory=Source)

    def __post_init__(self) -> None:
        self.store = FolderStore(self.folder)
        town = self.town
        sources = {"webchat": self.source, "room": self.source}
        self.fetcher = Fetcher(sources, self.store, town.writer, self.read, town.inbox, town.clock)

    async def read(self, work: Any) -> Any:
        return await asyncio.to_thread(self.town.read, work)

    async def send(self, content: bytes, ref: str = "upload:1", chat: str = "hoa", text: str = "") -> None:
        """A citizen sends a photo."""
        self.source.files[ref] = content
        item = Media("image", ref, "image/jpeg", len(content), "anh.jpg")
        await self.town.hear(self.town.incoming(text, chat=chat, kind="media", media=(item,)))

    def row(self, media_id: int = 1) -> dict[str, Any]:
        return self.town.read(lambda connection: row_of(connection, table(MediaTable), id=media_id))

    @property
    def draft(self) -> dict[str, Any]:
        talk = self.town.read(lambda connection: load_talk(connection, "webchat:main:hoa"))
        return dict(talk.memory["draft"])


@pytest.fixture
def darkroom(town: TestTown, tmp_path: Path) -> Darkroom:
    return Darkroom(town, tmp_path / "media")


# ---------------------------------------------------------------- a good picture


async def test_a_picture_is_fetched_cleaned_and_kept(darkroom: Darkroom) -> None:
    await darkroom.send(picture(exif=exif(), size=(60, 40)))
    assert darkroom.row()["state"] == "pending"
    assert await darkroom.fetcher.step() == 1
    row = darkroom.row()
    assert (row["state"], row["mime"], row["error"]) == ("stored", "image/jpeg", "")
    kept = darkroom.store.get(row["blob"])
    assert len(kept) == row["size"]
    assert len(Image.open(io.BytesIO(kept)).getexif()) == 0
    assert (row["lat"], row["lon"]) == (18.7969, 105.34)
    assert await darkroom.fetcher.step() == 0


async def test_a_picture_cannot_be_shown_before_it_is_clean(darkroom: Darkroom) -> None:
    await darkroom.send(picture())
    assert darkroom.town.read(lambda connection: media.stored(connection, 1)) is None
    await darkroom.fetcher.step()
    blob, mime = darkroom.town.read(lambda connection: media.stored(connection, 1)) or ("", "")
    assert blob and mime == "image/jpeg"


async def test_the_conversation_is_told_where_the_photo_was_taken(darkroom: Darkroom) -> None:
    darkroom.town.understanding.scripted["đèn hỏng"] = report_prediction("lighting_greenery")
    await darkroom.send(picture(exif=exif()), text="đèn hỏng")
    await darkroom.fetcher.step()
    assert darkroom.draft["photo_place"] == {"lat": 18.7969, "lon": 105.34}


async def test_a_photo_without_a_place_says_nothing_and_changes_nothing(darkroom: Darkroom) -> None:
    await darkroom.send(picture())
    before = darkroom.draft
    await darkroom.fetcher.step()
    assert darkroom.draft == before


async def test_the_same_picture_twice_is_kept_once(darkroom: Darkroom) -> None:
    await darkroom.send(picture(), "upload:1")
    await darkroom.send(picture(), "upload:2")
    assert await darkroom.fetcher.step() == 2
    assert darkroom.row(1)["blob"] == darkroom.row(2)["blob"]
    assert len([path for path in darkroom.folder.rglob("*") if path.is_file()]) == 1


async def test_an_officers_picture_needs_no_turn(darkroom: Darkroom) -> None:
    town = darkroom.town
    darkroom.source.files["upload:9"] = picture()
    room = town.incoming(chat="hoa").address
    item = Media("image", "upload:9")
    key = "room:web:ubnd-17713|1|TC-7K3F-2F"
    town.write(lambda connection: media.insert_pending(connection, item, room, key, "tc", town.clock()))
    turns = town.read(lambda connection: count(connection, table(InboxKey)))
    await darkroom.fetcher.step()
    assert darkroom.row()["state"] == "stored"
    assert town.read(lambda connection: count(connection, table(InboxKey))) == turns


# ---------------------------------------------------------------- a bad one


@pytest.mark.parametrize("content", [b"", b"<html>", b"MZ\x90\x00", picture()[:100]])
async def test_what_is_not_what_it_claims_is_refused_for_good(darkroom: Darkroom, content: bytes) -> None:
    await darkroom.send(content)
    await darkroom.fetcher.step()
    row = darkroom.row()
    assert (row["state"], row["blob"]) == ("refused", "")
    assert row["error"]
    assert await darkroom.fetcher.step() == 0


async def test_what_the_source_has_no_more_is_refused_for_good(darkroom: Darkroom) -> None:
    darkroom.source.failures = [Gone("the upload is gone")]
    await darkroom.send(picture())
    await darkroom.fetcher.step()
    assert (darkroom.row()["state"], darkroom.row()["error"]) == ("refused", "the upload is gone")


async def test_who_sent_what_cannot_be_opened_is_told_and_the_draft_counts_it_no_more(darkroom: Darkroom) -> None:
    darkroom.town.understanding.scripted["đèn hỏng"] = report_prediction("lighting_greenery")
    await darkroom.send(b"PK\x03\x04 a document", text="đèn hỏng")
    assert darkroom.draft["media"] == ["1"]
    await darkroom.fetcher.step()
    assert "media" not in darkroom.draft
    whose = {"channel": "webchat", "account": "main", "now": darkroom.town.clock(), "most": 9}
    told = [row.part.text for row in darkroom.town.read(lambda connection: outbox.waiting(connection, **whose))]
    assert say("front.file_refused") in told
    assert told[-1].startswith("Việc này ở chỗ nào"), "the open question is asked again"


async def test_media_of_a_channel_that_nobody_fetches_from_is_refused(darkroom: Darkroom) -> None:
    darkroom.fetcher._sources = {}
    await darkroom.send(picture())
    await darkroom.fetcher.step()
    assert darkroom.row()["state"] == "refused"


async def test_a_source_that_fails_is_asked_again_later_and_rarer(darkroom: Darkroom) -> None:
    darkroom.source.failures = [TimeoutError(), OSError()]
    await darkroom.send(picture())
    for wait in BACKOFF[:2]:
        assert await darkroom.fetcher.step() == 1
        assert darkroom.row()["state"] == "pending"
        assert await darkroom.fetcher.step() == 0
        darkroom.town.clock.forward(timedelta(seconds=wait))
    await darkroom.fetcher.step()
    assert darkroom.row()["state"] == "stored"


async def test_a_source_that_never_answers_is_given_up(darkroom: Darkroom) -> None:
    darkroom.source.failures = [OSError()] * (MOST_ATTEMPTS + 5)
    await darkroom.send(picture())
    for _ in range(MOST_ATTEMPTS + 1):
        await darkroom.fetcher.step()
        darkroom.town.clock.forward(timedelta(seconds=BACKOFF[-1]))
    assert (darkroom.row()["state"], darkroom.row()["error"]) == ("refused", "OSError")
    assert len(darkroom.source.asked) == MOST_ATTEMPTS + 1


async def test_one_bad_file_does_not_hold_up_the_others(darkroom: Darkroom) -> None:
    darkroom.source.failures = [OSError()]
    await darkroom.send(picture(), "upload:1")
    await darkroom.send(b"<html>", "upload:2")
    await darkroom.send(picture(), "upload:3")
    assert await darkroom.fetcher.step() == 3
    assert [darkroom.row(number)["state"] for number in (1, 2, 3)] == ["pending", "refused", "stored"]


# ---------------------------------------------------------------- after a kill


async def test_a_kill_between_the_turn_and_the_mark_repeats_the_fetch_and_not_the_turn(
    darkroom: Darkroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    await darkroom.send(picture(exif=exif()))
    with monkeypatch.context() as patch:
        patch.setattr(media, "mark_stored", killed)
        with pytest.raises(Killed):
            await darkroom.fetcher.step()
    assert darkroom.row()["state"] == "pending"
    turns = darkroom.town.read(lambda connection: count(connection, table(InboxKey)))
    await darkroom.fetcher.step()
    assert darkroom.row()["state"] == "stored"
    assert darkroom.town.read(lambda connection: count(connection, table(InboxKey))) == turns


def killed(*args: Any, **named: Any) -> None:
    raise Killed


class Killed(Exception):
    pass


# ---------------------------------------------------------------- the folder


def test_bytes_come_back_under_their_key_and_an_unknown_key_is_an_error(tmp_path: Path) -> None:
    folder = FolderStore(tmp_path)
    key = folder.put(b"anh")
    assert folder.get(key) == b"anh"
    folder.drop(key)
    folder.drop(key)
    with pytest.raises(KeyError):
        folder.get(key)


@pytest.mark.parametrize(
    "key", ["", "..", "../../etc/passwd", "/etc/passwd", "a" * 63, "ế" * 64, "0" * 32 + "/" + "0" * 31]
)
def test_a_key_never_leads_out_of_the_folder(tmp_path: Path, key: str) -> None:
    with pytest.raises(KeyError):
        FolderStore(tmp_path).get(key)


def test_a_file_is_never_seen_half_written(tmp_path: Path) -> None:
    folder = FolderStore(tmp_path)
    folder.put(b"anh")
    assert [path.suffix for path in tmp_path.rglob("*") if path.is_file()] == [""]


def test_the_same_photo_on_its_way_twice_is_kept_whole(tmp_path: Path) -> None:
    folder = FolderStore(tmp_path)

    class Overtaken(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            folder.put(self.getvalue())
            return super().read(size)

    key = folder.put_file(Overtaken(b"anh"))
    assert folder.get(key) == b"anh"
    assert [path.suffix for path in tmp_path.rglob("*") if path.is_file()] == [""]


async def test_the_raw_upload_is_gone_once_the_clean_photo_is_kept(town: TestTown, tmp_path: Path) -> None:
    darkroom = Darkroom(town, tmp_path / "media")
    raw = darkroom.store.put(picture(exif=exif()))
    await darkroom.send(darkroom.store.get(raw), ref=f"upload:{raw}")
    await darkroom.fetcher.step()
    with pytest.raises(KeyError):
        darkroom.store.get(raw)
    blob = town.read(lambda connection: media.stored(connection, 1))
    assert blob
    assert darkroom.store.get(blob[0])
