"""The trained model for this installation: loaded, or trained once from the bundled corpus."""

from collections.abc import Callable
from pathlib import Path

from nlp.examples import CORPUS, fingerprint
from nlp.model import Model, NoModel
from nlp.train import train_in_subprocess


def ready_model(folder: Path, announce: Callable[[str], None]) -> Model:
    """The model in `folder`; trained first if there is none or the bundled corpus has changed since."""
    try:
        model = Model.load(folder)
        if model.manifest.get("corpus") == fingerprint(CORPUS) or (folder / "promoted").exists():
            return model
    except NoModel:
        pass
    announce("Đang học từ kho ví dụ (một lần, vài giây)… / training the classifier once…")
    train_in_subprocess(folder)
    return Model.load(folder)
