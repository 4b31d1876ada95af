"""The web chat's uploads: a form posted beside the socket, answered with a token that a message names."""

import asyncio
import hashlib
import hmac
import json
import logging
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal

from aiohttp import BodyPartReader, ClientPayloadError, MultipartReader, web
from aiohttp.http_exceptions import HttpProcessingError

from connectors.webchat_frames import SESSION, chat_of, refusal_frame
from connectors.webchat_limits import REFUSALS, Buckets, Limits, Refused, check_origin, spend
from dialogs.words import Media

REASONS = {"type": "bad_type", "size": "too_large"}
CHUNK = 1024 * 1024  # more than the stream ever holds, else aiohttp puts some back, by a way it warns about
# a form that is no form, or was broken off
BROKEN_FORM = (ValueError, OSError, ClientPayloadError, HttpProcessingError, web.RequestPayloadError)

log = logging.getLogger(__name__)


class UploadRefused(Exception):
    """What was uploaded is not kept: of a type nobody takes, or too large."""

    def __init__(self, reason: Literal["type", "size"]) -> None:
        super().__init__(reason)
        self.reason = reason


class Uploads:
    """Which session uploaded what: the token says it and is signed. Good for its own session, for a while."""

    def __init__(self, key: bytes, ttl: timedelta, clock: Callable[[], datetime]) -> None:
        self._key, self._ttl, self._clock = key, ttl, clock

    def token_of(self, chat: str, media: Media) -> str:
        """The token of an upload of that session."""
        until = (self._clock() + self._ttl).timestamp()
        body = urlsafe_b64encode(json.dumps([until, media.ref, media.kind, media.mime, media.size]).encode()).decode()
        return f"{body}.{self._seal(chat, body)}"

    def of(self, chat: str, token: str) -> Media:
        """That upload of that session; good again and again, because a frame may come twice."""
        body, _, seal = token.rpartition(".")
        if not hmac.compare_digest(seal.encode("utf-8", "replace"), self._seal(chat, body).encode()):
            raise Refused("upload_gone")
        until, ref, kind, mime, size = json.loads(urlsafe_b64decode(body))
        if until <= self._clock().timestamp():
            raise Refused("upload_gone")
        return Media(kind, ref, mime, size)

    def _seal(self, chat: str, body: str) -> str:
        said = f"upload:{chat}:{body}".encode("utf-8", "replace")
        return hmac.new(self._key, said, hashlib.sha256).hexdigest()


class UploadDoor:
    """Takes the forms; `keep_upload` stores the bytes as they come and raises UploadRefused."""

    def __init__(
        self,
        uploads: Uploads,
        keep_upload: Callable[[AsyncIterable[bytes]], Awaitable[Media]],
        limits: Limits,
        clock: Callable[[], datetime],
        words: Callable[[str], str],
        origins: Collection[str],
    ) -> None:
        self._uploads, self._keep_upload, self._limits = uploads, keep_upload, limits
        self._words, self._origins = words, origins
        self._rates = (Buckets(limits.session_uploads, clock), Buckets(limits.address_uploads, clock))
        self._slots = asyncio.Semaphore(limits.uploads_at_once)

    async def serve(self, request: web.Request) -> web.Response:
        """Answer a form with the fields `session` and `file`, in this order, with the upload's token."""
        check_origin(request, self._origins)
        try:
            media = await self._upload(request)
        except Refused as refusal:
            return self._refuse(refusal)
        except UploadRefused as refusal:
            return self._refuse(Refused(REASONS[refusal.reason]))
        except Exception as error:  # its own words may hold a person's file name
            log.error("webchat: an upload could not be kept (%s)", type(error).__name__)
            return self._refuse(Refused("broken"))
        return web.json_response({"upload": media.ref, "kind": media.kind, "mime": media.mime, "size": media.size})

    async def _upload(self, request: web.Request) -> Media:
        if request.content_type != "multipart/form-data":
            raise Refused("bad_frame")
        if (request.content_length or 0) > self._limits.upload_bytes + self._limits.frame_bytes:
            raise Refused("too_large")
        if self._slots.locked():
            raise Refused("too_many_uploads", 5.0)
        async with self._slots:
            try:
                async with asyncio.timeout(self._limits.upload_seconds):
                    chat, file = await self._read_form(request)
                    media = await self._keep_upload(_pieces(file, self._limits.upload_bytes))
            except TimeoutError:
                raise Refused("bad_frame") from None
        return replace(media, ref=self._uploads.token_of(chat, media))

    async def _read_form(self, request: web.Request) -> tuple[str, BodyPartReader]:
        """Whose it is, and the file, of which nothing has been read yet."""
        with _form_of_ours():
            form = await request.multipart()
            said = b"".join([piece async for piece in _pieces(await _field(form, "session"), 200)])
            if not SESSION.fullmatch(session := said.decode("ascii", "replace")):
                raise Refused("bad_frame")
            chat = chat_of(session)
            spend(self._rates, (chat, request.remote or ""), "too_many_uploads")
            return chat, await _field(form, "file")

    def _refuse(self, refusal: Refused) -> web.Response:
        return web.json_response(refusal_frame(refusal, self._words), status=REFUSALS[refusal.code])


async def _field(form: MultipartReader, name: str) -> BodyPartReader:
    part = await form.next()
    if not isinstance(part, BodyPartReader) or part.name != name:
        raise Refused("bad_frame")
    return part


async def _pieces(part: BodyPartReader, limit: int) -> AsyncIterator[bytes]:
    """What it holds, as it comes; at most `limit` bytes of it."""
    size = 0
    while piece := await _piece(part):
        if (size := size + len(piece)) > limit:
            raise Refused("too_large")
        yield piece


async def _piece(part: BodyPartReader) -> bytes:
    with _form_of_ours():
        return await part.read_chunk(CHUNK)


@contextmanager
def _form_of_ours() -> Iterator[None]:
    try:
        yield
    except BROKEN_FORM:
        raise Refused("bad_frame") from None
