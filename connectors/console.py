"""The console channel: a conversation in the terminal, or scripted through a pipe."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from connectors.clean_text import clean
from dialogs.words import Address, Capabilities, Incoming, Media, Part, Sender

ADDRESS = Address("console", "main", "me")


class BadLine(Exception):
    """A line that begins with ":" and is no command of the console."""


class Console:
    """Prints what is sent. Lines come in through `read_line`."""

    name = "console"
    account = "main"
    capabilities = Capabilities(
        max_text=100_000,
        buttons=0,
        media_in=frozenset({"image", "video", "audio", "file"}),
        repeats_safely=True,
    )

    def __init__(self, show: Callable[[str], None], clock: Callable[[], datetime]) -> None:
        self._show, self._clock = show, clock
        self._count = 0

    async def start(self) -> None:
        """Nothing to open."""

    async def stop(self) -> None:
        """Nothing to close."""

    async def send(self, address: Address, part: Part, message_id: int) -> str:
        """Print one part."""
        self._show(part.text)
        return str(message_id)

    def read_line(self, line: str) -> Incoming:
        """A typed line as Incoming. `:photo FILE` sends a file, `:pin LAT,LON` a place. Raises BadLine."""
        self._count += 1
        now = self._clock()
        key = f"{now.timestamp()}-{self._count}"
        text = clean(line.strip())
        if text.startswith(":photo "):
            file = Path(text.removeprefix(":photo ").strip()).expanduser()
            if not file.is_file():
                raise BadLine(str(file))
            item = Media("image", str(file.resolve()), size=file.stat().st_size, name=file.name)
            return Incoming(ADDRESS, Sender("me"), "media", key, now, media=(item,))
        if text.startswith(":pin "):
            lat, lon = _point(text.removeprefix(":pin "))
            return Incoming(ADDRESS, Sender("me"), "location", key, now, lat=lat, lon=lon)
        if text.startswith(":"):
            raise BadLine(text)
        kind = "start" if text.startswith("/start") else "text"
        return Incoming(ADDRESS, Sender("me"), kind, key, now, text=text)  # type: ignore[arg-type]


def _point(text: str) -> tuple[float, float]:
    try:
        lat, lon = (float(number) for number in text.split(","))
    except ValueError:
        raise BadLine(text) from None
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):  # "nan" and "inf" are numbers too
        raise BadLine(text)
    return lat, lon


async def fetch_file(item: Media) -> bytes:
    """The bytes of a file named on the console."""
    return Path(item.ref).read_bytes()
