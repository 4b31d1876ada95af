"""`langnghe staff`: officers and their ways in."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli_base import BAD_USAGE, ConfigOption, announce, clear_errors, fail, load, read, write

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from dialogs.words import Locality
    from store import staff

staff_app = typer.Typer(help="Officers and their ways in.", no_args_is_help=True)


@staff_app.command("add")
def staff_add(
    name: str,
    room: Annotated[list[str], typer.Option(help="A room's id; may be given several times.")],
    title: Annotated[str, typer.Option()] = "",
    head: Annotated[
        list[str] | None, typer.Option(help="A room of theirs of which they are the head: named when work is overdue.")
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Enter an officer and print their number."""
    with clear_errors():
        from bot.pack import the_locality
        from store import staff
        from store.database import utc_now

        locality = the_locality(load(config))
        if not name.strip():
            raise fail("an officer needs a name: citizens and colleagues read it", BAD_USAGE)
        heads = head or []
        _check_rooms(locality, room, room, heads)

        def add(connection: "Connection") -> int:
            staff.sync_pack(connection, locality)
            return staff.add_officer(connection, locality.id, name, title, dict.fromkeys(room), utc_now(), heads)

        typer.echo(write(config, add))


@staff_app.command("list")
def staff_list(config: ConfigOption = None) -> None:
    """List the officers with their numbers and rooms."""
    with clear_errors():
        from store import staff

        for officer in read(config, staff.officers):
            typer.echo(f"{officer.id}\t{officer.name}\t{officer.title}\t{', '.join(officer.rooms)}")


@staff_app.command("change")
def staff_change(
    number: int,
    room: Annotated[list[str] | None, typer.Option(help="The rooms from now on, in place of those before.")] = None,
    title: Annotated[str | None, typer.Option()] = None,
    head: Annotated[list[str] | None, typer.Option(help="The rooms of which they are the head from now on.")] = None,
    no_head: Annotated[bool, typer.Option("--no-head", help="They are the head of no room any more.")] = False,
    config: ConfigOption = None,
) -> None:
    """Give an officer other rooms, another title, make them a head or no longer one. What is not given stays."""
    with clear_errors():
        from bot.pack import the_locality
        from store import staff

        if no_head and head:
            raise fail("--head or --no-head, not both", BAD_USAGE)
        if not (room or head or no_head or title is not None):
            raise fail("nothing to change: give --room, --title, --head or --no-head", BAD_USAGE)
        locality = the_locality(load(config))

        def change(connection: "Connection") -> "staff.OfficerView | None":
            staff.sync_pack(connection, locality)
            if (known := staff.officer(connection, number)) is None:
                return None
            _check_rooms(locality, room or (), room or known.rooms, head or ())
            heads = [] if no_head else head
            staff.change_officer(connection, number, title=title, rooms=room, heads=heads)
            return staff.officer(connection, number)

        changed = write(config, change)
        if changed is None:
            raise fail(f"{number}: no such officer (see `langnghe staff list`)")
        announce(f"{changed.name}: {', '.join(filter(None, (changed.title, *changed.rooms)))}")


def _check_rooms(locality: "Locality", given: Sequence[str], rooms: Sequence[str], heads: Sequence[str]) -> None:
    """Raise typer.Exit unless the pack has the rooms given, and they are the head of their own rooms only."""
    if unknown := [one for one in given if one not in locality.rooms]:
        raise fail(f"--room: unknown {', '.join(unknown)}; known: {', '.join(locality.rooms)}", BAD_USAGE)
    if strange := [one for one in heads if one not in rooms]:
        raise fail(f"--head: not among their rooms: {', '.join(strange)}", BAD_USAGE)


@staff_app.command("remove")
def staff_remove(number: int, config: ConfigOption = None) -> None:
    """Shut every way in of an officer who has left: browser, links, codes, chat. What they did stays."""
    with clear_errors():
        from store import staff

        name = write(config, lambda connection: staff.remove_officer(connection, number))
        if name is None:
            raise fail(f"{number}: no such officer (see `langnghe staff list`)")
        announce(f"{name} is out; cards, texts and records keep the name")


@staff_app.command("login-link")
def staff_login_link(number: int, config: ConfigOption = None) -> None:
    """Print a one-time address into the officers' room for the officer with that number."""
    with clear_errors():
        from store import staff
        from store.database import utc_now

        settings = load(config)

        def link(connection: "Connection") -> str | None:
            known = staff.officer(connection, number)
            return staff.new_login_link(connection, number, utc_now()) if known else None

        token = write(config, link)
        if token is None:
            raise fail(f"{number}: no such officer (see `langnghe staff list`)")
        address = settings.web.public_url or f"http://{settings.web.host}:{settings.web.port}"
        typer.echo(f"{address}/staff/enter/{token}")


@staff_app.command("log-out")
def staff_log_out(number: int, config: ConfigOption = None) -> None:
    """End an officer's sessions and unused links and codes, e.g. when a phone is lost or a stranger opened a link."""
    with clear_errors():
        from store import staff

        def lock_out(connection: "Connection") -> int | None:
            return staff.lock_out(connection, number) if staff.officer(connection, number) else None

        ended = write(config, lock_out)
        if ended is None:
            raise fail(f"{number}: no such officer (see `langnghe staff list`)")
        announce(f"{ended} session(s) ended; `langnghe staff login-link {number}` makes a new way in")


@staff_app.command("room-code")
def staff_room_code(
    number: int,
    room: Annotated[
        str, typer.Option(help="The room that the group becomes; without it only the person is linked.")
    ] = "",
    config: ConfigOption = None,
) -> None:
    """Print a code for `/ketnoi` in a chat group: good once, for a day."""
    with clear_errors():
        from store import staff, staff_chat
        from store.database import utc_now

        def code(connection: "Connection") -> str | None:
            known = staff.officer(connection, number)
            if known is None or (room and room not in known.rooms):
                return None
            return staff_chat.new_code(connection, number, room, utc_now())

        made = write(config, code)
        if made is None:
            raise fail(f"{number}: no such officer, or not in that room (see `langnghe staff list`)")
        typer.echo(made)
