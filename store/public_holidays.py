"""Vietnam's public holidays, and a town's own days above them."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import cache, cached_property

import holidays

HOLIDAY_YEARS = range(2025, 2031)  # beyond 2030 the lunar days are too far off to plan with


class Days(Mapping[date, str]):
    """Days and their names, made when first looked into: the library reads the rules of every country (0.2 s, 5 MB)."""

    def __init__(self, make: Callable[[], dict[date, str]]) -> None:
        self._make = make

    @cached_property
    def _made(self) -> dict[date, str]:
        return self._make()

    def __getitem__(self, day: date) -> str:
        return self._made[day]

    def __iter__(self) -> Iterator[date]:
        return iter(self._made)

    def __len__(self) -> int:
        return len(self._made)


def days_of(own_days_off: Mapping[date, str], own_workdays: Mapping[date, str]) -> tuple[Days, Days]:
    """Return the days off and the weekend days worked in exchange; what the town says of a day holds."""

    @cache
    def found() -> tuple[dict[date, str], dict[date, str]]:
        days_off, workdays = _public_holidays()
        days_off = {day: name for day, name in days_off.items() if day not in own_workdays} | dict(own_days_off)
        workdays = {day: name for day, name in (workdays | dict(own_workdays)).items() if day not in own_days_off}
        return dict(sorted(days_off.items())), dict(sorted(workdays.items()))

    return Days(lambda: found()[0]), Days(lambda: found()[1])


def _public_holidays() -> tuple[dict[date, str], dict[date, str]]:
    """Return days off and weekend days worked in exchange, as the library knows them (swaps only once announced)."""
    vietnam = holidays.country_holidays("VN", years=HOLIDAY_YEARS, language="vi")
    workdays = [day for day in vietnam.weekend_workdays if day.year in HOLIDAY_YEARS]
    return dict(vietnam), dict.fromkeys(workdays, "Ngày làm bù")
