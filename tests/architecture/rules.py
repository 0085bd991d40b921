"""The rules of the house that no tool knows, one small function each: it reads one module and says what is wrong with it.

A rule is `rule(tree, path) -> list[str]`: `path` is relative to the package (`store/journal.py`), every sentence starts with `path:line`.
Rules of the text (comments, lengths) take the source instead of the tree.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator

Function = ast.FunctionDef | ast.AsyncFunctionDef

wall, budget, test_wall = 400, 250, 600
function_budget, class_budget = 40, 250

banned_words = {"Manager", "Helper", "Handler", "Managers", "Helpers", "Handlers"}
banned_modules = {"util", "utils", "helper", "helpers", "common", "misc"}
unsafe_modules = {"pickle", "cPickle", "marshal", "shelve", "dill", "cloudpickle", "jinja2", "mako", "chameleon"}
unsafe_calls = {"eval", "exec", "__import__"}
safe_loaders = {"SafeLoader", "CSafeLoader"}
clocks_and_dice = {"asyncio", "random", "secrets", "time", "socket", "threading", "os", "logging", "structlog"}


def file_budget(source: str, path: str, longer: dict[str, str]) -> list[str]:
    """At most 250 lines; up to 400 with a reason in `longer`; never more."""
    length = len(source.splitlines())
    if length > wall:
        return [f"{path}:1 has {length} lines; {wall} is the wall."]
    if length > budget and path not in longer:
        return [f"{path}:1 has {length} lines; above {budget} it needs a reason in the table of long files."]
    return []


def budget_of_tests(source: str, path: str) -> list[str]:
    """A test file has at most 600 lines."""
    length = len(source.splitlines())
    return [f"{path}:1 has {length} lines; a test file has at most {test_wall}."] if length > test_wall else []


def function_length(tree: ast.Module, path: str) -> list[str]:
    """A function has at most 40 lines, not counting its docstring and decorators."""
    return [
        f"{path}:{node.lineno} {node.name} has {_length(node)} lines; a function has at most {function_budget}."
        for node in ast.walk(tree)
        if isinstance(node, Function) and _length(node) > function_budget
    ]


def class_length(tree: ast.Module, path: str) -> list[str]:
    """A class has at most 250 lines."""
    return [
        f"{path}:{node.lineno} {node.name} has {_length(node)} lines; a class has at most {class_budget}."
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and _length(node) > class_budget
    ]


def names(tree: ast.Module, path: str) -> list[str]:
    """No Manager, Helper or Handler, and no room for leftovers: a name says what a thing is."""
    found = [f"{path}:1 is called {part}: say what is in it." for part in path.removesuffix(".py").split("/") if part in banned_modules]
    return found + [
        f"{path}:{node.lineno} {node.name}: say what it is, not that it manages, helps or handles."
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and banned_words & set(re.findall(r"[A-Z][a-z]+", node.name))
    ]


def opening_sentence(tree: ast.Module, path: str) -> list[str]:
    """A module opens with one sentence that says what it is; more may follow after an empty line."""
    text = ast.get_docstring(tree)
    if not text:
        return [f"{path}:1 has no docstring."]
    first = " ".join(text.split("\n\n")[0].split())
    if not first.endswith(".") or re.search(r"[.!?] [A-Z]", first):
        return [f"{path}:1 opens with {first[:60]!r}…: one sentence, ended by a full stop."]
    return []


def late_imports(tree: ast.Module, path: str) -> list[str]:
    """Our own modules are imported at the top: a late import hides a circle."""
    return [
        f"{path}:{_line(node)} imports {module} inside {function.name}."
        for function in ast.walk(tree)
        if isinstance(function, Function)
        for node in ast.walk(function)
        for module in _imported(node)
        if module.split(".")[0] == "tenuto"
    ]


def marks(source: str, path: str) -> list[str]:
    """No reminders: what is not done is an issue, not a comment."""
    found: list[str] = []
    for token in _comments_and_strings(source):
        pattern = r"\b(TODO|FIXME|XXX|HACK)\b"
        if token.type == tokenize.COMMENT:
            pattern += r"|(?i:\b(placeholder|stub|not (yet )?implemented|for now)\b)"
        if match := re.search(pattern, token.string):
            found.append(f"{path}:{token.start[0]} carries the mark {match.group()!r}.")
    return found


def unfinished(tree: ast.Module, path: str) -> list[str]:
    """Nothing raises NotImplementedError: what is offered works."""
    return [f"{path}:{_line(node)} names NotImplementedError." for node in ast.walk(tree) if _last_name(node) == "NotImplementedError"]


def suppressions(source: str, path: str) -> list[str]:
    """An ignored finding names its rule and says why, on its own line: `# noqa: S608 the names are ours`."""
    found: list[str] = []
    for comment in (token for token in _comments_and_strings(source) if token.type == tokenize.COMMENT):
        match = re.search(r"(type: ?ignore|pyright: ?ignore|noqa)(\[[\w, -]+\]|: ?[A-Z]+\d+(, ?[A-Z]+\d+)*)?(.*)", comment.string)
        if match and not match.group(2):
            found.append(f"{path}:{comment.start[0]} ignores every finding; name the rule.")
        elif match and len(re.findall(r"\w{2,}", match.group(4))) < 2:
            found.append(f"{path}:{comment.start[0]} ignores {match.group(2)} without a reason beside it.")
    return found


def type_ignores(source: str) -> int:
    """How often the type checker is silenced."""
    comments = (token.string for token in _comments_and_strings(source) if token.type == tokenize.COMMENT)
    return sum(bool(re.search(r"(type|pyright): ?ignore", comment)) for comment in comments)


def any_in_public(tree: ast.Module, path: str) -> list[str]:
    """No `Any` in the signature of a public function, nor in a public field."""
    return [
        f"{path}:{node.lineno} {name} has Any in its signature; object, a type variable or JsonValue says more."
        for name, node, annotations in _public_signatures(tree)
        if any(_last_name(part) == "Any" for annotation in annotations for part in _parts(annotation))
    ]


def unsafe(tree: ast.Module, path: str) -> list[str]:
    """Threat 18 and threat 1: nothing that turns text into running code or into live objects."""
    found: list[str] = []
    loaders = safe_loaders | {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and any(_last_name(base) in safe_loaders for base in node.bases)
    }
    for node in ast.walk(tree):
        found += [f"{path}:{_line(node)} imports {name}." for name in _imported(node) if name.split(".")[0] in unsafe_modules]
        found += [f"{path}:{_line(node)} takes {name} from yaml; import yaml and use safe_load." for name in _unsafe_yaml_imports(node)]
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in unsafe_calls:
            found.append(f"{path}:{node.lineno} calls {node.func.id}.")
        if (
            isinstance(node, ast.Attribute)
            and _last_name(node.value) == "yaml"
            and re.match(r"(unsafe|full)_|(C?(Unsafe|Full)?Loader$)", node.attr)
        ):
            found.append(f"{path}:{node.lineno} uses yaml.{node.attr}.")
        if isinstance(node, ast.Call) and _is_yaml_load(node.func) and not _loader_in(node, loaders):
            found.append(f"{path}:{node.lineno} calls yaml.load without a safe loader.")
    return found


def transactions(tree: ast.Module, path: str, openers: dict[str, str]) -> list[str]:
    """A transaction is opened by a use case in services, or by a file of `openers` for the reason given there."""
    if path.startswith("services/") or path in openers:
        return []
    return [
        f"{path}:{node.lineno} opens a transaction; that is the business of services."
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"transaction", "begin", "begin_nested"}
    ]


def workspace_in_statements(tree: ast.Module, path: str, exempt: dict[str, str]) -> list[str]:
    """A `select`, `update` or `delete` built in the store names the workspace in the same expression; the repository base does it for all."""
    if not path.startswith("store/") or path == "store/repository.py":
        return []
    found: list[str] = []
    for owner, statement in _heads(tree):
        if f"{path}:{owner}" in exempt:
            continue
        found += [
            f"{path}:{call.lineno} {owner} builds {_last_name(call.func)}() without the workspace."
            for call in _built(statement)
            if "workspace" not in ast.unparse(statement)
        ]
    return found


def workspace_in_sql(tree: ast.Module, path: str, shared_tables: dict[str, str], exempt: dict[str, str]) -> list[str]:
    """A hand-written statement in the store that touches a tenant's table mentions the workspace."""
    if not path.startswith("store/"):
        return []
    found: list[str] = []
    for owner, text, line in _sql(tree):
        tables = set(
            re.findall(
                r"(?i)\b(?:from|into|update|join|only)\s+(?!only\b|set\b|skip\b|of\b|lateral\b|pg_|information_schema\b)([a-z_]+)\b(?!\s*\()",
                text,
            )
        )
        named = tables - set(shared_tables) - _defined_in(text)
        if named and "workspace" not in text and f"{path}:{owner}" not in exempt:
            found.append(f"{path}:{line} {owner} touches {', '.join(sorted(named))} without the workspace.")
    return found


