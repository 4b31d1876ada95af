"""The web chat's uploads: a form posted beside the socket, answered with a token that a message names."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
from datetime import datetime, timedelta
from typing import Literal

from aiohttp import BodyPartReader, ClientPayloadError, MultipartReader, web
from aiohttp.http_exceptions import HttpProcessingError

from connectors.webchat_frames import SESSION, chat_of, refusal_frame
from connectors.webchat_limits import REFUSALS, Buckets, Limits, Refused, check_origin, spend
from dialogs.words import Media

REASONS = {"type": "bad_type", "size": "too_large"}
# a form that is no form, was broken off, or came too slowly (TimeoutError is an OSError)
BROKEN_FORM = (ValueError, OSError, ClientPayloadError, HttpProcessingError, web.RequestPayloadError)

log = logging.getLogger(__name__)


class UploadRefused(Exception):
    """What was uploaded is not kept: of a type nobody takes, or too large."""

    def __init__(self, reason: Literal["type", "size"]) -> None:
        super().__init__(reason)
        self.reason = reason


class Uploads:
    """Which session uploaded what, for a while; a token is good for its own session only."""

    def __init__(self, ttl: timedelta, clock: Callable[[], datetime]) -> None:
        self._ttl, self._clock = ttl, clock
        self._kept: dict[tuple[str, str], tuple[datetime, Media]] = {}  # oldest first

    def remember(self, chat: str, media: Media) -> None:
        """Bind the upload to the session."""
        self._forget_old()
        self._kept.pop((chat, media.ref), None)
        self._kept[chat, media.ref] = (self._clock() + self._ttl, media)

    def of(self, chat: str, token: str) -> Media:
        """That upload of that session; it stays, because a frame may come twice."""
        self._forget_old()
        kept = self._kept.get((chat, token))
        if kept is None:
            raise Refused("upload_gone")
        return kept[1]

    def _forget_old(self) -> None:
        now = self._clock()
        while self._kept and next(iter(self._kept.values()))[0] <= now:
            del self._kept[next(iter(self._kept))]


class UploadDoor:
    """Takes the forms; `keep_upload` stores the bytes and raises UploadRefused."""

    def __init__(
        self,
        uploads: Uploads,
        keep_upload: Callable[[bytes], Awaitable[Media]],
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
                    chat, raw = await self._read_form(request)
            except BROKEN_FORM:
                raise Refused("bad_frame") from None
            media = await self._keep_upload(raw)
        self._uploads.remember(chat, media)
        return media

    async def _read_form(self, request: web.Request) -> tuple[str, bytes]:
        form = await request.multipart()
        session = (await _form_field(form, "session", 200)).decode("ascii", "replace")
        if not SESSION.fullmatch(session):
            raise Refused("bad_frame")
        chat = chat_of(session)
        spend(self._rates, (chat, request.remote or ""), "too_many_uploads")
        return chat, await _form_field(form, "file", self._limits.upload_bytes)

    def _refuse(self, refusal: Refused) -> web.Response:
        return web.json_response(refusal_frame(refusal, self._words), status=REFUSALS[refusal.code])


async def _form_field(form: MultipartReader, name: str, limit: int) -> bytes:
    part = await form.next()
    if not isinstance(part, BodyPartReader) or part.name != name:
        raise Refused("bad_frame")
    raw = bytearray()
    while chunk := await part.read_chunk(64 * 1024):
        raw += chunk
        if len(raw) > limit:
            raise Refused("too_large")
    return bytes(raw)
