"""What comes from outside for a node: a call of its address, which may come before the node is reached, or an event, which may not concern it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol, TypeAlias

from pydantic import JsonValue

from tenuto.core.errors import ExpressionFailed, Problem
from tenuto.core.events import Event, NodeCompleted, NodeProgress
from tenuto.core.execution import State
from tenuto.core.node import Arrived, Settled, Wakening
from tenuto.core.run import Mail
from tenuto.engine.outside.mail import Letter

_traced = 5
"""So many events that did not concern a node are recorded of it, to tell why it goes on waiting; more are told to nobody but who watches."""


class Arrivals:
    """What the log says of them. `note` alone changes it."""

    __slots__ = ("early", "heard", "missed")

    def __init__(self) -> None:
        self.early: dict[str, JsonValue] = {}
        """What was sent to addresses of nodes that had not been reached, by node."""
        self.missed: dict[str, int] = {}
        self.heard: set[str] = set()
        """The letters that nodes went on with: an event lets one node of a run go on, however often it is delivered."""

    def note(self, event: NodeProgress | NodeCompleted) -> None:
        """Take an event of the log in."""
        if isinstance(event, NodeCompleted):
            self.early.pop(event.node, None)
            if event.answers is not None:
                self.heard.add(event.answers)
        elif event.node is not None and event.kind == "called":
            self.early[event.node] = event.data
        elif event.node is not None and event.kind == "event_missed":
            self.missed[event.node] = self.missed.get(event.node, 0) + 1

    def waited_for(self, state: State) -> Iterator[tuple[str, JsonValue]]:
        """What had come before nodes that wait for it now."""
        for node, data in list(self.early.items()):
            stands = state.nodes.get(node)
            if stands is not None and stands.status == "waiting" and stands.reason == "call":
                yield node, data


class Heard(Protocol):
    """The part of a run's course that tells what came, and where it stands."""

    state: State
    arrivals: Arrivals


Tell: TypeAlias = Callable[[Event, bool], None]
"""Records something about a node, or (False) only tells those who watch."""


class Asking(Protocol):
    """The part of a run's attempts that hears of what arrived."""

    async def resume(self, node: str, wakening: Wakening, letter: Letter | None = None) -> None:
        """Ask a waiting node again and record what it says."""
        ...

    async def asked(self, node: str, wakening: Wakening) -> Settled | Problem | None:
        """What a waiting node says, without recording it; None where it works on, which is recorded."""
        ...

    def settle(self, node: str, outcome: Settled, letter: Letter | None) -> None:
        """Record what a node said."""
        ...


async def called(mail: Mail, run: Heard, attempts: Asking, tell: Tell) -> None:
    """Somebody called a node's address. Before the node is reached that is recorded, and kept for it."""
    node, data, letter = str(mail.signal.get("node")), mail.signal.get("data"), Letter.of(mail)
    stands = run.state.nodes.get(node)
    if node not in run.arrivals.early and (stands is None or stands.status in ("running", "retrying")):
        tell(NodeProgress(node=node, kind="called", data=data, answers=letter.id), True)
    elif stands is not None and stands.status == "waiting" and stands.reason != "call":
        return
    else:
        await attempts.resume(node, Arrived(data), letter)


async def offered(mail: Mail, run: Heard, attempts: Asking, tell: Tell) -> None:
    """An event that a node may wait for. One that does not concern it changes nothing."""
    node, letter = str(mail.signal.get("node")), Letter.of(mail)
    name, stands = mail.signal.get("event"), run.state.nodes.get(node)
    if stands is None or stands.status != "waiting" or stands.reason != "event" or letter.id in run.arrivals.heard:
        return
    if (stands.data or {}).get("event") != name:
        return
    said = await attempts.asked(node, Arrived(mail.signal.get("data"), str(name), letter.id))
    if said is None:
        return
    if not isinstance(said, Problem):
        attempts.settle(node, said, letter)
        return
    why = said.data.detail if isinstance(said, ExpressionFailed) else "It does not match."
    missed: dict[str, JsonValue] = {"event": name, "id": letter.id, "why": why}
    recorded = run.arrivals.missed.get(node, 0) < _traced
    tell(NodeProgress(node=node, kind="event_missed", data=missed), recorded)
