"""`langnghe demo`: a believable town in one folder, nothing configured."""

import asyncio
import shutil
from pathlib import Path

from bot.seed import seed_town
from bot.serve import Announce, Server, build, serve
from bot.service import Service
from bot.settings import Settings
from store import staff
from store.database import OnlyOne


async def demo(folder: Path, seed: int, reports: int, announce: Announce, *, port: int = 0, keep: bool = False) -> None:
    """A believable town in `folder`, on a free port."""
    settings = demo_settings(folder, port)
    if not keep:
        OnlyOne(settings.database.url).release()  # another demo still running on it says so here
        _clear(folder)
    service = build(settings, announce)
    officer = await asyncio.to_thread(_seeded, service, seed, reports, announce)
    server = Server(service)
    await serve(server, lambda: _announce_demo(server, officer, announce))


def demo_settings(folder: Path, port: int) -> Settings:
    """Everything in one folder, nothing configured."""
    return Settings(
        database={"url": f"sqlite:///{folder / 'town.db'}"},  # type: ignore[arg-type]
        web={"port": port},  # type: ignore[arg-type]
        push={"quiet_from": "0:00", "quiet_until": "0:00"},  # type: ignore[arg-type]
        files={"media": str(folder / "media"), "model": str(folder.parent / "model")},  # type: ignore[arg-type]
    )


def _clear(folder: Path) -> None:
    for path in folder.glob("town.db*"):
        path.unlink()
    shutil.rmtree(folder / "media", ignore_errors=True)


def _seeded(service: Service, seed: int, reports: int, announce: Announce) -> int:
    locality = service.town.locality
    service.writer.submit(lambda connection: staff.sync_pack(connection, locality)).result()
    there = service.writer.submit(staff.officers).result()
    if there:
        return there[0].id
    announce(f"Đang dựng quê mẫu ({reports} phản ánh)… / seeding the town…")
    return seed_town(service.writer, service.town, service.media, service.clock(), seed, reports).officer_id


async def _announce_demo(server: Server, officer: int, announce: Announce) -> None:
    announce("")
    announce(f"Người dân / citizens' chat:   {server.address}/")
    announce(f"Cán bộ / officers' room:      {await server.login_link(officer)}")
    announce(f"Health:                       {server.address}/health")
    announce("Ctrl-C để dừng / to stop.")
