"""The citizens' chat: the page, the same page in a frame of a portal, and the script that puts it there."""

import hashlib

from aiohttp import web

from bot.service import SERVICE, Service
from bot.web.assets import ASK_AGAIN, ASSETS, answer, packed_asset
from bot.web.rendering import TEMPLATES
from bot.web.security import POLICY
from dialogs.texts import all_texts


def routes() -> list[web.AbstractRouteDef]:
    """The chat's own addresses."""
    return [
        web.get("/", chat_page),
        web.get("/widget", framed_page),
        web.get("/widget.js", widget_script),
        web.get("/offline.js", offline_script),
        web.get("/manifest.webmanifest", manifest),
        web.get("/favicon.ico", favicon),
    ]


async def chat_page(request: web.Request) -> web.Response:
    """The chat as a page of its own."""
    return _page(request, framed=False, ancestors="'none'")


async def framed_page(request: web.Request) -> web.Response:
    """The chat for a frame; the browser shows it only in our own pages and in those of the portals on the list."""
    ancestors = " ".join(["'self'", *request.app[SERVICE].settings.webchat.origins])
    return _page(request, framed=True, ancestors=ancestors)


def _page(request: web.Request, *, framed: bool, ancestors: str) -> web.Response:
    policy = f"{POLICY}; connect-src {_sockets(request.app[SERVICE])}; frame-ancestors {ancestors}"
    headers = {"Content-Security-Policy": policy, "Cache-Control": ASK_AGAIN}
    page = web.Response(text=_html(request, framed=framed), content_type="text/html", headers=headers)
    page.enable_compression()  # nothing secret stands in it that its length could give away
    return page


def _html(request: web.Request, *, framed: bool) -> str:
    locality, prefix = request.app[SERVICE].town.locality, "webchat."
    template = request.app[TEMPLATES].get_template("chat.html")
    return template.render(
        texts={key.removeprefix(prefix): text for key, text in all_texts().items() if key.startswith(prefix)},
        town=locality.name,
        bot_name=locality.bot_name,
        static=request.app[ASSETS].folder,
        parts=_parts(request),
        framed=framed,
    )


def _parts(request: web.Request) -> list[str]:
    """The modules of the chat besides chat.js."""
    return [name for name in request.app[ASSETS].files if name.startswith("chat_") and name.endswith(".js")]


def _sockets(service: Service) -> str:
    """Where the page may connect; Safari before 15.4 does not count our own sockets as 'self'."""
    host = service.town.public_url.partition("://")[2]
    return f"'self' wss://{host}" if host else "'self'"


async def widget_script(request: web.Request) -> web.Response:
    """The one script of a portal."""
    words = {name: text for name, text in all_texts().items() if name.startswith("widget.")}
    script = request.app[TEMPLATES].get_template("embed.js").render(words=words)
    return answer(request, packed_asset(script.encode(), ".js"), "public, max-age=600")


async def offline_script(request: web.Request) -> web.Response:
    """What keeps the page for when there is no network."""
    names = ["base.css", "chat.css", "chat.js", *_parts(request), "icon.svg"]
    files = [f"{request.app[ASSETS].folder}/{name}" for name in names]
    mark = hashlib.sha256(_html(request, framed=False).encode()).hexdigest()[:12]
    script = request.app[TEMPLATES].get_template("offline.js").render(name=f"langnghe-{mark}", files=files)
    return answer(request, packed_asset(script.encode(), ".js"), ASK_AGAIN)


async def manifest(request: web.Request) -> web.Response:
    """What a phone needs to put the chat on its home screen; an unread badge only shows there."""
    locality, static = request.app[SERVICE].town.locality, request.app[ASSETS].folder
    icons = [
        {"src": f"{static}/icon.svg", "sizes": "any", "type": "image/svg+xml"},
        {"src": f"{static}/icon-192.png", "sizes": "192x192", "type": "image/png"},
    ]
    described = {
        "name": f"{locality.bot_name} · {locality.name}",
        "short_name": locality.bot_name,
        "lang": "vi",
        "start_url": "/",
        "display": "standalone",
        "background_color": "#f5f3ec",
        "theme_color": "#ffffff",
        "icons": icons,
    }
    return web.json_response(described, content_type="application/manifest+json")


async def favicon(request: web.Request) -> web.Response:
    """The icon that browsers ask for without being told."""
    return answer(request, request.app[ASSETS].files["favicon.ico"], "public, max-age=86400")
