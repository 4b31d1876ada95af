"""A trained model is a folder: one file per classifier and a manifest that names, measures and vouches for them."""

import hashlib
import json
import math
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from nlp.scorer import Scorer, Winner, agrees

MANIFEST = "model.json"
FORMAT = 1
NAMES = ("category", "kind", "proposal", "urgent", "denunciation")


class NoModel(Exception):
    """There is no usable trained model in this folder; run `langnghe train`."""


class Model:
    """The classifiers of one folder, read once and only read from then on; safe to share between threads."""

    def __init__(self, scorers: Mapping[str, Scorer | Winner], manifest: Mapping[str, Any]) -> None:
        self._scorers = scorers
        self._temperatures = {name: float(manifest["classifiers"][name]["temperature"]) for name in scorers}
        self.manifest = manifest

    @classmethod
    def load(cls, folder: Path) -> "Model":
        """Read and check the folder; raises NoModel when a file is missing, cut short or altered."""
        manifest = read_manifest(folder)
        scorers = {name: _scorer(folder, entry) for name, entry in manifest["classifiers"].items()}
        if missing := set(NAMES) - set(scorers):
            raise NoModel(f"{folder}: the model lacks {', '.join(sorted(missing))}")
        return cls(scorers, manifest)

    def margin(self, name: str, features: Iterable[str], label: str) -> float:
        """Return the raw margin of one class; above 0 the classifier says yes."""
        scorer = self._scorers[name]
        return scorer.margins(features)[scorer.classes.index(label)]

    def probabilities(self, name: str, features: Iterable[str]) -> list[tuple[str, float]]:
        """Return the calibrated probability of every class, best first."""
        scorer = self._scorers[name]
        shares = softmax(scorer.margins(features), self._temperatures[name])
        return sorted(zip(scorer.classes, shares, strict=True), key=lambda pair: -pair[1])

    def contributions(self, name: str, features: Iterable[str], label: str) -> list[tuple[str, float]]:
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


def save(folder: Path, files: Mapping[str, Path], entries: Mapping[str, dict[str, Any]], facts: dict[str, Any]) -> None:
    """Move freshly trained files into the folder; the manifest goes last, so a reader sees the old model or the new."""
    folder.mkdir(parents=True, exist_ok=True)
    classifiers = {}
    for name, file in files.items():
        digest = _sha256(file)
        kept = f"{name}-{digest[:12]}.bin"
        os.replace(file, folder / kept)
        classifiers[name] = {
            "file": kept, "size": (folder / kept).stat().st_size, "sha256": digest, **entries[name],
        }  # fmt: skip
    draft = folder / f"{MANIFEST}.new"
    manifest = {"format": FORMAT, **facts, "classifiers": classifiers}
    draft.write_text(json.dumps(manifest, ensure_ascii=False, indent=1), encoding="utf-8")
    os.replace(draft, folder / MANIFEST)
    for stale in set(folder.glob("*.bin")) - {folder / entry["file"] for entry in classifiers.values()}:
        stale.unlink()


def _scorer(folder: Path, entry: Mapping[str, Any]) -> Scorer | Winner:
    """Open one classifier, but only if it is byte for byte the file that was saved: load() aborts on a corrupt one."""
    file = folder / entry["file"]
    if not file.exists() or file.stat().st_size != entry["size"] or _sha256(file) != entry["sha256"]:
        raise NoModel(f"{file}: missing or damaged; run `langnghe train`.")
    try:
        scorer = Scorer(file)
        if all(agrees(scorer, *check) for check in entry["checks"]):
            return scorer
    except (ValueError, IndexError, OverflowError, MemoryError, ArithmeticError):
        pass  # another layout than 3.3.2 wrote: the library itself still reads it
    return Winner(file)


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
