"""Which messages of Zalo's a Part becomes, as the OpenAPI wants them. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from connectors.zalo_oa_parse import ANONYMOUS
from dialogs.words import Address, Choice, Media, Part

Json = dict[str, Any]
# Sources differ in what a message with buttons is called; `numbers` sends none and lists the choices instead.
ButtonStyle = Literal["plain", "list", "button", "numbers"]

MAX_TEXT = 2000
MAX_BUTTONS = 5
MAX_TITLE, MAX_SUBTITLE = 100, 500


@dataclass(frozen=True, slots=True)
class Asking:
    """The card on which a person agrees to share name and phone. Zalo wants a picture on it; "" and it is not sent."""

    title: str
    subtitle: str
    image_url: str


@dataclass(frozen=True, slots=True)
class Piece:
    """One message: words with their buttons, or a file, or the request for name and phone. Zalo joins none of these."""

    text: str = ""
    choices: tuple[Choice, ...] = ()
    media: Media | None = None
    asks: bool = False


def plan(part: Part, asking: Asking | None) -> list[Piece]:
    """The messages of a part: words first, as nobody knows whether Zalo shows words beside a picture."""
    pieces = [Piece(part.text or "…", part.choices)] if part.text or part.choices else []
    pieces += [Piece(media=item) for item in part.media]
    if part.ask == "contact" and asking:
        pieces.append(Piece(asks=True))
    return pieces


def recipient(address: Address) -> Json:
    """Whom a message is for; somebody who is not logged in is known by the conversation."""
    if address.chat.startswith(f"{ANONYMOUS}."):
        _, person, conversation = address.chat.split(".", 2)
        return {"anonymous_id": person, "conversation_id": conversation}
    return {"user_id": address.chat}


def text_message(piece: Piece, style: ButtonStyle) -> Json:
    """Words, with their buttons under them."""
    message: Json = {"text": piece.text}
    if piece.choices:
        kind = {} if style == "plain" else {"template_type": style}
        buttons = [_button(number, choice) for number, choice in enumerate(piece.choices, 1)]
        message["attachment"] = {"type": "template", "payload": {**kind, "buttons": buttons}}
    return message


def _button(number: int, choice: Choice) -> Json:
    """A press comes back as an ordinary text, the payload; the person sees it as what they said."""
    title = choice.label[:MAX_TITLE]
    if choice.url:
        return {"title": title, "type": "oa.open.url", "payload": {"url": choice.url}}
    return {"title": title, "type": "oa.query.show", "payload": choice.as_words(number)}


def numbered_messages(piece: Piece) -> list[Json]:
    """The same without buttons, for an account that may not send them."""
    lines = "\n".join(_line(number, choice) for number, choice in enumerate(piece.choices, 1))
    whole = f"{piece.text}\n{lines}"
    return [{"text": whole}] if len(whole) <= MAX_TEXT else [{"text": piece.text}, {"text": lines[:MAX_TEXT]}]


def _line(number: int, choice: Choice) -> str:
    return f"{number}. {choice.label}: {choice.url}" if choice.url else f"{number}. {choice.label}"


def image_message(attachment_id: str) -> Json:
    """An uploaded picture."""
    return _template("media", [{"media_type": "image", "attachment_id": attachment_id}])


def file_message(token: str) -> Json:
    """An uploaded file."""
    return {"attachment": {"type": "file", "payload": {"token": token}}}


def request_message(asking: Asking) -> Json:
    """The card that asks for name and phone."""
    card = {
        "title": asking.title[:MAX_TITLE],
        "subtitle": asking.subtitle[:MAX_SUBTITLE],
        "image_url": asking.image_url,
    }
    return _template("request_user_info", [card])


def _template(kind: str, elements: Sequence[Json]) -> Json:
    payload = {"template_type": kind, "elements": list(elements)}
    return {"attachment": {"type": "template", "payload": payload}}
