"""The words about people's names: what introduces them, what they are, and what only looks like one."""

# ruff: noqa: SIM905 word lists are read as text, not as two hundred quoted lines

from nlp.normalise import fold

# Words that are followed by a person's name. Those in SHY need a known name after them: "em hoa" but "em đi".
CUES = set(
    """
    ông bà anh chị cô chú bác thím dì cậu mợ o mệ thầy cụ mụ lão ả eng dượng ôn mự tên ong chu bac cu thim mu lao
    """.split()
)
SHY = set(
    """
    em cháu con bạn thằng đứa bé chi anh ba co o me chau be thang ban ten vợ chồng thay chị fb facebook zalo
    """.split()
)
# Who speaks is named only over a "là": "tôi là Hùng", but not "quê tôi là Thanh Chương".
SELF = set("tôi toi tui mình minh".split())
NOT_SELF = set("quê que nhà nha xóm xom xã xa chỗ nơi bên".split())
# What somebody is, followed at once by a single name: "kế toán Thúy".
ROLES = set(
    """
    kế toán,y tá,y sĩ,y sỹ,giáo viên,bảo vệ,thủ quỹ,hiệu trưởng,chủ tịch,bí thư,công an,cán bộ,an viên,địa chính,tư pháp
    """.strip().split(",")
)
BETWEEN = set(
    """
    giáo chủ trưởng phó hàng xóm hiệu thôn là bí thư tịch giám đốc của nhà quán chồng vợ trai gái tên y tá sĩ
    bác ta rể dâu nuôi họ nội ngoại hai cả út lớn lái công an kế toán thủ quỹ địa chính tổ đội la tôi toi mình
    """.split()
)
# Before the cue or the name these make a public place, a street or an institution of it.
PUBLIC = set(
    """
    đường phố cầu chợ miếu đền chùa đình ngã ba tư năm dốc khe hồ đập bến đò núi rú hòn đèo ngõ bãi cống xóm
    thôn làng bản khối trường thpt thcs học non cấp quảng tượng đài viện công viên hiệu xã huyện tỉnh tp phường
    kênh mương đảo đồi cồn giếng eo tnhh cp dntn htx phần nghiệp tích khách
    duong pho cau cho mieu den chua dinh nga doc ho dap ben do nui deo truong
    thi ql lăng khu sân ty
    """.split()
)
# "giáo viên Nguyễn Thị Hoa", "chủ tịch xã Lê Văn Nam" are people all the same.
NOT_BEFORE_FULL_NAME = PUBLIC - set("viên hiệu xã huyện xóm thôn làng bản khối ba tư năm sân ty ho thi học".split())
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
    xuân xuyến yến ý bảy năm sáu ba hai chín mười tửu thỏa lực lượng bằng hệ lụa luyến luyện mạo hoè na tí tèo bi
    bin bống cún mít hường hoạt hoạch kha khiêm lạc mẫn nghị nhạn niên phan phùng sỹ thiện thiết thoan tráng triều
    """.split()
)
GIVEN_PLAIN = set(map(fold, GIVEN))
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
# After ông, bà, bác … these too; anh, chị, em say other things with them ("anh bình tĩnh", "chị hồng hào").
SMALL_ELDER = set(
    """
    hòa thắm lài lan hồng hậu hưng hường lâm lân minh nghĩa nhâm nhàn quế sâm sửu tấn thịnh tứ tuệ vĩnh vỹ bình bính
    chiến châu cúc diệp dung dương đức giáp hiển phúc phước sỹ tú luyện bảy sáu tám chín mười
    """.split()
)
# A given name and another word that make a third thing of it.
COMPOUNDS = set(
    """
    thanh tra,sinh viên,đại diện,bảo vệ,bình thường,bình tĩnh,bình chọn,công an,công nhân,giáo viên,chính quyền,tài xế,
    thường trực,hoàn toàn,minh bạch,minh oan,nhân viên,thương binh,thanh niên,thanh toán,phó chủ,đức độ,hồng hào
    """.replace("\n    ", "").split(",")
)
ELDERS = set("ông bà bác lão mụ o mệ dượng mự cụ".split())
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
    "đô lương",
    "do luong",
    "con cuông",
    "con cuong",
    "anh sơn",
    "việt kiều",
    "việt nam",
)
# Surnames that, in small letters, begin everyday phrases: quản lý thị trường, cao văn …
EVERYDAY = set("lý đồng cao hà lương mai đào thái la giản chu vi văn ho do vu dang ta to vo le la ngo ly bui".split())
# These, small, begin a name and nothing else.
SURELY = set("nguyễn trần phạm hoàng huỳnh đặng bùi nguyen tran pham hoang huynh".split())