def pure(tree: ast.Module, path: str) -> list[str]:
    """A pure module has no clock, no dice and no outside: what it needs to know is handed in."""
    return [
        f"{path}:{_line(node)} imports {name}: a decision is a function of its arguments."
        for node in ast.walk(tree)
        for name in _imported(node)
        if name.split(".")[0] in clocks_and_dice
    ] + [
        f"{path}:{node.lineno} asks the clock."
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in {"now", "utcnow", "today"} and _last_name(node.value) in {"datetime", "date"}
    ]


def patching(tree: ast.Module, path: str) -> list[str]:
    """A test hands collaborators in; it does not reach into a module and change it."""
    found = [
        f"{path}:{_line(node)} imports {name}."
        for node in ast.walk(tree)
        for name in _imported(node)
        if re.match(r"(unittest\.)?mock\b", name)
    ]
    return found + [
        f"{path}:{node.lineno} patches with monkeypatch.{node.attr}."
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in {"setattr", "setitem"} and _last_name(node.value) == "monkeypatch"
    ]


def _length(node: Function | ast.ClassDef) -> int:
    """Lines from the head to the end, without the docstring."""
    text = node.body[0] if ast.get_docstring(node, clean=False) is not None else None
    return (node.end_lineno or node.lineno) - node.lineno + 1 - ((text.end_lineno or 0) - text.lineno + 1 if text else 0)


