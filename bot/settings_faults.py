"""What is wrong with a setting, in words for whoever wrote it; never the value, it may hold a password."""

from collections.abc import Sequence
from difflib import get_close_matches

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

Key = Sequence[int | str]


def in_plain_words(fault: ErrorDetails, settings: type[BaseModel]) -> str:
    """One fault of pydantic's."""
    match fault["type"]:
        case "extra_forbidden":
            return f"there is no such key{_meant(fault['loc'], settings)} (see config.example.toml)"
        case "string_pattern_mismatch":
            field = _field(fault["loc"], settings)
            return f"must look like {' or '.join(field.examples or ()) if field else '…'}"
        case "string_too_short":
            return "must not be empty"
        case "string_type":
            return 'must be words in quotes: "…"'
        case "model_type":
            return "is a table: write its keys under a line with its name in brackets"
    return fault["msg"].removeprefix("Value error, ")


def _meant(key: Key, settings: type[BaseModel]) -> str:
    """The key that has most likely been meant."""
    above = _field(key[:-1], settings)
    known = above.annotation if above else settings
    names = known.model_fields if isinstance(known, type) and issubclass(known, BaseModel) else ()
    found = get_close_matches(str(key[-1]), names, n=1)
    return f"; {found[0]} is meant?" if found else ""


def _field(key: Key, settings: type[BaseModel]) -> FieldInfo | None:
    """The field at this key; of a place in a list, the list's."""
    found: FieldInfo | None = None
    known: type[BaseModel] | None = settings
    for part in key:
        if known and part in known.model_fields:
            found = known.model_fields[str(part)]
            inner = found.annotation
            known = inner if isinstance(inner, type) and issubclass(inner, BaseModel) else None
    return found
