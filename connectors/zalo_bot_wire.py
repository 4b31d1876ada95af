"""The line to the Zalo Bot API: one POST a call, its failures told apart, and no token in any of them."""

import json
from typing import Any, NoReturn

from aiohttp import ClientError, ClientSession, ClientTimeout, ConnectionTimeoutError, TCPConnector
from aiohttp.client_exceptions import ClientConnectorError, InvalidURL
from yarl import URL

from dialogs.words import Expected, Gone, SendError, SendErrorKind

CONNECT, ANSWER, DOWNLOAD = 10.0, 20.0, 60.0  # seconds
MOST_REDIRECTS = 3

# how aiohttp names a request that was not sent: nothing of it was done
NEVER_ARRIVED = (ClientConnectorError, ConnectionTimeoutError, InvalidURL)

# what a refusal means for a message, by code; Zalo publishes the codes, not what to do about them
MEANINGS: dict[int, SendErrorKind] = {
    400: "bad_request",
    401: "config",  # the token
    403: "recipient_gone",
    404: "config",  # no such method or bot
    408: "unknown",
    429: "throttled",  # too fast, or the month's messages are used up
}
# words of a description (lower case) that say more than its code; Zalo's 403 reads "Internal server error"
SAID: tuple[tuple[str, SendErrorKind], ...] = (
    ("internal server error", "retry"),
    ("chat not found", "recipient_gone"),
    ("user not found", "recipient_gone"),
)
NO_SUCH_FILE = (400, 403, 404, 410)


class CannotReach(Expected):
    """The way to Zalo is configured in a form that cannot be used."""

    exit_code = 2


class CannotFetch(Exception):
    """The file did not come; it may later."""


class Failed(Exception):
    """A call that came to nothing. `code` is Zalo's own, 0 when it was not Zalo that answered."""

    def __init__(self, kind: SendErrorKind, why: str, code: int = 0) -> None:
        super().__init__(why)
        self.kind, self.why, self.code = kind, why, code

    def as_send_error(self) -> SendError:
        """What it means for the message that was to be sent."""
        return SendError(self.kind, self.why)


class Line:
    """The Bot API. The token is part of every address, so none of aiohttp's errors, which may hold it, leaves here."""

    def __init__(self, token: str, api_base_url: str) -> None:
        self._base = f"{api_base_url.rstrip('/')}/bot{token}"
        self._origin = URL(api_base_url).origin()
        self._client: ClientSession | None = None

    async def connect(self) -> None:
        """Ready; again after `disconnect`."""
        if self._client is None:
            # No kept connections: one that the server has just closed would make it unknown whether a message arrived.
            connector = TCPConnector(force_close=True)
            self._client = ClientSession(connector=connector)

    async def disconnect(self) -> None:
        """Let go of every connection."""
        client, self._client = self._client, None
        if client:
            await client.close()

    async def call(self, method: str, seconds: float = ANSWER, **params: Any) -> Any:
        """The result of one call, None where there is none. Raises Failed."""
        if self._client is None:
            raise Failed("retry", "stopped")
        patience = ClientTimeout(total=seconds + CONNECT, sock_connect=CONNECT)
        try:
            async with self._client.post(f"{self._base}/{method}", json=params, timeout=patience) as answer:
                status, body = answer.status, await answer.read()
        except NEVER_ARRIVED as error:
            raise Failed("retry", type(error).__name__) from None
        except (ClientError, OSError) as error:  # TimeoutError is an OSError
            raise Failed("unknown", type(error).__name__) from None
        except RuntimeError:  # closed meanwhile
            raise Failed("retry", "stopped") from None
        return _result(status, body)

    async def download(self, url: str, most: int) -> bytes:
        """The bytes of what a person sent. Raises Gone, or CannotFetch when it is worth another try."""
        if self._client is None:
            raise CannotFetch("stopped")
        if not self._is_public(url):
            raise Gone("not an address of Zalo's")
        patience = ClientTimeout(total=DOWNLOAD, sock_connect=CONNECT)
        try:
            async with self._client.get(url, timeout=patience, max_redirects=MOST_REDIRECTS) as answer:
                if answer.status != 200:
                    raise (Gone if answer.status in NO_SUCH_FILE else CannotFetch)(f"HTTP {answer.status}")
                content = bytearray()
                async for chunk in answer.content.iter_any():
                    content += chunk
                    if len(content) > most:
                        raise Gone("too large")
        except (ClientError, OSError, RuntimeError) as error:
            raise CannotFetch(type(error).__name__) from None
        return bytes(content)

    def _is_public(self, url: str) -> bool:
        """Over https as Zalo's files are, or from the very server that we were told to use."""
        try:
            there = URL(url)
        except ValueError:
            return False
        return there.absolute and (there.scheme == "https" or there.origin() == self._origin)


def trouble(error: Exception) -> str:
    """One line for the log, without token, name or text."""
    match error:
        case Failed(code=401):
            return "Zalo refuses the bot's token"
        case Failed(code=404):
            return "Zalo knows no such bot or method (token, zalo_bot.api_base_url)"
        case Failed(code=0):
            return f"Zalo cannot be reached ({error.why})"
        case Failed():
            return f"Zalo refuses: {error.why}"
    return f"messages cannot be taken ({type(error).__name__})"


def _result(status: int, body: bytes) -> Any:
    """The result in the envelope. HTTP 200 alone says nothing: `ok` does."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict) or "ok" not in answer:
        raise Failed("retry", f"HTTP {status}, and not from the Bot API")
    if answer["ok"] is True and status < 400:
        return answer.get("result")
    _refuse(answer, status)


def _refuse(answer: dict[str, Any], status: int) -> NoReturn:
    given = answer.get("error_code")
    code = given if isinstance(given, int) and given else status
    words = str(answer.get("description", ""))[:200]
    kind: SendErrorKind = MEANINGS.get(code, "retry" if code >= 500 else "bad_request")
    kind = next((meant for said, meant in SAID if said in words.lower()), kind)
    raise Failed(kind, f"{code} {words}".strip(), code)
