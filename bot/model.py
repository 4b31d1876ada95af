"""The trained model for this installation: loaded, or trained once from the bundled corpus."""

from collections.abc import Callable
from pathlib import Path

from bot.folders import ready_folder
from nlp.examples import CORPUS, fingerprint
from nlp.model import Model, NoModel
from nlp.train import train_in_subprocess

CHOSEN = (
    "promoted"  # the mark in a model's folder that an operator chose it: a newer bundled corpus does not replace it
)


def is_current(model: Model, folder: Path) -> bool:
    """Whether it has learnt from the corpus as it is now, or is an operator's choice."""
    return model.manifest.get("corpus") == fingerprint(CORPUS) or (folder / CHOSEN).exists()


def ready_model(folder: Path, announce: Callable[[str], None]) -> Model:
    """The model in `folder`; trained first if there is none or the corpus has changed since. Raises NoFolder."""
    try:
        model = Model.load(folder)
        if is_current(model, folder):
            return model
    except NoModel:
        pass
    ready_folder("files.model", folder)
    announce("Đang học từ kho ví dụ (một lần, chừng nửa phút)… / training the classifier once, half a minute…")
    train_in_subprocess(folder)
    return Model.load(folder)
