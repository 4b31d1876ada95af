"""The addresses of pictures: signed, so that nobody guesses another's photo."""

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import replace

from bot.town import Town
from dialogs.words import Media


def with_urls(media: Iterable[Media], town: Town) -> tuple[Media, ...]:
    """Media of ours with the address under which pages and channels fetch them."""
    return tuple(replace(item, url=item.url or media_url(item.ref, town)) for item in media)


def media_url(ref: str, town: Town) -> str:
    """`/media/17/3f9c…`, with the public host in front if one is configured."""
    return f"{town.public_url}/media/{ref}/{signature(ref, town.media_key)}"


def signature(ref: str, key: bytes) -> str:
    """128 bits of HMAC-SHA256 over the media's id."""
    return hmac.new(key, f"media:{ref}".encode(), hashlib.sha256).hexdigest()[:32]


def is_signed(ref: str, given: str, key: bytes) -> bool:
    """Whether the signature belongs to the media, in constant time."""
    return hmac.compare_digest(signature(ref, key).encode(), given.encode())
