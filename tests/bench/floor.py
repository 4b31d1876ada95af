"""The floor: a bare aiohttp POST that reads the update and answers. Arguments: port, Bot API, token."""

import sys

from aiohttp import ClientSession, web

PORT, API, TOKEN = int(sys.argv[1]), sys.argv[2], sys.argv[3]


async def take(request: web.Request) -> web.Response:
    await request.json()
    return web.Response()


async def announce(_: web.Application) -> None:
    async with ClientSession() as session:
        await session.post(f"{API}/bot{TOKEN}/setWebhook", json={"url": f"http://127.0.0.1:{PORT}/hook"})


async def app() -> web.Application:
    made = web.Application()
    made.router.add_post("/hook", take)
    made.on_startup.append(announce)
    return made


web.run_app(app(), host="127.0.0.1", port=PORT, access_log=None, print=None)
