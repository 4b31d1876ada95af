"""Several workers, killed and begun again under load: every message once, in its chat's order, answered once."""

from pathlib import Path

from tests.faults.storm import FLOOD, Storm


async def test_order_and_single_effect_hold_across_workers_that_are_killed(tmp_path: Path, postgres: str) -> None:
    storm = Storm(postgres, tmp_path, chats=60, messages=4)
    await storm.run(workers=4)
    assert len(storm.kills) == 2
    heard = storm.heard()
    flood = heard.pop(FLOOD)
    assert sorted(flood) == sorted(f"{FLOOD}-{number}" for number in range(storm.flood))
    assert heard == {f"c{chat}": [f"c{chat}-{number}" for number in range(4)] for chat in range(60)}

    outcomes, sent = storm.outcomes(), storm.sent()
    assert set(outcomes.values()) <= {"sent", "unknown"}
    delivered = [message for messages in sent.values() for message in messages]
    assert len(delivered) == len(set(delivered)), "an answer is never sent twice"
    lost = {message for message, state in outcomes.items() if state == "sent"} - set(delivered)
    assert not lost
    assert all(messages == sorted(messages) for messages in sent.values())
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in storm.numbers().values())