def _line(node: ast.AST) -> int:
    return node.lineno if isinstance(node, ast.stmt | ast.expr) else 1


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [f"{node.module}.{alias.name}" for alias in node.names]
    return []


def _last_name(node: ast.AST) -> str:
    """`c` of `a.b.c`."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _comments_and_strings(source: str) -> Iterator[tokenize.TokenInfo]:
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type in {tokenize.COMMENT, tokenize.STRING}:
            yield token


def _public_signatures(tree: ast.Module) -> Iterator[tuple[str, ast.stmt, list[ast.expr]]]:
    scopes: list[ast.Module | ast.ClassDef] = [tree]
    while scopes:
        for node in scopes.pop().body:
            name = _declared(node)
            if name.startswith("_") and not name.startswith("__"):
                continue
            if isinstance(node, ast.ClassDef):
                scopes.append(node)
            elif isinstance(node, Function):
                every = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs, node.args.vararg, node.args.kwarg]
                yield name, node, [part for part in (*(arg.annotation for arg in every if arg), node.returns) if part]
            elif isinstance(node, ast.AnnAssign):
                yield name, node, [node.annotation]


def _declared(node: ast.stmt) -> str:
    if isinstance(node, Function | ast.ClassDef):
        return node.name
    return _last_name(node.target) if isinstance(node, ast.AnnAssign) else ""


def _parts(annotation: ast.expr) -> Iterator[ast.AST]:
    """Every part of an annotation, also of one that is written as a string."""
    for node in ast.walk(annotation):
        yield node
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            try:
                yield from ast.walk(ast.parse(node.value, mode="eval"))
            except SyntaxError:
                continue


def _unsafe_yaml_imports(node: ast.AST) -> list[str]:
    if not isinstance(node, ast.ImportFrom) or node.module != "yaml":
        return []
    return [alias.name for alias in node.names if re.search(r"^(unsafe_|full_)?load(_all)?$|^C?(Unsafe|Full)?Loader$", alias.name)]


def _is_yaml_load(function: ast.expr) -> bool:
    return isinstance(function, ast.Attribute) and function.attr in {"load", "load_all"} and _last_name(function.value) == "yaml"


def _loader_in(call: ast.Call, loaders: set[str]) -> bool:
    given = call.args[1:] + [keyword.value for keyword in call.keywords if keyword.arg == "Loader"]
    return any(_last_name(loader) in loaders for loader in given)


def _owned(tree: ast.Module) -> Iterator[tuple[str, ast.stmt]]:
    """Every simple statement (and every head of a compound one), with the name of what contains it: `Class.method`, `function` or `constant`."""
    waiting: list[tuple[str, ast.stmt]] = [("", node) for node in tree.body]
    while waiting:
        owner, node = waiting.pop(0)
        if isinstance(node, Function | ast.ClassDef):
            waiting += [(f"{owner}.{node.name}".lstrip("."), child) for child in node.body]
            continue
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target if isinstance(node, ast.AnnAssign) else None
        name = owner or (_last_name(target) if target else "")
        blocks = [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.stmt)]
        blocks += [
            child for part in ast.iter_child_nodes(node) if isinstance(part, ast.ExceptHandler | ast.match_case) for child in part.body
        ]
        waiting += [(name, child) for child in blocks]
        yield name, node


def _heads(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    """The expressions of every statement, without the statements inside it."""
    for owner, node in _owned(tree):
        for child in ast.iter_child_nodes(node):
            expression = child.context_expr if isinstance(child, ast.withitem) else child
            if isinstance(expression, ast.expr):
                yield owner, expression


def _built(expression: ast.expr) -> Iterator[ast.Call]:
    """Calls of SQLAlchemy's own builders: `select(…)` or `sa.select(…)`, not the method of a repository."""
    for node in ast.walk(expression):
        if isinstance(node, ast.Call) and _last_name(node.func) in {"select", "update", "delete"}:
            plain = isinstance(node.func, ast.Name)
            if plain or (isinstance(node.func, ast.Attribute) and _last_name(node.func.value) in {"sa", "sqlalchemy", "sql"}):
                yield node


