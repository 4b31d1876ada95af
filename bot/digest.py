"""The leaders' morning digest: what came in and was done, what is late, what people think of it, what is unusual."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import Connection

from bot.chart import Bars, Picture, Tile, draw
from bot.jobs_task import Claim, Desk, Task, town_day
from bot.notices import post, where
from bot.town import Town
from dialogs.cards import WEEKDAYS, moment
from dialogs.texts import say
from dialogs.words import TOWN_TIME
from store.due import claimed
from store.figures import Filed, OpenReport, Ratings, done_since, filed_since, open_reports, ratings_since
from store.notices import add_picture
from store.worktime import is_workday

MORNING = time(7, 30)
OLDEST = 5
RATED_DAYS = 30
CHART_DAYS = 14
SPIKE_AT_LEAST, SPIKE_FACTOR, SPIKE_WEEKS = 3, 2.0, 4
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Spike:
    """A field with unusually many reports in the last seven days, and its mean of the four weeks before."""

    category: str
    count: int
    mean: float


@dataclass(frozen=True, slots=True)
class Digest:
    """The figures. "Received" and "done" are since the last working morning; "open" is now."""

    at: datetime
    since: datetime
    received: int
    done_in_time: int
    done_late: int
    open_in_time: int
    open_late: int
    ratings: Ratings
    oldest: tuple[OpenReport, ...]
    spikes: tuple[Spike, ...]
    days: tuple[Bars, ...]


def find_digests(connection: Connection, desk: Desk, now: datetime) -> list[Task]:
    """Today's digest, once."""
    room = desk.town.locality.room_of_kind("leaders")
    if room is None or claimed(connection, "digest", [town_day(now)]):
        return []
    morning = Morning(desk, digest_of(connection, desk.town, now), room.id)
    return [Task(f"{room.id}: {town_day(now)}", morning.post, morning.draw)]


class Morning:
    """A digest on its way: drawn outside the transaction, posted within."""

    def __init__(self, desk: Desk, digest: Digest, room: str) -> None:
        self._desk, self._digest, self._room = desk, digest, room
        self._blob, self._size = "", 0

    def draw(self) -> None:
        """Draw the chart and keep its bytes."""
        picture = draw(digest_picture(self._digest, self._desk.town))
        self._blob, self._size = self._desk.media.put(picture), len(picture)

    def post(self, connection: Connection, claim: Claim) -> bool:
        """Post text and chart, unless another worker has."""
        at, town = self._digest.at, self._desk.town
        if not claim(town_day(at)):
            return False
        picture = add_picture(connection, town.locality.id, self._blob, self._size, at)
        post(connection, town, self._room, "digest", digest_text(self._digest, town), at, media=picture)
        return True


# ---------------------------------------------------------------- the figures


def digest_of(connection: Connection, town: Town, now: datetime) -> Digest:
    """Count. Sensitive reports are in the sums and nowhere else: the leaders' room may be that of the accused."""
    here, since = town.locality.id, last_morning(now, town)
    first_day = now.astimezone(TOWN_TIME).date() - timedelta(days=CHART_DAYS)  # up to yesterday
    filed = filed_since(connection, here, now - (SPIKE_WEEKS + 1) * WEEK)
    done = done_since(connection, here, min(since, datetime.combine(first_day, time(), TOWN_TIME)))
    opened = open_reports(connection, here)
    lately = [item for item in done if item.at >= since]
    return Digest(
        at=now,
        since=since,
        received=sum(item.at >= since for item in filed),
        done_in_time=sum(item.in_time for item in lately),
        done_late=sum(not item.in_time for item in lately),
        open_in_time=sum(not item.is_late(now) for item in opened),
        open_late=sum(item.is_late(now) for item in opened),
        ratings=ratings_since(connection, here, now - timedelta(days=RATED_DAYS)),
        oldest=tuple([item for item in opened if not item.sensitive][:OLDEST]),
        spikes=tuple(_spikes(filed, now)),
        days=_days(first_day, [item.at for item in filed], [item.at for item in done]),
    )


def last_morning(now: datetime, town: Town) -> datetime:
    """Half past seven of the working day before this one: on a Monday, Friday's."""
    morning = datetime.combine(now.astimezone(TOWN_TIME).date(), MORNING, TOWN_TIME) - timedelta(days=1)
    while not is_workday(morning, town.office_hours):
        morning -= timedelta(days=1)
    return morning


