"""What was sent is believed by its content only; a photo comes out upright, plain, and silent about its owner."""

import io
import struct
import zlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image
from PIL.PngImagePlugin import PngInfo

from bot.pictures import KINDS, MAX_SIDE, NotAllowedType, clean, gps_of, kind_of

QUIET_BOMB = "ignore::PIL.Image.DecompressionBombWarning"
QUIET_PILLOW = "ignore::UserWarning:PIL"  # it complains of damaged EXIF and goes on, as we do
RED, BLUE = (200, 30, 30), (30, 30, 200)


def picture(
    size: tuple[int, int] = (40, 20), mode: str = "RGB", colour: Any = RED, kind: str = "JPEG", **what: Any
) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, colour).save(out, kind, **what)
    return out.getvalue()


def exif(lat: Any = (18.0, 47.0, 48.84), lon: Any = (105.0, 20.0, 24.0), **what: Any) -> bytes:
    """What a phone writes into a photo: where, when, which phone."""
    tags = Image.Exif()
    tags[ExifTags.Base.Make] = "DienThoaiCuaHoa"
    tags[ExifTags.Base.DateTime] = "2026:11:23 09:00:00"
    tags[ExifTags.Base.Orientation] = what.get("turned", 1)
    gps = {ExifTags.GPS.GPSLatitude: lat, ExifTags.GPS.GPSLongitude: lon}
    gps |= {ExifTags.GPS.GPSLatitudeRef: what.get("north", "N"), ExifTags.GPS.GPSLongitudeRef: what.get("east", "E")}
    tags.get_ifd(ExifTags.IFD.GPSInfo).update(gps)
    return tags.tobytes()


def opened(content: bytes) -> Image.Image:
    with Image.open(io.BytesIO(content)) as found:
        found.load()
        return found


# ---------------------------------------------------------------- what it is

PNG_HEAD = b"\x89PNG\r\n\x1a\n"
SAMPLES = {
    "image/jpeg": picture(),
    "image/png": picture(kind="PNG"),
    "image/webp": picture(kind="WEBP"),
    "image/gif": picture(kind="GIF"),
    "application/pdf": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n",
    "video/mp4": b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00isomiso2avc1mp41" + b"\x00" * 300,
    "audio/ogg": b"OggS\x00\x02" + b"\x00" * 300,
    "audio/mpeg": b"ID3\x04\x00\x00\x00\x00\x00\x00" + b"\x00" * 300,
}
REFUSED = {
    "html": b"<!doctype html><script>alert(1)</script>",
    "svg": b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>",
    "program": b"MZ\x90\x00" + b"\x00" * 300,
    "zip": b"PK\x03\x04" + b"\x00" * 300,
    "text": "đèn đường hỏng".encode(),
    "nothing": b"",
    "one byte": b"\xff",
    "bmp": picture(kind="BMP"),
    "tiff": picture(kind="TIFF"),
}


@pytest.mark.parametrize("mime", sorted(SAMPLES))
def test_a_file_is_recognised_by_its_content(mime: str) -> None:
    assert kind_of(SAMPLES[mime]) == (KINDS[mime], mime)


@pytest.mark.parametrize("what", sorted(REFUSED))
def test_what_we_do_not_take_is_refused(what: str) -> None:
    with pytest.raises(NotAllowedType):
        kind_of(REFUSED[what])
    with pytest.raises(NotAllowedType):
        clean(REFUSED[what])


@pytest.mark.parametrize("mime", ["application/pdf", "video/mp4", "audio/ogg"])
def test_what_is_no_picture_is_kept_as_it_is(mime: str) -> None:
    kept = clean(SAMPLES[mime])
    assert (kept.content, kept.mime, kept.point) == (SAMPLES[mime], mime, None)


@given(st.binary(max_size=400))
def test_any_bytes_are_recognised_or_refused(content: bytes) -> None:
    try:
        kind, mime = kind_of(content)
    except NotAllowedType:
        return
    assert KINDS[mime] == kind


# ---------------------------------------------------------------- photos


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_a_photo_comes_out_as_a_plain_jpeg(kind: str) -> None:
    kept = clean(picture(kind=kind))
    assert kept.mime == "image/jpeg"
    assert opened(kept.content).format == "JPEG"
    assert opened(kept.content).mode == "RGB"


def test_nothing_is_left_of_what_a_phone_wrote_into_a_photo() -> None:
    kept = clean(picture(exif=exif(), comment=b"nha ba Hoa"))
    assert len(opened(kept.content).getexif()) == 0
    assert b"DienThoai" not in kept.content and b"Exif" not in kept.content and b"nha ba Hoa" not in kept.content


def test_nothing_is_left_of_words_in_a_png() -> None:
    words = PngInfo()
    words.add_text("Author", "Hoang Thi Man")
    assert b"Hoang" not in clean(picture(kind="PNG", pnginfo=words, exif=exif())).content


def test_the_place_of_a_photo_is_read_before_it_is_taken_out() -> None:
    assert clean(picture(exif=exif())).point == (18.7969, 105.34)


