"""The locality pack that an installation serves."""

from pathlib import Path

from bot.settings import Settings
from dialogs.words import Locality
from store.locality import bundled, load_locality


def the_locality(settings: Settings) -> Locality:
    """The pack that the settings name, or the bundled one. Raises LocalityError."""
    return load_locality(Path(settings.locality.folder) if settings.locality.folder else bundled())
