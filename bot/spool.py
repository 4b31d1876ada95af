"""Events on the disk that could not be committed in time: one file each, read again in the order of their names."""

import itertools
import os
import time
from pathlib import Path

from bot.folders import ready_folder
from bot.settings import Settings

MOST_COUNT = 1_000_000


def spool_folder(settings: Settings, channel: str) -> Path:
    """Where a channel's events wait."""
    return Path(settings.files.spool) / channel


def open_spool(settings: Settings, channel: str) -> "FolderSpool":
    """A channel's spool, its folder made. Raises NoFolder."""
    return FolderSpool(ready_folder("files.spool", spool_folder(settings, channel)))


class FolderSpool:
    """A folder of files. Several processes may share it: a file taken twice is one effect, by its dedupe key."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = itertools.count()

    def new_name(self) -> str:
        """The time, then our process and a count, so that no two are alike."""
        return f"{time.time_ns():020d}-{next(self._count) % MOST_COUNT:06d}-{os.getpid()}.json"

    def keep(self, name: str, raw: bytes) -> None:
        """Write, sync, rename, sync the folder: half a file is never seen, a whole one survives a power cut."""
        self._folder.mkdir(parents=True, exist_ok=True)
        part = self._folder / f"{name}.part"
        with part.open("wb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        part.replace(self._folder / name)
        handle = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def names(self) -> list[str]:
        """What waits, oldest first."""
        return sorted(path.name for path in self._folder.glob("*.json"))

    def read(self, name: str) -> bytes:
        """One event. Raises FileNotFoundError."""
        return (self._folder / name).read_bytes()

    def drop(self, name: str) -> None:
        """It has been taken."""
        (self._folder / name).unlink(missing_ok=True)
