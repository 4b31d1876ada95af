"""Tables of how people shorten and colour words, and the one function that writes them out in full."""

# Short forms that mean one thing in every field we serve. Left out on purpose because they do not:
# hs (học sinh, hồ sơ), bs, th, ca, nc, gd, dk, ck, bt, hn, kg, nt, thg, dt and tl (roads; see normalise.py).
TEENCODE = {
    "k": "không", "ko": "không", "kh": "không", "hok": "không", "khg": "không", "kô": "không", "hông": "không",
    "ntn": "như thế nào", "j": "gì", "gj": "gì", "dc": "được", "đc": "được", "đx": "được", "vs": "với", "vk": "vợ",
    "bh": "bây giờ", "bjo": "bây giờ", "bgio": "bây giờ", "h": "giờ", "mn": "mọi người", "mng": "mọi người",
    "r": "rồi", "rùi": "rồi", "oy": "rồi", "trc": "trước", "lm": "làm", "lun": "luôn", "nx": "nữa", "cx": "cũng",
    "cug": "cũng", "ng": "người", "ngta": "người ta", "ngt": "người ta", "nta": "người ta", "vn": "vẫn", "vx": "vẫn",
    "ms": "mới", "tg": "thời gian", "tgian": "thời gian", "hnay": "hôm nay", "hqua": "hôm qua", "hwa": "hôm qua",
    "bik": "biết", "thui": "thôi", "gìơ": "giờ", "sđt": "điện thoại", "sdt": "điện thoại", "đthoai": "điện thoại",
    "dthoai": "điện thoại", "đt": "điện thoại", "dt": "điện thoại", "cty": "công ty", "gv": "giáo viên",
    "ubnd": "ủy ban", "csgt": "cảnh sát giao thông", "cax": "công an xã", "cccd": "căn cước", "cmnd": "căn cước",
    "bhyt": "bảo hiểm y tế", "bhxh": "bảo hiểm xã hội", "ql": "quốc lộ", "xm": "xe máy", "oto": "ô tô", "ôtô": "ô tô",
    "fb": "facebook", "zl": "zalo", "htx": "hợp tác xã", "nvh": "nhà văn hóa", "tdp": "tổ dân phố", "mttq": "mặt trận",
    "ubmttq": "mặt trận", "thcs": "trường cấp hai", "thpt": "trường cấp ba", "hsinh": "học sinh", "svien": "sinh viên",
    "atgt": "an toàn giao thông", "attp": "an toàn thực phẩm", "vsmt": "vệ sinh môi trường", "tthc": "thủ tục",
    "dvc": "dịch vụ công", "hcc": "hành chính công", "gpmb": "giải phóng mặt bằng", "tdc": "tái định cư",
    "tđc": "tái định cư", "lsao": "làm sao", "z": "vậy", "zậy": "vậy", "wa": "quá", "wá": "quá", "qá": "quá",
    "ak": "à", "ah": "à", "nhiu": "nhiêu", "bnh": "bao nhiêu", "ngdan": "người dân", "ndan": "người dân",
    "dân": "dân", "hđnd": "hội đồng nhân dân", "hdnd": "hội đồng nhân dân", "qlý": "quản lý", "bvệ": "bảo vệ",
}  # fmt: skip

