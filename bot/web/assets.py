"""Styles, scripts, icons: read and packed once, kept by browsers for good under an address that names their content."""

import gzip
import hashlib
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

FOR_GOOD = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"  # an address without the content's mark: kept, but asked about each time
TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
}
TEXTS = frozenset({".css", ".js", ".svg"})


@dataclass(frozen=True, slots=True)
class Asset:
    """A file as it is sent; `packed` is empty for what does not get smaller."""

    content: bytes
    packed: bytes
    type: str
    etag: str


@dataclass(frozen=True, slots=True)
class Assets:
    """All files by name; `mark` changes when any of them does."""

    files: dict[str, Asset]
    mark: str

    @property
    def folder(self) -> str:
        """Where pages find them."""
        return f"/static/{self.mark}"


ASSETS = web.AppKey("assets", Assets)


def keep_assets(app: web.Application, folder: Path) -> list[web.AbstractRouteDef]:
    """Read the folder; returns the routes that serve it."""
    files = {path.name: _read(path) for path in sorted(folder.iterdir()) if path.suffix in TYPES}
    mark = hashlib.sha256("".join(file.etag for file in files.values()).encode()).hexdigest()[:12]
    app[ASSETS] = Assets(files, mark)
    return [web.get("/static/{mark}/{name}", serve), web.get("/static/{name}", serve)]


async def serve(request: web.Request) -> web.Response:
    """One file, packed if the browser can unpack it."""
    assets = request.app[ASSETS]
    file = assets.files.get(request.match_info["name"])
    if file is None:
        raise web.HTTPNotFound
    return answer(request, file, FOR_GOOD if request.match_info.get("mark") == assets.mark else ASK_AGAIN)


def answer(request: web.Request, file: Asset, caching: str) -> web.Response:
    """The file, or 304 for who has it."""
    headers = {"Cache-Control": caching, "ETag": f'"{file.etag}"', "Vary": "Accept-Encoding"}
    if any(known.value in (file.etag, "*") for known in request.if_none_match or ()):
        return web.Response(status=304, headers=headers)
    packed = bool(file.packed) and "gzip" in request.headers.get("Accept-Encoding", "").lower()
    if packed:
        headers["Content-Encoding"] = "gzip"
    charset = None if file.type.startswith("image/") else "utf-8"
    return web.Response(
        body=file.packed if packed else file.content, content_type=file.type, charset=charset, headers=headers
    )


def packed_asset(content: bytes, suffix: str) -> Asset:
    """A file of this kind with this content."""
    packed = gzip.compress(content, 9, mtime=0) if suffix in TEXTS else b""
    return Asset(content, packed, TYPES[suffix], hashlib.sha256(content).hexdigest()[:16])


def _read(path: Path) -> Asset:
    return packed_asset(path.read_bytes(), path.suffix)
