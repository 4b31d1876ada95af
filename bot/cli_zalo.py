"""`langnghe zalo`: connecting the Official Account."""

import typer

from bot.cli_base import ConfigOption, announce, clear_errors, load, write

zalo_app = typer.Typer(help="Zalo: connect the Official Account.", no_args_is_help=True)


@zalo_app.command()
def connect(config: ConfigOption = None) -> None:
    """Walk an administrator of the Official Account through the consent; the running service takes it up by itself."""
    import asyncio

    with clear_errors():
        from bot.zalo import ACCOUNT, login_of
        from bot.zalo_consent import redirect_of, tokens_for, who_is_connected
        from connectors.zalo_oa_token import Consent
        from store.database import utc_now
        from store.zalo import keep_tokens

        settings, consent = load(config), Consent.begin()
        redirect = redirect_of(settings)
        announce(f"1. developers.zalo.me → Official Account → Official Account Callback Url: {redirect}")
        announce("2. Open as an administrator of the account, and agree / Mở bằng tài khoản quản trị OA, bấm đồng ý:")
        typer.echo(consent.url(login_of(settings), redirect))
        pasted = typer.prompt("3. The address of the page you arrive at / Dán địa chỉ trang hiện ra", err=True)
        pair = asyncio.run(tokens_for(settings, consent, pasted, utc_now()))
        write(config, lambda connection: keep_tokens(connection, ACCOUNT, pair.access, pair.refresh, pair.expires_at))
        account = asyncio.run(who_is_connected(settings, pair.access))
        announce(f"connected: {account.name} ({account.oa_id})" if account else "connected")