# Nghệ Tĩnh words that, with their accents, mean one thing unless a neighbour in NOT_DIALECT says otherwise.
DIALECT = {
    "nỏ": "không", "rứa": "thế", "hấn": "nó", "nớ": "ấy", "ni": "này", "dừ": "bây giờ", "chừ": "bây giờ", "chộ": "thấy",
    "nác": "nước", "tru": "trâu", "mệ": "bà", "choa": "tôi", "tui": "tôi", "mần": "làm", "đọi": "bát", "trốc": "đầu",
    "ngái": "xa", "rọng": "ruộng", "nhởi": "chơi", "gấy": "vợ", "eng": "anh", "côi": "trên", "trửa": "giữa",
    "thiệt": "thật", "ngó": "nhìn", "nhớp": "bẩn", "đàng": "đường", "rú": "rừng", "cươi": "sân", "hói": "mương",
    "bựa": "bữa", "trấy": "quả", "mạ": "mẹ", "bầy": "bọn",
}  # fmt: skip
NOT_DIALECT = {
    "đàng": {"hoàng", "điếm", "đàng"}, "rú": {"ga", "còi", "rít", "máy", "lên", "tiếng", "kêu", "gào", "hú"},
    "thiệt": {"thiệt", "hại", "mạng", "thòi", "thân", "hơn"}, "côi": {"mồ", "cút", "đơn"}, "ngó": {"ngoáy", "sen"},
    "hói": {"đầu"}, "mạ": {"kẽm", "gieo", "cây", "ruộng", "lúa", "vàng", "thóc", "non"}, "bầy": {"đàn", "lợn", "chó"},
    "chừ": {"chần"},
}  # fmt: skip
PAIRS = {
    ("bựa", "ni"): "hôm nay", ("bữa", "ni"): "hôm nay", ("bua", "ni"): "hôm nay", ("đi", "mô"): "đi đâu",
    ("chỗ", "mô"): "chỗ nào", ("khi", "mô"): "khi nào", ("mô", "rồi"): "đâu rồi", ("nỏ", "mô"): "không đâu",
    ("ở", "mô"): "ở đâu", ("mô", "hết"): "đâu hết", ("ai", "mô"): "ai đâu", ("rứa", "mô"): "thế đâu",
    ("răng", "rứa"): "sao thế", ("răng", "mà"): "sao mà", ("răng", "lại"): "sao lại", ("mần", "răng"): "làm sao",
    ("làm", "răng"): "làm sao", ("vì", "răng"): "vì sao", ("răng", "chưa"): "sao chưa", ("răng", "nỏ"): "sao không",
    ("chi", "mô"): "gì đâu", ("cái", "chi"): "cái gì", ("làm", "chi"): "làm gì", ("mần", "chi"): "làm gì",
    ("chi", "rứa"): "gì thế", ("chi", "hết"): "gì hết", ("chi", "nữa"): "gì nữa", ("bầy", "tui"): "chúng tôi",
    ("bầy", "choa"): "chúng tôi", ("như", "ri"): "như thế này", ("cháy", "lả"): "cháy lửa", ("đỏ", "lả"): "đỏ lửa",
    ("bị", "bổ"): "bị ngã", ("bổ", "xe"): "ngã xe", ("răng", "rua"): "sao thế", ("vô", "nhà"): "vào nhà",
    ("đi", "vô"): "đi vào", ("chạy", "vô"): "chạy vào", ("cấp", "1"): "tiểu học", ("cấp", "2"): "cấp hai",
    ("cấp", "3"): "cấp ba", ("cap", "1"): "tiểu học", ("cap", "2"): "cấp hai", ("cap", "3"): "cấp ba",
}  # fmt: skip


SHORT_OR_SAID_THERE = TEENCODE.keys() | DIALECT.keys() | {first for first, _ in PAIRS}


def spell_out(words: list[str]) -> list[str]:
    """Write short forms and dialect out in full; a word without an entry stays."""
    out: list[str] = []
    done = 0
    for at, word in enumerate(words):
        if word not in SHORT_OR_SAID_THERE or at < done:  # most are not
            continue
        following = words[at + 1] if at + 1 < len(words) else ""
        if full := PAIRS.get((word, following)):
            end = at + 2
        elif full := _full(word, words[at - 1] if at else "", following):
            end = at + 1
        else:
            continue
        out += words[done:at]
        out += full.split()
        done = end
    return out + words[done:] if done else words


def _full(word: str, before: str, after: str) -> str | None:
    short = TEENCODE.get(word)
    if short is not None:
        return short
    dialect = DIALECT.get(word)
    if dialect is None:
        return None
    neighbours = NOT_DIALECT.get(word, ())
    return None if before in neighbours or after in neighbours else dialect
