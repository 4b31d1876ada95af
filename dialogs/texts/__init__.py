"""All words a person reads, by key, from vi.toml."""

import tomllib
from functools import cache
from importlib.resources import files


class MissingText(KeyError):
    """A text key that vi.toml does not have."""


@cache
def all_texts() -> dict[str, str]:
    """Every text by its dotted key, e.g. `report.ask_place`."""
    tables = tomllib.loads(files(__package__).joinpath("vi.toml").read_text(encoding="utf-8"))
    return dict(_flatten("", tables))


def say(key: str, /, **values: object) -> str:
    """The text of that key with its `{names}` filled in. Values are never read as templates."""
    try:
        template = all_texts()[key]
    except KeyError:
        raise MissingText(key) from None
    return template.format(**values) if values else template


def _flatten(prefix: str, table: dict[str, object]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for key, value in table.items():
        path = f"{prefix}.{key}" if prefix else key
        found.extend(_flatten(path, value) if isinstance(value, dict) else [(path, str(value).strip())])
    return found
