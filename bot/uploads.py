"""An upload on its way in: looked at as it comes, held on the disk, then kept raw for the fetcher to clean."""

import asyncio
from collections.abc import AsyncIterable

from bot.pictures import NotAllowedType, kind_of
from connectors.webchat_uploads import UploadRefused
from dialogs.words import Media, MediaKind
from store.media import UPLOAD, MediaStore

MAX_UPLOAD = 20 * 1024 * 1024
HEAD = 8192  # in so many bytes every type that we take shows itself


async def keep_upload(chunks: AsyncIterable[bytes], store: MediaStore) -> Media:
    """Take an upload piece by piece, never whole into memory. Raises UploadRefused as soon as it cannot be taken."""
    head = b""
    with store.new_file() as file:
        async for chunk in chunks:
            if len(head) < HEAD and len(head := head + chunk[:HEAD]) >= HEAD:
                _kind_of(head)
            if file.tell() + len(chunk) > MAX_UPLOAD:
                raise UploadRefused("size")
            await asyncio.to_thread(file.write, chunk)
        kind, mime = _kind_of(head)
        size = file.tell()
        blob = await asyncio.to_thread(store.put_file, file)
    return Media(kind, f"{UPLOAD}{blob}", mime, size)


def _kind_of(head: bytes) -> tuple[MediaKind, str]:
    try:
        return kind_of(head)
    except NotAllowedType:
        raise UploadRefused("type") from None
