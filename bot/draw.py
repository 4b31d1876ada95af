"""The dialogs and the report's life as Mermaid diagrams, drawn by transitions itself from the same tables."""

from typing import Any

from transitions.extensions import GraphMachine

from dialogs.dialog import DECIDE, ENDS, Dialog
from dialogs.front import DIALOGS
from dialogs.staff import StaffDialog
from dialogs.words import Status
from store.lifecycle import TRANSITIONS


def diagrams() -> dict[str, str]:
    """name → a Markdown page with one Mermaid diagram."""
    pages = {name: _dialog(dialog) for name, dialog in {**DIALOGS, StaffDialog.name: StaffDialog}.items()}
    return {**pages, "lifecycle": _lifecycle()}


def _dialog(dialog: type[Dialog]) -> str:
    states = [*dialog.states, *ENDS, *([DECIDE] if any(row.dest == DECIDE for row in dialog.rows) else [])]
    rows: list[dict[str, Any]] = []
    for row in dialog.rows:
        sources = [*dialog.states] if row.source == "*" else [row.source] if isinstance(row.source, str) else row.source
        rows += [_edge(row.trigger, source, row.dest or source, row.when) for source in sources]
    return _page(f"{dialog.name} dialog", (dialog.__doc__ or "").splitlines()[0], states, rows)


def _lifecycle() -> str:
    rows: list[dict[str, Any]] = []
    for step, sources, to in TRANSITIONS:
        rows += [_edge(step, source, to or source, "") for source in sources]
    return _page("a report's life", "Every status change, from store/lifecycle.py.", list(Status), rows)


def _edge(trigger: str, source: str, dest: str, when: str) -> dict[str, Any]:
    return {"trigger": f"{trigger} [{when}]" if when else trigger, "source": str(source), "dest": str(dest)}


def _page(title: str, sentence: str, states: list[str], rows: list[dict[str, Any]]) -> str:
    names = [str(state) for state in states]
    machine = GraphMachine(
        states=names, transitions=rows, initial=names[0], auto_transitions=False, graph_engine="mermaid", title=title
    )
    lines = (machine.get_combined_graph().draw(None) or "").strip().splitlines()
    drawn = "\n".join(line.rstrip() for line in lines)
    return f"# {title}\n\n{sentence} Written by `langnghe draw`.\n\n```mermaid\n{drawn}\n```\n"
