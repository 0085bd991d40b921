"""Every rule of the house can fail: each is shown what it forbids, and what it allows."""

from __future__ import annotations

import ast
from collections.abc import Callable

import pytest
from tests.architecture import rules

openers = {"store/journal.py": "writes for many runs"}
shared = {"processes": "serves every workspace"}
exempt = {"store/claims.py:Claims.ready": "looks at every workspace"}


def transactions(tree: ast.Module, path: str) -> list[str]:
    return rules.transactions(tree, path, openers)


def statements(tree: ast.Module, path: str) -> list[str]:
    return rules.workspace_in_statements(tree, path, exempt)


def sql(tree: ast.Module, path: str) -> list[str]:
    return rules.workspace_in_sql(tree, path, shared, exempt)


Rule = Callable[[ast.Module, str], list[str]]

long_function = "def f():\n" + "    x = 1\n" * 40
long_class = "class C:\n" + "    x = 1\n" * 250
documented = 'def f():\n    """' + "Words.\n" * 60 + '    """\n' + "    x = 1\n" * 39

forbidden: list[tuple[Rule, str, str]] = [
    (rules.function_length, "nodes/a.py", long_function),
    (rules.function_length, "nodes/a.py", "class C:\n" + "\n".join("    " + line for line in long_function.splitlines())),
    (rules.class_length, "nodes/a.py", long_class),
    (rules.names, "core/utils.py", ""),
    (rules.names, "helpers/text.py", ""),
    (rules.names, "core/a.py", "class RunManager: ..."),
    (rules.names, "core/a.py", "def f():\n    class HandlerOfRuns: ..."),
    (rules.opening_sentence, "core/a.py", "x = 1"),
    (rules.opening_sentence, "core/a.py", '"""No full stop"""'),
    (rules.opening_sentence, "core/a.py", '"""One sentence. And another."""'),
    (rules.late_imports, "core/a.py", "def f():\n    from tenuto.core import errors"),
    (rules.late_imports, "core/a.py", "async def f():\n    if True:\n        import tenuto.core"),
    (rules.unfinished, "core/a.py", "def f():\n    raise NotImplementedError"),
    (rules.unfinished, "core/a.py", "def f():\n    raise NotImplementedError('later')"),
    (rules.any_in_public, "core/a.py", "def f(x: Any) -> None: ..."),
    (rules.any_in_public, "core/a.py", "def f(*args: typing.Any) -> None: ..."),
    (rules.any_in_public, "core/a.py", "async def f() -> dict[str, Any]: ..."),
    (rules.any_in_public, "core/a.py", "class C:\n    def __init__(self, x: 'list[Any]') -> None: ..."),
    (rules.any_in_public, "core/a.py", "class C:\n    field: Any"),
    (rules.unsafe, "core/a.py", "import pickle"),
    (rules.unsafe, "core/a.py", "def f():\n    from marshal import loads"),
    (rules.unsafe, "core/a.py", "from jinja2 import Template"),
    (rules.unsafe, "core/a.py", "eval('1')"),
    (rules.unsafe, "core/a.py", "exec(code, {})"),
    (rules.unsafe, "core/a.py", "yaml.load(text)"),
    (rules.unsafe, "core/a.py", "yaml.load(text, Loader=yaml.Loader)"),
    (rules.unsafe, "core/a.py", "yaml.unsafe_load(text)"),
    (rules.unsafe, "core/a.py", "from yaml import load"),
    (rules.unsafe, "core/a.py", "class L(yaml.FullLoader): ..."),
    (transactions, "store/workflows.py", "async def f(db):\n    async with db.transaction():\n        ..."),
    (transactions, "engine/run.py", "async def f(db):\n    async with db.begin():\n        ..."),
    (statements, "store/workflows.py", "def f(t):\n    return select(t).where(t.c.id == 1)"),
    (statements, "store/workflows.py", "def f(t, workspace):\n    q = sa.delete(t)\n    return q"),
    (
        statements,
        "store/workflows.py",
        "async def f(t):\n    async with x:\n        try:\n            await s.execute(update(t))\n        finally: ...",
    ),
    (sql, "store/journal.py", "q = 'select * from executions where id = $1'"),
    (sql, "store/journal.py", "def f():\n    return text(f'update executions set {columns} where id = :id')"),
    (sql, "store/journal.py", "def f(table):\n    return f'delete from {table} where id = 1'"),
    (sql, "store/claims.py", "q = '''\n  with ready as (select id from executions for update skip locked) update ready set x = 1'''"),
    (rules.pure, "engine/decide.py", "import time"),
    (rules.pure, "engine/decide.py", "from random import random"),
    (rules.pure, "engine/decide.py", "def f():\n    return datetime.now(UTC)"),
    (rules.patching, "engine/test_run.py", "from unittest.mock import patch"),
    (rules.patching, "engine/test_run.py", "def test(monkeypatch):\n    monkeypatch.setattr('a.b', 1)"),
]

