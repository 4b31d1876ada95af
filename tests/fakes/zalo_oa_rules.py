"""What Zalo refuses, with its numbers: tokens, codes, messages."""

import base64
import hashlib
import itertools
from collections.abc import Callable, Container, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

Json = dict[str, Any]

APP_ID, APP_SECRET = "360846524940903967", "app-secret-Kq3"
OA_ID, OA_SECRET = "579745863508352884", "oa-secret-9fX"
TYPES = {"oa.query.show", "oa.query.hide", "oa.open.url", "oa.open.phone", "oa.open.sms"}
LIFE = timedelta(seconds=90000)


class Refusal(Exception):
    """One of Zalo's errors; the HTTP status is 200 all the same."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(f"{words} ({code})")
        self.code, self.words = code, words


class OAuth:
    """The login: one pair of tokens is good at a time, a refresh token once."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self.access, self.refresh = "access-0", "refresh-0"
        self.expires_at = clock() + LIFE
        self.domains = {"127.0.0.1", "phananh.example.vn"}  # verified in the console
        self._codes: dict[str, str] = {}  # code → challenge
        self._numbers = itertools.count(1)

    def check(self, token: str) -> None:
        """Refuse a token that is not the one of today."""
        if token != self.access:
            raise Refusal(-216, "Access token is invalid")
        if self.clock() >= self.expires_at:
            raise Refusal(-220, "Access token has expired")

    def agree(self, url: str) -> str:
        """An administrator opens the consent address and agrees: where Zalo sends the browser."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        back = urlsplit(asked["redirect_uri"])
        if asked["app_id"] != APP_ID:
            return self._sent_back(back, error="-14001", error_description="invalid app id")
        if back.hostname not in self.domains:
            return self._sent_back(back, error="-14003", error_description="Invalid redirect uri")
        code = f"code-{next(self._numbers)}"
        self._codes[code] = asked.get("code_challenge", "")
        return self._sent_back(back, code=code, oa_id=OA_ID, state=asked.get("state", ""))

    def _sent_back(self, back: Any, **what: str) -> str:
        return str(back._replace(query=urlencode(what)).geturl())

    def exchange(self, form: Mapping[str, str], secret: str) -> Json:
        """A new pair for a code or a refresh token."""
        if form.get("app_id") != APP_ID:
            raise Refusal(-14001, "Invalid app id")
        if secret != APP_SECRET:
            raise Refusal(-14002, "Invalid app secret key")
        if form.get("grant_type") == "refresh_token":
            if form.get("refresh_token") != self.refresh:
                raise Refusal(-14020, "Invalid refresh token")
        else:
            self._check_code(form)
        number = next(self._numbers)
        self.access, self.refresh = f"access-{number}", f"refresh-{number}"
        self.expires_at = self.clock() + LIFE
        return {"access_token": self.access, "refresh_token": self.refresh, "expires_in": "90000"}

    def _check_code(self, form: Mapping[str, str]) -> None:
        challenge = self._codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if challenge is None:
            raise Refusal(-14019, "Authorized code expired")
        if challenge and challenge != base64.urlsafe_b64encode(digest).rstrip(b"=").decode():
            raise Refusal(-14012, "Invalid code verifier")


def check_message(body: Json, uploads: Container[str], templates: Container[str]) -> str:
    """For whom a message is; refused as Zalo does if it is not made right."""
    to, message = body.get("recipient") or {}, body.get("message") or {}
    person = str(to.get("user_id") or to.get("anonymous_id") or "")
    if not person or not (message.get("text") or message.get("attachment")):
        raise Refusal(-201, "Params is invalid")
    if len(message.get("text", "")) > 2000:
        raise Refusal(-210, "Parameter outside permitted range: text")
    if attachment := message.get("attachment"):
        _check_attachment(attachment, uploads, templates)
    return person


def _check_attachment(attachment: Json, uploads: Container[str], templates: Container[str]) -> None:
    payload = attachment.get("payload") or {}
    if attachment.get("type") == "file":
        if payload.get("token") not in uploads:
            raise Refusal(-201, "token is invalid")
        return
    if attachment.get("type") != "template":
        raise Refusal(-233, "Message type is invalid or not support")
    kind = payload.get("template_type", "plain")
    if kind == "media":
        if payload["elements"][0].get("attachment_id") not in uploads:
            raise Refusal(-201, "attachment_id is invalid")
    elif kind == "request_user_info":
        if not str(payload["elements"][0].get("image_url", "")).startswith("http"):
            raise Refusal(-201, "image_url is invalid")
    elif kind not in templates:
        raise Refusal(-233, "Message type is invalid or not support")
    _check_buttons(payload.get("buttons") or [])


def _check_buttons(buttons: list[Json]) -> None:
    if len(buttons) > 5:
        raise Refusal(-210, "Parameter outside permitted range: buttons")
    for button in buttons:
        if button.get("type") not in TYPES or not 0 < len(button.get("title", "")) <= 100:
            raise Refusal(-201, "button is invalid")
        if len(str(button.get("payload", ""))) > 1000:
            raise Refusal(-210, "Parameter outside permitted range: payload")
