"""`langnghe bench faults` in small: a real service killed twice; books that do not balance are noticed."""

from pathlib import Path

from bot.bench.faults import Fire, as_text, run
from bot.bench.faults_books import audit
from bot.bench.faults_people import World
from bot.settings import Settings
from store.database import migrated_reader

TEXTS = ["đèn đường hỏng cả tuần nay, ở xóm 5 Xã Đại Đồng", "rác chất đống hai tuần không ai lấy, ở xóm 2 Xã Hoa Quân"]


async def test_two_kills_lose_nothing_and_do_nothing_twice(tmp_path: Path, model_folder: Path) -> None:
    settings = Settings.model_validate({"files": {"model": str(model_folder)}})
    url = f"sqlite:///{tmp_path / 'fire.db'}"
    found = await run(settings, url, tmp_path, TEXTS, Fire(kills=2, citizens=6), lambda line: None)
    assert found.books.faults == 0, found.books.examples
    assert (found.kills, len(found.recoveries)) == (2, 2)
    assert found.books.acknowledged > 0
    assert found.books.unknown <= found.in_flight
    assert "lost 0" in as_text(found)

    world = World()
    world.acknowledged["1001"] = [10**9]
    with migrated_reader(url) as connection:
        assert audit(connection, world).lost == 1, "an acknowledged update without a trace is noticed"