def _sql(tree: ast.Module) -> Iterator[tuple[str, str, int]]:
    """Owner, text and line of every string that reads like a statement; the holes of an f-string become one word."""
    documentation = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for owner, expression in _heads(tree):
        if id(expression) in documentation:
            continue
        inside = {
            id(part) for node in ast.walk(expression) if isinstance(node, ast.JoinedStr) for part in ast.walk(node) if part is not node
        }
        for node in ast.walk(expression):
            if id(node) in inside or not isinstance(node, ast.JoinedStr | ast.Constant):
                continue
            text = _text(node)
            if re.search(r"(?i)^\s*(--[^\n]*\n\s*)*(with|select|insert|update|delete)\b[\s\S]*\b(from|into|set|select)\b", text):
                yield owner, text, node.lineno


def _text(node: ast.JoinedStr | ast.Constant) -> str:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    return "".join(part.value if isinstance(part, ast.Constant) and isinstance(part.value, str) else " hole " for part in node.values)


def _defined_in(sql: str) -> set[str]:
    """Names that the statement itself defines: `with x as (…)`."""
    return set(re.findall(r"(?i)\b([a-z_]+)\s*(?:\([a-z_, ]*\)\s*)?as\s+(?:not\s+)?(?:materialized\s+)?\(", sql))
