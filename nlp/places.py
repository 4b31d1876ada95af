"""Where it is: communes by any of their names, hamlets, roads, landmarks and points, put together as a Place."""

import re
from collections.abc import Iterable, Iterator, Mapping

from dialogs.words import Commune, Landmark, Locality, Place
from nlp.gazetteer import Gazetteer, Mention, Unit, split_kind
from nlp.normalise import fold
from nlp.outlines import Outlines, point_in
from nlp.tokens import Tokens, tokens_of

# "Em ở Thanh Lâm, đi qua Võ Liệt thấy …": the home of the writer is not where it happened.
_HOME = re.compile(
    r"(?:\b(?:em|toi|tui|minh|chau|con|nha em|nha toi|nha tui|nha minh) (?:o|que|la dan|la nguoi|dan|song o|tru o)"
    r"|\bque(?: o| toi| em)?|\bho khau(?: o)?|\bthuong tru(?: o| tai)?|\bnguoi(?: o)?"
    r"|\bdan(?: o)?|\blay (?:chong|vo)(?: ve| o)?|\btam tru(?: o| tai)?|\bla con dau|\bgui tu)$"
)
# What stands before the name or belongs to it, back from the name: "xóm 5, xã …".
_LEAD = re.compile(r"(?:(?:xom|thon|khoi|ban|lang|to|doi) ?[\w./-]{1,12}|xa|x|tt|thi tran|phuong|\.|,|\s)+$")
# "đợi 5 tiếng", "bán 3 con" without their accents are no hamlets.
_COUNTED = (
    r"(?!\s*(?i:tiếng|tieng|giờ|gio|phút|phut|năm|nam|tuần|tuan|lần|lan|người|nguoi|con|cái|cai|tr|triệu|trieu|k)\b)"
)
_NUMBERED = "xóm|thôn|khối|xom|thon|khoi|tdp|tổ dân phố|to dan pho"
_NUMBERED_OR_NOT = "bản|làng|đội|ban|lang|doi"
_NAMED_HAMLET = "xóm|thôn|khối|bản|làng|đội|xom|thon|khoi|ban|lang|doi"
_HAMLET = re.compile(
    rf"\b(?:(?i:{_NUMBERED})\s*(?i:số |so )?\d{{1,2}}[A-Za-z]?\b"
    rf"|(?i:{_NUMBERED_OR_NOT})\s*\d{{1,2}}[A-Za-z]?\b{_COUNTED}"
    rf"|(?i:{_NAMED_HAMLET})\s+[A-ZĐ]\w*(?:\s+(?:[A-ZĐ]\w*|\d{{1,2}}\b)){{0,2}})"
)
_ROADS = "QL|ĐT|TL|DT|quốc lộ|tỉnh lộ|đường tỉnh|quoc lo|tinh lo|duong tinh"
_ROAD = re.compile(rf"\b(?:{_ROADS})[\s.]?[1-9]\d{{0,2}}[a-z]?\b(?![\s.-]?\d)", re.IGNORECASE)
# A shortened link says where only to who opens it; the officer can.
_MAP_LINK = re.compile(r"\bhttps?://(?:maps\.app\.goo\.gl|goo\.gl/maps|maps\.google\.|www\.google\.[a-z.]+/maps)\S*")
TOWNSHIP = "thị trấn"
_TOWN = re.compile(r"\b(?:thị trấn|thi tran)\b(?! (?-i:[A-ZĐ]))", re.IGNORECASE)
_HOUSE = re.compile(r"\b(?:so nha|nha so|sn|ngo|kiet|hem|lo) ?(\d+[a-z]?)\b")
_SPOTS = (
    "ngã ba|ngã tư|ngã năm|cầu|chợ|trường|trạm|nhà văn hóa|nhà văn hoá|hội quán|đình|đền|chùa|bến|đập|hồ|khe"
    "|cống|dốc|cây xăng|nghĩa trang|bưu điện|bệnh viện|ủy ban|UBND|sân bóng|sân vận động"
    "|đường|ngõ|hẻm|kiệt|quán|bãi|kênh|mương|đê|rú|đồi"
)
_SPOT = re.compile(
    rf"\b(?i:{_SPOTS})"
    r"(?:\s(?i:tiểu học|mầm non|cấp \d|thcs|thpt|y tế|bơm|biến áp|tràn|treo|đò|liên xã|liên thôn))?"
    r"(?:\s(?:[A-ZĐ][\wÀ-ỹ]*|\d+[A-Za-z]?)){1,4}"
)
_NAMED = re.compile(r"[\dA-ZĐ]")  # without a digit or a capital after the first letter none of these fits
_DIGIT = re.compile(r"\d")
# The words that each pattern begins with: it is tried nowhere else.
_BEGINNINGS = [
    (pattern, frozenset(spoken.split()[0].lower() for spoken in listed.split("|")))
    for pattern, listed in (
        (_SPOT, _SPOTS), (_HAMLET, f"{_NUMBERED}|{_NUMBERED_OR_NOT}|{_NAMED_HAMLET}"), (_ROAD, _ROADS),
    )
]  # fmt: skip


