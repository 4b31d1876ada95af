"""`langnghe zalo connect`: an administrator of the account consents, and the first pair of tokens is written."""

import asyncio
import time
from datetime import datetime

from bot.settings import Settings
from bot.zalo import AGREED, login_of
from connectors.zalo_oa import check_secrets
from connectors.zalo_oa_account import Account, OneToken, account_of
from connectors.zalo_oa_token import Agreed, Consent, NotReached, Pair, Refused, agreed
from connectors.zalo_oa_wire import Line
from dialogs.words import Expected, SendError

# what Zalo says when it gives no code or no tokens (part of it, lower case) → what to do
NO_SUCH_APP = "zalo_oa.app_id is not the number of an app of developers.zalo.me"
CAUSES = (
    (
        "redirect",
        "Zalo does not know {redirect}: verify the domain at developers.zalo.me "
        "and set this very address as Official Account Callback Url",
    ),
    (
        "secret",
        "LANGNGHE_ZALO_APP_SECRET is not the secret key of the app's settings (the OA Secret Key is another one)",
    ),
    ("app id", NO_SUCH_APP),
    ("app_id", NO_SUCH_APP),
    ("verifier", "the consent belongs to another run of this command: begin again"),
    ("code", "the code is more than 10 minutes old, or was used: begin again"),
)


class CannotConnect(Expected):
    """The consent did not come to an end."""


def redirect_of(settings: Settings) -> str:
    """Where Zalo shall send the browser. Raises CannotConnect, CannotServe."""
    check_secrets(settings.zalo_oa.app_id, settings.zalo_oa_secret, settings.zalo_app_secret)
    if not settings.zalo_app_secret:
        raise CannotConnect("LANGNGHE_ZALO_APP_SECRET: the secret key of the app's settings is missing")
    if not settings.web.public_url:
        raise CannotConnect(
            "web.public_url: the https address whose domain is verified at developers.zalo.me is missing"
        )
    return f"{settings.web.public_url}{AGREED}"


async def tokens_for(settings: Settings, consent: Consent, pasted: str, now: datetime) -> Pair:
    """The pair for the address at which the browser arrived. Raises CannotConnect."""
    answer, redirect = agreed(pasted), redirect_of(settings)
    _check(answer, consent, settings.zalo_oa.oa_id, redirect)
    try:
        return await login_of(settings).with_code(answer.code, consent.verifier, now)
    except Refused as refused:
        raise CannotConnect(_cause(refused.why, redirect) or f"Zalo's login says: {refused}") from None
    except NotReached as error:
        raise CannotConnect(f"{settings.zalo_oa.oauth_base_url} does not answer ({error})") from None


def _check(answer: Agreed, consent: Consent, oa_id: str, redirect: str) -> None:
    if answer.error:
        raise CannotConnect(_cause(answer.error, redirect) or f"Zalo says: {answer.error}")
    if not answer.code:
        raise CannotConnect("this address carries no code: paste the whole address of the page after the consent")
    if answer.state != consent.state:
        raise CannotConnect("this address is of another run of this command: begin again")
    if oa_id and answer.oa_id and answer.oa_id != oa_id:
        raise CannotConnect(f"the consent is for the account {answer.oa_id}, zalo_oa.oa_id is {oa_id}")


def _cause(words: str, redirect: str) -> str:
    said = words.lower()
    return next((cause.format(redirect=redirect) for part, cause in CAUSES if part in said), "")


async def who_is_connected(settings: Settings, access: str) -> Account | None:
    """The account behind a fresh token; None if Zalo does not say."""
    line = Line(settings.zalo_oa.api_base_url, OneToken(access), time.monotonic, asyncio.sleep)
    try:
        return await account_of(line)
    except SendError:
        return None
    finally:
        await line.disconnect()