def _spikes(filed: Sequence[Filed], now: datetime) -> Iterator[Spike]:
    told = [item for item in filed if not item.sensitive]
    lately = Counter(item.category for item in told if item.at > now - WEEK)
    before = Counter(item.category for item in told if item.at <= now - WEEK)
    for category, count in lately.most_common():
        mean = before[category] / SPIKE_WEEKS
        if count >= SPIKE_AT_LEAST and count >= SPIKE_FACTOR * mean:
            yield Spike(category, count, mean)


def _days(first: date, filed: Sequence[datetime], done: Sequence[datetime]) -> tuple[Bars, ...]:
    received, finished = (Counter(at.astimezone(TOWN_TIME).date() for at in times) for times in (filed, done))
    days = (first + timedelta(days=number) for number in range(CHART_DAYS))
    return tuple(Bars(f"{day:%d/%m}", received[day], finished[day]) for day in days)


# ---------------------------------------------------------------- the words


def digest_text(digest: Digest, town: Town) -> str:
    """The digest in words."""
    done = digest.done_in_time + digest.done_late
    lines = [
        say("digest.head", day=day_in_words(digest.at), town=town.locality.name),
        say("digest.flow", since=moment(digest.since), received=digest.received, done=done),
        say("digest.done", in_time=digest.done_in_time, late=digest.done_late) if done else "",
        say("digest.open", in_time=digest.open_in_time, late=digest.open_late),
        ratings_text(digest.ratings),
        *_oldest(digest, town),
        *_unusual(digest, town),
    ]
    return "\n".join(filter(None, lines))


def day_in_words(at: datetime) -> str:
    """`thứ Hai 23/11/2026`."""
    local = at.astimezone(TOWN_TIME)
    return f"{WEEKDAYS[local.weekday()]} {local:%d/%m/%Y}"


def ratings_text(ratings: Ratings) -> str:
    """Both means in one line."""
    if not ratings.count:
        return say("digest.no_ratings", days=RATED_DAYS)
    solved, satisfied = _decimal(ratings.solved), _decimal(ratings.satisfied)
    return say("digest.ratings", days=RATED_DAYS, count=ratings.count, solved=solved, satisfied=satisfied)


def _decimal(number: float) -> str:
    return f"{number:.1f}".replace(".", ",")


def _oldest(digest: Digest, town: Town) -> Iterator[str]:
    if digest.oldest:
        yield say("digest.oldest")
    for item in digest.oldest:
        key = "digest.oldest_late" if item.is_late(digest.at) else "digest.oldest_line"
        yield say(
            key,
            code=item.code,
            category=town.locality.categories[item.category].short,
            where=where(town, item.agency, item.commune),
            days=(_town_date(digest.at) - _town_date(item.created_at)).days,
        )


def _town_date(at: datetime) -> date:
    return at.astimezone(TOWN_TIME).date()


def _unusual(digest: Digest, town: Town) -> Iterator[str]:
    if digest.spikes:
        yield say("digest.spikes")
    for spike in digest.spikes:
        category = town.locality.categories[spike.category].short
        yield say("digest.spike", category=category, count=spike.count, mean=f"{spike.mean:g}".replace(".", ","))


def digest_picture(digest: Digest, town: Town) -> Picture:
    """The words and figures of the chart."""
    figures = (
        (digest.open_in_time, "digest.chart.open_in_time", "#2f6fb0"),
        (digest.open_late, "digest.chart.open_late", "#b3261e"),
        (digest.done_in_time, "digest.chart.done_in_time", "#2e7d4f"),
        (digest.done_late, "digest.chart.done_late", "#9a6700"),
    )
    return Picture(
        title=town.locality.name,
        subtitle=say("digest.chart.subtitle", day=day_in_words(digest.at), since=moment(digest.since)),
        tiles=tuple(Tile(str(figure), say(key), colour) for figure, key, colour in figures),
        caption=say("digest.chart.caption", days=CHART_DAYS),
        received=say("digest.chart.received"),
        done=say("digest.chart.done"),
        days=digest.days,
        foot=ratings_text(digest.ratings),
    )
