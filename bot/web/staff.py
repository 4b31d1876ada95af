"""The officers' room in the browser: reads come from the store, every press goes in by the same door as any message."""

import re
from functools import partial

from aiohttp import web
from sqlalchemy import Connection

from bot.links import signature
from bot.outcome import Outcome
from bot.service import SERVICE
from bot.turn import dedupe_key
from bot.web import staff_connect, staff_door, staff_live, staff_notices
from bot.web.flash import Flash, drop_flash, put_flash, read_flash
from bot.web.rendering import page
from bot.web.security import ROOM, officer_only, wants_fragment
from bot.web.staff_form import Form, read_form
from bot.web.staff_list import next_code, view_room, wanted_from
from bot.web.staff_standing import Standing, may_see, standing
from bot.web.staff_view import card_of
from dialogs.render import wire_id
from dialogs.staff import FOR_CITIZENS
from dialogs.texts import say
from dialogs.words import Incoming, IncomingKind, ReportView, Sender
from store.codes import find_code
from store.notices import room_of_picture
from store.rooms import is_known, report_of_media
from store.staff import OfficerView, Session, log_access

CARD_BUTTON = r"/case {code} (?:accept|forward|ask|finish|refuse|reopen|correct|urgent|guard|duplicate):[0-9]{{1,9}}"
TAKES_FILES = ("outcome", "photo")
ASKS_AGAIN = (*FOR_CITIZENS, "duplicates")  # questions that stay open when the words say too little
OWN_LIST = re.compile(r"/staff(?:\?[!-~]*)?")
PICTURE_SECONDS = 300  # for how long a browser may show a picture again without asking whether it still may


def routes() -> list[web.RouteDef]:
    """Every page of the room; all but the door need a session."""
    return [
        *staff_door.routes(),
        *staff_connect.routes(),
        *staff_notices.routes(),
        web.get("/staff", officer_only(show_list)),
        web.get("/staff/changes", officer_only(staff_live.tell_changes)),
        web.get("/staff/card/{code}", officer_only(show_card)),
        web.post("/staff/card/{code}", officer_only(act)),
        web.post("/staff/card/{code}/sender", officer_only(show_sender)),
        web.get("/staff/media/{ref}", officer_only(show_picture)),
    ]


# ---------------------------------------------------------------- looking


async def show_list(request: web.Request, session: Session) -> web.Response:
    """The live list of cards; whoever looks for a code is led to its card."""
    service, wanted = request.app[SERVICE], wanted_from(request.query, session.officer)
    if code := await _named(request, session, wanted.q):
        raise web.HTTPSeeOther(f"{ROOM}/card/{code}")
    view = await service.read(
        partial(view_room, town=service.town, officer=session.officer, wanted=wanted, now=service.clock())
    )
    flash = read_flash(request, session)
    shown = {card.code for card in view.cards}
    answer = await page(
        request, "staff_list.html", session=session, view=view, wanted=wanted, back=wanted.url(), flash=flash,
        flash_on_top=flash is not None and flash.code not in shown, kept="", sender=None,
    )  # fmt: skip
    if flash:
        drop_flash(answer)
    return answer


async def _named(request: web.Request, session: Session, words: str) -> str:
    """The code that was typed, if it is a whole one and of a card in a room of the officer's."""
    service = request.app[SERVICE]
    found = find_code(words, service.town.locality.code_prefix) if " " not in words else None
    if not found:
        return ""
    before = await service.read(partial(standing, code=found[0], officer=session.officer, now=service.clock()))
    return found[0] if before else ""


async def show_card(request: web.Request, session: Session) -> web.Response:
    """One card alone, or (`?fragment=1`) just its part of a page."""
    if wants_fragment(request):
        return await _card(request, session)
    flash = read_flash(request, session)
    answer = await _card(request, session, flash=flash)
    if flash:
        drop_flash(answer)
    return answer


async def show_sender(request: web.Request, session: Session) -> web.Response:
    """The name and phone of who reported: written down first, then shown."""
    service = request.app[SERVICE]
    await read_form(request, session, service.keep_upload)
    report = (await _standing(request, session)).report
    look = partial(log_access, report_id=report.id, officer_id=session.officer.id, now=service.clock())
    await service.writer.write(look)
    return await _card(request, session, sender=report)


async def show_picture(request: web.Request, session: Session) -> web.Response:
    """Send the browser on to a picture, if a room of the officer shows its report."""
    service, ref = request.app[SERVICE], request.match_info["ref"]
    if not re.fullmatch(r"[0-9]{1,18}", ref):
        raise web.HTTPNotFound
    if not await service.read(partial(_may_open, media_id=int(ref), officer=session.officer)):
        raise web.HTTPNotFound
    headers = {"Cache-Control": f"private, max-age={PICTURE_SECONDS}"}
    raise web.HTTPFound(f"/media/{ref}/{signature(ref, service.town.media_key)}", headers=headers)


def _may_open(connection: Connection, media_id: int, officer: OfficerView) -> bool:
    report_id = report_of_media(connection, media_id)
    if report_id is None:
        return room_of_picture(connection, media_id) in officer.rooms
    return may_see(connection, report_id, officer)


# ---------------------------------------------------------------- acting


