"""Making a picture small enough for a channel. Every connector with a limit uses this one."""

import io

from PIL import Image, ImageOps, UnidentifiedImageError

SIDES = (2048, 1600, 1280, 1024, 768, 512)  # pixels of the longer side, tried in this order
QUALITIES = (85, 70, 55)


class CannotShrink(Exception):
    """It is no picture that we can read, or nothing makes it small enough."""


def as_jpeg_within(content: bytes, most: int) -> bytes:
    """The picture itself if it is a JPEG of at most `most` bytes, else the best JPEG that is. Raises CannotShrink.

    Sides are given up later than quality: a blurred number plate is of no use.
    """
    try:
        with Image.open(io.BytesIO(content)) as picture:
            if picture.format == "JPEG" and len(content) <= most:
                return content
            plain = _on_white(ImageOps.exif_transpose(picture))
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise CannotShrink("not a picture") from None
    for side in SIDES:
        plain.thumbnail((side, side))
        for quality in QUALITIES:
            if len(smaller := _as_jpeg(plain, quality)) <= most:
                return smaller
    raise CannotShrink(f"not within {most} bytes")


def _on_white(picture: Image.Image) -> Image.Image:
    """Without transparency, which JPEG does not have."""
    layer = picture.convert("RGBA")
    plain = Image.new("RGB", layer.size, "white")
    plain.paste(layer, mask=layer.getchannel("A"))
    return plain


def _as_jpeg(picture: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality, optimize=True)
    return out.getvalue()
