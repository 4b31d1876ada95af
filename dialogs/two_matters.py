"""Finding a second matter in one message: "đèn đường hỏng với cả rác cũng không ai dọn"."""

import re
from collections.abc import Callable

from dialogs.words import Prediction

# words that add something new. At a comma or a full stop one matter goes on too often (of 166 reports 8 would be cut
# there), and at "và" or "với" alone (3, each of them one matter: "trước và sau khi sửa")
JOINT = re.compile(
    r"\b(?:(?:với|voi|và|va) (?:cả|ca|lại|lai)|ngoài ra|ngoai ra|đồng thời|dong thoi|thêm nữa|them nua)\b",
    re.IGNORECASE,
)
MOST = 4  # joints at which a message is tried; each costs two looks of nlp
SHORTEST = 3  # words
CERTAIN = 0.9  # how sure of both fields, each alone
HINTED = 0.01  # how likely the whole message makes the other field; one matter in many words hardly ever does
TELLING = ("report", "proposal")


def second_matter(text: str, field: str, understand: Callable[[str], Prediction]) -> tuple[str, Prediction] | None:
    """The words of another matter beside that of `field`, and what is understood of them; None if there is but one."""
    joints = list(JOINT.finditer(text))[:MOST]
    hinted = {name for name, share in understand(text).alternatives if share >= HINTED} - {field} if joints else set()
    for joint in joints if hinted else ():
        parts = [part.strip(" .,;\n") for part in (text[: joint.start()], text[joint.end() :])]
        if min(len(part.split()) for part in parts) < SHORTEST:
            continue
        seen = [understand(part) for part in parts]
        if not all(one.kind in TELLING and one.confidence >= CERTAIN for one in seen):
            continue
        for other, own in ((0, 1), (1, 0)):
            if seen[own].category == field and seen[other].category in hinted:
                return parts[other], seen[other]
    return None
