"""The life of a report as one table: which step leads from where to where, and nothing else."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from transitions import Machine

from dialogs.words import Status

# step, from, to: the only place where a status may be decided
TRANSITIONS: list[tuple[str, list[Status], Status | None]] = [
    ("assign", [Status.RECEIVED], Status.ASSIGNED),
    ("accept", [Status.RECEIVED, Status.ASSIGNED], Status.IN_PROGRESS),
    ("forward", [Status.RECEIVED, Status.ASSIGNED, Status.IN_PROGRESS, Status.NEED_INFO], Status.ASSIGNED),
    ("ask", [Status.RECEIVED, Status.ASSIGNED, Status.IN_PROGRESS], Status.NEED_INFO),
    ("answer_question", [Status.NEED_INFO], Status.IN_PROGRESS),
    ("resolve", [Status.IN_PROGRESS, Status.NEED_INFO], Status.RESOLVED),
    (
        "reject",
        [Status.RECEIVED, Status.ASSIGNED, Status.IN_PROGRESS, Status.NEED_INFO],
        Status.REJECTED,
    ),
    ("merge", [Status.RECEIVED, Status.ASSIGNED, Status.IN_PROGRESS, Status.NEED_INFO], Status.MERGED),
    ("withdraw", [Status.RECEIVED, Status.ASSIGNED, Status.IN_PROGRESS, Status.NEED_INFO], Status.WITHDRAWN),
    ("close", [Status.RESOLVED], Status.CLOSED),
    ("reopen", [Status.RESOLVED, Status.CLOSED, Status.REJECTED], Status.ASSIGNED),
]


@dataclass(slots=True)
class Life:
    """The light model that the shared machine moves."""

    status: str


@cache
def machine() -> Machine:
    """The one machine, shared by all reports; models are never registered with it."""
    states = [status.value for status in Status]
    built = Machine(model=None, states=states, initial=None, auto_transitions=False, model_attribute="status")
    for step, sources, dest in TRANSITIONS:
        built.add_transition(step, [source.value for source in sources], dest.value if dest else "=")
    return built


def next_status(status: Status, step: str) -> Status | None:
    """The status to which `step` leads, or None if it is not allowed from here."""
    if step not in allowed_steps(status):
        return None
    life = Life(status.value)
    event: Any = machine().events[step]
    event.trigger(life)
    return Status(life.status)


@cache
def allowed_steps(status: Status) -> tuple[str, ...]:
    """The steps that the table allows from here, in the table's order."""
    return tuple(step for step, sources, _ in TRANSITIONS if status in sources)
