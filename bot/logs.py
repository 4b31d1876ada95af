"""Logging: our own lines, never a text, phone, name or token."""

import logging
import sys


def quiet_logs(level: str) -> None:
    """Our own lines at `level`; libraries only when something is wrong (httpx at INFO would log the bot token)."""
    line = "%(asctime)s %(levelname)s %(name)s: %(message)s"
    logging.basicConfig(level=logging.WARNING, format=line, stream=sys.stderr)
    logging.getLogger("langnghe").setLevel(level)
