"""Where a text says a person's name."""

from collections.abc import Iterator

from nlp.name_words import (
    BETWEEN,
    COMPOUNDS,
    CUES,
    ELDERS,
    EVERYDAY,
    FAMOUS,
    GIVEN,
    GIVEN_PLAIN,
    MIDDLE,
    NOT_AFTER,
    NOT_BEFORE_FULL_NAME,
    NOT_SELF,
    PUBLIC,
    ROLES,
    SELF,
    SHY,
    SMALL,
    SMALL_ELDER,
    SMALL_PLAIN,
    SURELY,
    SURNAMES,
)
from nlp.tokens import Token, Tokens

_INTRODUCING, _NO_NAMES = CUES | SHY | SELF | {role.split()[-1] for role in ROLES}, (CUES | BETWEEN) - GIVEN
_BEFORE_OR_FIRST = _INTRODUCING | SURNAMES
_TIMID = SHY | SELF | {"tên"}
_NO_PERSON = PUBLIC - GIVEN - SURNAMES  # "tên Đường", "con Sông Lam"
_EVER_SMALL = SMALL | SMALL_PLAIN | SMALL_ELDER
_PAUSE = frozenset('.,;!?\n"“”')
_REACH = 3  # words from a cue to the name, over at most two words of role between them

Span = tuple[int, int]


def names_in(tokens: Tokens) -> Iterator[Span]:
    """Yield where private persons' names stand, without the cue word before them."""
    after = 0
    for at in _likely(tokens):
        if at >= after and (size := _full_name(tokens, at) or _after_cue(tokens, at)):
            after = at + size
            yield tokens.start(at), tokens.end(after - 1)


def _likely(tokens: Tokens) -> list[int]:
    """Return where a name may begin: at a surname, or up to three words after a cue."""
    likely: set[int] = set()
    for at, word in enumerate(tokens.words):
        if word in _BEFORE_OR_FIRST:
            if word in SURNAMES:
                likely.add(at)
            if word in _INTRODUCING:
                likely.update(range(at + 1, min(at + _REACH, len(tokens) - 1) + 1))
    return sorted(likely)


def _full_name(tokens: Tokens, at: int) -> int:
    """Return how many words a surname begins a name of: Nguyễn Văn Hùng, nguyen van hung; 0 for none."""
    surname = tokens[at].word
    if surname not in SURNAMES or _famous(tokens, at) or _is_compound(tokens, at):
        return 0
    if at and tokens[at - 1].word in NOT_BEFORE_FULL_NAME:
        return 0
    run = _run(tokens, at, 5)
    is_written = len(run) > 1 and tokens[at].capital and run[1].capital
    if is_written and not tokens.shouted and not (surname.isascii() and tokens.accented):
        size = 1
        while size < len(run) and run[size].capital:
            size += 1
        return size if size >= 2 and _namelike(run[1:size]) else 0
    if surname in EVERYDAY or len(run) < 3:
        return 0
    introduced = at > 0 and (tokens[at - 1].word in CUES | SELF or tokens[at - 1].plain in ("la", "ten"))
    known = _given(run[2]) or ((introduced or surname in SURELY) and run[2].plain in GIVEN_PLAIN)
    if run[1].word in ("thị", "văn", "thi", "van") and known:
        return 4 if len(run) >= 4 and _given(run[3]) and run[2].word in MIDDLE else 3
    return 3 if known and surname in SURELY and (introduced or run[1].word in MIDDLE) else 0


