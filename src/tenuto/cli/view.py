"""A run as it is watched: a live tree where a person looks, a line for each event where none does."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime
from typing import Protocol

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from tenuto.cli.layout import layout
from tenuto.cli.terminal import one_line
from tenuto.core.events import (
    Event,
    NodeCompleted,
    NodeFailed,
    NodeProgress,
    NodeRetrying,
    NodeStarted,
    NodeWaiting,
    Recorded,
    StepCompleted,
    StepStarted,
    node_of,
)
from tenuto.core.execution import NodeState, State, evolve
from tenuto.core.workflow import NodeSpec, WorkflowDefinition

_marks = {
    "completed": ("✓", "green"),
    "failed": ("✗", "red"),
    "skipped": ("·", "dim"),
    "waiting": ("◷", "yellow"),
    "retrying": ("↻", "yellow"),
    "unknown": ("?", "magenta"),
}
_status_styles = {"completed": "green", "failed": "red", "cancelled": "red", "unknown": "magenta"}


class View(Protocol):
    """Takes in what happens, and keeps the state."""

    state: State

    def take(self, recorded: Recorded) -> None:
        """An event was committed."""
        ...

    def whisper(self, event: Event) -> None:
        """Something transient was said."""
        ...


@contextmanager
def watching(out: Console, definition: WorkflowDefinition, title: str) -> Generator[View]:
    """A view on a terminal: live if somebody looks, else line by line."""
    if not out.is_terminal:
        yield Lines(out)
        return
    tree = Tree(definition, title)
    with Live(console=out, get_renderable=tree.render, refresh_per_second=12, vertical_overflow="visible"):
        yield tree


class Silent:
    """Keeps the state and shows nothing."""

    def __init__(self) -> None:
        self.state = State()

    def take(self, recorded: Recorded) -> None:
        """An event was committed."""
        evolve(self.state, recorded)

    def whisper(self, event: Event) -> None:
        """Something transient was said."""


class Lines(Silent):
    """One line an event."""

    def __init__(self, out: Console) -> None:
        super().__init__()
        self._out = out

    def take(self, recorded: Recorded) -> None:
        """An event was committed."""
        super().take(recorded)
        self._out.print(Text(event_line(recorded)))


class Tree(Silent):
    """The workflow's nodes, each with how it stands."""

    def __init__(self, definition: WorkflowDefinition, title: str) -> None:
        super().__init__()
        self._title = title
        self._entries = layout(definition)
        self._specs = {node.id: node for node in definition.nodes}
        self._agents = {agent.id: agent.name for agent in definition.agents}
        self._spinners: dict[str, Spinner] = {}
        self._said: dict[str, str] = {}
        self._took: dict[str, float] = {}

    def take(self, recorded: Recorded) -> None:
        """An event was committed."""
        super().take(recorded)
        if isinstance(recorded.event, NodeCompleted):
            self._took[recorded.event.node] = recorded.event.duration_ms
            self._said.pop(recorded.event.node, None)

    def whisper(self, event: Event) -> None:
        """Keep the end of what an agent is saying."""
        if isinstance(event, NodeProgress) and event.node and isinstance(event.data, dict):
            said = event.data.get("text")
            self._said[event.node] = (self._said.get(event.node, "") + (said if isinstance(said, str) else ""))[-200:]

    def render(self) -> RenderableType:
        """The tree as it is now."""
        grid = Table.grid(padding=(0, 1))
        for entry in self._entries:
            spec = self._specs[entry.node]
            state = self.state.nodes.get(entry.node)
            label = Text("  " * entry.depth)
            if entry.way:
                label.append(f"{one_line(entry.way, 20)} → ", style="dim")
            label.append(one_line(spec.name or spec.id, 40), style="" if state else "dim")
            grid.add_row(self._mark(entry.node, state), label, Text(self._kind(spec), style="dim"), self._detail(entry.node, state))
        status = self.state.status.value
        return Group(Text(one_line(self._title), style="bold"), grid, Text(status, style=_status_styles.get(status, "cyan")))

    def _mark(self, node: str, state: NodeState | None) -> RenderableType:
        if state is None:
            return Text("○", style="dim")
        if state.status == "running":
            return self._spinners.setdefault(node, Spinner("dots", style="cyan"))
        mark, style = _marks[state.status]
        return Text(mark, style=style)

    def _kind(self, spec: NodeSpec) -> str:
        agent = spec.config.get("agent")
        if isinstance(agent, str):
            return one_line(f"{spec.type} {self._agents.get(agent, agent)}", 30)
        action = [part for part in (spec.config.get("integration"), spec.config.get("action")) if isinstance(part, str)]
        return one_line(".".join(action) or spec.type, 30)

    def _detail(self, node: str, state: NodeState | None) -> Text:
        if state is None:
            return Text("")
        match state.status:
            case "completed":
                port = f"{state.port}  " if state.port not in ("out", None) else ""
                return Text(f"{port}{self._took.get(node, 0):,.0f} ms", style="green")
            case "running":
                return Text(one_line(self._said.get(node, "")[-60:], 60), style="dim")
            case "failed" | "retrying" | "unknown":
                return Text(
                    one_line(state.problem.detail if state.problem else "", 100), style="red" if state.status == "failed" else "yellow"
                )
            case "waiting":
                return Text(f"waits: {state.reason}{_until(state.until)}", style="yellow")
            case "skipped":
                return Text("skipped", style="dim")


def event_line(recorded: Recorded) -> str:
    """An event in one line: when, what, where, and the one thing worth knowing of it."""
    event = recorded.event
    return " ".join(filter(None, (f"{recorded.at:%H:%M:%S}", f"{event.type:<18}", node_of(event) or "", _worth_knowing(event)))).rstrip()


def waits_for_somebody(state: State) -> bool:
    """Whether nothing happens any more until a person or a program answers."""
    if state.status.value not in ("waiting", "unknown", "paused"):
        return False
    # Of a paused run no node starts again by itself.
    going = ("running",) if state.status.value == "paused" else ("running", "retrying")
    by_itself = (node.status in going or (node.status == "waiting" and node.reason == "delay") for node in state.active.values())
    return not any(by_itself)


def _worth_knowing(event: Event) -> str:
    match event:
        case NodeStarted():
            return f"({event.agent_name or event.node_type}{f', attempt {event.attempt}' if event.attempt > 1 else ''})"
        case NodeCompleted():
            return f"{f'→ {event.port} ' if event.port != 'out' else ''}{event.duration_ms:,.0f} ms"
        case NodeFailed() | NodeRetrying():
            return one_line(event.problem.detail)
        case NodeWaiting():
            return f"{event.reason}{_until(event.until)}"
        case StepStarted(step=step) | StepCompleted(step=step):
            return one_line(step)
        case NodeProgress(kind="print", data={"text": str(text)}):
            return one_line(text)
        case _:
            return ""


def _until(moment: datetime | None) -> str:
    return f" until {moment:%Y-%m-%d %H:%M:%S} UTC" if moment else ""
