"""Making a page from a template; the leaf that pages and rooms share."""

import asyncio
import re
from uuid import uuid4

import jinja2
from aiohttp import web

TEMPLATES = web.AppKey("templates", jinja2.Environment)
CODE = re.compile(r"\b([A-Z]{1,6}-[0-9A-Z]{4}-[0-9A-Z]{2})\b")


async def page(request: web.Request, template: str, *, status: int = 200, **values: object) -> web.Response:
    """An HTML answer. In the template `turn()` is a fresh id for a form, so that a double click is one turn."""
    found = request.app[TEMPLATES].get_template(template)
    html = await asyncio.to_thread(found.render, turn=new_turn, **values)  # a long list must not hold up the chats
    return web.Response(text=html, status=status, content_type="text/html")


def split_at_codes(text: str) -> list[str]:
    """Plain words and report codes in turn, plain words first."""
    return CODE.split(text)


def new_turn() -> str:
    """An id for one form of one page."""
    return str(uuid4())