def _after_cue(tokens: Tokens, at: int) -> int:
    """Return how many words after a cue are a name: [ông] Hùng, [bà] Trần Thị Mai, [anh] tuấn."""
    if not tokens[at].capital and tokens[at].word not in _EVER_SMALL:
        return 0
    cue = None if _public_before(tokens, at) else _cue_before(tokens, at)
    if cue is None and _after_role(tokens, at) and not tokens.shouted:
        return 1
    if cue is None or tokens[at].word in NOT_AFTER.get(cue.word, ()) or tokens[at].word in _NO_NAMES:
        return 0
    if _famous(tokens, at) or _is_compound(tokens, at) or not tokens[at].word.isalpha():
        return 0
    if cue.word in _TIMID and tokens[at].word in _NO_PERSON:
        return 0
    run = _run(tokens, at, 4)
    if tokens[at].capital and not tokens.shouted:
        size = 1
        while size < len(run) and run[size].capital:
            size += 1
        known = any(map(_given, run[:size])) or run[0].word in SURNAMES or run[0].word in MIDDLE
        return size if known or cue.word not in SHY | SELF else 0
    small = SMALL_PLAIN if tokens[at].word.isascii() else SMALL | SMALL_ELDER if cue.word in ELDERS else SMALL
    return int(cue.word not in _TIMID and tokens[at].word in small)


def _after_role(tokens: Tokens, at: int) -> bool:
    if not (_is_single(tokens, at) and _given(tokens[at])):
        return False
    return " ".join(tokens.words[max(0, at - 2) : at]) in ROLES and not _is_compound(tokens, at)


def _cue_before(tokens: Tokens, at: int) -> Token | None:
    """Return the cue word that introduces this word, over at most two words of role between them."""
    back = at - 1
    while back >= 0 and at - back <= _REACH:
        token = tokens[back]
        if not _PAUSE.isdisjoint(tokens.gaps[back + 1]):
            return None
        if token.word in SELF and not (back and (token.capital or tokens[back - 1].word in NOT_SELF)):
            return token if at - back > 1 or _is_single(tokens, at) else None
        if token.word in CUES or token.word in SHY:
            return None if _public_before(tokens, back) or _no_cue(tokens, back) else token
        if token.word not in BETWEEN or not tokens[at].capital:
            return None
        back -= 1
    return None


def _run(tokens: Tokens, at: int, most: int) -> list[Token]:
    """Return the words from here on that no punctuation separates."""
    end = at + 1
    while end < min(at + most, len(tokens)) and not tokens.gaps[end].strip():
        end += 1
    return tokens[at:end]


def _public_before(tokens: Tokens, at: int) -> bool:
    """Tell whether a public place is called so; `gia đình` is no communal house."""
    if not at or tokens[at - 1].word not in PUBLIC:
        return False
    return not (tokens[at - 1].plain == "dinh" and at > 1 and tokens[at - 2].plain == "gia")


def _is_single(tokens: Tokens, at: int) -> bool:
    """Tell whether one capital stands by itself: "tôi Hưng ở xóm 6", but not "tôi Hà Tĩnh"."""
    return tokens[at].capital and not (at + 1 < len(tokens) and tokens[at + 1].capital)


def _is_compound(tokens: Tokens, at: int) -> bool:
    """Tell whether two words make a third thing here: `thanh tra`."""
    return " ".join(tokens.words[at : at + 2]) in COMPOUNDS


def _famous(tokens: Tokens, at: int) -> bool:
    said = " ".join(tokens.words[at : at + 3])
    whole = f"{tokens[at - 1].word} {said}" if at else said
    return said.startswith(FAMOUS) or whole.startswith(FAMOUS)


def _no_cue(tokens: Tokens, at: int) -> bool:
    """Tell whether a cue word is something else here: `o` without accents around it is ở, `bà con` are the people."""
    word, before = tokens[at].word, tokens[at - 1].word if at else ""
    plain_around = all(token.word == token.plain for token in tokens[max(0, at - 4) : at + 4])
    return (word == "o" and plain_around) or (word, before) in {
        ("con", "bà"),
        ("con", "ba"),
        ("chi", "ho"),
        ("con", "trẻ"),
    }


def is_given(token: Token) -> bool:
    """Tell whether this is surely a name, whatever stands around it: a known one with a capital."""
    return token.capital and token.word in GIVEN


def _given(token: Token) -> bool:
    """Tell whether a word is a given name; one with a capital may lack its accents."""
    return token.word in GIVEN or token.word in SMALL_PLAIN or (token.capital and token.word in GIVEN_PLAIN)


def _namelike(words: list[Token]) -> bool:
    return any(_given(word) or word.word in MIDDLE for word in words) or len(words) >= 2
