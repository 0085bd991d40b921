"""What a failed run has to undo: the completed nodes that name a node for it, latest first, one after the other."""

from __future__ import annotations

from collections.abc import Mapping

from tenuto.core.events import NodeCompleted, NodeFailed, NodeSkipped, NodeStarted


class Undoing:
    """The fold of what is undone; only runs whose definition has an `undo` keep more than empty lists."""

    __slots__ = ("_undos", "current", "done", "failed", "pending")

    def __init__(self, undos: Mapping[str, str]) -> None:
        """`undos` has the undoing node of each node that can be undone."""
        self._undos = undos
        self.pending: list[str] = []
        """Completed nodes that would have to be undone, in the order of their completion."""
        self.current: str | None = None
        """The node that is being undone."""
        self.done: list[str] = []
        self.failed: list[str] = []

    @property
    def begun(self) -> bool:
        """Whether anything of the run has been undone, or was tried to be."""
        return self.current is not None or bool(self.done or self.failed)

    @property
    def due(self) -> bool:
        """Whether something is left to be undone."""
        return self.current is not None or bool(self.pending)

    @property
    def next(self) -> str | None:
        """The node that is being undone, or is to be next."""
        return self.current or (self.pending[-1] if self.pending else None)

    @property
    def left(self) -> tuple[str, ...]:
        """What is not undone, in the order in which it would have been."""
        open_now = (self.current,) if self.current is not None else ()
        return (*self.failed, *open_now, *reversed(self.pending))

    def take(self, event: NodeStarted | NodeCompleted | NodeSkipped | NodeFailed) -> None:
        """Take an event of a node in."""
        if isinstance(event, NodeStarted):
            if event.undoes is not None and event.undoes != self.current:
                self.pending.remove(event.undoes)
                self.current = event.undoes
        elif self.current is not None and self._undos[self.current] == event.node:
            (self.done if isinstance(event, NodeCompleted) else self.failed).append(self.current)
            self.current = None
        elif isinstance(event, NodeCompleted) and event.node in self._undos:
            self.pending.append(event.node)
