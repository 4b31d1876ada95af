"""What words suggest is learnt from what they stand beside, and tells two matters at one place apart."""

import statistics

import pytest

from nlp.concepts import parsed
from nlp.normalise import fold, words
from nlp.senses import LEAST_SEEN, MOST, SOURCE, STATE, THING, Senses, correlation, sensed

TROUBLES = parsed("thing_lamp: bóng đèn\nstate_dark: tối om\nstate_smell: bốc mùi")
# Written for this test: `mò` stands beside what is dark, `ruồi` beside what smells.
TOLD = [*["tối om phải mò mà đi"] * LEAST_SEEN, *["bốc mùi ruồi bu đầy"] * LEAST_SEEN, *["xin chào cả nhà"] * 20]


@pytest.fixture(scope="module")
def senses() -> Senses:
    return Senses(*sensed(map(words, TOLD), TROUBLES), TROUBLES)


def suggested(senses: Senses, text: str) -> tuple[int, ...]:
    return senses.suggested(senses.traces(words(text)))


def test_a_word_suggests_what_it_stands_beside(senses: Senses) -> None:
    dark, smell = suggested(senses, "mò"), suggested(senses, "ruồi")
    nothing = (0,) * len(dark)
    assert any(dark) and any(smell)
    assert correlation(dark, suggested(senses, "tối om"), nothing) > 0.9 > 0.0 > correlation(dark, smell, nothing)


def test_what_both_say_is_taken_away_before_they_are_compared() -> None:
    one, other, both = (
        (3, 1, 7, 2),
        (3, 5, 1, 2),
        (3.0, 1.0, 1.0, 2.0),
    )  # of which (0, 0, 6, 0) and (0, 4, 0, 0) are left
    assert correlation(one, other, both) == pytest.approx(-1 / 3)
    assert correlation(one, other, (0.0, 0.0, 0.0, 0.0)) == pytest.approx(statistics.correlation(one, other))


def test_a_phrase_of_the_list_suggests_its_own_kind_with_and_without_accents(senses: Senses) -> None:
    assert STATE + "dark" in senses.traces(words("đường tối om")) & senses.traces(words("duong toi om"))


def test_words_of_nothing_and_unknown_words_suggest_nothing(senses: Senses) -> None:
    assert not any(suggested(senses, "chào cả nhà")) and not any(suggested(senses, "xyz ⟨phone⟩"))
    assert correlation((0, 0), (1, 2), (0, 0)) == 0.0 == correlation((), (), ())


def test_a_very_long_text_overflows_nothing(senses: Senses) -> None:
    known = senses.traces(words(" ".join(TOLD)))
    assert senses.suggested([*known] * MOST) == tuple(MOST * each for each in senses.suggested(known))
    assert max(senses.suggested([*known] * MOST)) > 2**16


def test_every_line_of_the_list_is_a_thing_or_a_trouble_and_has_phrases() -> None:
    lines = [line for line in SOURCE.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    names = [fold(line.partition(":")[0]) for line in lines]
    assert len(names) > 100 and len(set(names)) == len(names)
    assert all(f"={name}".startswith((THING, STATE)) for name in names)
    assert all(line.partition(":")[2].strip() for line in lines)
