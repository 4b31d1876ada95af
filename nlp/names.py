"""Names of people: the lists, and where a text says one."""

# ruff: noqa: SIM905 word lists are read as text, not as two hundred quoted lines

from collections.abc import Iterator

from nlp.normalise import has_accents
from nlp.tokens import Token

# Words that are followed by a person's name. Those in SHY need a known name after them: "em hoa" but "em đi".
CUES = set(
    """
    ông bà anh chị cô chú bác thím dì cậu mợ o mệ thầy cụ mụ ả eng dượng ôn mự ong chu bac cu thim mu
    """.split()
)
SHY = set(
    """
    em cháu con bạn thằng đứa bé chi anh ba co o me chau be thang ban ten vợ chồng tên thay chị
    """.split()
)
BETWEEN = set(
    """
    giáo chủ trưởng phó hàng xóm hiệu thôn là bí thư tịch giám đốc của nhà quán chồng vợ trai gái tên y tá sĩ
    bác ta rể dâu nuôi họ nội ngoại hai cả út lớn lái công an kế toán thủ quỹ địa chính tổ đội
    """.split()
)
# Before the cue or the name these make a public place, a street or an institution of it.
PUBLIC = set(
    """
    đường phố cầu chợ miếu đền chùa đình ngã ba tư năm dốc khe hồ đập bến đò núi rú hòn đèo ngõ bãi cống xóm
    thôn làng bản khối trường thpt thcs học non cấp quảng tượng đài viện công viên hiệu xã huyện tỉnh tp phường
    kênh mương đảo đồi cồn giếng eo duong pho cau cho mieu den chua dinh nga doc ho dap ben do nui deo truong
    thi ql lăng khu sân ty
    """.split()
)
# "giáo viên Nguyễn Thị Hoa", "chủ tịch xã Lê Văn Nam" are people all the same.
_NOT_BEFORE_FULL_NAME = PUBLIC - set("viên hiệu xã huyện xóm thôn làng bản khối ba tư năm sân ty ho thi học".split())
SURNAMES = set(
    """
    nguyễn trần lê phạm hoàng huỳnh phan vũ võ đặng bùi đỗ hồ ngô dương lý đinh đậu cao tạ trịnh hà lương mai
    đào đoàn tôn thái lưu trương tô kiều châu quách lâm thạch tăng nghiêm chu mạc la giản văn doãn phùng bạch
    khổng vi lô lang kha lữ cụt moong nguyen tran pham hoang huynh vu dang bui do ngo dinh dau trinh luong doan
    truong
    """.split()
)
MIDDLE = set(
    """
    thị văn hữu đức xuân ngọc quang đình minh thanh công bá duy trọng sỹ viết thi van huu duc dinh cong
    """.split()
)
GIVEN = set(
    """
    an anh ánh ân bách bảo bắc bích bình bính bốn cảnh chánh chi chiến chính chung chương cúc cương cường diễm
    diệp diệu doanh dung duy duyên dũng dương đại đạo đạt đăng điệp đình đoan đoàn đông đồng đức giang giáp hà
    hải hạnh hằng hân hậu hiên hiền hiển hiếu hiệp hoa hoan hoàn hoàng hoài hòa hòe hồng hợi hợp huân huệ huế
    hùng huy huyền huỳnh hưng hương hường hưởng khải khang khanh khánh khoa khôi khuê kiên kiều kim kỳ lam lan
    lài lành lâm lân lê lệ liên liễu liệu linh lĩnh loan lộc lợi long luân luận lục lương lưu ly lý mai mạnh mão
    mận mến minh mơ mỹ mùi my nam nga ngà ngân nghĩa ngọ ngọc nguyên nguyệt nhã nhàn nhâm nhân nhật nhi nhiên
    nhung như ninh nở oanh phi phong phú phúc phương phước phượng quân quang quế quốc quý quyên quyết quyền
    quỳnh sang sáng sâm sen sinh sơn sửu tài tám tâm tân tấn thái thanh thành thảo thạch thắm thắng thân thế thi
    thịnh thìn thoa thông thơ thơm thu thuận thuần thục thủy thúy thùy thư thương thường tiến tiệp tình tính
    toàn toán toản tín tỉnh trà trang trâm trân trí trinh trình trọng trung trúc truyền trường tuấn tuân tuất
    tuệ tuyên tuyền tuyết tùng tú tư tường tý tỵ út uyên vân văn việt viên vinh vĩnh vị vui vũ vượng vỹ xoan
    xuân xuyến yến ý bảy năm sáu ba hai chín mười tửu thỏa lực lượng bằng hệ lụa
    """.split()
)
# Names that, in small letters after ông, anh, chị …, are hardly anything else ("chú bảo" is a verb, "em đăng" too).
SMALL = set(
    """
    hùng dũng tuấn cường hương huệ huyền hằng hiếu hiệp hoan khanh khánh khoa kiên linh loan lộc mận nga ngân ngọc
    nguyệt nhung oanh phượng phương quyên quỳnh sơn thảo thủy thúy trang trâm tuyết tùng vân việt vinh xuân yến
    thìn mùi tý tỵ tuất hà hải hạnh hoa huy hoàng khải liên liễu lĩnh mỹ nam ninh oanh phú quang thoa thu thìn
    trí trinh tuyên uyên vượng
    """.split()
)
SMALL_PLAIN = set(
    """
    hung tuan minh hoang khanh khoa linh loi nghia hanh hoa hue huyen loan nga ngan ngoc nguyet nhung oanh
    phuong quyen thao thuy trang tuyet vinh yen son tung viet
    """.split()
)
NOT_AFTER = {
    "bà": {"con", "nội", "ngoại"}, "anh": {"em", "chị", "hùng", "trai"}, "chị": {"em"}, "cô": {"giáo", "chú", "dâu"},
    "chú": {"ý", "bộ"}, "bác": {"sĩ", "sỹ", "hồ"}, "ông": {"bà", "cha"}, "thầy": {"cô", "thuốc"},
}  # fmt: skip
FAMOUS = (
    "hồ chí minh",
    "ho chi minh",
    "trần hưng đạo",
    "phan bội châu",
    "lê lợi",
    "nguyễn huệ",
    "hai bà trưng",
    "lê hồng phong",
    "trung quốc",
    "đài loan",
    "hàn quốc",
    "thái lan",
    "trần phú",
    "lê duẩn",
)
# Surnames that, in small letters, begin everyday phrases: quản lý thị trường, cao văn …
_EVERYDAY = set("lý đồng cao hà lương mai đào thái la giản chu vi văn ho do vu dang ta to vo le la ngo ly bui".split())
_INTRODUCING, _NO_NAMES = CUES | SHY, (CUES | BETWEEN) - GIVEN
_REACH = 3  # words from a cue to the name, over at most two words of role between them

