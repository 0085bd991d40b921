"""What the names of an expression mean at one place of one run, and what is said when a path leads nowhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from difflib import get_close_matches
from enum import Enum
from operator import attrgetter
from typing import Final, TypeAlias, assert_never, cast

from pydantic import JsonValue

from tenuto.core.blob import Needed, Reference, filled, references, standing
from tenuto.core.errors import ExpressionFailed
from tenuto.core.language.expression import Constant, Get, Operand, Path, Step, quoted, written


class Absent(Enum):
    """No value, where null would be one."""

    absent = "absent"


absent: Final = Absent.absent


def _nothing(node: str) -> None:
    del node


class Scope:
    """The values of the roots. What is left out has no value, and a path to it fails with a sentence that says so.

    `nodes` gives what a node has: `{"output": …}` once it has completed, `{"error": …}` where its failure was handled, None before.
    `status` gives the node's status (`skipped`, `running`, …) for messages, None if it has not been touched. `now` is aware.
    """

    __slots__ = ("event", "execution", "index", "input", "item", "large", "loaded", "nodes", "now", "size", "status", "trigger", "vars")

    def __init__(
        self,
        *,
        now: datetime,
        input: JsonValue | Absent = absent,
        nodes: Callable[[str], Mapping[str, JsonValue] | None] = _nothing,
        status: Callable[[str], str | None] = _nothing,
        vars: JsonValue | Absent = absent,
        trigger: JsonValue | Absent = absent,
        event: JsonValue | Absent = absent,
        execution: JsonValue | Absent = absent,
        item: JsonValue | Absent = absent,
        index: int | Absent = absent,
    ) -> None:
        self.now = now
        self.input = input
        self.nodes = nodes
        self.status = status
        self.vars = vars
        self.trigger = trigger
        self.event = event
        self.execution = execution
        self.item = item
        self.index = index
        self.large = False
        """Whether references may stand for values here."""
        self.loaded: dict[str, JsonValue] = {}
        """Large values that were loaded because a path leads into them, by digest."""
        self.size = 0
        """Of these, in bytes of JSON."""

    def inside(self, value: object) -> object:
        """The value to look into: what a reference stands for. Raises `Needed`."""
        return self.opened(standing(value)) if isinstance(value, Reference) else value

    def opened(self, value: JsonValue) -> JsonValue:
        """The value, with what its references stand for in their places. Raises `Needed` for one that is not loaded."""
        for _, found in references(value):
            if found.blob.digest not in self.loaded:
                raise Needed(found)
        return filled(value, self.loaded)


Read: TypeAlias = Callable[[Scope], JsonValue]


def reader(operand: Operand, pointer: str | None = None) -> Read:
    """A function that reads an operand from a scope. It raises `ExpressionFailed`, at `pointer`, where a path leads nowhere."""
    match operand:
        case Constant(value=value):
            return lambda _scope: value
        case Get():
            return _get(operand, pointer)
        case Path():
            find = _finder(operand)

            def read(scope: Scope) -> JsonValue:
                try:
                    value = find(scope)
                except (LookupError, TypeError):
                    value = absent
                if value is absent:
                    raise lost(operand, scope, pointer)
                return value

            return read
        case _:
            assert_never(operand)


def lost(path: Path, scope: Scope, pointer: str | None = None) -> ExpressionFailed:
    """Why a path leads nowhere: where it ends, and what is there."""
    steps = path.steps
    value: object = getattr(scope, path.root)
    taken = 0
    if path.root == "nodes":
        value, taken = scope.nodes(cast("str", steps[0])), 1
        if value is None:
            return _no_output(path, scope, pointer)
    if value is absent:
        return ExpressionFailed(f"{path.text} failed: {path.root} has no value here.", fix=_where.get(path.root), pointer=pointer)
    for step in steps[taken:]:
        try:
            value = cast("dict[Step, object]", scope.inside(value))[step]
        except (LookupError, TypeError):
            break
        taken += 1
    here, step = path.root + written(steps[:taken]), steps[taken]
    problem, fix = _missing(here, step, scope.inside(value))
    return ExpressionFailed(f"{path.text} failed: {problem}.", fix=fix, pointer=pointer)


_where = {
    "item": "item is there in the body of a map.",
    "index": "index is there in the body of a map or a loop.",
    "event": "event is there in a trigger and in what a wait matches; elsewhere it is trigger.",
    "trigger": "trigger is there where a trigger started the run.",
}


def _no_output(path: Path, scope: Scope, pointer: str | None) -> ExpressionFailed:
    name = "nodes" + written(path.steps[:1])
    optional = f'If that may happen, write get({name}.output, "key", default).'
    match scope.status(cast("str", path.steps[0])):
        case None:
            return ExpressionFailed(f"{path.text} failed: the node has not run.", fix="Refer to a node that comes before.", pointer=pointer)
        case "skipped":
            return ExpressionFailed(f"{path.text} failed: the node was skipped.", fix=optional, pointer=pointer)
        case "failed":
            return ExpressionFailed(f"{path.text} failed: the node failed and has no output.", fix=optional, pointer=pointer)
        case status:
            return ExpressionFailed(f"{path.text} failed: the node has no output yet; it is {status}.", fix=optional, pointer=pointer)


def _missing(here: str, step: Step, value: object) -> tuple[str, str | None]:
    """What is at `here` instead of `step`, and what to do."""
    optional = f"If it may be missing, write get({here}, {quoted(step)}, default)."
    match value:
        case Mapping():
            names = list(cast("Mapping[str, object]", value))
            near = get_close_matches(str(step), names, 1, 0.6)
            there = "is empty" if not names else f"has {_listed(names)}"
            return f"{here} {there}, not {step}", f"Did you mean {here}{written(near)}? {optional}" if near else optional
        case list():
            count = len(cast("list[object]", value))
            what = f"{here} is a list of {count}"
            if isinstance(step, int):
                return f"{what} and has no place {step}", optional
            return f"{what} and has no key {step}", f"For one of them write {here}[0]{written([step])}."
        case None:
            return f"{here} is null and has no {step}", optional
        case str() if isinstance(step, int):
            return f"{here} is text of {len(value)} characters and has no place {step}", optional
        case str():
            return f"{here} is text of {len(value)} characters and has no {step}", "Parse it first, if it is JSON: json.loads(…)."
        case _:
            return f"{here} is {'a truth value' if isinstance(value, bool) else 'a number'} and has no {step}", optional


def _listed(names: list[str]) -> str:
    shown = ", ".join(name if len(name) <= 40 else name[:39] + "…" for name in names[:10])
    return shown if len(names) <= 10 else f"{shown} and {len(names) - 10} more"


def _finder(path: Path) -> Callable[[Scope], JsonValue | Absent]:
    """Walks a path; raises LookupError or TypeError where it ends early, and `Needed` where it leads into what is not loaded."""
    direct = _direct(path)

    def find(scope: Scope) -> JsonValue | Absent:
        try:
            return direct(scope)
        except Needed:
            return _through(path, scope)

    return find


def _through(path: Path, scope: Scope) -> JsonValue:
    """The same where the path leads into large values."""
    steps = path.steps
    value: object = getattr(scope, path.root)
    if path.root == "nodes":
        value, steps = scope.nodes(cast("str", steps[0])), steps[1:]
    for step in steps:
        value = cast("dict[Step, object]", scope.inside(value))[step]
    return cast("JsonValue", value)


def _direct(path: Path) -> Callable[[Scope], JsonValue | Absent]:
    steps = path.steps
    if path.root == "now":
        return lambda scope: scope.now.isoformat().replace("+00:00", "Z")
    if path.root == "nodes":
        node, steps = cast("str", steps[0]), steps[1:]

        def find_node(scope: Scope) -> JsonValue:
            value = cast("dict[Step, JsonValue]", scope.nodes(node))
            for step in steps:
                value = cast("dict[Step, JsonValue]", value[step])
            return cast("JsonValue", value)

        return find_node
    root: Callable[[Scope], dict[Step, JsonValue]] = attrgetter(path.root)

    def find(scope: Scope) -> JsonValue | Absent:
        value = root(scope)
        for step in steps:
            value = cast("dict[Step, JsonValue]", value[step])
        return cast("JsonValue | Absent", value)

    return find


def _get(operand: Get, pointer: str | None) -> Read:
    """What `get` reads: the default for everything that is missing on the way, a null that is there for itself."""
    key, default = operand.key, reader(operand.default, pointer)
    container = _finder(operand.container) if isinstance(operand.container, Path) else reader(operand.container, pointer)

    def read(scope: Scope) -> JsonValue:
        try:
            value = container(scope)
            if value is absent:
                return default(scope)
            return value if key is None else cast("dict[Step, JsonValue]", scope.inside(value))[key]
        except (LookupError, TypeError):
            return default(scope)

    return read
