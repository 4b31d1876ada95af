"""Whose address a request has when a proxy before us passes people on."""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

Network = IPv4Network | IPv6Network


def seen_through(proxies: Sequence[str]) -> Middleware:
    """Let `request.remote` be the visitor's address, as the proxies tell it; of others a told address is not believed.

    Without it all who come through a proxy would count as one visitor, and share one visitor's limits.
    """
    trusted = [ip_network(proxy) for proxy in proxies]

    @web.middleware
    async def see(request: web.Request, handler: Handler) -> web.StreamResponse:
        if "X-Forwarded-For" not in request.headers:
            return await handler(request)
        told = [part.strip() for line in request.headers.getall("X-Forwarded-For") for part in line.split(",")]
        visitor = first_beyond([*told, request.remote or ""], trusted)
        return await handler(request if visitor == request.remote else request.clone(remote=visitor))

    return see


def first_beyond(hops: Sequence[str], trusted: Sequence[Network]) -> str:
    """The last of the hops that is no proxy of ours; each hop is told by the one after it. All ours: the first."""
    for number, hop in reversed(list(enumerate(hops))):
        if not _is_among(hop, trusted):
            return hop if _address_of(hop) else hops[number + 1]
    return hops[0]


def _is_among(hop: str, trusted: Sequence[Network]) -> bool:
    address = _address_of(hop)
    return address is not None and any(address in network for network in trusted)


@lru_cache(maxsize=1024)
def _address_of(hop: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(hop)
    except ValueError:
        return None
