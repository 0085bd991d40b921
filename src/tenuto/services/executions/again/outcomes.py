"""What became of a run and of its replay, side by side: status, output, path, and each node, and not how long it took."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal, TypeAlias

from pydantic import Field, JsonValue

from tenuto.core.blob import plain
from tenuto.core.changes import Change, changes
from tenuto.core.errors import ProblemData
from tenuto.core.events import NodeProgress, Recorded, answer_recorded
from tenuto.core.execution import NodeState, NodeStatus, State, Status, fold
from tenuto.core.values import Frozen, JsonObject, encode
from tenuto.core.workflow import WorkflowDefinition
from tenuto.engine.outside.addresses import nameless
from tenuto.engine.replaying import unchanged

_most_changes = 50
_counted_changes = 1_000
_longest_value = 2_000
"""Bytes of JSON of a value in a difference; of a longer one only the beginning is shown."""

Part: TypeAlias = Literal["status", "error", "output", "path", "nodes"]


class Standing(Frozen):
    """How a node stands in one of the two runs."""

    status: NodeStatus
    port: str | None
    problem: ProblemData | None


class Values(Frozen):
    """Two JSON values compared."""

    same: bool
    changes: tuple[Change, ...] = Field(
        default=(), description='The first fifty; of a long value `{"$long": {"bytes", "preview"}}` is shown. Pointers begin at the value.'
    )
    more: int = Field(default=0, description="How many changes are not shown; counted up to 950.")


class NodeOutcome(Frozen):
    """A node in both runs."""

    same: bool = Field(description="Whether it stands the same and gave the same.")
    definition: Literal["same", "changed", "added", "removed"]
    before: Standing | None = Field(description="Null where it was not reached.")
    after: Standing | None
    recorded: bool = Field(description="Whether it answered in the replay what it had answered in the past run, instead of being run.")
    asked: Values | None = Field(
        description="What it was asked: its config with the expressions resolved. Null where it was not reached in both."
    )
    output: Values | None = Field(description="Null where it did not complete in both.")


class Path(Frozen):
    """The nodes of a run by what became of them."""

    completed: tuple[str, ...]
    skipped: tuple[str, ...]
    failed: tuple[str, ...]
    open: tuple[str, ...] = Field(description="Of a run that has not ended, or was ended: nodes that neither completed nor failed.")


class Side(Frozen):
    """One of the two runs."""

    id: str
    version: str
    status: Status
    simulated: bool
    error: ProblemData | None
    waiting_for: tuple[str, ...]
    path: Path


class Outcomes(Frozen):
    """A run and its replay."""

    same: bool
    ended: bool = Field(description="Whether both have ended; else this is how they stand now.")
    differs: tuple[Part, ...] = Field(description="In what they differ.")
    before: Side
    after: Side
    output: Values
    nodes: dict[str, NodeOutcome]


@dataclass(frozen=True, slots=True)
class Ran:
    """A run as it is compared."""

    id: str
    simulated: bool
    definition: WorkflowDefinition
    log: Sequence[Recorded]


def outcomes(before: Ran, after: Ran) -> Outcomes:
    """What is different in `after`."""
    was, now = fold(before.log), fold(after.log)
    nodes = dict(_nodes(before, after, was, now))
    output = _compared(was.output, now.output)
    differs: tuple[Part, ...] = tuple(part for part, different in _parts(was, now, output, nodes) if different)
    return Outcomes(
        same=not differs, ended=was.status.ended and now.status.ended, differs=differs, before=_side(before, was), after=_side(after, now),
        output=output, nodes=nodes,
    )  # fmt: skip


def _parts(was: State, now: State, output: Values, nodes: Mapping[str, NodeOutcome]) -> Iterator[tuple[Part, bool]]:
    yield "status", was.status is not now.status
    yield "error", _said(was.error) != _said(now.error)
    yield "output", not output.same
    yield "path", _way(was) != _way(now)
    yield "nodes", not all(node.same for node in nodes.values())


def _nodes(before: Ran, after: Ran, was: State, now: State) -> Iterator[tuple[str, NodeOutcome]]:
    old, new = ({spec.id for spec in ran.definition.nodes} for ran in (before, after))
    same, answers = unchanged(before.definition, after.definition), _answers(after.log)
    for node in dict.fromkeys([*was.nodes, *now.nodes]):
        definition = "added" if node not in old else "removed" if node not in new else "same" if node in same else "changed"
        first, second = was.nodes.get(node), now.nodes.get(node)
        asked = _compared(first.input, second.input) if first and second and first.attempt and second.attempt else None
        output = _compared(first.output, second.output) if first and second and first.status == second.status == "completed" else None
        recorded = second is not None and _stood_in(answers.get(node), second, asked)
        alike = _stands(first) == _stands(second) and (output is None or output.same)
        yield (
            node,
            NodeOutcome(
                same=alike,
                definition=definition,
                before=_standing(first),
                after=_standing(second),
                recorded=recorded,
                asked=asked,
                output=output,
            ),
        )


def _answers(log: Sequence[Recorded]) -> dict[str, JsonObject]:
    found: dict[str, JsonObject] = {}
    for recorded in log:
        match recorded.event:
            case NodeProgress(kind=kind, node=str(node), data=dict(data)) if kind == answer_recorded:
                found[node] = data
            case _:
                pass
    return found


def _stood_in(answer: JsonObject | None, state: NodeState, asked: Values | None) -> bool:
    """Whether a node of the replay was answered for: what had to be asked the same was, and had no runs of its own."""
    if answer is None or answer.get("outcome") != state.status or state.reason == "children":
        return False
    return "asked" not in answer or (asked is not None and asked.same)


def _compared(before: JsonValue, after: JsonValue) -> Values:
    found = list(islice(changes(nameless(plain(before)), nameless(plain(after)), into_lists=True), _counted_changes))
    shown = tuple(each.model_copy(update={"before": _short(each.before), "after": _short(each.after)}) for each in found[:_most_changes])
    return Values(same=not found, changes=shown, more=len(found) - len(shown))


def _short(value: JsonValue) -> JsonValue:
    data = encode(value)
    if len(data) <= _longest_value:
        return value
    return {"$long": {"bytes": len(data), "preview": data[:200].decode(errors="replace")}}


def _side(ran: Ran, state: State) -> Side:
    by_status: dict[str, list[str]] = {"completed": [], "skipped": [], "failed": [], "open": []}
    for name, node in state.nodes.items():
        by_status[node.status if node.settled else "open"].append(name)
    path = Path(**{status: tuple(names) for status, names in by_status.items()})
    return Side(
        id=ran.id, version=ran.definition.version_hash, status=state.status, simulated=ran.simulated, error=state.error,
        waiting_for=state.waiting_for, path=path,
    )  # fmt: skip


def _standing(state: NodeState | None) -> Standing | None:
    return Standing(status=state.status, port=state.port, problem=state.problem) if state is not None else None


def _stands(state: NodeState | None) -> tuple[object, ...] | None:
    return (state.status, state.port, _said(state.problem)) if state is not None else None


def _way(state: State) -> set[tuple[str, str, str | None]]:
    return {(name, node.status, node.port) for name, node in state.nodes.items()}


def _said(problem: ProblemData | None) -> tuple[str, str] | None:
    return (problem.type, problem.detail) if problem is not None else None