async def act(request: web.Request, session: Session) -> web.StreamResponse:
    """Take one press, text or file as a turn, and show what came of it. A double click is one turn."""
    service = request.app[SERVICE]
    form = await read_form(request, session, service.keep_upload)
    before = await _standing(request, session)
    incoming = _incoming(form, before, session)
    if await service.read(partial(is_known, dedupe_key=dedupe_key(incoming))):
        return await _done(request, session, form, Outcome(fresh=False))
    if problem := _problem(form, before):
        flash = Flash(say(problem), before.report.code, ok=False)
        return await _card(request, session, flash=flash, kept=form.said("text"), status=409)
    outcome = await service.inbox.receive(incoming)
    return await _done(request, session, form, outcome, await _not_taken(request, session, form, before, outcome))


def _incoming(form: Form, before: Standing, session: Session) -> Incoming:
    kind: IncomingKind = "choice" if form.said("choice") else "media" if form.media else "text"
    return Incoming(
        address=before.address,
        sender=Sender(str(session.officer.id), session.officer.name),
        kind=kind,
        dedupe_key=form.dedupe_key,
        at=before.now,
        text="" if kind == "choice" else form.said("text"),
        media=() if kind == "choice" else tuple(form.media),
        choice=form.said("choice"),
        reply_to=before.report.code,
    )


def _problem(form: Form, before: Standing) -> str:
    """Why this cannot be taken as it stands (a key of the texts), or "". Nothing may leave by accident."""
    choice, prompt = form.said("choice"), before.talk.prompt
    if choice:
        offered = {wire_id(item, prompt.no) for item in prompt.choices}
        on_card = re.fullmatch(CARD_BUTTON.format(code=re.escape(before.report.code)), choice)
        return "" if on_card or choice in offered else "staff.stale"
    if form.refused:
        return f"room.refused.{form.refused}"
    if form.said("prompt") != str(prompt.no):
        return "room.moved_on"
    if form.media and not (prompt.choices and before.talk.state in TAKES_FILES):
        return "room.no_files_here"
    return "" if form.media or form.said("text") else "room.empty"


async def _not_taken(request: web.Request, session: Session, form: Form, before: Standing, outcome: Outcome) -> str:
    """Words that came too late or say too little, for the box again; also an outcome that only waited for its photo."""
    words, state = form.said("text"), before.talk.state
    if outcome.refused:
        return "\n".join(filter(None, (str(before.talk.memory.get("outcome", "")), words)))
    if state not in ASKS_AGAIN or not words or form.said("choice"):
        return ""
    return words if (await _standing(request, session)).talk.state == state else ""


async def _done(
    request: web.Request, session: Session, form: Form, outcome: Outcome, kept: str = ""
) -> web.StreamResponse:
    code = _code(request)
    said = [reply.text for reply in outcome.replies if not reply.choices] if outcome.fresh else [say("room.seen")]
    flash = Flash("\n".join(said), code, not (outcome.refused or kept)) if said else None
    if outcome.refused or kept or wants_fragment(request):
        status = 409 if outcome.refused or kept else 200
        return await _card(request, session, flash=flash, kept=kept, status=status)
    back = form.fields.get("back", "")
    trail = wanted_from(request.query, session.officer).trail
    answer = web.HTTPSeeOther(f"{back}#card-{code}" if OWN_LIST.fullmatch(back) else f"{ROOM}/card/{code}{trail}")
    if not back and await _is_gone(request, session):
        answer = web.HTTPSeeOther(ROOM)
    if flash:
        put_flash(request, answer, session, flash)
    raise answer


# ---------------------------------------------------------------- the card


def _code(request: web.Request) -> str:
    """The code in the address as the store spells it, however it was typed."""
    typed = request.match_info["code"]
    found = find_code(typed, request.app[SERVICE].town.locality.code_prefix)
    return found[0] if found else typed


async def _standing(request: web.Request, session: Session) -> Standing:
    service = request.app[SERVICE]
    code, now = _code(request), service.clock()
    before = await service.read(partial(standing, code=code, officer=session.officer, now=now))
    if before is None:
        raise web.HTTPNotFound
    return before


async def _is_gone(request: web.Request, session: Session) -> bool:
    try:
        await _standing(request, session)
    except web.HTTPNotFound:
        return True
    return False


async def _card(
    request: web.Request,
    session: Session,
    *,
    flash: Flash | None = None,
    kept: str = "",
    sender: ReportView | None = None,
    status: int = 200,
) -> web.Response:
    """The card's page or fragment; a card that has just left the officer's rooms says so, any other is not there."""
    service, code = request.app[SERVICE], _code(request)
    whole, now = not wants_fragment(request) or "whole" in request.query, service.clock()
    card = await service.read(
        partial(card_of, town=service.town, code=code, officer=session.officer, now=now, whole=whole)
    )
    flash = flash if flash and flash.code == code else None
    if card is None and not (flash and wants_fragment(request)):
        raise web.HTTPNotFound
    wanted, following = wanted_from(request.query, session.officer), ""
    if not wants_fragment(request):
        seek = partial(next_code, town=service.town, officer=session.officer, wanted=wanted, now=now, code=code)
        following = await service.read(seek)
    template = "staff_fragment.html" if wants_fragment(request) else "staff_card.html"
    return await page(
        request, template, status=status, session=session, card=card, code=code, flash=flash, kept=kept, sender=sender,
        back="" if whole else wanted.url(), wanted=wanted, following=following,
    )  # fmt: skip
