"""Threat 1, expressions: nothing gets out of the sandbox, every attempt fails clearly, and the process lives on with bounded memory."""

from __future__ import annotations

import asyncio
import os
import resource
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio
from pydantic import JsonValue

from tenuto.core.errors import ExpressionFailed, Invalid, InvalidExpression
from tenuto.engine.expressions.resolve import compile_value, resolve
from tenuto.engine.expressions.sandbox import Sandbox
from tenuto.engine.expressions.scope import Scope

now = datetime(2026, 3, 4, tzinfo=UTC)
canary = "tenuto-canary-7f3a"
data: JsonValue = {"name": "Ada", "rows": [1, 2, 3], "text": "{0.__class__.__mro__}", "deep": {"a": {"b": 1}}}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def sandbox() -> AsyncIterator[Sandbox]:
    os.environ["TENUTO_CANARY"] = canary
    pool = Sandbox()
    yield pool
    await pool.close()
    del os.environ["TENUTO_CANARY"]


refused_when_read = [
    # dunder chains
    "().__class__.__bases__[0].__subclasses__()",
    "''.__class__.__mro__[1].__subclasses__()",
    "[].__class__.__base__.__subclasses__()[137]",
    "{}.__class__.__init__.__globals__",
    "(lambda: 0).__globals__",
    "(lambda: 0).__code__.co_consts",
    "(lambda: 0).__call__.__self__",
    "[x.__class__ for x in [1]]",
    "len.__self__",
    "len.__module__",
    "input.name.upper().__class__",
    "(x for x in [1]).gi_frame.f_back.f_globals.__getitem__('os')",
    "now.__reduce__()",
    "now.__class__.__init__.__globals__",
    "timedelta.__subclasses__()",
    "json.__loader__",
    "json.__builtins__",
    "re.__dict__",
    "'{}'.format.__self__",
    # names that are none
    "__import__('os').system('id')",
    "__builtins__",
    "__builtins__['eval']('1')",
    "__name__",
    "__file__",
    "__spec__.loader",
    "globals()",
    "locals()",
    "dir()",
    "eval('1')",
    "exec('import os')",
    "compile('1', '', 'eval')",
    "open('/etc/passwd').read()",
    "getattr(input, '__class__')",
    "setattr(json, 'dumps', 1)",
    "hasattr(1, '__class__')",
    "type('X', (), {})",
    "object()",
    "super()",
    "property(len)",
    "breakpoint()",
    "print('x')",
    "id(input)",
    "help()",
    "exit()",
    "os.environ",
    "sys.modules",
    "subprocess.run('id')",
    # statements in disguise
    "(x := 1)",
    "[y := 1, y ** 2]",
    "import os",
    "1; import os",
    "1) or __import__('os') or (1",
    "await input",
    "(yield 1)",
    "lambda: 1",
    # nesting and size
    "(" * 5000 + ")" * 5000,
    "-" * 9000 + "1",
    "[" * 150 + "]" * 150,
    "input" + ".a" * 3000,
    "9" * 6000,
    "0x" + "f" * 9000 + " + 1",
    "1 if 1 else " * 500 + "1",
    "f'{" * 200 + "1" + "}'" * 200,
    "'" + "a" * 20_000 + "'",
]


@pytest.mark.parametrize("expression", refused_when_read, ids=lambda text: text[:40])
def test_refused_before_anything_is_evaluated(expression: str) -> None:
    with pytest.raises(InvalidExpression):
        compile_value("{{ " + expression + " }}").native  # noqa: B018 (must not be reached)


native_attempts = [
    "input.__class__",
    "input.__class__.__mro__[1].__subclasses__",
    "input.name.__class__",
    "input.rows.__len__",
    "input.rows.append",
    "input.keys",
    "input.rows.append.__self__",
    "input.deep.__getitem__",
    "execution.__init__.__globals__",
    "nodes.a.output.__class__",
    "nodes['__class__'].output",
    "vars.__dict__",
    "get(item, '__class__')",
    "get(input, '__class__')",
    "get(input.name, 'upper')",
    "index.real",
]


@pytest.mark.parametrize("expression", native_attempts)
async def test_the_native_paths_read_keys_and_never_attributes(expression: str, sandbox: Sandbox) -> None:
    given_scope = Scope(now=now, input=data, vars={}, execution={"id": "e"}, nodes={"a": {"output": {"x": 1}}}.get, item={}, index=3)  # type: ignore[arg-type]
    template = compile_value("{{ " + expression + " }}")
    assert template.native
    if expression.startswith("get("):
        assert await resolve(template, given_scope, sandbox) is None
    else:
        with pytest.raises(ExpressionFailed):
            await resolve(template, given_scope, sandbox)


