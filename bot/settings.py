"""The configuration: one TOML file, secrets from the environment, every error at once with its path."""

import os
import tomllib
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from bot.settings_faults import in_plain_words
from dialogs.words import Expected


class BadConfig(Expected):
    """The configuration cannot be used."""

    exit_code = 2


class Section(BaseModel):
    """A table of the file; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid")


class DatabaseSection(Section):
    """Where reports are kept: a file, as one in memory would be another for each connection, or PostgreSQL."""

    url: str = Field(
        default="sqlite:///var/langnghe.db",
        pattern=r"^(sqlite:///[^:\s].*|postgresql(\+psycopg)?://\S+)$",
        examples=["sqlite:///var/langnghe.db", "postgresql+psycopg://user@host/name"],
    )


def _network(text: str) -> str:
    ip_network(text)
    return text


def _without_slash(address: str) -> str:
    return address.removesuffix("/")


class WebSection(Section):
    """The web server: the citizens' chat, the officers' room, the health page."""

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    public_url: Annotated[
        str,
        Field(pattern=r"^(https?://[^/\s]+/?)?$", examples=["https://phananh.example.vn"]),
        AfterValidator(_without_slash),
    ] = ""
    proxies: list[Annotated[str, AfterValidator(_network)]] = ["127.0.0.0/8", "::1/128"]


class LocalitySection(Section):
    """The town's pack; empty: the bundled one (Thanh Chương)."""

    folder: str = ""


class FilesSection(Section):
    """Where pictures are kept, the trained model, and events that could not be committed in time."""

    media: str = Field(
        default="var/media", pattern=r"^(s3://[^/\s]+.*|[^:]+)$", examples=["var/media", "s3://bucket/prefix"]
    )
    media_endpoint: str = Field(default="", pattern=r"^(https?://\S+)?$", examples=["https://s3.example.vn"])
    model: str = Field(default="var/model", min_length=1)
    spool: str = Field(default="var/spool", min_length=1)


CLOCK = r"^([01]?\d|2[0-3]):[0-5]\d$"


class PushSection(Section):
    """When citizens are left in peace (town time): what is not urgent waits until `quiet_until`. Equal: never."""

    quiet_from: str = Field(default="21:00", pattern=CLOCK, examples=["21:00"])
    quiet_until: str = Field(default="6:00", pattern=CLOCK, examples=["6:00"])


URL = r"^https?://\S+$"
PROXY = r"^(\w+://\S+)?$"


class TelegramSection(Section):
    """The Telegram channel; on when LANGNGHE_TELEGRAM_TOKEN is set."""

    mode: Literal["polling", "webhook"] = "polling"
    api_base_url: str = Field(default="https://api.telegram.org", pattern=URL, examples=["https://api.telegram.org"])
    proxy: str = Field(default="", pattern=PROXY, examples=["http://127.0.0.1:3128"])
    limits: bool = True


ORIGIN = r"^https?://(\*\.)?[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*(:\d+)?$"


class WebchatSection(Section):
    """The chat on other sites: which portals may show the widget, e.g. "https://*.nghean.gov.vn"."""

    origins: list[Annotated[str, Field(pattern=ORIGIN)]] = Field(default=[], examples=["https://daidong.nghean.gov.vn"])


NUMBER = r"^\d*$"


class ZaloOaSection(Section):
    """The Zalo Official Account; on when LANGNGHE_ZALO_OA_SECRET is set."""

    app_id: str = Field(default="", pattern=NUMBER, examples=["1234567890123456789"])
    oa_id: str = Field(default="", pattern=NUMBER, examples=["1234567890123456789"])
    buttons: Literal["plain", "list", "button", "numbers"] = "plain"
    info_image: str = Field(default="", pattern=r"^(https://\S+)?$", examples=["https://example.vn/card.png"])
    site_verification: str = Field(default="", pattern=r"^[A-Za-z0-9_-]*$", examples=["A1b2C3d4"])
    api_base_url: str = Field(default="https://openapi.zalo.me", pattern=URL, examples=["https://openapi.zalo.me"])
    oauth_base_url: str = Field(
        default="https://oauth.zaloapp.com", pattern=URL, examples=["https://oauth.zaloapp.com"]
    )


class ZaloBotSection(Section):
    """The Zalo Bot channel; on when LANGNGHE_ZALO_BOT_TOKEN is set."""

    mode: Literal["polling", "webhook"] = "polling"
    api_base_url: str = Field(
        default="https://bot-api.zaloplatforms.com", pattern=URL, examples=["https://bot-api.zaloplatforms.com"]
    )


class LogSection(Section):
    """How much is logged. Never a text, phone, name or token, whatever the level."""

    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"


class Settings(BaseSettings):
    """Everything that can be set. Secrets come from the environment only."""

    model_config = SettingsConfigDict(extra="forbid", env_prefix="LANGNGHE_", env_nested_delimiter="__")

    database: DatabaseSection = DatabaseSection()
    web: WebSection = WebSection()
    locality: LocalitySection = LocalitySection()
    files: FilesSection = FilesSection()
    push: PushSection = PushSection()
    telegram: TelegramSection = TelegramSection()
    webchat: WebchatSection = WebchatSection()
    zalo_oa: ZaloOaSection = ZaloOaSection()
    zalo_bot: ZaloBotSection = ZaloBotSection()
    log: LogSection = LogSection()
    telegram_token: str = Field(default="", repr=False)  # LANGNGHE_TELEGRAM_TOKEN, from BotFather
    zalo_bot_token: str = Field(default="", repr=False)  # LANGNGHE_ZALO_BOT_TOKEN, from Zalo Bot Creator
    zalo_oa_secret: str = Field(default="", repr=False)  # LANGNGHE_ZALO_OA_SECRET, of the console's Webhook page
    zalo_app_secret: str = Field(default="", repr=False)  # LANGNGHE_ZALO_APP_SECRET, of the app's settings
    secret_key: str = Field(default="", repr=False)  # LANGNGHE_SECRET_KEY; empty: made once, kept beside the database

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over the file."""
        return env_settings, init_settings


# refused in the file: they belong in the environment
SECRETS = ("secret_key", "telegram_token", "zalo_oa_secret", "zalo_app_secret", "zalo_bot_token")


def load_settings(path: Path | None) -> Settings:
    """Read the file (None: defaults and environment only). Raises BadConfig that lists every error, one a line."""
    values = _read(path) if path else {}
    found = [name for name in SECRETS if values.pop(name, None) is not None]
    faults = [f"{path}: {name}: is a secret; set LANGNGHE_{name.upper()} instead" for name in found]
    try:
        settings = Settings(**values)
    except ValidationError as error:
        lines = [
            f"{_where(path, item['loc'])}: {'.'.join(map(str, item['loc']))}: {in_plain_words(item, Settings)}"
            for item in error.errors()
        ]
        raise BadConfig("\n".join([*faults, *lines])) from None
    except SettingsError as error:
        raise BadConfig("\n".join([*faults, f"environment: {error}"])) from None
    if faults:
        raise BadConfig("\n".join(faults))
    return settings


def _where(path: Path | None, key: tuple[int | str, ...]) -> str:
    """The variable that sets this key, which wins over the file; else the file."""
    variable = "LANGNGHE_" + "__".join(map(str, key)).upper()
    return variable if variable in os.environ else str(path or "environment")


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))  # Notepad begins a file with a mark of its own
    except FileNotFoundError:
        raise BadConfig(f"{path}: there is no such file") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise BadConfig(f"{path}: {error}") from None