class Places:
    """Reads places out of texts for one locality; thread-safe, made once."""

    def __init__(self, locality: Locality) -> None:
        self._communes = locality.communes
        self._gazetteer = Gazetteer(locality.communes)
        self._landmarks = _by_words(locality.landmarks)
        self._landmark_ends = frozenset(end for _, _, end, _ in self._landmarks)
        self._township = _township(locality.communes)
        self._outlines = Outlines(locality.communes)
        self._years = _years(locality.communes)

    def commune_at(self, lat: float, lon: float) -> str:
        """Return the code of the commune that holds the point, or ""."""
        return self._outlines.commune_at(lat, lon)

    def years_of(self, place: Place | None) -> frozenset[int]:
        """Return the years in which a unit carried the old name that the place was given by; none without one."""
        return self._years.get((place.commune, place.old_name), frozenset()) if place else frozenset()

    def place_in(self, text: str, tokens: Tokens | None = None) -> Place | None:
        """Return the place a cleaned text (with its tokens) names, or None; several communes named are candidates."""
        point = point_in(text)
        tokens = tokens_of(text) if tokens is None else tokens
        mentions = self._weighed(tokens)
        landmarks = self._landmarks_in(tokens)
        pieces = _pieces(tokens, landmarks)
        if not point and "://" in text and (link := _MAP_LINK.search(text)):
            pieces.append(link[0])
        if not mentions and self._township and "tran" in tokens.plains and _TOWN.search(text):
            landmarks.append(self._township)
            pieces.append(TOWNSHIP)
        if not (mentions or pieces or point):
            return None
        commune, candidates, old_name = _decided(mentions, landmarks)
        if point and (here := self.commune_at(*point)):
            commune, candidates = here, ()
        name = self._name(commune, old_name) if commune else _undecided(mentions)
        lat, lon = point or (None, None)
        return Place(", ".join([*pieces, *filter(None, [name])]), commune, old_name, candidates, lat, lon)

    def _weighed(self, tokens: Tokens) -> list[Mention]:
        """Return the communes named: surely rather than perhaps, and not the writer's home if another place is too."""
        mentions = self._gazetteer.mentions(tokens)
        mentions = [mention for mention in mentions if mention.sure] or mentions
        if len(mentions) < 2:
            return mentions
        away = [mention for mention in mentions if not _is_home(tokens.text, tokens.start(mention.first))]
        return away or mentions

    def _landmarks_in(self, tokens: Tokens) -> list[Landmark]:
        """Return the landmarks said; one said with accents must have the right ones: `cầu rộ` is not `cầu rồ`."""
        ends = self._landmark_ends.intersection(tokens.plains)
        if not ends:
            return []
        plain, said = f" {' '.join(tokens.plains)} ", f" {' '.join(tokens.words)} "
        near = [(key, name, mark) for key, name, end, mark in self._landmarks if end in ends]
        return [mark for key, name, mark in near if key in plain and (name in said or key in said)]

    def _name(self, commune: str, old_name: str) -> str:
        kind, name = split_kind(self._communes[commune].name)
        return f"{kind} {name} ({old_name} cũ)" if old_name else f"{kind} {name}"


