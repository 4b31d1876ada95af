"""What an upload really is, and making it safe to show: photos re-encoded without EXIF, their GPS read first."""

import io
from dataclasses import dataclass
from typing import cast

import filetype
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from dialogs.words import MediaKind

KINDS: dict[str, MediaKind] = {
    "image/jpeg": "image",
    "image/png": "image",
    "image/webp": "image",
    "image/gif": "image",
    "video/mp4": "video",
    "video/quicktime": "video",
    "video/webm": "video",
    "video/3gpp": "video",
    "audio/mpeg": "audio",
    "audio/mp4": "audio",
    "audio/m4a": "audio",
    "audio/x-m4a": "audio",
    "audio/aac": "audio",
    "audio/ogg": "audio",
    "audio/amr": "audio",
    "audio/x-wav": "audio",
    "application/pdf": "file",
}
MAX_SIDE = 2048  # pixels; enough to read a number plate, small enough for a phone
MAX_PIXELS = 60_000_000  # a larger picture is a bomb, not a photo
QUALITY = 85


class NotAllowedType(Exception):
    """The content is not a picture, film, sound or PDF that we take."""


@dataclass(frozen=True, slots=True)
class CleanMedia:
    """Bytes that may be shown. `point` is (lat, lon) from EXIF."""

    content: bytes
    mime: str
    point: tuple[float, float] | None = None


def kind_of(content: bytes) -> tuple[MediaKind, str]:
    """(kind, MIME type) by content; the name and the claimed type are not believed. Raises NotAllowedType."""
    guessed = filetype.guess_mime(content)
    if guessed not in KINDS:
        raise NotAllowedType(guessed or "unknown")
    return KINDS[guessed], guessed


def clean(content: bytes) -> CleanMedia:
    """Make content safe to show; photos come out as JPEG without any metadata. Raises NotAllowedType."""
    kind, mime = kind_of(content)
    if kind != "image":
        return CleanMedia(content, mime)
    try:
        with Image.open(io.BytesIO(content)) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise NotAllowedType("too many pixels")
            point = gps_of(picture)
            return CleanMedia(_as_jpeg(picture), "image/jpeg", point)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise NotAllowedType("broken picture") from error


def _as_jpeg(picture: Image.Image) -> bytes:
    upright = ImageOps.exif_transpose(picture)
    upright.thumbnail((MAX_SIDE, MAX_SIDE))
    plain = Image.new("RGB", upright.size, "white")
    layer = upright.convert("RGBA")
    plain.paste(layer, mask=layer.getchannel("A"))
    out = io.BytesIO()
    plain.save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue()


def gps_of(picture: Image.Image) -> tuple[float, float] | None:
    """(lat, lon) from a photo's EXIF, or None."""
    gps = picture.getexif().get_ifd(ExifTags.IFD.GPSInfo)
    try:
        lat = _degrees(gps[ExifTags.GPS.GPSLatitude], gps[ExifTags.GPS.GPSLatitudeRef], "S")
        lon = _degrees(gps[ExifTags.GPS.GPSLongitude], gps[ExifTags.GPS.GPSLongitudeRef], "W")
    except (KeyError, TypeError, ValueError, ZeroDivisionError, IndexError):
        return None
    return (lat, lon) if -90 <= lat <= 90 and -180 <= lon <= 180 and (lat, lon) != (0.0, 0.0) else None


def _degrees(parts: object, side: object, negative: str) -> float:
    degrees, minutes, seconds = (float(part) for part in cast(tuple[float, float, float], parts))
    value = degrees + minutes / 60 + seconds / 3600
    return round(-value if str(side).strip("\x00").upper() == negative else value, 6)
