"""What a check of `langnghe doctor` finds, and what it has to go on."""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Literal

from bot.settings import Settings
from dialogs.words import Locality

Mark = Literal["ok", "warn", "bad"]
OK: Mark = "ok"
WARN: Mark = "warn"  # works, but somebody should know
BAD: Mark = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """How something is, in both languages, and the mend."""

    mark: Mark
    vi: str
    en: str
    mend_vi: str = ""
    mend_en: str = ""

    def without(self, secrets: Iterable[str]) -> "Finding":
        """The same with every secret taken out, should one have got in."""
        found = self
        for secret in secrets:
            shown = {name: text.replace(secret, "…") for name, text in asdict(found).items() if name != "mark"}
            found = replace(found, **shown)
        return found

    def as_plain(self) -> dict[str, str]:
        return asdict(self)


def ok(vi: str, en: str) -> Finding:
    return Finding(OK, vi, en)


def warn(vi: str, en: str, mend_vi: str, mend_en: str) -> Finding:
    return Finding(WARN, vi, en, mend_vi, mend_en)


def bad(vi: str, en: str, mend_vi: str, mend_en: str) -> Finding:
    return Finding(BAD, vi, en, mend_vi, mend_en)


@dataclass(slots=True)
class Patient:
    """The installation. What one check finds out is left here for the next."""

    settings: Settings
    clock: Callable[[], datetime]
    locality: Locality | None = None
    readable: bool = False  # the database is there and its schema current
    running: bool = False  # our own service answers on the web port
