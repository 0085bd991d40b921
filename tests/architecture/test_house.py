"""The house keeps its own rules: every module of src/tenuto is read and held against rules.py."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from tests.architecture import rules

root = Path(__file__).parents[2]
package = root / "src" / "tenuto"

long_files = {
    "store/executions.py": "one noun: the table of runs, its row, its filters and what is asked of it",
    "core/node.py": "one contract: all that a node kind promises and may ask for",
    "core/events.py": "one closed list of what can happen in a run, declared in one place",
    "core/errors.py": "one tree of problems, drawn and declared in one place",
    "migrations/versions/0001_initial.py": "the first schema is one migration",
}
"""Files between 250 and 400 lines, and why they are not two."""

transaction_openers = {
    "store/database.py": "defines what a transaction is",
    "store/runs/journal.py": "the writer commits for many runs at once",
    "store/runs/spending.py": "a reservation commits at once, before the call that it is for",
    "store/runs/claims.py": "claims and take-overs commit at once, outside any use case",
    "vault/oauth/renewal.py": "new tokens are committed before the request that asked for them goes out, whatever use case it is of",
    "vault/doors/sql.py": "a statement in a customer's database, in which our use cases have no part",
    "store/kin/children.py": "what a run is told of its own runs is looked at under its lock, as one of them ends or stands still",
    "store/limits/lanes.py": "runs are put in line and let in under locks that have to be there before anybody is counted",
}
"""Files outside services that may open a transaction. The token bucket (`store/limits/rates.py`) commits single statements."""

shared_tables = {
    "processes": "a process serves every workspace",
    "workspaces": "is the list of workspaces",
    "alembic_version": "is about the database as a whole",
}
"""Tables without a workspace."""

across_workspaces = {
    "store/runs/statements.py:bury": "whether a dead process still owns a run is asked of every workspace",
    "store/runs/statements.py:strangers": "runs owned by processes that nobody knows are looked for in every workspace",
    "store/runs/statements.py:free": "such runs are handed over by owner",
    "store/runs/statements.py:depart": "a process hands over all its runs, by owner",
}
"""`file:owner` of statements that mean every workspace, and why."""

large_rooms: dict[str, str] = {
    "core/documents": "every rule of a definition and every older shape of one, a file each",
    "engine": "how one run proceeds, a file each; actions, expressions and children have walls of their own",
    "core": "the nouns of the whole house, a file each; the language they are written in has a wall of its own",
    "services": "a file for each noun of the API, none of which knows more than two others",
}
"""Rooms of more than 2,000 lines, and why there is no wall through them. A folder in a room is a wall: it counts by itself."""

pure_modules = ("core/language/expression.py", "core/execution.py", "core/events.py", "engine/decide.py")

ignores_per_thousand = 0.5
room_budget = 2000

Rule = Callable[[ast.Module, str], list[str]]
tree_rules: tuple[Rule, ...] = (
    rules.function_length,
    rules.class_length,
    rules.names,
    rules.opening_sentence,
    rules.late_imports,
    rules.unfinished,
    rules.any_in_public,
    rules.unsafe,
)
text_rules = (rules.marks, rules.suppressions)


def sources(folder: Path = package) -> dict[str, str]:
    """Path within the folder → text, for every Python file."""
    return {str(path.relative_to(folder)): path.read_text() for path in sorted(folder.rglob("*.py"))}


@pytest.fixture(scope="module")
def house() -> dict[str, str]:
    return sources()


@pytest.fixture(scope="module")
def trees(house: dict[str, str]) -> dict[str, ast.Module]:
    return {path: ast.parse(text) for path, text in house.items()}


@pytest.mark.parametrize("rule", tree_rules, ids=lambda rule: rule.__name__)
def test_every_module_keeps(rule: Rule, trees: dict[str, ast.Module]) -> None:
    report(sentence for path, tree in trees.items() for sentence in rule(tree, path))


@pytest.mark.parametrize("rule", text_rules, ids=lambda rule: rule.__name__)
def test_every_source_keeps(rule: Callable[[str, str], list[str]], house: dict[str, str]) -> None:
    report(sentence for path, text in house.items() for sentence in rule(text, path))


def test_no_file_outgrows_its_budget(house: dict[str, str]) -> None:
    report(sentence for path, text in house.items() for sentence in rules.file_budget(text, path, long_files))


def test_every_long_file_is_still_long(house: dict[str, str]) -> None:
    report(
        f"{path} is short enough now, or gone: take it off the table."
        for path in long_files
        if len(house.get(path, "").splitlines()) <= rules.budget
    )


def test_no_room_outgrows_its_walls(house: dict[str, str]) -> None:
    sizes: dict[str, int] = {}
    for path, text in house.items():
        room = path.rpartition("/")[0]
        sizes[room] = sizes.get(room, 0) + len(text.splitlines())
    large = {room: size for room, size in sizes.items() if size > room_budget and room not in large_rooms}
    report(f"{room} has {size:,} lines; at {room_budget:,} a room asks for a wall." for room, size in large.items())


def test_the_type_checker_is_hardly_ever_silenced(house: dict[str, str]) -> None:
    count = sum(rules.type_ignores(text) for text in house.values())
    lines = sum(len(text.splitlines()) for text in house.values())
    assert count <= ignores_per_thousand * lines / 1000, f"{count} ignores in {lines:,} lines; at most {ignores_per_thousand} per 1,000."


def test_transactions_are_opened_by_use_cases(trees: dict[str, ast.Module]) -> None:
    require("store/database.py")
    report(sentence for path, tree in trees.items() for sentence in rules.transactions(tree, path, transaction_openers))


def test_every_query_names_its_workspace(trees: dict[str, ast.Module]) -> None:
    require("store/database.py")
    report(sentence for path, tree in trees.items() for sentence in rules.workspace_in_statements(tree, path, across_workspaces))
    report(sentence for path, tree in trees.items() for sentence in rules.workspace_in_sql(tree, path, shared_tables, across_workspaces))


@pytest.mark.parametrize("path", pure_modules)
def test_a_pure_module_is_pure(path: str) -> None:
    require(path)
    report(rules.pure(ast.parse((package / path).read_text()), path))


def test_tests_keep_their_budget_and_patch_nothing() -> None:
    for path, text in sources(root / "tests").items():
        report(rules.budget_of_tests(text, path))
        report(rules.patching(ast.parse(text), path))


def require(*paths: str) -> None:
    """An empty room proves nothing: what a rule is about has to be there."""
    missing = [path for path in paths if not (package / path).exists()]
    assert not missing, f"moved or removed, and this test still looks for it: {', '.join(missing)}"


def report(sentences: Iterable[str]) -> None:
    """Fail with every sentence on its own line."""
    found = list(sentences)
    assert not found, "\n" + "\n".join(found)
