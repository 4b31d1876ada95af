"""What the people of a bench write: our own corpus, each text with a place of the town."""

import itertools
from collections.abc import Iterator

from dialogs.words import Locality
from nlp.examples import CORPUS
from nlp.understand import Understanding

MOST = 500
LONGEST = 300  # characters


def texts(locality: Locality, understanding: Understanding) -> list[str]:
    """Distinct complete reports, the fields taking turns."""
    return list(itertools.islice(_reports(locality, understanding), MOST))


def _reports(locality: Locality, understanding: Understanding) -> Iterator[str]:
    fields = [_lines(category) for category in locality.categories]
    places = itertools.cycle(commune.name for commune in locality.communes.values())
    hamlets = itertools.cycle(range(1, 12))
    for line in filter(None, itertools.chain.from_iterable(itertools.zip_longest(*fields))):
        text = f"{line}, ở xóm {next(hamlets)} {next(places)}"
        if understanding.understand(text).kind == "report":
            yield text


def _lines(category: str) -> list[str]:
    path = CORPUS / f"{category}.txt"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [line for line in lines if line and not line.startswith("#") and len(line) <= LONGEST]