def hamlets_in(text: str) -> frozenset[str]:
    """Return the hamlets named, folded: `xom 5`."""
    if not _NAMED.search(text, 1):
        return frozenset()
    return frozenset(" ".join(fold(found[0].lower()).split()[:3]) for found in _HAMLET.finditer(text))


def house_numbers_in(text: str) -> frozenset[str]:
    """Return house and lane numbers: `sn 12`, `ngõ 3`."""
    if not _DIGIT.search(text):
        return frozenset()
    return frozenset(found[1] for found in _HOUSE.finditer(fold(text.lower())))


def _township(communes: Mapping[str, Commune]) -> Landmark | None:
    """Return what people mean by `khối 5 thị trấn`, if only one commune has or had a township."""
    names = {code: (commune.name, *(old.name for old in commune.old_units)) for code, commune in communes.items()}
    codes = [code for code, said in names.items() if any(split_kind(name)[0] == TOWNSHIP for name in said)]
    return Landmark(TOWNSHIP, codes[0]) if len(codes) == 1 else None


def _years(communes: Mapping[str, Commune]) -> dict[tuple[str, str], frozenset[int]]:
    """Return the years of each old name, by commune and the name as a Place has it."""
    units = [
        (code, *split_kind(old.name), old.years) for code, commune in communes.items() for old in commune.old_units
    ]
    return {(code, _as_told(kind, name)): frozenset(years) for code, kind, name, years in units}


def _by_words(landmarks: Iterable[Landmark]) -> list[tuple[str, str, str, Landmark]]:
    """Return each as it folds and as it is written, both between spaces, the word it ends with, and itself."""
    rows = []
    for mark in landmarks:
        tokens = tokens_of(mark.name)
        key, name = (f" {' '.join(said)} " for said in (tokens.plains, tokens.words))
        rows.append((key, name, tokens.plains[-1], mark))
    return sorted(rows, key=lambda row: -len(row[0]))


def _is_home(text: str, start: int) -> bool:
    before = _LEAD.sub("", fold(text[max(0, start - 60) : start].lower()))
    return bool(_HOME.search(before.rstrip()))


def _decided(mentions: list[Mention], landmarks: list[Landmark]) -> tuple[str, tuple[str, ...], str]:
    """Return (commune, candidates, old name): a landmark alone, or what is perhaps a person, only suggests."""
    units: list[Unit] = [unit for mention in mentions for unit in (mention.unit, *mention.others)]
    codes = list(dict.fromkeys(unit.code for unit in units))
    if len(codes) == 1 and mentions[0].sure:
        return codes[0], (), next((_old_name(unit) for unit in units if not unit.current), "")
    if not codes:
        return "", tuple(dict.fromkeys(mark.commune for mark in landmarks if mark.commune)), ""
    return "", tuple(codes), ""


def _undecided(mentions: list[Mention]) -> str:
    """Return the names said, of which one may be the place: `Thanh Lĩnh, Võ Liệt`."""
    return ", ".join(dict.fromkeys(mention.unit.name for mention in mentions))


def _old_name(unit: Unit) -> str:
    """Return the former unit that was named."""
    return _as_told(unit.kind, unit.name)


def _as_told(kind: str, name: str) -> str:
    """Return `Thanh Lĩnh`, but `thị trấn Dùng`: a township is hardly known by its name alone."""
    return name if kind == "xã" else f"{kind} {name}"


def _pieces(tokens: Tokens, landmarks: list[Landmark]) -> list[str]:
    """Return the words for the spot: landmark, hamlet, road, each once."""
    found = list(_spots(tokens)) if _NAMED.search(tokens.text, 1) else []
    for mark in landmarks:
        if not any(fold(mark.name.lower()) in fold(piece.lower()) for piece in found):
            found.insert(0, mark.name)
    return list(dict.fromkeys(found))[:3]


def _spots(tokens: Tokens) -> Iterator[str]:
    """Yield what the patterns find, one pattern after the other."""
    for pattern, beginnings in _BEGINNINGS:
        end = 0
        for at, token in enumerate(tokens):
            if token.stem in beginnings and tokens.start(at) >= end:
                match = pattern.match(tokens.text, tokens.start(at))
                if match:
                    end = match.end()
                    yield match[0].strip(" ,.")
