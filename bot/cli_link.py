"""`langnghe link`: the address of a conversation about one place, as words and as a QR code for a poster."""

import re
from pathlib import Path
from typing import Annotated

import typer

from bot.cli_base import BAD_USAGE, ConfigOption, clear_errors, fail, load

QR_FILES = (".svg", ".png", ".pdf", ".eps")
BOT_NAME = re.compile(r"@?\w{5,32}", re.ASCII)  # Telegram's rule
WIDTH = 12  # pixels of one module of the code: sharp on paper


def link(
    commune: Annotated[str, typer.Argument(help="The commune's code, as in communes.toml: 17713.")],
    place: Annotated[str, typer.Option(help='Where the poster hangs: "xóm 5", "chợ Rộ".')] = "",
    bot: Annotated[str, typer.Option(help="The Telegram bot's user name; without it the web chat's address.")] = "",
    qr: Annotated[Path | None, typer.Option(help=f"Also write a QR code: {', '.join(QR_FILES)}.")] = None,
    config: ConfigOption = None,
) -> None:
    """Print a link that opens the chat with the place already known; a QR code of it goes on a poster."""
    with clear_errors():
        import segno

        from bot.pack import the_locality
        from dialogs.deep_links import place_payload

        settings = load(config)
        if commune not in the_locality(settings).communes:
            raise fail(f"{commune}: no commune of this town (see communes.toml)", BAD_USAGE)
        if qr and qr.suffix not in QR_FILES:
            raise fail(f"{qr}: a QR code is written to {', '.join(QR_FILES)}", BAD_USAGE)
        if not (bot or settings.web.public_url):
            raise fail("set web.public_url, or name the Telegram bot with --bot: people must find it", BAD_USAGE)
        if bot and not BOT_NAME.fullmatch(bot):
            raise fail(f"--bot: {bot}: a user name is letters, digits and _, such as langnghe_bot", BAD_USAGE)
        try:
            payload = place_payload(commune, place)
        except ValueError as error:
            raise fail(f"--place: {error}", BAD_USAGE) from None
        address = f"https://t.me/{bot.removeprefix('@')}" if bot else f"{settings.web.public_url}/"
        if qr:
            segno.make(f"{address}?start={payload}", error="m", micro=False).save(str(qr), scale=WIDTH, border=4)
        typer.echo(f"{address}?start={payload}")
