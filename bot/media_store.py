"""Where pictures and files are kept, by the configuration: a folder, or a bucket that several hosts share."""

from importlib import import_module
from pathlib import Path

from bot.folders import ready_folder
from bot.settings import FilesSection
from dialogs.words import Expected
from store.media import FolderStore, MediaStore


class NoBucket(Expected):
    """The bucket for pictures cannot be used."""


def is_bucket(files: FilesSection) -> bool:
    """Whether files.media names a bucket."""
    return files.media.startswith("s3://")


def open_media(files: FilesSection) -> MediaStore:
    """The store for pictures and files. Raises NoBucket, NoFolder."""
    if not is_bucket(files):
        return FolderStore(ready_folder("files.media", Path(files.media)))
    try:
        bucket = import_module("store.media_s3")  # its library is an extra
        store: MediaStore = bucket.BucketStore(files.media, files.media_endpoint)
    except ImportError:
        raise NoBucket('files.media: s3://… needs the extra s3: pip install "langnghe[s3]"') from None
    except Exception as error:  # its words may hold a key
        raise NoBucket(f"files.media: {files.media} cannot be opened ({type(error).__name__})") from None
    return store
