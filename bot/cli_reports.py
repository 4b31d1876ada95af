"""`langnghe report` and `deadline`: looking at reports."""

from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli_base import BAD_USAGE, ConfigOption, JsonOption, clear_errors, fail, load, read

if TYPE_CHECKING:
    from dialogs.words import Locality

report_app = typer.Typer(help="Look at reports.", no_args_is_help=True)


@report_app.command("list")
def report_list(
    config: ConfigOption = None,
    status: Annotated[str, typer.Option(help="Only this status.")] = "",
    most: Annotated[int, typer.Option(min=1, help="How many, newest first.")] = 50,
    as_json: JsonOption = False,
) -> None:
    """List reports, newest first."""
    with clear_errors():
        from bot.describe import as_json_line, as_line
        from dialogs.words import Status
        from store.report_views import all_reports

        if status and status not in tuple(Status):
            raise fail(f"--status: one of {', '.join(Status)}", BAD_USAGE)
        for report in read(config, lambda connection: all_reports(connection, most, status)):
            typer.echo(as_json_line(report) if as_json else as_line(report))


@report_app.command("show")
def report_show(
    code: str,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show one report and its life."""
    with clear_errors():
        from bot.describe import as_json_line, as_text
        from bot.pack import the_locality
        from store.report_record import changes_of
        from store.report_views import report_by_code

        locality = the_locality(load(config))
        known = _spelt(code, locality)
        report = read(config, lambda connection: report_by_code(connection, known))
        if report is None:
            raise fail(f"{known}: no such report")
        changes = read(config, lambda connection: changes_of(connection, report.id))
        typer.echo(as_json_line(report, changes) if as_json else as_text(report, changes, locality))


def deadline(code: str, config: ConfigOption = None) -> None:
    """Print how a report's deadline comes about."""
    with clear_errors():
        from bot.explain import explain_deadline
        from bot.pack import the_locality
        from bot.town import Calendar
        from store.report_record import changes_of
        from store.report_views import report_by_code

        locality = the_locality(load(config))
        known = _spelt(code, locality)
        report = read(config, lambda connection: report_by_code(connection, known))
        if report is None:
            raise fail(f"{known}: no such report")
        changes = read(config, lambda connection: changes_of(connection, report.id))
        typer.echo(explain_deadline(report, changes, Calendar(locality)))


def _spelt(code: str, locality: "Locality") -> str:
    """A report code as it is kept, however it was typed."""
    from store.codes import find_code

    found = find_code(code, locality.code_prefix)
    if found is None or not found[1]:
        raise fail(f"{code}: not a report code", BAD_USAGE)
    return found[0]