allowed: list[tuple[Rule, str, str]] = [
    (rules.function_length, "nodes/a.py", documented),
    (rules.class_length, "nodes/a.py", "class C:\n" + "    x = 1\n" * 249),
    (rules.names, "core/commonplace.py", "class Managed: ..."),
    (rules.opening_sentence, "core/a.py", '"""One sentence (e.g. this).\n\nThen more. Much more.\n"""'),
    (rules.late_imports, "core/a.py", "import tenuto.core\ndef f():\n    import json"),
    (rules.any_in_public, "core/a.py", "def _f(x: Any) -> None:\n    y: Any = x"),
    (rules.any_in_public, "core/a.py", "class _C:\n    field: Any"),
    (rules.unsafe, "core/a.py", "import re, yaml\nre.compile('x')\nyaml.safe_load(t)\nyaml.load(t, Loader=yaml.CSafeLoader)\nmodel.eval()"),
    (rules.unsafe, "core/a.py", "class Marked(yaml.CSafeLoader): ...\nyaml.load(t, Marked)"),
    (transactions, "services/workflows.py", "async def f(db):\n    async with db.transaction(): ..."),
    (transactions, "store/journal.py", "async def f(db):\n    async with db.transaction(): ..."),
    (statements, "store/workflows.py", "def f(t, workspace):\n    return select(t).where(t.c.workspace == workspace)"),
    (statements, "store/workflows.py", "def f(self, d):\n    d.update(x=1)\n    return self.scoped(1)"),
    (statements, "store/repository.py", "def f(t):\n    return select(t)"),
    (statements, "services/a.py", "def f(t):\n    return select(t)"),
    (statements, "store/claims.py", "class Claims:\n    def ready(self):\n        return select(t)"),
    (sql, "store/journal.py", "q = 'select * from executions where workspace = $1'"),
    (sql, "store/journal.py", "q = 'update processes set beat = now() where id = $1'"),
    (sql, "store/journal.py", "q = 'select extract(epoch from now()), a from unnest($1::int[]) as a'"),
    (sql, "store/journal.py", "def f():\n    'select from what is there'"),
    (sql, "store/claims.py", "class Claims:\n    def ready(self):\n        q = 'select id from executions'"),
    (rules.pure, "engine/decide.py", "from datetime import datetime, timedelta\ndef f(now: datetime): return now + timedelta(1)"),
    (rules.patching, "engine/test_run.py", "def test(monkeypatch):\n    monkeypatch.setenv('A', 'b')"),
]

text_cases: list[tuple[Callable[[str, str], list[str]], str, bool]] = [
    (rules.marks, "x = 1  # TODO later", False),
    (rules.marks, '"""FIXME."""', False),
    (rules.marks, "x = 1  # a placeholder", False),
    (rules.marks, "field = Field(placeholder='todo list')  # todos are shown", True),
    (rules.suppressions, "x = 1  # noqa", False),
    (rules.suppressions, "x = 1  # noqa: S608", False),
    (rules.suppressions, "x = 1  # type: ignore[attr-defined]", False),
    (rules.suppressions, "x = 1  # pyright: ignore because of a bug", False),
    (rules.suppressions, "x = 1  # pyright: ignore[reportPrivateUsage] the library offers no other door", True),
    (rules.suppressions, "x = 1  # noqa: S608, S603 the names are ours", True),
]


@pytest.mark.parametrize(("rule", "path", "source"), forbidden)
def test_what_is_forbidden_is_found(rule: Rule, path: str, source: str) -> None:
    found = rule(ast.parse(source), path)
    assert found
    assert found[0].startswith(f"{path}:")


@pytest.mark.parametrize(("rule", "path", "source"), allowed)
def test_what_is_allowed_is_let_be(rule: Rule, path: str, source: str) -> None:
    assert rule(ast.parse(source), path) == []


@pytest.mark.parametrize(("rule", "source", "passes"), text_cases)
def test_comments(rule: Callable[[str, str], list[str]], source: str, passes: bool) -> None:
    assert (rule(source, "core/a.py") == []) is passes


@pytest.mark.parametrize(("lines", "listed", "passes"), [(250, False, True), (251, False, False), (400, True, True), (401, True, False)])
def test_the_budget_of_a_file(lines: int, listed: bool, passes: bool) -> None:
    longer = {"core/a.py": "one table"} if listed else {}
    assert (rules.file_budget("x = 1\n" * lines, "core/a.py", longer) == []) is passes


@pytest.mark.parametrize(("lines", "passes"), [(600, True), (601, False)])
def test_the_budget_of_a_test_file(lines: int, passes: bool) -> None:
    assert (rules.budget_of_tests("x = 1\n" * lines, "core/test_a.py") == []) is passes


def test_type_ignores_are_counted() -> None:
    assert rules.type_ignores("a = 1  # type: ignore[x] why\nb = 2  # pyright: ignore[y] why\nc = '# type: ignore'\n") == 2