def test_south_and_west_are_negative() -> None:
    assert clean(picture(exif=exif(north="S", east="W"))).point == (-18.7969, -105.34)


@pytest.mark.parametrize(
    "wrong",
    [
        {"lat": (0.0, 0.0, 0.0), "lon": (0.0, 0.0, 0.0)},
        {"lat": (91.0, 0.0, 0.0)},
        {"lon": (181.0, 0.0, 0.0)},
        {"lat": (18.0, 47.0)},
        {"lat": 18.7969},
    ],
)
def test_a_place_that_cannot_be_is_none(wrong: dict[str, Any]) -> None:
    assert clean(picture(exif=exif(**wrong))).point is None


def test_a_photo_without_a_place_has_none() -> None:
    assert clean(picture()).point is None
    assert gps_of(opened(picture(kind="PNG"))) is None


def test_a_photo_taken_with_the_phone_turned_comes_out_upright() -> None:
    lying = Image.new("RGB", (40, 20), BLUE)
    lying.paste(RED, (0, 0, 20, 20))  # the left half will be on top
    out = io.BytesIO()
    lying.save(out, "JPEG", exif=exif(turned=6), quality=95)
    upright = opened(clean(out.getvalue()).content)
    assert upright.size == (20, 40)
    assert near(upright.getpixel((10, 5)), RED) and near(upright.getpixel((10, 35)), BLUE)


def near(one: Any, other: tuple[int, int, int]) -> bool:
    return all(abs(a - b) < 40 for a, b in zip(one, other, strict=True))


def test_a_large_photo_becomes_smaller_and_keeps_its_shape() -> None:
    assert opened(clean(picture((4000, 2000))).content).size == (MAX_SIDE, MAX_SIDE // 2)
    assert opened(clean(picture((30, 20))).content).size == (30, 20)


def test_what_was_see_through_becomes_white() -> None:
    kept = clean(picture(mode="RGBA", colour=(0, 0, 0, 0), kind="PNG"))
    assert near(opened(kept.content).getpixel((5, 5)), (255, 255, 255))


@pytest.mark.parametrize(
    ("mode", "kind"),
    [
        ("L", "JPEG"),
        ("CMYK", "JPEG"),
        ("1", "PNG"),
        ("P", "PNG"),
        ("LA", "PNG"),
        ("I;16", "PNG"),
        ("P", "GIF"),
        ("L", "WEBP"),
    ],
)
def test_a_photo_in_any_kind_of_colours_is_taken(mode: str, kind: str) -> None:
    colour = {"CMYK": (0, 0, 0, 0), "LA": (9, 255)}.get(mode, 1)
    assert clean(picture(mode=mode, colour=colour, kind=kind)).mime == "image/jpeg"


def test_of_a_moving_picture_the_first_frame_is_kept() -> None:
    frames = [Image.new("RGB", (20, 20), colour) for colour in (RED, BLUE)]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    assert near(opened(clean(out.getvalue()).content).getpixel((5, 5)), RED)


# ---------------------------------------------------------------- bad intentions


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes that claims to be enormous."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return PNG_HEAD + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\x00" * 1000)) + chunk(b"IEND", b"")


@pytest.mark.filterwarnings(QUIET_BOMB)
@pytest.mark.parametrize("side", [8_000, 10_000, 20_000, 100_000])
def test_a_bomb_is_refused_before_it_is_unpacked(side: int) -> None:
    with pytest.raises(NotAllowedType):
        clean(bomb(side, side))


@pytest.mark.parametrize("keep", [20, 100, 300])
def test_a_photo_that_was_broken_off_is_refused_or_shown_as_far_as_it_goes(keep: int) -> None:
    whole = picture((200, 200), colour=BLUE)
    with pytest.raises(NotAllowedType):
        clean(whole[:keep])


def test_a_page_hidden_behind_a_photo_does_not_come_out_of_it() -> None:
    hidden = b"<script>alert(document.cookie)</script>"
    assert hidden not in clean(picture() + hidden).content
    assert hidden not in clean(picture(comment=hidden)).content


def test_a_photo_that_calls_itself_something_else_is_still_a_photo() -> None:
    assert kind_of(picture() + b"%PDF-1.7")[0] == "image"
    assert kind_of(b"%PDF-1.7" + picture()) == ("file", "application/pdf")


@given(st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=30), st.booleans())
@settings(max_examples=80, deadline=None)
@pytest.mark.filterwarnings(QUIET_PILLOW, QUIET_BOMB)
def test_a_damaged_photo_is_shown_or_refused_and_never_an_error(changes: list[tuple[int, int]], png: bool) -> None:
    damaged = bytearray(picture((64, 48), kind="PNG", exif=exif()) if png else picture((64, 48), exif=exif()))
    for place, value in changes:
        damaged[16 + place % (len(damaged) - 16)] = value
    try:
        kept = clean(bytes(damaged))
    except NotAllowedType:
        return
    assert kept.mime in KINDS
