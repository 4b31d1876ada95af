"""How a later word about the place joins an earlier one."""

from dataclasses import replace

from dialogs.answers import POLITE, fold
from dialogs.words import Locality, Place

# what stands around the name of a place and is no matter to report
AROUND_A_PLACE = POLITE | frozenset(
    [
        "o",
        "tai",
        "gan",
        "canh",
        "ben",
        "phia",
        "ngay",
        "truoc",
        "sau",
        "cho",
        "xa",
        "huyen",
        "cu",
        "nay",
        "day",
        "ni",
        "do",
        "kia",
        "thuoc",
        "la",
        "nha",
        "va",
        "chu",
        "khong",
        "phai",
    ]
)


# what an answer to "where?" begins with, if it names no place that we know
LEADS_TO_A_PLACE = frozenset(
    """
    o tai gan canh ben phia ngay truoc sau cho xa huyen nha nga xom thon khoi ban lang to doi khu vung duong doan khuc
    ngo hem kiet cau cong truong tram quan tiem hang dinh chua den mieu san khe dap ho song rao dong ruong nui ru bai bo
    kenh muong de deo doc vuon kho benh cay cot km ql dt quoc tinh uy ubnd nghia tren duoi giua dau cuoi trong ngoai tu
    len xuong sang vao vo cach toan bac mep
    """.split()  # noqa: SIM905 a word list is read as text
)


def begins_like_a_place(text: str) -> bool:
    """Whether one of the first words leads to a place: "ngay cái dốc", "nhà em đối diện …"."""
    words = [word for word in fold(text).split() if word not in POLITE]
    return not LEADS_TO_A_PLACE.isdisjoint(words[:2])


def merge_places(known: Place, new: Place) -> Place:
    """The newer words, keeping the point that is known already."""
    return replace(
        new,
        text=new.text or known.text,
        lat=new.lat if new.lat is not None else known.lat,
        lon=new.lon if new.lon is not None else known.lon,
    )


def corrected(known: Place, new: Place, locality: Locality) -> Place:
    """The newer place; of the older one stays what the newer leaves open: the hamlet or the commune."""
    if not (new.commune or new.candidates):
        return replace(known, text=new.text or known.text, lat=None, lon=None)
    if spot_of(new, locality):
        return new
    spot = spot_of(known, locality)
    return replace(new, text=", ".join(filter(None, (spot, new.text))))


def spot_of(place: Place, locality: Locality) -> str:
    """The words for the place without its commune: `xóm 5` of `xóm 5, xã Đại Đồng (Thanh Lĩnh cũ)`."""
    commune = locality.communes.get(place.commune)
    names = [fold(name) for name in (commune.name if commune else "", place.old_name) if name]
    pieces = [piece for piece in place.text.split(", ") if not any(name in fold(piece) for name in names)]
    return ", ".join(pieces)


def names_only(text: str, place: Place | None, locality: Locality) -> bool:
    """Whether a text says where, and nothing of what: "xóm 5 Thanh Lĩnh"."""
    if place is None or not (place.text or place.commune):
        return False
    communes = [
        locality.communes[code].name for code in (place.commune, *place.candidates) if code in locality.communes
    ]
    named = fold(" ".join([place.text, place.old_name, *communes])).replace("/", " ").split()
    said = set(fold(text).replace("/", " ").split())
    return not said.isdisjoint(named) and said <= AROUND_A_PLACE | set(named)