Span = tuple[int, int]
_SHOUT = 0.6


def names_in(text: str, tokens: list[Token]) -> Iterator[Span]:
    """Yield where private persons' names stand, without the cue word before them."""
    shouted = sum(token.capital for token in tokens) > _SHOUT * len(tokens)
    after = 0
    for at in _likely(tokens):
        if at >= after and (size := _full_name(text, tokens, at, shouted) or _after_cue(text, tokens, at, shouted)):
            after = at + size
            yield tokens[at].start, tokens[after - 1].end


def _likely(tokens: list[Token]) -> list[int]:
    """Return where a name may begin: at a surname, or up to three words after a cue."""
    likely: set[int] = set()
    for at, token in enumerate(tokens):
        if token.word in SURNAMES:
            likely.add(at)
        if token.word in _INTRODUCING:
            likely.update(range(at + 1, min(at + _REACH, len(tokens) - 1) + 1))
    return sorted(likely)


def _full_name(text: str, tokens: list[Token], at: int, shouted: bool) -> int:
    """Return how many words a surname begins a name of: Nguyễn Văn Hùng, nguyen van hung; 0 for none."""
    surname = tokens[at].word
    if surname not in SURNAMES or _famous(tokens, at):
        return 0
    if at and tokens[at - 1].word in _NOT_BEFORE_FULL_NAME:
        return 0
    run = _run(text, tokens, at, 5)
    if tokens[at].capital and not shouted and not (surname.isascii() and has_accents(text)):
        size = 1
        while size < len(run) and run[size].capital:
            size += 1
        return size if size >= 2 and _namelike(run[1:size]) else 0
    if surname not in _EVERYDAY and len(run) >= 3 and run[1].word in ("thị", "văn", "thi", "van") and _given(run[2]):
        return 4 if len(run) >= 4 and _given(run[3]) and run[2].word in MIDDLE else 3
    return 0


