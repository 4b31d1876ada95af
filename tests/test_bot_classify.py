"""What `langnghe classify` takes to start: a command that only understands texts is small and quick."""

import subprocess
import sys

HEAVY = ("aiohttp", "apscheduler", "holidays.countries", "numpy", "PIL", "sqlalchemy", "telegram")
LOADED = """
import sys
import bot.classify, bot.cli_understand, bot.model, bot.pack, bot.settings
bot.pack.the_locality(bot.settings.Settings())
print(*sys.modules)
"""


def test_classify_loads_neither_database_nor_web_nor_the_holidays_of_the_world() -> None:
    loaded = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True).stdout.split()
    assert "nlp.understand" in loaded
    assert not set(HEAVY).intersection(loaded)
