"""The house keeps its plan: which room may import which, and nothing of ours goes round in a circle."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

HOUSE = Path(__file__).parent.parent
ROOMS = ("bot", "dialogs", "nlp", "store", "connectors")
LEAF = "dialogs.words"  # the plain values that all speak in

# room → the rooms it knows; beyond these a room may import the leaf and itself
KNOWS = {
    "bot": {"connectors", "dialogs", "nlp", "store"},
    "dialogs": set(),
    "nlp": set(),
    "store": set(),
    "connectors": set(),
}
# a few files of each room: if one of them has gone unseen, this test looks at the wrong place
LANDMARKS = {
    "bot": {"bot.turn", "bot.cases", "bot.outbox", "bot.web.pages"},
    "dialogs": {"dialogs.words", "dialogs.front", "dialogs.texts"},
    "nlp": {"nlp.understand", "nlp.model", "nlp.places"},
    "store": {"store.tables.reports", "store.reports", "store.lifecycle", "store.migrations.env"},
    "connectors": {"connectors.console", "connectors.webchat"},
}


@cache
def modules(room: str) -> dict[str, ast.Module]:
    """Every module of a room by its dotted name."""
    found = {}
    for path in sorted((HOUSE / room).rglob("*.py")):
        dotted = ".".join(path.relative_to(HOUSE).with_suffix("").parts).removesuffix(".__init__")
        found[dotted] = ast.parse(path.read_text(encoding="utf-8"), str(path))
    return found


def all_modules() -> dict[str, ast.Module]:
    return {name: tree for room in ROOMS for name, tree in modules(room).items()}


def imports_of(name: str, tree: ast.Module) -> Iterator[tuple[str, int]]:
    """(imported module, line), wherever in the file the import stands; relative ones spelled out."""
    known = all_modules()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = name.split(".")[: -node.level] if node.level else []
            source = ".".join([*package, *filter(None, [node.module])])
            for alias in node.names:  # `from bot import cases` imports a module, `from bot.cases import rate` a name
                inner = f"{source}.{alias.name}"
                yield (inner if inner in known else source), node.lineno


def ours(name: str, tree: ast.Module) -> Iterator[tuple[str, int]]:
    return ((module, line) for module, line in imports_of(name, tree) if module.split(".")[0] in ROOMS)


def is_allowed(room: str, module: str) -> bool:
    other = module.split(".")[0]
    return other == room or other in KNOWS[room] or module == LEAF


# ---------------------------------------------------------------- the test sees what it is about


@pytest.mark.parametrize("room", ROOMS)
def test_the_files_of_every_room_are_seen(room: str) -> None:
    assert LANDMARKS[room] <= set(modules(room))


def test_every_folder_with_code_is_a_room_or_the_tests() -> None:
    code = {path.parts[len(HOUSE.parts)] for path in HOUSE.glob("*/**/*.py")}
    assert {folder for folder in code if not folder.startswith(".")} - {"var", "build", "dist"} == {*ROOMS, "tests"}


def test_the_rooms_that_are_shipped_are_the_rooms_of_the_plan() -> None:
    import tomllib

    project = tomllib.loads((HOUSE / "pyproject.toml").read_text(encoding="utf-8"))
    assert set(project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]) == set(ROOMS)


def test_imports_are_seen_at_the_top_within_functions_and_relative() -> None:
    tree = ast.parse("import nlp.model\nfrom store import reports\ndef late():\n    from ..dialogs import front\n")
    assert {module for module, _ in imports_of("bot.here", tree)} == {"nlp.model", "store.reports", "dialogs.front"}


def test_the_bot_really_uses_all_the_other_rooms() -> None:
    used = {module.split(".")[0] for name, tree in modules("bot").items() for module, _ in ours(name, tree)}
    assert used == set(ROOMS)


# ---------------------------------------------------------------- who may import whom


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_the_rooms_it_may_know(room: str) -> None:
    forbidden = [
        f"{name}:{line} imports {module}"
        for name, tree in modules(room).items()
        for module, line in ours(name, tree)
        if not is_allowed(room, module)
    ]
    assert forbidden == []


def test_the_leaf_of_plain_values_imports_nothing_of_ours() -> None:
    assert list(ours(LEAF, modules("dialogs")[LEAF])) == []


def test_nobody_imports_the_tests() -> None:
    found = [name for name, tree in all_modules().items() for module, _ in imports_of(name, tree) if "tests" in module]
    assert found == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph = {name: {module for module, _ in ours(name, tree)} - {name} for name, tree in all_modules().items()}
    assert sum(map(len, graph.values())) > 100
    while free := [name for name, needed in graph.items() if not needed & graph.keys()]:
        for name in free:
            del graph[name]
    assert graph == {}, "what remains hangs in a circle, or on one"


# ---------------------------------------------------------------- dialogs are pure

WORLDLY = {"asyncio", "socket", "sqlite3", "sqlalchemy", "aiohttp", "httpx", "threading", "subprocess", "os", "secrets"}


def test_dialogs_reach_for_no_network_no_database_no_thread() -> None:
    found = [
        f"{name}:{line} imports {module}"
        for name, tree in modules("dialogs").items()
        for module, line in imports_of(name, tree)
        if module.split(".")[0] in WORLDLY
    ]
    assert found == []


@pytest.mark.parametrize("room", ["dialogs", "nlp", "store", "connectors"])
def test_no_room_but_the_bot_asks_a_clock_for_the_time(room: str) -> None:
    """The time is given to them; `store.database.utc_now` is the clock that doors hand in."""
    asked = [
        f"{name}:{node.lineno}"
        for name, tree in modules(room).items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in ("now", "utcnow", "today") and is_clock(node.value)
    ]
    assert [where for where in asked if not where.startswith(("store.database:", "nlp."))] == []


def is_clock(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id in ("datetime", "date")