format_strings = [
    "'{0.__class__}'.format(input)",
    "'{0.__class__.__init__.__globals__}'.format(now)",
    "'{x.__globals__[os]}'.format(x=lambda: 1)",
    "input.text.format(now)",
    "f'{now!r:{input.text}}'.format(now)",
    "'%(__class__)s' % input",
    "format(now, '{0.__class__}').format(now)",
    "'{:>{w}}'.format(1, w=10**9)",
    "'%1000000000d' % 1",
    "f'{1:>1000000000}'",
    "f'{1:.999999999f}'",
    "'{0:0999999999}'.format(1)",
    "format(1, '>999999999')",
    "'x'.rjust(10**9)",
    "'x'.center(10**12)",
    "'a'.join(['b' * 10**6] * 1000)",
    "('a' * 10**6).replace('a', 'b' * 1000)",
]

bombs = [
    "input(vars=1)",
    "9 ** 9 ** 9",
    "10 ** 10 ** 10",
    "2 ** (2 ** 40)",
    "1 << (1 << 40)",
    "pow(3, 10 ** 9)",
    "len(str(7 ** 10 ** 6))",
    "sum(7 ** n for n in range(10 ** 6))",
    "'a' * 10 ** 10",
    "[0] * 10 ** 10",
    "(0,) * 10 ** 10",
    "list(range(10 ** 9))",
    "set(range(10 ** 9))",
    "dict.fromkeys(range(10 ** 9))",
    "[[[x for x in range(10 ** 4)] for y in range(10 ** 4)] for z in range(10 ** 4)]",
    "sum(1 for a in range(10 ** 5) for b in range(10 ** 5))",
    "max(range(10 ** 12), key=lambda x: x)",
    "sorted(range(10 ** 8), key=lambda x: -x)",
    "(lambda f: f(f))(lambda f: f(f))",
    "(lambda f, n: f(f, n))(lambda f, n: f(f, n + 1), 0)",
    "re.match('(a+)+$', 'a' * 60 + 'b').group()",
    "re.match('(a|a)*$', 'a' * 60 + 'b').group()",
    "re.match('(.*a){25}$', 'a' * 60 + 'b').group()",
    r"re.match('(a*)*\\1b', 'a' * 60).group()",
    "re.compile('(' * 1000 + ')' * 1000).pattern + 1",
    "re.compile('a{1000}{1000}{1000}').pattern + 1",
    "json.loads('[' * 100000 + ']' * 100000)",
    "json.loads('9' * 10 ** 7)",
    "json.dumps([[0] * 1000] * 100000)",
    "math.factorial(10 ** 7)",
    "math.comb(10 ** 7, 5 * 10 ** 6)",
    "str(10 ** 5000)",
    "int('9' * 10 ** 6)",
    "float('1e999')",
    "float('nan')",
    "repr([[0] * 10 ** 4] * 10 ** 4)",
    "timedelta(days=10 ** 12)",
    "now + timedelta(days=10 ** 8)",
    "datetime.fromisoformat('x' * 10 ** 6)",
]


@pytest.mark.parametrize("expression", format_strings + bombs, ids=lambda text: text[:50])
async def test_an_attempt_fails_clearly_and_the_process_lives(expression: str, sandbox: Sandbox) -> None:
    template = compile_value({"a": "{{ " + expression + " }}"})
    with pytest.raises(ExpressionFailed) as caught:
        await asyncio.wait_for(resolve(template, Scope(now=now, input=data), sandbox), 20)
    problem = caught.value.data
    assert problem.pointer == "/a"
    assert len(problem.detail) < 1_500
    assert canary not in problem.detail
    assert "site-packages" not in problem.detail
    assert await resolve(compile_value("{{ 1 + 1 }}"), Scope(now=now), sandbox) == 2


