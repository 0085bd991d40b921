"""Runs that a budget holds: whether it still does, and that the runs around them stand still with them and go on with them.

Nothing here tells what it saw earlier: it is looked at when it is said, because somebody may allow more at any time between.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID, uuid4

from pydantic import JsonValue, TypeAdapter

from tenuto.core.execution import ExecutionId
from tenuto.core.outbox import Post
from tenuto.core.run import Mail, MailKind
from tenuto.core.spending import Account, by_budget
from tenuto.engine.desk import Desk

_accounts: TypeAdapter[tuple[Account, ...]] = TypeAdapter(tuple[Account, ...])


class Allowances:
    """Performs the posts of runs that a budget holds, or held."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        desk.outbox.perform_with("look_at_budget", self._look)
        desk.outbox.perform_with("tell_parent", self._pause_parents)
        desk.outbox.perform_with("held_no_more", self._let_parents_go_on)
        desk.outbox.perform_with("let_family_go_on", self._let_families_go_on)

    async def _look(self, posts: Sequence[Post]) -> None:
        """Let those go on that are refused no more: whoever allowed more did not see them paused yet, and told only the others."""
        refused: dict[str, bool] = {}
        for post in {post.execution: post for post in posts}.values():
            family = repr((post.workspace, post.data))
            if family not in refused:
                refused[family] = await self._refused(post)
            if not refused[family]:
                await self._desk.mailbox.send(ExecutionId(post.workspace, post.execution), _letter("resume", only="budget"))
        await self._desk.outbox.done(posts)

    async def _refused(self, post: Post) -> bool:
        """Whether the accounts that a run counts on would still refuse it."""
        store, now = self._desk.parts.spending.accounts, self._desk.now()
        if store is None:
            return True
        rows = [(account, account.row(now)) for account in _accounts.validate_python(post.data["accounts"])]
        return await store.refuses(post.workspace, str(post.data["root"]), rows)

    async def _pause_parents(self, posts: Sequence[Post]) -> None:
        """One letter is enough for many children that wait for the same."""
        for parent, post in _parents(posts).items():
            await self._desk.children.tell_held(parent, _letter("pause", waiting_for=post.data["waiting_for"]))
        await self._desk.outbox.done(posts)

    async def _let_parents_go_on(self, posts: Sequence[Post]) -> None:
        for parent in _parents(posts):
            await self._desk.children.tell_held(parent, _letter("resume", only="child"))
        await self._desk.outbox.done(posts)

    async def _let_families_go_on(self, posts: Sequence[Post]) -> None:
        for post in posts:
            run = ExecutionId(post.workspace, post.execution)
            await self._desk.children.let_go_on(run, str(post.data["root"]), _letter("resume", only="budget"))
        await self._desk.outbox.done(posts)


def _letter(kind: MailKind, **said: JsonValue) -> Mail:
    """Each is a new one: what it says was looked at just now."""
    return Mail(f"budget:{uuid4()}", kind, {"by": by_budget, **said})


def _parents(posts: Sequence[Post]) -> Mapping[ExecutionId, Post]:
    return {ExecutionId(post.workspace, UUID(str(post.data["parent"]))): post for post in posts}
