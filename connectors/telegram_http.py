"""The HTTP under python-telegram-bot's Bot: aiohttp, at a sixth of httpx's processor time a request."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from io import BytesIO
from typing import Any, Literal
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
import orjson
from telegram.request import BaseRequest, RequestData

from dialogs.words import Expected

CONNECT, ANSWER, UPLOAD = 10.0, 20.0, 60.0  # seconds
AS_JSON = {"Content-Type": "application/json"}
SOCKS = ("socks4", "socks5")
# how aiohttp names a request of which nothing was done
NEVER_ARRIVED = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.ClientHttpProxyError,
    aiohttp.InvalidURL,
)


class CannotReach(Expected):
    """The way to Telegram is configured in a form that cannot be used."""

    exit_code = 2


class NeverArrived(Exception):
    """The request was not sent, or not to its end: nothing of it was done."""


class Unanswered(Exception):
    """The request left, and no whole answer came back: it may have been done."""


@dataclass(frozen=True, slots=True)
class Plain:
    """A request whose fields are JSON already."""

    parameters: Mapping[str, Any]
    contains_files: Literal[False] = False


class Wire(BaseRequest):
    """One pool of connections. What goes wrong is named after its cause only: an address holds the token."""

    def __init__(self, connections: int, api_base_url: str, proxy: str) -> None:
        self._connections = connections
        self._proxy = proxy or _proxy_of_the_system(api_base_url)
        self._session: aiohttp.ClientSession | None = None
        self._closed = False
        _check(self._proxy)

    @property
    def read_timeout(self) -> float:
        """Seconds that an answer may take if nothing else is said."""
        return ANSWER

    async def initialize(self) -> None:
        """Let requests through, again after `shutdown`."""
        self._closed = False

    async def shutdown(self) -> None:
        """Let go of every connection."""
        self._closed = True
        if self._session:
            session, self._session = self._session, None
            await session.close()

    def _opened(self) -> aiohttp.ClientSession:
        """The pool; made with the first request, because it belongs to the loop that runs then."""
        if self._closed:
            raise NeverArrived("closed")
        if self._session is None:
            by_socks = self._proxy.startswith(SOCKS)
            self._session = aiohttp.ClientSession(
                connector=_socks(self._proxy, self._connections) if by_socks else _plain(self._connections),
                proxy=None if by_socks else self._proxy or None,
                headers={"User-Agent": self.USER_AGENT},
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=_patience(ANSWER),
            )
        return self._session

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | Plain | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """Do one request. Raises NeverArrived or Unanswered."""
        session, how = self._opened(), _body(request_data)
        uploads = request_data is not None and request_data.contains_files
        if uploads or read_timeout is not BaseRequest.DEFAULT_NONE:
            seconds = ANSWER if read_timeout is BaseRequest.DEFAULT_NONE else read_timeout
            how["timeout"] = _patience(seconds, UPLOAD + ANSWER if uploads else None)
        try:
            async with session.request(method, url, **how) as answer:
                return answer.status, await answer.read()
        except NEVER_ARRIVED as error:
            raise NeverArrived(type(error).__name__) from None
        except (aiohttp.ClientError, OSError) as error:
            raise Unanswered(type(error).__name__) from None
        except Exception as error:  # an address that is none
            raise NeverArrived(type(error).__name__) from None


def _body(request: RequestData | Plain | None) -> dict[str, Any]:
    if request is None:
        return {}
    if isinstance(request, Plain) or not request.contains_files:
        return {"data": orjson.dumps(request.parameters), "headers": AS_JSON}
    form = aiohttp.FormData(request.json_parameters)
    for field, (name, content, mime) in (request.multipart_data or {}).items():
        file = BytesIO(content) if isinstance(content, bytes) else content  # bare bytes would hold up the loop
        form.add_field(field, file, filename=name, content_type=mime or "application/octet-stream")
    return {"data": form}


def _patience(answer: float, whole: float | None = None) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=whole, connect=ANSWER, sock_connect=CONNECT, sock_read=answer)


def _check(proxy: str) -> None:
    try:
        found = urlsplit(proxy)
        usable = not proxy or (found.scheme in ("http", *SOCKS) and bool(found.hostname) and found.port != 0)
        if proxy.startswith(SOCKS):
            import_module("aiohttp_socks")
    except (ValueError, ImportError):  # their words may hold the proxy's password
        usable = False
    if not usable:
        raise CannotReach("telegram: the proxy cannot be used (http://…, or socks5://… with the extra `socks`)")


def _plain(connections: int) -> aiohttp.BaseConnector:
    return aiohttp.TCPConnector(limit=connections)


def _socks(proxy: str, connections: int) -> aiohttp.BaseConnector:
    made: aiohttp.BaseConnector = import_module("aiohttp_socks").ProxyConnector.from_url(proxy, limit=connections)
    return made


def _proxy_of_the_system(api_base_url: str) -> str:
    """What HTTPS_PROXY and NO_PROXY say; asked once, aiohttp would ask for every request."""
    where = urlsplit(api_base_url)
    return "" if proxy_bypass(where.hostname or "") else getproxies().get(where.scheme, "")
