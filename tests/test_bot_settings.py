"""The configuration is understood whole or refused with everything that is wrong in it; secrets stay outside."""

import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from bot.service import secret_key
from bot.settings import SECRETS, BadConfig, Settings, load_settings
from dialogs.words import Expected

EXAMPLE = Path(__file__).parent.parent / "config.example.toml"


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for name in [name for name in os.environ if name.upper().startswith("LANGNGHE_")]:
        monkeypatch.delenv(name)


Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def config(text: str) -> Path:
        path = tmp_path / "config.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return config


def errors(path: Path | None) -> list[str]:
    with pytest.raises(BadConfig) as refused:
        load_settings(path)
    return str(refused.value).splitlines()


# ---------------------------------------------------------------- the example


def settable(model: type[BaseModel] = Settings, before: str = "") -> Iterator[tuple[str, Any]]:
    """(dotted key, default) of everything that may stand in the file."""
    for name, field in model.model_fields.items():
        if isinstance(field.default, BaseModel):
            yield from settable(type(field.default), f"{before}{name}.")
        elif before or name not in SECRETS:
            yield f"{before}{name}", field.default


def example() -> dict[str, Any]:
    tables = tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))
    return {f"{table}.{key}": value for table, keys in tables.items() for key, value in keys.items()}


def test_the_example_shows_every_setting_with_its_default_and_nothing_else() -> None:
    assert len(example()) >= 10
    assert example() == dict(settable())


def test_the_example_can_be_used_as_it_is() -> None:
    assert load_settings(EXAMPLE) == load_settings(None)


def test_every_setting_in_the_example_has_a_comment_above_it() -> None:
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    keys = [number for number, line in enumerate(lines) if re.match(r"\w+ = ", line)]
    assert len(keys) == len(example())
    assert [lines[number] for number in keys if not lines[number - 1].startswith("# ")] == []


def test_the_example_says_how_the_secrets_are_set() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    assert [name for name in SECRETS if f"LANGNGHE_{name.upper()}" not in text] == []


def test_every_setting_outside_a_table_is_a_secret() -> None:
    """Tables are for the file; what stands alone comes from the environment."""
    alone = {name for name, field in Settings.model_fields.items() if not isinstance(field.default, BaseModel)}
    assert alone == set(SECRETS)


# ---------------------------------------------------------------- reading


def test_without_a_file_everything_has_its_default() -> None:
    settings = load_settings(None)
    assert (settings.database.url, settings.web.port) == ("sqlite:///var/langnghe.db", 8080)


def test_the_file_is_read(write: Write) -> None:
    settings = load_settings(write('[web]\nport = 9000\npublic_url = "https://phananh.example.vn"\n'))
    assert (settings.web.port, settings.web.public_url) == (9000, "https://phananh.example.vn")
    assert settings.web.host == "127.0.0.1"


