"""What a connector asks of the disk: events wait there that their channel will not bring again."""

from typing import Protocol


class Spool(Protocol):
    """Where events wait that could not be committed in time. Survives us. Blocking calls, but for `new_name`."""

    def new_name(self) -> str:
        """A name that sorts after all before it."""

    def keep(self, name: str, raw: bytes) -> None:
        """On the disk when it returns."""

    def names(self) -> list[str]:
        """What waits, oldest first."""

    def read(self, name: str) -> bytes:
        """One event. Raises FileNotFoundError."""

    def drop(self, name: str) -> None:
        """It has been taken; unknown names are fine."""
