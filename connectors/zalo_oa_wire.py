"""The line to Zalo's OpenAPI: one call, its failures told apart, no token in any of them."""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from connectors.pace import Limit, Window
from connectors.zalo_oa_token import Tokens
from dialogs.words import Gone, SendError, SendErrorKind

Json = dict[str, Any]

ANSWER, UPLOAD = 20.0, 60.0  # seconds
CONNECT = 10.0
APP_LIMIT = Limit(3900, 61.0)  # Zalo's is 4,000 a minute for an app
STALE_TOKEN = (-216, -220)
CHUNK = 64 * 1024

# code → what it means for a message. What a person's next message mends (window, quota: the next 48 hours are free)
# is `window_closed`; Zalo's list: developers.zalo.me, "Mã lỗi"
MEANINGS: dict[int, tuple[SendErrorKind, str]] = {
    -32: ("throttled", "too many requests a minute"),
    -200: ("retry", "Zalo could not send it"),
    -201: ("bad_request", "a parameter is wrong"),
    -202: ("config", "wrong app secret proof"),
    -204: ("config", "the account has been deleted"),
    -205: ("config", "there is no such account"),
    -207: ("config", "the app is not linked to the account"),
    -208: ("config", "the account has no secret key"),
    -209: ("config", "the app is not active, or may not call this"),
    -210: ("bad_request", "a parameter is too long"),
    -211: ("window_closed", "the package's messages are used up"),
    -212: ("config", "the app has not been registered for this API"),
    -213: ("recipient_gone", "the person does not follow the account"),
    -215: ("config", "wrong app id"),
    -217: ("recipient_gone", "the person blocked the account"),
    -218: ("window_closed", "the person can get no more messages today"),
    -219: ("config", "the app was removed"),
    -221: ("config", "the account is not verified"),
    -222: ("recipient_gone", "the person has not used Zalo for 45 days"),
    -223: ("config", "the account's package does not allow it"),
    -224: ("config", "the account's package lacks this feature"),
    -227: ("recipient_gone", "the person's Zalo is blocked or unused for 45 days"),
    -230: ("window_closed", "no word from the person in 7 days"),
    -232: ("window_closed", "no word from the person in 7 days"),
    -233: ("bad_request", "a kind of message that Zalo does not take"),
    -234: ("throttled", "not between 22:00 and 6:00"),
    -242: ("config", "appsecret_proof is demanded and wrong"),
    -244: ("recipient_gone", "the person wants no messages of this kind"),
    -248: ("config", "against Zalo's rules"),
    -305: ("window_closed", "more than 48 hours since the person's last word"),
    -311: ("window_closed", "the answers to this person are used up"),
    -320: ("config", "the app is not linked to a Zalo Business Account"),
    -321: ("window_closed", "the Zalo Business Account has no money left"),
}
WAITS = {-32: 15.0, -234: 3600.0}  # seconds
MONEY = (-211, -311, -320, -321)  # the operator must hear of these
TEMPLATE = (-201, -210, -224, -233)  # what a template gets that the account may not send or that is not made so


class ZaloError(SendError):
    """Zalo answered with an error; `code` is its number."""

    def __init__(self, code: int, words: str) -> None:
        kind, why = MEANINGS.get(code, ("bad_request", words[:120]))
        super().__init__(kind, f"{why} ({code})", WAITS.get(code))
        self.code = code