def test_the_environment_wins_over_the_file(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGNGHE_WEB__PORT", "9001")
    monkeypatch.setenv("LANGNGHE_SECRET_KEY", "s")
    settings = load_settings(write('[web]\nport = 9000\nhost = "::1"\n'))
    assert (settings.web.port, settings.web.host, settings.secret_key) == (9001, "::1", "s")


# ---------------------------------------------------------------- refusing


@pytest.mark.parametrize("text", ["[wbe]\nport = 1\n", "[web]\nprot = 1\n", "port = 1\n", "[web.port]\nx = 1\n"])
def test_an_unknown_key_is_refused_by_its_name(write: Write, text: str) -> None:
    path = write(text)
    (line,) = errors(path)
    assert line.startswith(f"{path}: ")
    assert re.search(r"wbe|prot|port", line)


def test_all_errors_are_told_at_once_each_with_file_and_key(write: Write) -> None:
    path = write('[web]\nport = "many"\nprot = 1\npublic_url = "ftp://x"\n[log]\nlevel = "LOUD"\n')
    lines = errors(path)
    assert len(lines) == 4
    assert all(line.startswith(f"{path}: ") for line in lines)
    for key in ("web.port", "web.prot", "web.public_url", "log.level"):
        assert any(f": {key}: " in line for line in lines), key


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_in_the_file_is_refused_and_not_repeated(write: Write, name: str) -> None:
    (line,) = errors(write(f'{name} = "hunter2"\n'))
    assert f"LANGNGHE_{name.upper()}" in line
    assert "hunter2" not in line


def test_secrets_are_told_together_with_all_other_errors(write: Write) -> None:
    lines = errors(write("".join(f'{name} = "x"\n' for name in SECRETS) + '[web]\nport = "many"\n'))
    assert len(lines) == len(SECRETS) + 1


@pytest.mark.parametrize(
    "text", ["[web]\nport = 70000\n", "[web]\nport = -1\n", '[web]\npublic_url = "phananh.vn"\n', "web = 5\n"]
)
def test_a_value_that_cannot_be_is_refused(write: Write, text: str) -> None:
    (line,) = errors(write(text))
    assert "web" in line


@pytest.mark.parametrize("text", ["[web\n", "port = \n", "a = 1\na = 2\n"])
def test_a_file_that_is_no_toml_is_refused_in_one_line(write: Write, text: str) -> None:
    assert len(errors(write(text))) == 1


def test_a_file_that_is_not_there_not_readable_or_no_text_is_refused_in_one_line(tmp_path: Path) -> None:
    (line,) = errors(tmp_path / "none.toml")
    assert "there is no such file" in line
    assert len(errors(tmp_path)) == 1
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    assert len(errors(tmp_path / "binary.toml")) == 1


@pytest.mark.parametrize(("name", "value"), [("WEB__PORT", "many"), ("WEB", "not json"), ("WEB__PROT", "1")])
def test_a_wrong_value_in_the_environment_is_refused_in_one_line(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"LANGNGHE_{name}", value)
    (line,) = errors(None)
    assert line.startswith((f"LANGNGHE_{name}: web.", "environment: "))
    assert "web" in line


def test_a_wrong_configuration_is_bad_usage_at_the_terminal() -> None:
    assert issubclass(BadConfig, Expected) and BadConfig.exit_code == 2


# ---------------------------------------------------------------- in words for whoever wrote it


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[database]\nurl = "sqlite:///:memory:"', "must look like sqlite:///var/langnghe.db or postgresql+psycopg://"),
        ('[database]\nurl = "mysql://u:geheim@db/town"', "must look like sqlite:///var/langnghe.db or postgresql"),
        ('[database]\nurl = ""', "must look like"),
        ("[database]\nurl = 5", "must be words in quotes"),
        ('[files]\nmedia = "gs://town"', "must look like var/media or s3://bucket/prefix"),
        ('[files]\nspool = ""', "must not be empty"),
        ('[push]\nquiet_from = "9pm"', "must look like 21:00"),
        ('[telegram]\nproxy = "127.0.0.1"', "must look like http://127.0.0.1:3128"),
        ('[webchat]\norigins = ["https://a.vn", "b.vn"]', "must look like https://daidong.nghean.gov.vn"),
        ('[web]\nproxies = ["nginx"]', "'nginx' does not appear to be an IPv4 or IPv6 network"),
        ('[log]\nlevl = "INFO"', "there is no such key; level is meant? (see config.example.toml)"),
        ("[wbe]\nport = 1", "there is no such key; web is meant? (see config.example.toml)"),
        ("wholly = 1", "there is no such key (see config.example.toml)"),
        ("web = 5", "is a table"),
    ],
)
def test_what_is_wrong_is_told_in_words_and_with_an_example(write: Write, text: str, told: str) -> None:
    (line,) = errors(write(text))
    assert told in line
    assert "geheim" not in line and "pattern" not in line


def patterned(model: type[BaseModel] = Settings, before: str = "") -> Iterator[tuple[str, FieldInfo]]:
    for name, field in model.model_fields.items():
        if isinstance(field.default, BaseModel):
            yield from patterned(type(field.default), f"{before}{name}.")
        elif any(getattr(rule, "pattern", None) for rule in field.metadata):
            yield f"{before}{name}", field


def test_every_setting_of_a_certain_form_has_an_example_that_will_do(write: Write) -> None:
    found = dict(patterned())
    assert len(found) >= 10
    assert [key for key, field in found.items() if not field.examples] == []
    for key, field in found.items():
        table, _, name = key.partition(".")
        for shown in field.examples or ():
            load_settings(write(f'[{table}]\n{name} = "{shown}"\n'))


def test_an_address_with_a_slash_at_its_end_is_taken_without(write: Write) -> None:
    settings = load_settings(write('[web]\npublic_url = "https://phananh.example.vn/"\n'))
    assert settings.web.public_url == "https://phananh.example.vn"


def test_a_file_written_with_notepad_is_read(write: Write) -> None:
    assert load_settings(write("\ufeff[web]\r\nport = 9000\r\n")).web.port == 9000


# ---------------------------------------------------------------- secrets


def test_secrets_are_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in SECRETS:
        monkeypatch.setenv(f"LANGNGHE_{name.upper()}", "hunter2")
    assert "hunter2" not in repr(load_settings(None)) + str(load_settings(None))


def test_a_key_is_made_once_and_kept_where_only_we_read_it(tmp_path: Path, write: Write) -> None:
    settings = load_settings(write(f'[database]\nurl = "sqlite:///{tmp_path}/var/town.db"\n'))
    key = secret_key(settings)
    assert len(key) > 40
    assert secret_key(settings) == key
    kept = tmp_path / "var" / "secret.key"
    assert kept.stat().st_mode & 0o077 == 0


def test_a_key_from_the_environment_is_used_and_nothing_is_written(
    tmp_path: Path, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANGNGHE_SECRET_KEY", "k")
    settings = load_settings(write(f'[database]\nurl = "sqlite:///{tmp_path}/var/town.db"\n'))
    assert secret_key(settings) == "k"
    assert not (tmp_path / "var").exists()
