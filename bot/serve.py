"""Running the service: the web server around it, signals, and what is printed at the start."""

import asyncio
import errno
import gc
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from aiohttp import web

from bot.links import signature
from bot.model import ready_model
from bot.open_files import raise_limit
from bot.pack import the_locality
from bot.service import Service
from bot.settings import Settings, WebSection
from bot.web.pages import make_app
from bot.zalo import with_zalo_oa
from bot.zalo_bot import with_zalo_bot
from connectors.telegram import Telegram
from connectors.webchat import WebChat
from dialogs.texts import say
from dialogs.words import Expected
from nlp.understand import Understanding
from store import staff
from store.database import utc_now
from store.locality import warnings

Announce = Callable[[str], None]
LOOK_FOR_GARBAGE = 10_000  # objects made and still there before Python looks for circles among them


CITIZEN_COMMANDS = ("new", "mine", "ask", "theodoi", "help")
STAFF_COMMANDS = ("danhsach", "xem", "vi_sao", "trogiup")


class CannotServe(Expected):
    """The service cannot start."""


def build(settings: Settings, announce: Announce, clock: Callable[[], datetime] = utc_now) -> Service:
    """A service with everything but its channels."""
    locality = the_locality(settings)
    for line in warnings(locality):
        announce(f"! {line}")
    model = ready_model(Path(settings.files.model), announce)
    return Service(settings, locality, Understanding(locality, model), clock)


def with_webchat(service: Service) -> WebChat:
    """Add the web chat channel."""
    chat = WebChat(
        receive=service.receive,
        sent_after=service.sent_after,
        keep_upload=service.keep_upload,
        clock=service.clock,
        words=say,
        origins=filter(None, [service.town.public_url]),  # our own pages, when a proxy before us changes the host
        tell_others=service.neighbours.tell,
        key=service.town.media_key,
    )
    service.add(chat)
    service.neighbours.pages = chat
    return chat


def with_telegram(service: Service) -> list[web.AbstractRouteDef]:
    """Add the Telegram channel if there is a token; returns its webhook's route, none when polling."""
    settings = service.settings
    if not settings.telegram_token:
        return []
    tenure = service.tenure(Telegram.name, "main")
    telegram = Telegram(
        token=settings.telegram_token,
        receive=service.receive,
        read_media=service.stored_media,
        keep_unread=service.keep_unread,
        clock=service.clock,
        words=say,
        mode=settings.telegram.mode,
        api_base_url=settings.telegram.api_base_url,
        proxy=settings.telegram.proxy,
        limits=settings.telegram.limits,
        public_url=settings.web.public_url,
        webhook_secret=signature("telegram webhook", service.town.media_key),
        may_poll=tenure.ours if tenure else None,
        citizen_commands=[(name, say(f"telegram.command.{name}")) for name in CITIZEN_COMMANDS],
        staff_commands=[(name, say(f"telegram.command.{name}")) for name in STAFF_COMMANDS],
    )
    service.add(telegram, telegram.fetch)
    return telegram.routes()


class Server:
    """The service with its web server, between `start` and `stop`."""

    def __init__(self, service: Service, *, shares_port: bool = False) -> None:
        self.service, self._shares_port = service, shares_port
        self._routes = [*with_webchat(service).routes(), *with_telegram(service)]
        self._routes += [*with_zalo_oa(service), *with_zalo_bot(service)]
        self._runner: web.AppRunner | None = None
        self.address = ""

    async def start(self) -> None:
        """Open the port, then the service. Raises CannotServe if the port is taken."""
        settings = self.service.settings.web
        runner = web.AppRunner(make_app(self.service, self._routes), access_log=None, shutdown_timeout=1.0)
        self._runner = runner
        await runner.setup()
        try:
            await web.TCPSite(runner, settings.host, settings.port, reuse_port=self._shares_port or None).start()
        except OSError as error:
            await runner.cleanup()
            raise CannotServe(why_no_port(error, settings)) from error
        self.address = shown_address(settings, runner.addresses[0][1])
        await self.service.start()

    async def stop(self) -> None:
        """Close sockets and port, then the service."""
        if self._runner:
            await self._runner.cleanup()
        await self.service.stop()

    async def login_link(self, officer_id: int) -> str:
        """A one-time address into the officers' room."""
        now = self.service.clock()
        token = await self.service.writer.write(lambda connection: staff.new_login_link(connection, officer_id, now))
        return f"{self.address}/staff/enter/{token}"


def shown_address(settings: WebSection, port: int) -> str:
    """Where a person at this machine finds us."""
    shown = "127.0.0.1" if settings.host in ("0.0.0.0", "") else settings.host  # noqa: S104
    return settings.public_url or f"http://{shown}:{port}"


def why_no_port(error: OSError, settings: WebSection) -> str:
    """Why we cannot listen, in one line."""
    if error.errno == errno.EADDRINUSE:
        return f"port {settings.port} on {settings.host} is taken by another program (set web.port)"
    return f"cannot listen on {settings.host}:{settings.port}: {error.strerror or error}"


async def run(settings: Settings, announce: Announce) -> None:
    """Serve until a signal."""
    server = Server(build(settings, announce))

    async def say_where() -> None:
        announce_addresses(server.address, announce)

    await serve(server, say_where)


def announce_addresses(address: str, announce: Announce) -> None:
    """What a person at the terminal wants to open first."""
    announce(f"Người dân: {address}/")
    announce(f"Cán bộ:    {address}/staff")
    announce(f"Health:    {address}/health")


async def serve(
    server: Server,
    announce: Callable[[], Awaitable[None]],
    ends_by: Callable[[Callable[[], None]], None] = lambda stop: None,
) -> None:
    """Serve until a signal, or until what was given to `ends_by` is called."""
    raise_limit()
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stopped.set)
    ends_by(stopped.set)
    try:
        await server.start()
        _let_be_what_stays()
        await announce()
        await stopped.wait()
    finally:
        with suppress(asyncio.CancelledError):
            await server.stop()


def _let_be_what_stays() -> None:
    """The model, the places and the code are here to stay. To look through all of it for garbage, as Python does again
    and again, held up every turn for 100 ms and more. A turn makes thousands of objects and hardly a circle of them:
    to look after every 700 took 4 % of the processor time, after every 10,000 it takes less than one."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(LOOK_FOR_GARBAGE)
