"""Zalo's OAuth: consent with PKCE, and a pair of tokens of which the refresh token can be spent once only."""

import base64
import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol
from urllib.parse import parse_qs, urlencode, urlsplit

import aiohttp

ANSWER_WITHIN = 20.0  # seconds
SPENT = (-14020, -14014)  # the refresh token was used before, or is older than three months
STATE_BYTES = 16


class Tokens(Protocol):
    """Where access tokens come from. Both raise SendError when there is none to be had."""

    async def current(self) -> str: ...

    async def renew(self, stale: str) -> str: ...

    async def tend(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Pair:
    """An access token (25 hours), and the refresh token (3 months, once) for the next pair. Never shown."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    expires_at: datetime


class Refused(Exception):
    """Zalo gives no pair for what it was shown. `spent`: only a new consent helps."""

    def __init__(self, code: int, why: str) -> None:
        super().__init__(f"{why} ({code})")
        self.code, self.why = code, why
        self.spent = code in SPENT or "refresh token" in why.lower()


class NotReached(Exception):
    """Zalo's login did not answer; whether it spent the token is not known."""


@dataclass(frozen=True, slots=True)
class Login:
    """The app at Zalo's OAuth server."""

    oauth_url: str
    app_id: str
    app_secret: str = field(repr=False)

    async def with_code(self, code: str, verifier: str, now: datetime) -> Pair:
        """The first pair, for the code of a consent (good once, 10 minutes). Raises Refused, NotReached."""
        return await self._ask({"grant_type": "authorization_code", "code": code, "code_verifier": verifier}, now)

    async def with_refresh(self, refresh: str, now: datetime) -> Pair:
        """The next pair; the old one is dead from then on. Raises Refused, NotReached."""
        return await self._ask({"grant_type": "refresh_token", "refresh_token": refresh}, now)

    async def _ask(self, form: dict[str, str], now: datetime) -> Pair:
        headers = {"secret_key": self.app_secret}
        url = f"{self.oauth_url}/v4/oa/access_token"
        timeout = aiohttp.ClientTimeout(total=ANSWER_WITHIN)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.post(url, data={"app_id": self.app_id, **form}, headers=headers) as answer,
            ):
                said = await answer.json(content_type=None)
        except (aiohttp.ClientError, TimeoutError, ValueError, OSError) as error:
            raise NotReached(type(error).__name__) from None
        return _pair(said, now)


def _pair(said: Any, now: datetime) -> Pair:
    if not isinstance(said, dict):
        raise NotReached("an answer that is none")
    try:
        lives = timedelta(seconds=int(said["expires_in"]))  # a string at Zalo's
        return Pair(str(said["access_token"]), str(said["refresh_token"]), now + lives)
    except (KeyError, ValueError):
        why = said.get("error_description") or said.get("error_reason") or said.get("error_name") or said.get("message")
        code = said.get("error")
        raise Refused(code if isinstance(code, int) else 0, str(why or "no reason given")[:200]) from None


# ---------------------------------------------------------------- consent


@dataclass(frozen=True, slots=True)
class Consent:
    """A consent that is being asked for."""

    state: str
    verifier: str = field(repr=False)

    @classmethod
    def begin(cls) -> "Consent":
        """A new one; the verifier has 43 characters."""
        return cls(secrets.token_urlsafe(STATE_BYTES), secrets.token_urlsafe(32))

    def url(self, login: Login, redirect: str) -> str:
        """Where an administrator of the account agrees. PKCE's challenge: SHA-256, base64url, no padding."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        asked = {"app_id": login.app_id, "redirect_uri": redirect, "code_challenge": challenge, "state": self.state}
        return f"{login.oauth_url}/v4/oa/permission?{urlencode(asked)}"


@dataclass(frozen=True, slots=True)
class Agreed:
    """What Zalo's redirect carries back."""

    code: str = field(repr=False)
    oa_id: str
    state: str
    error: str


def agreed(address: str) -> Agreed:
    """What stands in the address to which Zalo has sent the browser back; empty where it is not there."""
    asked = parse_qs(urlsplit(address.strip()).query)
    code, oa_id, state, error, words = (
        asked.get(name, [""])[0] for name in ("code", "oa_id", "state", "error", "error_description")
    )
    return Agreed(code, oa_id, state, " ".join(filter(None, (error, words))))
