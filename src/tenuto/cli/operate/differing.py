"""Two runs side by side in a terminal: what is different, as tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pydantic import JsonValue
from rich.table import Table
from rich.text import Text

from tenuto.cli.terminal import console, one_line, say
from tenuto.core.changes import Change
from tenuto.core.values import encode
from tenuto.services.executions.again.comparisons import Compared
from tenuto.services.executions.again.outcomes import NodeOutcome, Outcomes, Standing, Values
from tenuto.services.executions.bulk import Refused

_shown = 5
"""Changes of one value."""


def show_many(matched: int, compared: Sequence[Compared], refused: Sequence[Refused]) -> None:
    """Replays, each in a line, and how many came to the same."""
    table = Table("run", "was", "is", "different", "replay", box=None, padding=(0, 2, 0, 0), header_style="bold")
    for each in compared:
        said = ", ".join(each.differs) if each.problem is None else each.problem.detail
        row = (each.of, each.before.value if each.before else "", each.execution.status.value, said or "nothing", each.execution.id)
        table.add_row(*(Text(one_line(cell, 100)) for cell in row))
    if compared:
        console().print(table)
    for each in refused:
        say(f"{each.id}: {each.problem.detail}", stderr=True)
    same = sum(bool(each.same) for each in compared)
    say(f"{matched} runs: {same} came to the same, {len(compared) - same} did not, {matched - len(compared)} could not be replayed.")


def show_one(found: Outcomes) -> None:
    """A run and its replay: what is different, and the nodes in which it is."""
    say(f"{found.before.id} against {found.after.version[:12]}, in simulation: {found.after.id}")
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    table.add_row("status", found.before.status.value + _then(found.before.status.value, found.after.status.value))
    if "error" in found.differs:
        before, after = (side.error.detail if side.error else "none" for side in (found.before, found.after))
        table.add_row("error", Text(one_line(before, 200) + _then(before, one_line(after, 200))))
    table.add_row("output", Text("the same" if found.output.same else "; ".join(_changes(found.output))))
    table.add_row("path", "another one" if "path" in found.differs else "the same")
    console().print(table)
    rows = [(name, node) for name, node in found.nodes.items() if not node.same or node.definition != "same"]
    if rows:
        console().print(_nodes(rows))
    if alike := len(found.nodes) - len(rows):
        say(f"{alike} {'further ' if rows else ''}node{'s' if alike != 1 else ''} the same.")
    if not found.ended:
        say(f"The replay waits: {'; '.join(found.after.waiting_for) or found.after.status.value}. This is how it stands.")


def _nodes(rows: Sequence[tuple[str, NodeOutcome]]) -> Table:
    table = Table("node", "definition", "status", "output", box=None, padding=(0, 2, 0, 0), header_style="bold")
    for name, node in rows:
        before, after = _standing(node.before), _standing(node.after)
        said = "" if node.output is None else "the same" if node.output.same else "; ".join(_changes(node.output))
        cells = (name, node.definition, before + _then(before, after), said)
        table.add_row(*(Text(one_line(cell, 200)) for cell in cells))
    return table


def _standing(standing: Standing | None) -> str:
    if standing is None:
        return "not reached"
    return standing.status + (f" ({standing.port})" if standing.port not in (None, "out") else "")


def _then(before: str, after: str) -> str:
    return "" if before == after else f" → {after}"


def _changes(values: Values) -> Iterator[str]:
    for change in values.changes[:_shown]:
        yield f"{change.pointer or 'all'}: {_change(change)}"
    if (left := len(values.changes) - _shown + values.more) > 0:
        yield f"and {left} more"


def _change(change: Change) -> str:
    match change.kind:
        case "added":
            return f"+ {_text(change.after)}"
        case "removed":
            return f"- {_text(change.before)}"
        case "changed":
            return f"{_text(change.before)} → {_text(change.after)}"


def _text(value: JsonValue) -> str:
    return one_line(encode(value).decode(), 60)
