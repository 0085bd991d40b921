"""Runs that a budget holds: whether it still does, and that the runs around them stand still with them and go on with them.

Nothing here tells what it saw earlier: it is looked at when it is said, because somebody may allow more at any time between.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from pydantic import JsonValue, TypeAdapter

from tenuto.core.execution import ExecutionId
from tenuto.core.outbox import Post
from tenuto.core.run import Mail
from tenuto.core.spending import Account, by_budget
from tenuto.engine.desk import Desk

_accounts: TypeAdapter[tuple[Account, ...]] = TypeAdapter(tuple[Account, ...])


class Allowances:
    """Performs the posts of runs that a budget holds, or held."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        desk.outbox.perform_with("look_at_budget", self._look)
        desk.outbox.perform_with("tell_parent", self._tell)

    async def _look(self, posts: Sequence[Post]) -> None:
        """Let those go on that are refused no more: whoever allowed more did not see them paused yet, and told only the others."""
        refused: dict[str, bool] = {}
        for post in posts:
            family = repr((post.workspace, post.data))
            if family not in refused:
                refused[family] = await self._refused(post)
            if not refused[family]:
                signal: dict[str, JsonValue] = {"by": by_budget, "only": "budget"}
                await self._desk.mailbox.send(ExecutionId(post.workspace, post.execution), Mail(f"budget:{post.id}", "resume", signal))
        await self._desk.outbox.done(posts)

    async def _refused(self, post: Post) -> bool:
        """Whether the accounts that a run counts on would still refuse it."""
        store, now = self._desk.parts.spending.accounts, self._desk.now()
        if store is None:
            return True
        rows = [(account, account.row(now)) for account in _accounts.validate_python(post.data["accounts"])]
        return await store.refuses(post.workspace, str(post.data["root"]), rows)

    async def _tell(self, posts: Sequence[Post]) -> None:
        """One letter is enough for many children that wait for the same, or go on at the same time."""
        told: dict[tuple[UUID, bool], Post] = {}
        for post in posts:
            told.setdefault((UUID(str(post.data["parent"])), "waiting_for" in post.data), post)
        for (parent, stands), post in told.items():
            signal: dict[str, JsonValue] = {
                "by": by_budget,
                "waiting_for": post.data.get("waiting_for"),
                "only": None if stands else "child",
            }
            letter = Mail(f"budget:{post.id}", "pause" if stands else "resume", signal)
            await self._desk.children.tell_held(ExecutionId(post.workspace, parent), letter)
        await self._desk.outbox.done(posts)
