"""The demo's stories are sound, each step gets a believable hour, and its pictures are pictures."""

import io
import unicodedata
from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from bot.pictures import MAX_SIDE, clean
from bot.seed_plan import OLDEST, all_officers, all_stories, choose, ending, timetable, traits
from bot.seed_play import DEEDS
from bot.seed_scenes import SCENES, paint
from bot.town import Town
from dialogs.words import Commune, Status
from nlp.privacy import public_text
from tests.town import places, thanh_chuong


def test_the_stories_are_many_and_in_every_category_and_commune() -> None:
    locality = thanh_chuong()
    assert len(all_stories()) >= 60
    assert {story.field for story in all_stories()} == set(locality.categories)
    assert {story.commune for story in all_stories()} == {*locality.communes, ""}
    assert {ending(story, locality) for story in all_stories()} == set(Status) - {Status.MERGED}


def test_the_stories_speak_of_what_there_is() -> None:
    locality = thanh_chuong()
    old_names = {"": {""}} | {one.code: {"", *former_names(one)} for one in locality.communes.values()}
    for story in all_stories():
        assert story.text and story.place and story.category in locality.categories
        assert story.old in old_names[story.commune]
        assert story.picture in {"", *SCENES}
        assert not story.pin or places().commune_at(*story.pin) == story.commune, story.text
        assert {deed.verb for deed in story.life} <= set(DEEDS)
        assert {deed.words for deed in story.life if deed.verb == "forward"} <= set(locality.agencies)
        assert bool(story.name) == bool(story.phone)
        assert story.phone.startswith("0900 000 ") or not story.phone
    assert {room for officer in all_officers() for room in officer.rooms} <= set(locality.rooms)


def former_names(commune: Commune) -> set[str]:
    """As people say them: without xã and thị trấn."""
    return {unit.name.removeprefix("Xã ").removeprefix("Thị trấn ") for unit in commune.old_units}


def test_what_is_done_without_a_photo_says_why() -> None:
    done = [story for story in all_stories() if "resolve" in [deed.verb for deed in story.life]]
    assert len(done) > 30
    assert all(story.picture or story.no_photo for story in done)


def test_people_write_in_different_ways_and_all_texts_are_nfc() -> None:
    texts = [story.text for story in all_stories()]
    plain = [text for text in texts if text.isascii()]
    assert len(texts) == len(set(texts))
    assert 0.1 < len(plain) / len(texts) < 0.4
    assert any(text.isupper() for text in texts)
    words = [deed.words for story in all_stories() for deed in story.life]
    assert all(unicodedata.is_normalized("NFC", text) for text in [*texts, *words])


def test_no_story_gives_away_a_person() -> None:
    texts = [story.text for story in all_stories()] + [d.words for story in all_stories() for d in story.life]
    masked = ("[số điện thoại]", "[số giấy tờ]", "[email]", "[số tài khoản]", "[biển số]", "[ngày sinh]")
    assert [text for text in texts if any(mask in public_text(text) for mask in masked)] == []


# ---------------------------------------------------------------- the hours


@settings(max_examples=60, deadline=None)
@given(
    days=st.integers(0, 700),
    minutes=st.integers(0, 24 * 60),
    number=st.integers(0, len(all_stories()) - 1),
    dice=st.integers(0, 99),
)
def test_whatever_the_day_the_steps_follow_each_other_within_the_last_30_days(
    days: int, minutes: int, number: int, dice: int
) -> None:
    now = datetime(2026, 1, 20, tzinfo=UTC) + timedelta(days=days, minutes=minutes)
    story, town = all_stories()[number], bare_town()
    moments = timetable(story, town, now, Random(dice))
    assert len(moments) == 1 + len(story.life)
    assert moments == sorted(moments)
    assert now - OLDEST <= moments[0] and moments[-1] < now


def bare_town() -> Town:
    """A town to ask for hours only."""
    return Town(thanh_chuong(), None, None)  # type: ignore[arg-type]


def test_a_town_of_forty_shows_something_of_everything() -> None:
    locality = thanh_chuong()
    everything_there_is = {trait for story in all_stories() for trait in traits(story, locality)}
    for number in range(100):
        chosen = choose(40, Random(number), locality)
        assert {trait for story in chosen for trait in traits(story, locality)} == everything_there_is
        assert Counter(story.text for story in chosen).most_common(1)[0][1] == 1


# ---------------------------------------------------------------- the pictures


@pytest.mark.parametrize("scene", SCENES)
def test_a_scene_is_a_sound_picture_and_differs_before_and_after(scene: str) -> None:
    before, after = paint(scene, 1, after=False), paint(scene, 1, after=True)
    assert before != after
    assert paint(scene, 1, after=False) == before != paint(scene, 2, after=False)
    for content in (before, after):
        assert clean(content).mime == "image/jpeg"
        with Image.open(io.BytesIO(content)) as picture:
            assert max(picture.size) <= MAX_SIDE
            assert len(picture.getcolors(maxcolors=1_000_000) or ()) > 500, "gradients, not flat paper"
        assert len(content) < 200_000
