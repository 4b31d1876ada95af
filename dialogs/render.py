"""From what we say to what a channel can carry: buttons or numbers, short parts, what it cannot do replaced."""

from dataclasses import replace

from dialogs.texts import say
from dialogs.words import Capabilities, Choice, Media, Outgoing, Part


def render(outgoing: Outgoing, capabilities: Capabilities, prompt_no: int) -> list[Part]:
    """The native messages, in order; the last one carries the choices. Never empty, never over a limit."""
    native = 0 < len(outgoing.choices) <= capabilities.buttons
    choices = tuple(_wired(choice, prompt_no, capabilities) for choice in outgoing.choices) if native else ()
    media, links = _split_media(outgoing.media, capabilities)
    lines = "" if native else numbered(outgoing.choices)  # last: the numbers are what is answered
    text = "\n".join(filter(None, (outgoing.text, links, lines)))
    pieces = split_text(text, capabilities.max_text)
    ask = outgoing.ask if _can_ask(outgoing.ask, capabilities) else ""
    parts = [Part(piece) for piece in pieces]
    if capabilities.edit and len(parts) == 1 and not (ask or media):  # these need a message of their own
        parts[0] = replace(parts[0], edit_of=outgoing.edit_of)
    parts[-1] = replace(parts[-1], choices=choices, ask=ask, media=media)
    return parts


def numbered(choices: tuple[Choice, ...]) -> str:
    """The choices as lines a person answers with a number."""
    return "\n".join(f"{number}. {choice.label}" for number, choice in enumerate(choices, 1))


def wire_id(choice: Choice, prompt_no: int) -> str:
    """What travels in a button: a command as it is, any other id bound to its prompt (`12:send`)."""
    return choice.id if choice.id.startswith("/") else f"{prompt_no}:{choice.id}"


def split_text(text: str, limit: int) -> list[str]:
    """Cut at a paragraph, line or space so that every piece has at most `limit` UTF-16 units (Telegram's count)."""
    pieces: list[str] = []
    rest = text
    while _units(rest) > limit:
        cut = _cut(rest, limit)
        pieces.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [piece for piece in [*pieces, rest] if piece] or [""]


def _cut(text: str, limit: int) -> int:
    end = limit
    while _units(text[:end]) > limit:
        end -= max(1, (_units(text[:end]) - limit) // 2)
    for mark in ("\n\n", "\n", " "):
        found = text.rfind(mark, end // 2, end)
        if found > 0:
            return found
    return end


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _wired(choice: Choice, prompt_no: int, capabilities: Capabilities) -> Choice:
    label = choice.label
    if len(label) > capabilities.label_len:
        label = label[: capabilities.label_len - 1].rstrip() + "…"
    return Choice(wire_id(choice, prompt_no), label, choice.url)


def _split_media(media: tuple[Media, ...], capabilities: Capabilities) -> tuple[tuple[Media, ...], str]:
    sendable = tuple(item for item in media if item.kind in capabilities.media_out)
    # without a public host an address leads nowhere from another channel
    linked = [item for item in media if item not in sendable and "://" in item.url]
    links = [say(f"render.link.{item.kind}", url=item.url) for item in linked]
    unseen = len(media) - len(sendable) - len(links)
    if unseen:
        links.append(say("render.media_unseen", count=unseen))
    return sendable, "\n".join(links)


def _can_ask(ask: str, capabilities: Capabilities) -> bool:
    return (ask == "location" and capabilities.ask_location) or (ask == "contact" and capabilities.ask_contact)
