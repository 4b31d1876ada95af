"""A believable town for `langnghe demo`: handwritten stories, played through the real steps with a clock that moves."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, partial
from random import Random

from sqlalchemy import Connection

from bot.seed_plan import all_officers, all_stories, choose, timetable
from bot.seed_play import Case, Picture, Stage, play_next
from bot.seed_scenes import paint
from bot.town import Town
from dialogs.words import Address, Expected
from store import staff
from store.codes import ALPHABET, BODY_LENGTH, check_character, spell
from store.media import MediaStore
from store.report_views import all_reports
from store.staff import OfficerView
from store.writer import Writer

STAFF_SINCE = timedelta(days=90)


class NotEmpty(Expected):
    """The database already holds reports."""


@dataclass(frozen=True, slots=True)
class SeedResult:
    """What was made. `officer_id` is the officer to look around as: she sits at the desk and in all communes' rooms."""

    officer_id: int
    officers: tuple[int, ...]
    codes: tuple[str, ...]


def seed_town(
    connection_writer: Writer,
    town: Town,
    media_store: MediaStore | None,
    now: datetime,
    seed: int,
    reports: int = 40,
) -> SeedResult:
    """Fill an empty database, whose rooms are entered, with a town's last 30 days; the same for the same seed and now.

    One transaction: all of it or nothing. Nothing is left to push, so nobody gets a message. Without a media store
    there are no pictures. More reports than stories: the stories come again. Raises NotEmpty.
    """
    dice = Random(seed)  # noqa: S311 - a play, not a secret
    stories = choose(reports, dice, town.locality)
    codes = [_code(dice, town.locality.code_prefix) for _ in stories]
    cast = [Case(story, code, _nobodys_chat(code)) for story, code in zip(stories, codes, strict=True)]
    if media_store:
        picture = cache(partial(_picture, media_store))
        for case in cast:
            _give_pictures(case, picture)
    return connection_writer.submit(partial(_fill, town=town, cast=cast, dice=dice, now=now)).result()


def _code(dice: Random, prefix: str) -> str:
    body = "".join(dice.choices(ALPHABET, k=BODY_LENGTH))
    return spell(prefix, body + check_character(body))


def _nobodys_chat(code: str) -> Address:
    """A web chat that no session can open: real ones are named by a hash."""
    return Address("webchat", "main", f"seeded-{code}")


def _give_pictures(case: Case, picture: Callable[[str, int, bool], Picture]) -> None:
    """What the citizen saw; and what the officers left, unless the story says why there is no photo of it."""
    story = case.story
    if story.picture:
        number = all_stories().index(story)
        case.before = picture(story.picture, number, False)
        case.after = None if story.no_photo else picture(story.picture, number, True)


def _picture(media_store: MediaStore, scene: str, number: int, after: bool) -> Picture:
    content = paint(scene, number, after=after)
    return Picture(media_store.put(content), len(content))


def _fill(connection: Connection, town: Town, cast: list[Case], dice: Random, now: datetime) -> SeedResult:
    """Enter the officers, give every step of every story its hour, and play all steps in the order of the hours."""
    if all_reports(connection, 1):
        raise NotEmpty("the database already holds reports; a town is seeded into an empty one only")
    officers = _officers(connection, town, now - STAFF_SINCE)
    stage = Stage(connection, town, dice, officers)
    hours = [(at, number) for number, case in enumerate(cast) for at in timetable(case.story, town, now, dice)]
    for at, number in sorted(hours):
        play_next(stage, cast[number], at)
    ids = tuple(officer.id for officer in officers)
    return SeedResult(ids[0], ids, tuple(case.code for case in cast))


def _officers(connection: Connection, town: Town, since: datetime) -> tuple[OfficerView, ...]:
    ids = [
        staff.add_officer(connection, town.locality.id, one.name, one.title, one.rooms, since) for one in all_officers()
    ]
    return tuple(officer for officer in staff.officers(connection) if officer.id in ids)