# What the parser of expressions refuses is also harmless to the interpreter behind it: (prelude, expression).
raw = [
    ("", "().__class__.__bases__[0].__subclasses__()"),
    ("", "(lambda: 0).__globals__['__builtins__']"),
    ("", "getattr(getattr((), '__cl' + 'ass__'), '__base__')"),
    ("", "__import__('os').environ"),
    ("", "eval('__import__(\"os\")')"),
    ("exec('import os; x = os.environ[\"TENUTO_CANARY\"]')", "x"),
    ("import os", "os.environ['TENUTO_CANARY']"),
    ("import os", "os.getenv('TENUTO_CANARY') + ''"),
    ("import os", "os.listdir('/')"),
    ("import os", "os.system('id')"),
    ("", "open('/etc/passwd').read()"),
    ("", "open('/proc/self/environ').read()"),
    ("from pathlib import Path", "Path('/etc/passwd').read_text()"),
    ("from pathlib import Path", "Path('/tenuto-escaped').write_text('x')"),
    ("import socket", "socket.socket()"),
    ("import subprocess", "subprocess.run('id')"),
    ("import ctypes", "ctypes.CDLL(None)"),
    ("import pickle", "pickle.loads(b'x')"),
    ("import gc", "gc.get_objects()"),
    ("import importlib", "importlib.import_module('os')"),
    ("import urllib.request", "urllib.request.urlopen('http://localhost')"),
    ("try:\n    1 / 0\nexcept Exception as e:\n    x = e", "x.__traceback__.tb_frame.f_globals"),
    ("def f():\n    return f()", "f()"),
    ("while True: pass", "1"),
    ("while True:\n    try:\n        while True: pass\n    except BaseException: pass", "1"),
    ("x = []\nwhile True: x.append(x[:])", "1"),
    ("x = 'a'\nwhile True: x += x", "1"),
    ("x = 3\nwhile True: x = x * x", "1"),
    ("a = []\nfor i in range(30): a = [a] * 10", "a"),
    ("a = {}\nfor i in range(60): a = {'x': a, 'y': a}", "a"),
    ("a = []\nfor i in range(30): a = [a] * 10", "repr(a)"),
    ("a = []\nb = []\nfor i in range(40): a, b = [a, a], [b, b]", "a == b"),
    ("a = []\na.append(a)", "a"),
    ("a = []\nfor i in range(10**6): a = [a]", "a"),
    ("class Bomb:\n    def __eq__(self, other):\n        while True: pass", "Bomb() == 1"),
    ("class Fake:\n    def dumps(self, *a, **k): return bomb\nbomb = []\nfor i in range(30): bomb = [bomb] * 10\n_json = Fake()", "1"),
    ("class Fake:\n    def dumps(self, *a, **k): return '[' * 100000\n_json = Fake()", "1"),
    ("class Fake:\n    def dumps(self, *a, **k): return '[' * 1000 + ']' * 1000\n_json = Fake()", "1"),
    ("class Fake:\n    def dumps(self, *a, **k): return 'NaN'\n_json = Fake()", "1"),
    ("def _date(): pass", "1"),
    ("", "1)\nimport os\n(os.environ"),
    ("print('x' * 10**7)", "1 / 0"),
    ("for i in range(10**9): print(i)", "1"),
    ("raise KeyboardInterrupt", "1"),
    ("raise SystemExit(0)", "1"),
    ("raise MemoryError", "1"),
    ("import asyncio\nasync def f(): await asyncio.sleep(10**9)", "f()"),
]


@pytest.mark.parametrize(("prelude", "code"), raw, ids=lambda text: text[:40].replace("\n", ";"))
async def test_the_interpreter_itself_lets_nothing_out(
    prelude: str, code: str, sandbox: Sandbox, capfd: pytest.CaptureFixture[str]
) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(ExpressionFailed) as caught:
        await asyncio.wait_for(sandbox.evaluate(code, {}, now, prelude=prelude), 20)
    assert canary not in str(caught.value.data)
    assert await sandbox.evaluate("1 + 1", {}, now) == 2
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 256 * 1024  # kilobytes
    assert not Path("/tenuto-escaped").exists()
    assert capfd.readouterr() == ("", "")


async def test_an_inserted_value_is_text_whatever_it_looks_like(sandbox: Sandbox) -> None:
    for hostile in ("{{ input.secret }}", "' + input.secret + '", "\\' or 1) #", "__import__('os')", "\n1", "{0.__class__}", "%(x)s"):
        given_scope = Scope(now=now, input={"hostile": hostile, "secret": canary})
        result = await resolve(
            compile_value(["{{ input.hostile + '' }}", "x{{ input.hostile }}", "{{ [input.hostile][0] }}"]), given_scope, sandbox
        )
        assert result == [hostile, "x" + hostile, hostile]


async def test_a_hostile_key_is_only_a_key(sandbox: Sandbox) -> None:
    key = "');import os;('"
    given_scope = Scope(now=now, input={key: 1, "__class__": 2})
    assert await resolve(compile_value(["{{ input[" + repr(key) + "] + 0 }}", "{{ input.__class__ + 0 }}"]), given_scope, sandbox) == [1, 2]


async def test_two_hundred_attempts_at_once_leave_the_pool_working(sandbox: Sandbox) -> None:
    attempts = [sandbox.evaluate(code, {}, now) for code in ("'a' * 10**10", "9 ** 9 ** 9", "().__class__", "b'x'") for _ in range(50)]
    results = await asyncio.gather(*attempts, return_exceptions=True)
    assert {type(result) for result in results} == {ExpressionFailed}
    assert await sandbox.evaluate("1 + 1", {}, now) == 2


def test_a_value_that_is_no_json_never_becomes_a_scope_variable() -> None:
    with pytest.raises(Invalid):
        compile_value("{{ '\\ud800' }}")
