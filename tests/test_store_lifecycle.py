"""A report's life: every status can be reached, none is a trap, and what is allowed is what the table says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogs.words import OPEN_STATUSES, Status
from store.lifecycle import TRANSITIONS, allowed_steps, machine, next_status

STEPS = sorted({step for step, _, _ in TRANSITIONS})
ENDS = {Status.MERGED, Status.WITHDRAWN}


def test_every_status_can_be_reached_from_received() -> None:
    reached, fresh = set(), {Status.RECEIVED}
    while fresh:
        reached |= fresh
        fresh = {to for _, sources, to in TRANSITIONS if to and fresh & set(sources)} - reached
    assert reached == set(Status)


def test_only_a_merged_and_a_withdrawn_report_stay_as_they_are() -> None:
    assert {status for status in Status if not allowed_steps(status)} == ENDS


def test_every_open_report_can_be_finished_by_an_officer_and_taken_back_by_its_citizen() -> None:
    for status in OPEN_STATUSES:
        assert {"withdraw", "reject", "merge", "forward"} <= set(allowed_steps(status))


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("step", [*STEPS, "file", "correct", "", "no_such_step"])
def test_what_is_allowed_and_where_it_leads_agree(status: Status, step: str) -> None:
    rows = [(sources, to) for name, sources, to in TRANSITIONS if name == step and status in sources]
    assert len(rows) <= 1, "one step from one status leads to one place"
    assert (step in allowed_steps(status)) == bool(rows)
    assert next_status(status, step) == (rows[0][1] if rows else None)


def test_the_machine_is_shared_and_holds_no_report() -> None:
    assert machine() is machine()
    next_status(Status.RECEIVED, "assign")
    assert machine().models == []
    assert set(machine().states) == {status.value for status in Status}


def test_what_has_been_answered_cannot_be_answered_again() -> None:
    for status in set(Status) - set(OPEN_STATUSES):
        assert not {"accept", "forward", "ask", "resolve", "reject", "withdraw"} & set(allowed_steps(status))


@given(st.lists(st.sampled_from(STEPS), max_size=12))
def test_any_steps_keep_a_report_in_a_known_status(steps: list[str]) -> None:
    status = Status.RECEIVED
    for step in steps:
        status = next_status(status, step) or status
        assert status in Status


@pytest.mark.parametrize(
    ("steps", "status"),
    [
        (["assign", "accept", "resolve", "close"], Status.CLOSED),
        (["accept", "ask", "answer_question", "resolve", "reopen", "accept"], Status.IN_PROGRESS),
        (["assign", "reject", "reopen"], Status.ASSIGNED),
        (["assign", "forward", "accept", "ask", "forward"], Status.ASSIGNED),
        (["ask", "withdraw"], Status.WITHDRAWN),
    ],
)
def test_a_life_as_it_is_lived(steps: list[str], status: Status) -> None:
    now: Status | None = Status.RECEIVED
    for step in steps:
        assert now is not None
        now = next_status(now, step)
    assert now is status
