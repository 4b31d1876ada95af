"""Folders that we keep things in, found out to be writable before anything is lost."""

from pathlib import Path
from tempfile import TemporaryFile

from dialogs.words import Expected


class NoFolder(Expected):
    """Files cannot be kept in this folder."""


def ready_folder(key: str, folder: Path) -> Path:
    """The folder, made if need be: better no start than a picture that cannot be kept. Raises NoFolder."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        TemporaryFile(dir=folder).close()
    except OSError as error:
        raise NoFolder(f"{key}: {folder} cannot be written ({error.strerror or error})") from error
    return folder
