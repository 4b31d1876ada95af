"""`langnghe bench understand`: what understanding a message costs, in all and part by part; loading; training."""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dialogs.words import Locality
from nlp.examples import CORPUS, read_examples
from nlp.model import Model
from nlp.normalise import clean, words
from nlp.places import Places
from nlp.privacy import public_text
from nlp.tokens import tokens_of
from nlp.understand import Understanding
from store.locality import bundled, load_locality

PROCESSES = ("loading", "one_line", "all_lines", "training")
LOADS = 5  # the one that cost least says what loading costs
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Cost:
    """One part of the work on a message, in microseconds of the clock and of the processor."""

    name: str
    median: float
    p95: float
    cpu_median: float


@dataclass(frozen=True, slots=True)
class Spent:
    """What a process took from its start to its end: seconds of the clock and of the processor, most memory in MB."""

    seconds: float
    cpu: float
    megabytes: float


@dataclass(frozen=True, slots=True)
class Figures:
    """All that was measured, over so many messages; loading leaves out what importing costs."""

    messages: int
    costs: tuple[Cost, ...]
    loading: Spent
    one_line: Spent
    all_lines: Spent
    training: Spent


def measure(
    locality: Locality, folder: Path, options: Sequence[str], most: int, announce: Callable[[str], None]
) -> Figures:
    """Measure on the corpus, evenly picked, with the model in `folder`; `options` are those of the command line."""
    texts = sorted({row.text for rows in read_examples(CORPUS).values() for row in rows})
    picked = texts[:: max(1, len(texts) // most)][:most]
    announce(f"{len(picked)} messages, then loading, `langnghe classify` and training in processes of their own…")
    costs = tuple(_costs(locality, Model.load(folder), picked))
    classify = [sys.executable, "-m", "bot", "classify", *options]
    one_line, all_lines = _spent(classify, picked[:1])[0], _spent(classify, picked)[0]
    told = [json.loads(_spent([sys.executable, "-m", __name__, str(folder)])[1][0]) for _ in range(LOADS)]
    with tempfile.TemporaryDirectory(prefix="bench-") as place:
        training = _spent([sys.executable, "-m", "nlp.train", place])[0]
    return Figures(len(picked), costs, min((Spent(*one) for one in told), key=_cpu), one_line, all_lines, training)


def as_json(found: Figures) -> str:
    """Return one object."""
    return json.dumps(
        {
            "messages": found.messages,
            "us": {cost.name: [round(cost.median), round(cost.p95), round(cost.cpu_median)] for cost in found.costs},
            **{name: _facts(getattr(found, name)) for name in PROCESSES},
        }
    )


def as_text(found: Figures) -> str:
    """Return a table."""
    rows = [f"{f'{found.messages} messages, µs each':<28}{'median':>8}{'p95':>8}{'cpu':>8}"]
    rows += [f"{cost.name:<28}{cost.median:>8.0f}{cost.p95:>8.0f}{cost.cpu_median:>8.0f}" for cost in found.costs]
    named = [(name.replace("_", " "), getattr(found, name)) for name in PROCESSES]
    rows += [f"{name:<28}{it.seconds:>8.3f} s {it.cpu:>8.3f} s cpu {it.megabytes:>6.0f} MB" for name, it in named]
    return "\n".join(rows)


def _costs(locality: Locality, model: Model, texts: Sequence[str]) -> Iterator[Cost]:
    understanding, places = Understanding(locality, model), Places(locality)
    cleaned = [clean(text) for text in texts]
    tokens = [tokens_of(text) for text in cleaned]
    said = [words(text) for text in cleaned]
    features = [model.features(one) for one in said]
    rows = [model.rows(found) for found in features]
    margins = [model.margins(found)["category"] for found in features]
    best = [max(one, key=one.__getitem__) for one in margins]
    yield _cost("all", understanding.understand, zip(texts))
    yield _cost("tokens", tokens_of, zip(cleaned))
    yield _cost("words", words, zip(cleaned))
    yield _cost("place", places.place_in, zip(cleaned, tokens, strict=True))
    yield _cost("public text", public_text, zip(cleaned, tokens, strict=True))
    yield _cost("features", model.features, zip(said))
    yield _cost("features looked up", model.rows, zip(features))
    yield _cost("margins, all classifiers", model.margins, zip(features, rows, strict=True))
    named = zip(["category"] * len(texts), rows, best, strict=True)
    yield _cost("weights behind the field", model.contributions, named)


def _cost(name: str, work: Callable[..., Any], arguments: Iterable[Sequence[Any]]) -> Cost:
    taken, worked = [], []
    for some in arguments:
        started, cpu = time.perf_counter(), time.thread_time()
        work(*some)
        worked.append(time.thread_time() - cpu)
        taken.append(time.perf_counter() - started)
    taken.sort()
    worked.sort()
    return Cost(name, 1e6 * taken[len(taken) // 2], 1e6 * taken[len(taken) * 95 // 100], 1e6 * worked[len(worked) // 2])


def _spent(command: Sequence[str], lines: Sequence[str] = ()) -> tuple[Spent, list[str]]:
    """Run a process to its end; what it took and what it said."""
    done = subprocess.run(  # noqa: S603 our own commands
        [sys.executable, "-m", "bot.bench.spent", *command],
        input="\n".join(lines).encode(),
        stdout=subprocess.PIPE,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    *said, last = done.stdout.decode().splitlines()
    return Spent(*json.loads(last)), said


def _cpu(spent: Spent) -> float:
    return spent.cpu


def _facts(spent: Spent) -> dict[str, float]:
    return {"seconds": round(spent.seconds, 3), "cpu": round(spent.cpu, 3), "megabytes": round(spent.megabytes, 1)}


def main() -> None:
    """Load the model in a process that has not done so yet, and say what that took."""
    locality = load_locality(bundled())
    started, cpu = time.perf_counter(), time.process_time()
    Understanding(locality, Model.load(Path(sys.argv[1])))
    taken = time.perf_counter() - started, time.process_time() - cpu
    print(json.dumps([*taken, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))


if __name__ == "__main__":
    main()
