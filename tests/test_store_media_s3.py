"""Pictures in a bucket: what a folder does, over S3 as another hand has written it."""

import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

from bot.folders import NoFolder
from bot.media_store import NoBucket, open_media
from bot.settings import FilesSection
from store.database import utc_now
from store.media import FolderStore, MediaStore

UNKNOWN = "0" * 64


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> MediaStore:
    for name, value in {"ACCESS_KEY_ID": "k", "SECRET_ACCESS_KEY": "s", "REGION": "us-east-1"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1").create_bucket(Bucket="town")
    return open_media(FilesSection(media="s3://town/pictures", media_endpoint=endpoint))


def test_what_is_put_is_got_by_its_key_and_the_same_bytes_have_the_same(bucket: MediaStore) -> None:
    key = bucket.put(b"a picture")
    assert bucket.put(b"a picture") == key
    assert bucket.get(key) == b"a picture"


def test_the_keys_are_those_of_a_folder(bucket: MediaStore, tmp_path_factory: pytest.TempPathFactory) -> None:
    """So that a folder can be copied into a bucket as it is."""
    assert bucket.put(b"a picture") == FolderStore(tmp_path_factory.mktemp("media")).put(b"a picture")


def test_a_large_film_goes_from_the_disk_and_comes_back_whole(bucket: MediaStore) -> None:
    film = b"a long film " * 1_000_000  # more than one part
    with bucket.new_file() as file:
        file.write(film)
        key = bucket.put_file(file)
    assert bucket.get(key) == film


def test_everything_lies_under_the_prefix(bucket: MediaStore, endpoint: str) -> None:
    key = bucket.put(b"another picture")
    listed = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1").list_objects_v2(Bucket="town")
    assert f"pictures/{key[:2]}/{key}" in [item["Key"] for item in listed["Contents"]]


def test_what_is_dropped_is_gone_and_dropping_it_again_is_fine(bucket: MediaStore) -> None:
    key = bucket.put(b"to be forgotten")
    bucket.drop(key)
    bucket.drop(key)
    with pytest.raises(KeyError):
        bucket.get(key)


@pytest.mark.parametrize("key", [UNKNOWN, "", "../../etc/passwd"])
def test_what_is_not_there_and_what_is_no_key_is_a_key_error(bucket: MediaStore, key: str) -> None:
    bucket.drop(key)
    with pytest.raises(KeyError):
        bucket.get(key)


def test_a_folder_is_the_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert isinstance(open_media(FilesSection()), FolderStore)


def test_a_folder_that_cannot_be_written_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(NoFolder, match=r"^files.media: .*/file/media cannot be written \(.+\)$"):
        open_media(FilesSection(media=str(tmp_path / "file" / "media")))


def test_without_its_library_a_bucket_is_refused_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "store.media_s3", None)
    with pytest.raises(NoBucket, match=r"langnghe\[s3\]"):
        open_media(FilesSection(media="s3://town/pictures"))


def test_what_was_put_before_a_moment_is_listed(bucket: MediaStore) -> None:
    key = bucket.put(b"an old picture")
    assert key in [*bucket.older_than(utc_now() + timedelta(minutes=1))]
    assert key not in [*bucket.older_than(utc_now() - timedelta(minutes=1))]
