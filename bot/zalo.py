"""Zalo Official Account in the running service: its connector, tokens, spool, alarms, and the pages of the consent."""

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial

from aiohttp import web
from sqlalchemy import Connection

from bot.notices import post
from bot.service import Service
from bot.settings import Settings, ZaloOaSection
from bot.spool import open_spool
from bot.town import Town
from bot.zalo_tokens import TokenKeeper
from connectors.zalo_oa import ZaloOa
from connectors.zalo_oa_plan import Asking
from connectors.zalo_oa_token import Login
from dialogs.texts import say
from dialogs.words import TOWN_TIME
from store.due import claim

log = logging.getLogger("langnghe.zalo_oa")

ACCOUNT = "main"
AGREED = "/zalo/oa/agreed"  # where Zalo sends the browser after a consent
ICON = "/static/icon-192.png"
VERIFIER = "/zalo_verifier{code}.html"  # where Zalo looks for the proof that the domain is ours


def with_zalo_oa(service: Service) -> list[web.AbstractRouteDef]:
    """Add the channel if its secret is there; returns the webhook's route and those of consent and domain."""
    settings = service.settings
    if not settings.zalo_oa_secret:
        return []
    section = settings.zalo_oa
    connector = ZaloOa(
        app_id=section.app_id,
        oa_secret=settings.zalo_oa_secret,
        app_secret=settings.zalo_app_secret,
        oa_id=section.oa_id,
        tokens=token_keeper(service),
        spool=open_spool(settings, ZaloOa.name),
        receive=service.receive,
        read_media=service.stored_media,
        keep_unread=service.keep_unread,
        clock=service.clock,
        api_url=section.api_base_url,
        buttons=section.buttons,
        asking=_asking(settings),
    )
    service.add(connector, connector.fetch)
    return [*connector.routes(), *_pages(section)]


def login_of(settings: Settings) -> Login:
    """The app at Zalo's login."""
    section = settings.zalo_oa
    return Login(section.oauth_base_url.rstrip("/"), section.app_id, settings.zalo_app_secret)


def token_keeper(service: Service) -> TokenKeeper:
    """The tokens of the running service; what only the operators can mend is told in their room, once a day."""

    told: set[tuple[str, str]] = set()

    async def alarm(key: str) -> None:
        now = service.clock()
        day = f"{now.astimezone(TOWN_TIME):%Y-%m-%d}"
        if (key, day) not in told:  # spares the database a question for every message that waits
            await service.writer.write(partial(_alarm, town=service.town, key=key, day=day, now=now))
            told.add((key, day))

    login = login_of(service.settings)
    return TokenKeeper(login, ACCOUNT, service.read, service.writer.write, alarm, service.clock)


def _alarm(connection: Connection, town: Town, key: str, day: str, now: datetime) -> None:
    room = town.locality.room_of_kind("operators") or town.locality.room_of_kind("leaders")
    if room and claim(connection, key, day, now):
        post(connection, town, room.id, "alarm", say(key), now)


def _asking(settings: Settings) -> Asking | None:
    """The card that asks for name and phone; without an https picture Zalo does not take it."""
    public = settings.web.public_url
    picture = settings.zalo_oa.info_image or (f"{public}{ICON}" if public.startswith("https://") else "")
    return Asking(say("zalo_oa.ask_title"), say("zalo_oa.ask_subtitle"), picture) if picture else None


# ---------------------------------------------------------------- pages


def _pages(section: ZaloOaSection) -> list[web.AbstractRouteDef]:
    routes: list[web.AbstractRouteDef] = [web.get(AGREED, _agreed)]
    if section.site_verification:
        path = VERIFIER.format(code=section.site_verification)
        routes.append(web.get(path, _verified(section.site_verification)))
    return routes


async def _agreed(request: web.Request) -> web.Response:
    """The operator takes this page's address to the terminal; only there are the verifier and the app's secret."""
    return web.Response(text=say("zalo_oa.agreed"))


def _verified(code: str) -> Callable[[web.Request], Awaitable[web.Response]]:
    page = f'<!DOCTYPE html><html><head><meta property="zalo-platform-site-verification" content="{code}" />'
    page += f'<meta name="zalo-platform-site-verification" content="{code}" /></head><body>{code}</body></html>'

    async def serve(request: web.Request) -> web.Response:
        return web.Response(text=page, content_type="text/html")

    return serve
