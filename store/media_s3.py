"""Pictures and files in an S3-compatible bucket, for when several hosts share them."""

from collections.abc import Iterator
from datetime import datetime
from io import BytesIO
from tempfile import TemporaryFile
from typing import BinaryIO, cast

import obstore
from obstore.store import S3Store

from store.media import key_of


class BucketStore:
    """Bytes as objects named by their SHA-256 under the prefix of `s3://bucket/prefix`. Never blocks for long.

    Who we are comes from the environment, as everywhere with S3: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION.
    """

    def __init__(self, url: str, endpoint: str = "") -> None:
        plain = endpoint.startswith("http://")
        where = {"endpoint": endpoint} if endpoint else {}
        self._bucket = S3Store.from_url(
            url,
            config=where,  # type: ignore[arg-type]
            client_options={"allow_http": plain, "timeout": "30s", "connect_timeout": "5s"},
            retry_config={"max_retries": 3},
        )

    def put(self, content: bytes) -> str:
        """Keep bytes; the same bytes have the same key."""
        return self.put_file(BytesIO(content))

    def new_file(self) -> BinaryIO:
        """Where the system keeps temporary files (TMPDIR)."""
        return cast(BinaryIO, TemporaryFile())

    def put_file(self, file: BinaryIO) -> str:
        """The same; what is large goes in parts."""
        key = key_of(file)
        obstore.put(self._bucket, _path(key), file)
        return key

    def get(self, key: str) -> bytes:
        """The bytes, or KeyError."""
        try:
            return bytes(obstore.get(self._bucket, _path(key)).bytes())
        except FileNotFoundError:
            raise KeyError(key) from None

    def drop(self, key: str) -> None:
        """Delete the object; S3 does not mind if there is none."""
        if _is_key(key):
            obstore.delete(self._bucket, _path(key))

    def older_than(self, moment: datetime) -> Iterator[str]:
        """By the object's time; a put makes it new."""
        for page in obstore.list(self._bucket):
            for item in page:
                key = item["path"].rpartition("/")[2]
                if _is_key(key) and item["last_modified"] < moment:
                    yield key


def _path(key: str) -> str:
    if not _is_key(key):
        raise KeyError(key)
    return f"{key[:2]}/{key}"


def _is_key(key: str) -> bool:
    return len(key) == 64 and key.isalnum()
