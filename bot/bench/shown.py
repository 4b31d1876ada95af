"""The figures of a bench as a table for people and as JSON for programs."""

import json
from collections.abc import Iterator
from dataclasses import asdict

from bot.bench.turns import Bench, Figures

HEAD = (
    f"{'':<42}{'turns/s':>8}{'p50':>7}{'p95':>7}{'p99':>7}{'answer':>8}{'cpu':>7}{'half':>8}{'p99':>7}{'MB':>6}{'!':>4}"
)
LEGEND = (
    "p50 p95 p99: ms from the POST to its 200 · answer: ms until the reply has come, p95 · "
    "cpu: ms a turn · half: turns/s at half the load and their p99 · !: faults"
)


def as_json(bench: Bench) -> str:
    """One object."""
    return json.dumps(asdict(bench), ensure_ascii=False, indent=2)


def as_text(bench: Bench) -> str:
    """A table with what it was measured on."""
    return "\n".join(_lines(bench))


def _lines(bench: Bench) -> Iterator[str]:
    yield f"{bench.machine} · {bench.durability} · {bench.chats} chats"
    yield HEAD
    for one in bench.figures:
        yield _row(one)
    yield LEGEND
    ours = bench.figures[0]
    if ours.backlog is not None:
        yield f"everything delivered {ours.backlog:.2f} s after the last turn"
    if ours.time_goes:
        yield "time goes to: " + ", ".join(f"{kind} {share:.0%}" for kind, share in ours.time_goes.items())
    for other in bench.figures[1:]:
        yield f"{ours.full.turns_per_second / other.full.turns_per_second:.2f} × {other.name}"


def _row(one: Figures) -> str:
    full, half = one.full, one.half
    times = f"{full.p50:>7.1f}{full.p95:>7.1f}{full.p99:>7.1f}{full.answered_p95:>8.1f}{full.cpu_per_turn:>7.2f}"
    paced = f"{half.turns_per_second:>8.0f}{half.p99:>7.1f}" if half else f"{'':>15}"
    faults = full.faults + (half.faults if half else 0)
    return f"{one.name:<42}{full.turns_per_second:>8.0f}{times}{paced}{one.memory:>6.0f}{faults:>4}"
