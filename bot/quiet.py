"""The hours in which citizens are not woken."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from dialogs.words import TOWN_TIME


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `begin` to `end` in town time, over midnight when `begin` is the later; equal: never quiet."""

    begin: time = time(21, 0)
    end: time = time(6, 0)

    @classmethod
    def between(cls, begin: str, end: str) -> "QuietHours":
        """From "21:00" and "6:00", as the configuration says it."""
        clocks = ([int(number) for number in clock.split(":")] for clock in (begin, end))
        return cls(*(time(hour, minute) for hour, minute in clocks))

    def at(self, moment: datetime) -> bool:
        """Whether it is quiet at that moment."""
        clock = moment.astimezone(TOWN_TIME).time()
        if self.begin <= self.end:
            return self.begin <= clock < self.end
        return clock >= self.begin or clock < self.end

    def until(self, moment: datetime) -> datetime:
        """The first moment from this one on at which it is not quiet."""
        if not self.at(moment):
            return moment
        local = moment.astimezone(TOWN_TIME)
        day = local.date() + timedelta(days=local.time() >= self.end)
        return datetime.combine(day, self.end, TOWN_TIME)

    def since(self, moment: datetime) -> datetime:
        """When the quiet hours began in which this moment lies; the moment itself if it is not quiet."""
        if not self.at(moment):
            return moment
        local = moment.astimezone(TOWN_TIME)
        day = local.date() - timedelta(days=local.time() < self.begin)
        return datetime.combine(day, self.begin, TOWN_TIME)
