"""What the books of a storm (tests/faults/storm.py) say is wrong."""

from itertools import chain

from tests.faults.storm import FLOOD, Storm


def faults(storm: Storm) -> list[str]:
    """One line for each promise that was broken."""
    heard, outcomes, sent = storm.heard(), storm.outcomes(), storm.sent()
    flood = sorted(heard.pop(FLOOD))
    said = {f"c{chat}": [f"c{chat}-{number}" for number in range(storm.messages)] for chat in range(storm.chats)}
    delivered = list(chain.from_iterable(sent.values()))
    marked = {number for number, state in outcomes.items() if state == "sent"}
    checks = {
        "a message of a chat is lost, doubled or out of order": heard == said,
        "a message of the flood is lost or doubled": flood == sorted(f"{FLOOD}-{n}" for n in range(storm.flood)),
        "an answer is neither sent nor unknown": set(outcomes.values()) <= {"sent", "unknown"},
        "an answer was sent twice": len(delivered) == len(set(delivered)),
        "an answer is marked sent and was not": marked <= set(delivered),
        "answers are out of order": all(messages == sorted(messages) for messages in sent.values()),
        "answers have wrong numbers": all(seq == list(range(1, len(seq) + 1)) for seq in storm.numbers().values()),
    }
    return [fault for fault, well in checks.items() if not well]
