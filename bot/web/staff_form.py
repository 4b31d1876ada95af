"""Reading a form of the officers' room: its key first, then words and files, each within its limit."""

import hashlib
import re
import unicodedata
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

from aiohttp import BodyPartReader, ClientPayloadError, web

from bot.web.security import check_form_key
from connectors.webchat_uploads import UploadRefused
from dialogs.words import Media
from store.staff import Session

FIELD_BYTES = 64 * 1024
FIELDS = 20
FILES = 10
CHUNK = 1024 * 1024  # more than the stream ever holds, else aiohttp puts some back, by a way it warns about
TURN = re.compile(r"[0-9A-Za-z-]{8,64}")

Keep = Callable[[AsyncIterable[bytes]], Awaitable[Media]]


@dataclass(slots=True)
class Form:
    """What an officer sent. `refused` tells why a file was not kept: type, size or many."""

    fields: dict[str, str] = field(default_factory=dict)
    media: list[Media] = field(default_factory=list)
    refused: str = ""

    def said(self, name: str) -> str:
        """A field's words: composed letters, plain line ends, nothing unprintable that a database refuses."""
        text = unicodedata.normalize("NFC", self.fields.get(name, ""))
        return text.replace("\r\n", "\n").replace("\x00", "").strip()

    @property
    def dedupe_key(self) -> str:
        """One press of one button on one page, however often it arrives. Raises a 400 without the form's id."""
        turn = self.fields.get("turn", "")
        if not TURN.fullmatch(turn):
            raise web.HTTPBadRequest
        what = "\n".join((self.said("choice"), self.said("text"), *(item.ref for item in self.media)))
        return f"{turn}:{hashlib.sha256(what.encode()).hexdigest()[:16]}"


async def read_form(request: web.Request, session: Session, keep: Keep) -> Form:
    """Read a form of ours; 403 without the session's key, 400 if it is broken, 413 if a field is too long."""
    form = Form()
    if request.content_type != "multipart/form-data":
        posted = await request.post()
        form.fields = {name: value for name, value in posted.items() if isinstance(value, str)}
        check_form_key(session, form.fields.get("csrf", ""))
        return form
    try:
        await _read_parts(request, session, keep, form)
    except (ValueError, OSError, ClientPayloadError, web.RequestPayloadError):
        raise web.HTTPBadRequest from None
    check_form_key(session, form.fields.get("csrf", ""))
    return form


async def _read_parts(request: web.Request, session: Session, keep: Keep, form: Form) -> None:
    parts = await request.multipart()
    while (part := await parts.next()) is not None:
        if not isinstance(part, BodyPartReader) or not part.name:
            raise ValueError("not a form")
        if part.filename is None:
            await _read_field(part, form)
        else:
            check_form_key(session, form.fields.get("csrf", ""))  # the key stands first: no file of a stranger is kept
            await _read_file(part, keep, form)


async def _read_field(part: BodyPartReader, form: Form) -> None:
    raw = await _read(part, FIELD_BYTES)
    if raw is None or len(form.fields) >= FIELDS:
        raise web.HTTPRequestEntityTooLarge(FIELD_BYTES, FIELD_BYTES)
    form.fields.setdefault(str(part.name), raw.decode())


async def _read_file(part: BodyPartReader, keep: Keep, form: Form) -> None:
    if not (first := await part.read_chunk(CHUNK)):  # a picker in which nothing was picked
        return
    try:
        if len(form.media) < FILES:
            form.media.append(await keep(_pieces(first, part)))
        else:
            form.refused = "many"
    except UploadRefused as refused:
        form.refused = refused.reason
    while await part.read_chunk(CHUNK):  # what is not kept is let go: other fields follow
        pass


async def _pieces(first: bytes, part: BodyPartReader) -> AsyncIterator[bytes]:
    yield first
    while piece := await part.read_chunk(CHUNK):
        yield piece


async def _read(part: BodyPartReader, limit: int) -> bytes | None:
    """The part's bytes; None if they are more than `limit`, and then they have been let go."""
    raw, size = bytearray(), 0
    while chunk := await part.read_chunk(CHUNK):
        size += len(chunk)
        if size <= limit:
            raw += chunk
    return bytes(raw) if size <= limit else None