class Line:
    """Calls with the current token, at the pace that Zalo allows; a stale token is renewed once."""

    def __init__(
        self,
        api_url: str,
        tokens: Tokens,
        monotonic: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._api_url, self._tokens = api_url.rstrip("/"), tokens
        self._monotonic, self._sleep = monotonic, sleep
        self._window = Window(APP_LIMIT)
        self._session: aiohttp.ClientSession | None = None

    async def connect(self) -> None:
        """Ready the connections; again after `disconnect`."""
        if self._session is None:
            timeout = aiohttp.ClientTimeout(total=ANSWER, sock_connect=CONNECT)
            self._session = aiohttp.ClientSession(timeout=timeout)

    async def disconnect(self) -> None:
        """Let go of every connection."""
        session, self._session = self._session, None
        if session:
            await session.close()

    async def post(self, path: str, body: Json) -> Json:
        """Call with JSON; what stands under `data`. Raises SendError."""
        return await self._call("POST", path, lambda: {"json": body})

    async def get(self, path: str) -> Json:
        """Read; what stands under `data`. Raises SendError."""
        return await self._call("GET", path, dict)

    async def upload(self, kind: str, name: str, content: bytes, mime: str) -> Json:
        """Hand over an image, gif or file. Nobody sees it yet, so a lost answer is worth another try."""

        def form() -> Json:
            data = aiohttp.FormData()
            data.add_field("file", content, filename=name, content_type=mime)
            return {"data": data, "timeout": aiohttp.ClientTimeout(total=UPLOAD, sock_connect=CONNECT)}

        try:
            return await self._call("POST", f"/v2.0/oa/upload/{kind}", form)
        except SendError as error:
            if error.kind == "unknown":
                raise SendError("retry", str(error)) from None
            raise

    async def fetch(self, url: str, most: int) -> bytes:
        """The bytes behind an address in an event. Raises Gone, or OSError when it is worth another try."""
        if urlsplit(url).scheme not in ("http", "https"):
            raise Gone("not an address")
        await self.connect()
        assert self._session
        try:
            async with self._session.get(url, timeout=aiohttp.ClientTimeout(total=UPLOAD)) as answer:
                if answer.status in (400, 401, 403, 404, 410):
                    raise Gone(f"HTTP {answer.status}")
                answer.raise_for_status()
                return await _read(answer, most)
        except aiohttp.ClientError as error:  # its words hold the address
            raise OSError(type(error).__name__) from None

    async def _call(self, method: str, path: str, request: Callable[[], Json]) -> Json:
        token = await self._tokens.current()
        try:
            return await self._ask(method, path, token, request())
        except StaleToken:
            token = await self._tokens.renew(token)
        try:
            return await self._ask(method, path, token, request())
        except StaleToken:
            raise SendError("config", "Zalo refuses even the new access token") from None

    async def _ask(self, method: str, path: str, token: str, request: Json) -> Json:
        await self.connect()
        assert self._session
        while wait := self._window.wait(self._monotonic(), 1):
            await self._sleep(wait)
        self._window.begin(1)
        try:
            url = f"{self._api_url}{path}"
            async with self._session.request(method, url, headers={"access_token": token}, **request) as answer:
                return await _read_answer(answer)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise SendError("retry", type(error).__name__) from None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:  # the request left; their words hold the address
            raise SendError("unknown", type(error).__name__) from None
        finally:
            self._window.end(self._monotonic(), 1)


class StaleToken(Exception):
    """The access token is not, or no longer, good."""


async def _read_answer(answer: aiohttp.ClientResponse) -> Json:
    """What stands under `data`. Zalo answers 200 to errors too: the number inside counts."""
    if answer.status == 401:
        raise StaleToken
    if answer.status == 429:
        raise SendError("throttled", "HTTP 429", float(answer.headers.get("Retry-After") or WAITS[-32]))
    if answer.status >= 500:
        raise SendError("retry", f"HTTP {answer.status}")
    try:
        said = await answer.json(content_type=None)
        code = int(said.get("error", 0))
    except (ValueError, AttributeError, TypeError):
        raise SendError("unknown", f"HTTP {answer.status}, and not from the OpenAPI") from None
    if code in STALE_TOKEN:
        raise StaleToken
    if code:
        raise ZaloError(code, str(said.get("message", "")))
    data = said.get("data")
    return data if isinstance(data, dict) else {"list": data}


async def _read(answer: aiohttp.ClientResponse, most: int) -> bytes:
    content = bytearray()
    async for chunk in answer.content.iter_chunked(CHUNK):
        content += chunk
        if len(content) > most:
            raise Gone("too large")
    return bytes(content)
