"""Several workers, killed and begun again under load: every message once, in its chat's order, answered once."""

from pathlib import Path

from tests.faults.audit import faults
from tests.faults.storm import Storm


async def test_order_and_single_effect_hold_across_workers_that_are_killed(tmp_path: Path, postgres: str) -> None:
    storm = Storm(postgres, tmp_path, chats=60, messages=4)
    await storm.run(workers=4)
    assert len(storm.kills) == 2
    assert faults(storm) == []
