"""Report codes: short, unguessable, typo-proof, e.g. `TC-7K3F-2Q`."""

import re
import secrets

# No I, L, O, U: they read as 1, 0 and V. 31 is prime, so the weighted sum below catches every single typo
# and every swap of two characters (as in ISBN-10).
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXY"
BODY_LENGTH = 5
LOOKALIKES = str.maketrans({"O": "0", "I": "1", "L": "1", "U": "V", "Z": "2"})


def new_code(prefix: str) -> str:
    """A fresh random code (31^5 = 28.6 million bodies; the table's unique key catches the rare repeat)."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(BODY_LENGTH))
    return spell(prefix, body + check_character(body))


def check_character(body: str) -> str:
    """The sixth character: the position-weighted sum of the five, modulo 31."""
    return ALPHABET[sum(weight * ALPHABET.index(char) for weight, char in enumerate(body, 2)) % len(ALPHABET)]


def spell(prefix: str, six: str) -> str:
    """`7K3F2Q` as people read it: `TC-7K3F-2Q`."""
    return f"{prefix}-{six[:4]}-{six[4:]}"


def find_code(text: str, prefix: str) -> tuple[str, bool] | None:
    """The first thing in `text` that looks like a code, and whether its check character is right."""
    found = re.search(rf"\b{prefix}[\s-]*([0-9A-Z]{{4}})[\s-]*([0-9A-Z]{{2}})\b", text.upper())
    if not found:
        return None
    six = (found[1] + found[2]).translate(LOOKALIKES)
    return spell(prefix, six), check_character(six[:BODY_LENGTH]) == six[BODY_LENGTH]
