"""What runs with runs of their own ask of the world, as structural protocols."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import Protocol

from tenuto.core.execution import ExecutionId
from tenuto.core.family import Brood, ChildResult, Group, Origin
from tenuto.core.outbox import Post, PostKind
from tenuto.core.run import Mail
from tenuto.core.usage import Usage
from tenuto.core.workflow import WorkflowDefinition


class Outbox(Protocol):
    """What commits have left to be done."""

    def perform_with(self, kind: PostKind, perform: Callable[[Sequence[Post]], Awaitable[None]]) -> None:
        """Have posts of a kind performed by this."""
        ...

    async def sweep(self) -> None:
        """Perform what a dead process left."""
        ...

    async def done(self, posts: Sequence[Post]) -> None:
        """Delete posts that have been performed."""
        ...


class Children(Protocol):
    """The runs of runs. Whatever is done here may be repeated after a crash."""

    async def open(self, group: Group) -> None:
        """Have a group of children, or let it grow to its total. Raises `Fenced`."""
        ...

    async def insert(self, group: Group, brood: Brood) -> None:
        """Insert children that are held until the group is released; those that are there already are left. Raises `Conflict`."""
        ...

    async def origin(self, run: ExecutionId) -> Origin:
        """On whose behalf a run goes on."""
        ...

    async def finished(self, run: ExecutionId, node: str, first: int, last: int) -> Collection[int]:
        """Which of these items have been completed."""
        ...

    async def results(self, run: ExecutionId, node: str, first: int) -> Sequence[ChildResult]:
        """How the children of a node ended, in the order of their items."""
        ...

    async def used(self, run: ExecutionId, node: str, attempt: int) -> Usage:
        """What the children of one attempt have used together."""
        ...

    async def stop(self, post: Post) -> None:
        """Release no further child of those this post is about, and end those that never began."""
        ...

    async def ask_to_end(self, post: Post) -> None:
        """Cancel those that have begun, by mail."""
        ...

    async def living(self, post: Post) -> Sequence[ExecutionId]:
        """Those that have not ended."""
        ...

    async def tell_held(self, parent: ExecutionId, letter: Mail) -> None:
        """Leave a letter that pauses a run if a budget holds one of its own, or one that lets it go on if it holds none of them."""
        ...

    async def let_go_on(self, run: ExecutionId, root: str, letter: Mail) -> None:
        """Leave a letter for all but `run` that a budget holds in its family: those whose accounts are those of `root`, and its children."""
        ...


class Library(Protocol):
    """Where stored workflows are found."""

    async def pinned(self, workspace: int, workflow_id: str, version: int | None) -> WorkflowDefinition:
        """A published version, the newest where none is named. Raises `NotFound`, and `Conflict` if nothing was published."""
        ...
