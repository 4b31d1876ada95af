"""A trained model is a folder: one file per classifier, the concepts it knows, and a manifest that vouches for them."""

import hashlib
import json
import math
import mmap
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from operator import itemgetter
from pathlib import Path
from typing import Any

from marisa_trie import Trie

from dialogs.words import Expected
from nlp.concepts import Concepts
from nlp.duplicates import HOUSE, Signs
from nlp.features import features_of
from nlp.senses import Senses
from nlp.table import Head, Margins, Rows, Table
from nlp.winners import Winners

MANIFEST = "model.json"
FORMAT = 7
TOLERANCE = 2e-3  # on a margin; the library sums in 32 bits and in another order
PARTS = ("concepts.json", "words.trie", "table.bin", "troubles.json", "senses.trie", "senses.bin")
NAMES = ("category", "kind", "proposal", "urgent", "denunciation")


class NoModel(Expected):
    """There is no usable trained model in this folder; run `langnghe train`."""


class Model:
    """The classifiers of one folder, read once and only read from then on; safe to share between threads."""

    def __init__(
        self, classifiers: Table | Winners, concepts: Concepts, senses: Senses, manifest: Mapping[str, Any]
    ) -> None:
        self._classifiers = classifiers
        self._concepts = concepts
        self.senses = senses
        self.manifest = manifest
        self.alike = _weights(manifest.get("alike"))

    @classmethod
    def load(cls, folder: Path) -> "Model":
        """Read and check the folder; raises NoModel when a file is missing, cut short or altered."""
        manifest = read_manifest(folder)
        if missing := set(NAMES) - set(manifest["classifiers"]):
            raise NoModel(f"{folder}: the model lacks {', '.join(sorted(missing))}")
        parts = {name: _vouched(folder, manifest["parts"][name]) for name in PARTS}
        concepts = _concepts(parts["concepts.json"])
        return cls(_classifiers(folder, manifest, parts), concepts, open_senses(parts), manifest)

    def features(self, words: list[str], form: Iterable[str] = ()) -> Counter[str]:
        """Return what the classifiers see of normalised words, and of the form of their message, counted."""
        return Counter([*features_of(words, self._concepts), *form])

    def rows(self, features: Iterable[str]) -> Rows:
        """Return what is known of features: of those that have come up in what was learnt."""
        return self._classifiers.rows(features)

    def margins(self, features: Mapping[str, int], rows: Rows | None = None) -> Margins:
        """Return the raw margin of every class of every classifier; above 0 a class says yes.

        Whoever has looked up the features' rows passes them on.
        """
        return self._classifiers.margins(features, rows)

    def fields(self, margins: Mapping[str, float], softer: float = 1.0) -> list[tuple[str, float]]:
        """Return the probability of every category, best first, for the margins of `category`.

        Calibrated, or more modest: at so many times the temperature.
        """
        shares = softmax(list(margins.values()), softer * self.manifest["temperature"])
        return sorted(zip(margins, shares, strict=True), key=itemgetter(1), reverse=True)

    def knows_any(self, features: Iterable[str]) -> bool:
        """Tell whether any of these has come up in what was learnt: of random letters none has."""
        return any(self._classifiers.rarity(feature) is not None for feature in features)

    def rarity(self, feature: str) -> float:
        """Return how rare a feature is in all messages learnt from (its idf); an unknown one is the rarest."""
        known = self._classifiers.rarity(feature)
        return self.manifest["rarest"] if known is None else known

    def contributions(self, name: str, rows: Rows, label: str) -> list[tuple[str, float]]:
        """Return the features that speak for a class, the strongest first."""
        return self._classifiers.contributions(rows, name, label)


def open_senses(parts: Mapping[str, Path]) -> Senses:
    """Open what training has learnt of the senses of words."""
    troubles = _concepts(parts["troubles.json"])
    return Senses(Trie().mmap(str(parts["senses.trie"])), _mapped(parts["senses.bin"]), troubles)


def _concepts(file: Path) -> Concepts:
    return Concepts(json.loads(file.read_text(encoding="utf-8")))