def _after_cue(text: str, tokens: list[Token], at: int, shouted: bool) -> int:
    """Return how many words after a cue are a name: [ông] Hùng, [bà] Trần Thị Mai, [anh] tuấn."""
    cue = None if _public_before(tokens, at) else _cue_before(text, tokens, at)
    if cue is None or tokens[at].word in NOT_AFTER.get(cue.word, ()) or tokens[at].word in _NO_NAMES:
        return 0
    if _famous(tokens, at) or not tokens[at].word.isalpha():
        return 0
    run = _run(text, tokens, at, 4)
    if tokens[at].capital and not shouted:
        size = 1
        while size < len(run) and run[size].capital:
            size += 1
        known = _given(run[0]) or run[0].word in SURNAMES or run[0].word in MIDDLE
        return size if known or cue.word not in SHY else 0
    return int(cue.word not in SHY and tokens[at].word in (SMALL_PLAIN if tokens[at].word.isascii() else SMALL))


def _cue_before(text: str, tokens: list[Token], at: int) -> Token | None:
    """Return the cue word that introduces this word, over at most two words of role between them."""
    back = at - 1
    while back >= 0 and at - back <= _REACH:
        token = tokens[back]
        if any(ch in '.,;!?\n"“”' for ch in text[token.end : tokens[back + 1].start]):
            return None
        if token.word in CUES or token.word in SHY:
            return None if _public_before(tokens, back) or _no_cue(tokens, back) else token
        if token.word not in BETWEEN or not tokens[at].capital:
            return None
        back -= 1
    return None


def _run(text: str, tokens: list[Token], at: int, most: int) -> list[Token]:
    """Return the words from here on that no punctuation separates."""
    run = [tokens[at]]
    for token in tokens[at + 1 : at + most]:
        if text[run[-1].end : token.start].strip():
            break
        run.append(token)
    return run


def _public_before(tokens: list[Token], at: int) -> bool:
    return at > 0 and tokens[at - 1].word in PUBLIC


def _famous(tokens: list[Token], at: int) -> bool:
    said = " ".join(token.word for token in tokens[at : at + 3])
    return said.startswith(FAMOUS)


def _no_cue(tokens: list[Token], at: int) -> bool:
    """Tell whether a cue word is something else here: `o` without accents around it is ở, `bà con` are the people."""
    word, before = tokens[at].word, tokens[at - 1].word if at else ""
    plain_around = all(token.word == token.plain for token in tokens[max(0, at - 4) : at + 4])
    return (word == "o" and plain_around) or (word, before) in {
        ("con", "bà"),
        ("con", "ba"),
        ("chi", "ho"),
        ("con", "trẻ"),
    }


def _given(token: Token) -> bool:
    return token.word in GIVEN or token.word in SMALL_PLAIN


def _namelike(words: list[Token]) -> bool:
    return any(_given(word) or word.word in MIDDLE for word in words) or len(words) >= 2
