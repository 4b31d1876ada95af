"""The diagrams in docs/ are what the tables say."""

from pathlib import Path

import pytest

from bot.draw import diagrams

FOLDER = Path(__file__).parent.parent / "docs" / "dialogs"


@pytest.mark.parametrize("name", sorted(diagrams()))
def test_the_diagram_is_fresh(name: str) -> None:
    drawn = (FOLDER / f"{name}.md").read_text(encoding="utf-8")
    assert drawn == diagrams()[name], "run `langnghe draw`"


def test_no_diagram_is_left_over() -> None:
    assert {path.stem for path in FOLDER.glob("*.md")} == set(diagrams())