def _weights(kept: object) -> Signs:
    """Return the weights of duplicates that were fitted with a model; the house's if they are none."""
    fitted = isinstance(kept, list) and len(kept) == len(HOUSE) and all(map(math.isfinite, kept))
    return Signs(*kept) if isinstance(kept, list) and fitted else HOUSE


def softmax(margins: Sequence[float], temperature: float) -> list[float]:
    """Turn margins into shares that sum to one; a higher temperature makes them more modest."""
    top = max(margins)
    powers = [math.exp((margin - top) / temperature) for margin in margins]
    total = sum(powers)
    return [power / total for power in powers]


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read the manifest alone: when the model was made, from what, with which figures."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise NoModel(f"{folder}: {NoModel.__doc__}") from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise NoModel(f"{folder}: made by another version of this program; run `langnghe train`.")
    return manifest


def save(folder: Path, workshop: Path, made: Mapping[str, Mapping[str, Any]], facts: Mapping[str, Any]) -> None:
    """Move what training left in `workshop` into the folder; the manifest goes last, so a reader sees old or new."""
    manifest: dict[str, Any] = {
        "format": FORMAT,
        **facts,
        "parts": {part: _moved(workshop / part, folder) for part in PARTS},
    }
    manifest["classifiers"] = {name: {**_moved(workshop / f"{name}.bin", folder), **made[name]} for name in NAMES}
    draft = folder / f"{MANIFEST}.new"
    draft.write_text(json.dumps(manifest, ensure_ascii=False, indent=1), encoding="utf-8")
    draft.replace(folder / MANIFEST)
    named = {entry["file"] for entry in (*manifest["parts"].values(), *manifest["classifiers"].values())}
    for stale in folder.glob("*-????????????.*"):
        if stale.name not in named:
            stale.unlink()


def _moved(file: Path, folder: Path) -> dict[str, Any]:
    """Move a file under a name of its own content, so that no half-written model can be taken for a whole one."""
    raw = file.read_bytes()
    digest = hashlib.sha256(raw).hexdigest()
    kept = file.replace(folder / f"{file.stem}-{digest[:12]}{file.suffix}")
    return {"file": kept.name, "sha256": digest}


def _classifiers(folder: Path, manifest: Mapping[str, Any], parts: Mapping[str, Path]) -> Table | Winners:
    """Open the table; if it does not say what the library said at training time, the library itself is asked."""
    entries = manifest["classifiers"]
    words, sheet = parts["words.trie"], parts["table.bin"]
    try:
        heads = {name: Head(entry["classes"], entry["biases"]) for name, entry in entries.items()}
        table = Table(Trie().mmap(str(words)), _mapped(sheet), heads)
        if all(_agree(table.margins(Counter(features.split())), said) for features, said in manifest["checks"]):
            return table
    except (ValueError, KeyError, OverflowError, ArithmeticError):
        pass
    for entry in entries.values():
        _vouched(folder, entry)
    return Winners({name: folder / entry["file"] for name, entry in entries.items()})


def _agree(margins: Margins, said: Mapping[str, tuple[str, float]]) -> bool:
    """Tell whether our margins give the winners and the scores (label, score) that the library gave."""
    for name, (label, score) in said.items():
        best = max(margins[name].values())
        close = abs(best - math.log(score / (1 - score))) < TOLERANCE
        if not close or best - margins[name][label] >= TOLERANCE:
            return False
    return True


def _vouched(folder: Path, entry: Mapping[str, Any]) -> Path:
    """Return a file only if it is byte for byte the one saved: the library aborts the process on a corrupt one."""
    path = folder / str(entry["file"])
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise NoModel(f"{path}: missing; run `langnghe train`.") from error
    if digest != entry["sha256"]:
        raise NoModel(f"{path}: damaged; run `langnghe train`.")
    return path


def _mapped(path: Path) -> mmap.mmap:
    """Map a file into memory: only what is looked up is read, and workers on one host share it."""
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
