"""A trained model is a folder: one file per classifier, the concepts it knows, and a manifest that vouches for them."""

import hashlib
import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dialogs.words import Expected
from nlp.concepts import Concepts
from nlp.features import features_of
from nlp.scorer import Scorer, Winner, agrees

MANIFEST = "model.json"
FORMAT = 3
NAMES = ("category", "kind", "proposal", "urgent", "denunciation")


class NoModel(Expected):
    """There is no usable trained model in this folder; run `langnghe train`."""


class Model:
    """The classifiers of one folder, read once and only read from then on; safe to share between threads."""

    def __init__(self, scorers: Mapping[str, Scorer | Winner], concepts: Concepts, manifest: Mapping[str, Any]) -> None:
        self._scorers = scorers
        self._concepts = concepts
        self._temperatures = {name: float(manifest["classifiers"][name]["temperature"]) for name in scorers}
        self.manifest = manifest

    @classmethod
    def load(cls, folder: Path) -> "Model":
        """Read and check the folder; raises NoModel when a file is missing, cut short or altered."""
        manifest = read_manifest(folder)
        scorers = {name: _scorer(folder, entry) for name, entry in manifest["classifiers"].items()}
        if missing := set(NAMES) - set(scorers):
            raise NoModel(f"{folder}: the model lacks {', '.join(sorted(missing))}")
        return cls(scorers, Concepts(json.loads(_vouched(folder, manifest["concepts"]))), manifest)

    def features(self, words: list[str]) -> Counter[str]:
        """Return what the classifiers see of normalised words, counted."""
        return Counter(features_of(words, self._concepts))

    def margins(self, name: str, features: Mapping[str, int]) -> dict[str, float]:
        """Return the raw margin of every class; above 0 a class says yes."""
        scorer = self._scorers[name]
        return dict(zip(scorer.classes, scorer.margins(features), strict=True))

    def probabilities(self, name: str, features: Mapping[str, int]) -> list[tuple[str, float]]:
        """Return the calibrated probability of every class, best first."""
        scorer = self._scorers[name]
        shares = softmax(scorer.margins(features), self._temperatures[name])
        return sorted(zip(scorer.classes, shares, strict=True), key=lambda pair: -pair[1])

    def rarity(self, feature: str) -> float:
        """Return how rare a feature is in all messages learnt from (its idf); an unknown one is the rarest."""
        return self._scorers["category"].rarity(feature)

    def contributions(self, name: str, features: Mapping[str, int], label: str) -> list[tuple[str, float]]:
        """Return the features that speak for a class, the strongest first."""
        return self._scorers[name].contributions(features, label)


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
    manifest: dict[str, Any] = {"format": FORMAT, **facts, "concepts": _moved(workshop / "concepts.json", folder)}
    manifest["classifiers"] = {
        name: {
            **_moved(workshop / f"{name}.bin", folder),
            "words": _moved(workshop / f"{name}.txt", folder),
            **made[name],
        }
        for name in NAMES
    }
    draft = folder / f"{MANIFEST}.new"
    draft.write_text(json.dumps(manifest, ensure_ascii=False, indent=1), encoding="utf-8")
    draft.replace(folder / MANIFEST)
    named = {manifest["concepts"]["file"]}
    for entry in manifest["classifiers"].values():
        named |= {entry["file"], entry["words"]["file"]}
    for stale in folder.glob("*-????????????.*"):
        if stale.name not in named:
            stale.unlink()


def _moved(file: Path, folder: Path) -> dict[str, Any]:
    """Move a file under a name of its own content, so that no half-written model can be taken for a whole one."""
    raw = file.read_bytes()
    digest = hashlib.sha256(raw).hexdigest()
    kept = file.replace(folder / f"{file.stem}-{digest[:12]}{file.suffix}")
    return {"file": kept.name, "size": len(raw), "sha256": digest}


def _scorer(folder: Path, entry: Mapping[str, Any]) -> Scorer | Winner:
    """Open one classifier; if its layout is not the one we read, the library itself still reads it."""
    raw = _vouched(folder, entry)
    try:
        words = _vouched(folder, entry["words"]).decode().split("\n")
        scorer = Scorer(raw, words, entry["end_of_vocabulary"])
        if all(agrees(scorer, *check) for check in entry["checks"]):
            return scorer
    except (ValueError, IndexError, OverflowError, MemoryError, ArithmeticError):
        pass
    return Winner(folder / entry["file"])


def _vouched(folder: Path, entry: Mapping[str, Any]) -> bytes:
    """Read a file only if it is byte for byte the one saved: the library aborts the process on a corrupt one."""
    file = folder / str(entry["file"])
    try:
        raw = file.read_bytes() if file.stat().st_size == entry["size"] else b""
    except OSError as error:
        raise NoModel(f"{file}: missing; run `langnghe train`.") from error
    if hashlib.sha256(raw).hexdigest() != entry["sha256"]:
        raise NoModel(f"{file}: damaged; run `langnghe train`.")
    return raw
