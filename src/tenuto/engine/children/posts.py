"""Which events leave something to be done after their commit: children to be let go, counted or ended, a failure to be seen to.

Pure but for the ids of the posts, which only have to differ.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import uuid4

from pydantic import JsonValue

from tenuto.core.errors import BudgetExceeded
from tenuto.core.events import (
    Event,
    NodeFailed,
    NodeRetrying,
    NodeSkipped,
    NodeWaiting,
    WorkflowFailed,
    WorkflowPaused,
    WorkflowResumed,
    WorkflowStarted,
    terminal,
)
from tenuto.core.execution import ExecutionId
from tenuto.core.outbox import Post, PostKind
from tenuto.core.spending import by_budget
from tenuto.engine.course import Course
from tenuto.engine.spending.purse import accounts_here

leaving_posts = terminal | {"node_waiting", "node_failed", "node_retrying", "node_skipped", "workflow_paused", "workflow_resumed"}
"""The types of events that may leave posts; every other one is passed over by a look-up."""

failure_trigger = "failure"
_unheard = frozenset({failure_trigger, "test"})
"""What starts runs that start no failure workflow where they fail: such a workflow itself, and tests of drafts."""

_statuses = {"workflow_completed": "completed", "workflow_failed": "failed", "workflow_cancelled": "cancelled"}


def posts_after(event: Event, run: ExecutionId, course: Course) -> Sequence[Post]:
    """What is left to be done after this event, which `course` has not yet taken in."""
    match event:
        case NodeWaiting(node=node, reason="children", data=data):
            return [_post(run, "release_children", {"node": node, "attempt": data.get("attempt")})]
        case NodeRetrying(problem=problem) if problem.type == BudgetExceeded.type:
            return _refused(run, course)
        case NodeFailed(node=node) | NodeRetrying(node=node) | NodeSkipped(node=node):
            if node not in course.brooding:
                return ()
            return [_post(run, "cancel_children", {"node": node, "attempt": course.state.nodes[node].attempt})]
        case WorkflowPaused() | WorkflowResumed() if course.started is not None:
            return _held(event, run, course, course.started)
        case _ if event.type in terminal and course.started is not None:
            return after_end(
                event,
                run,
                course.started,
                spawned=bool(course.brooding),
                held=course.held,
                on_failure=course.graph.definition.settings.on_failure,
            )
        case _:
            return ()


def after_end(
    event: Event, run: ExecutionId, begin: WorkflowStarted, *, spawned: bool, held: bool, on_failure: str | None = None
) -> Sequence[Post]:
    """What is left to be done after a run's last event; `held` by a budget until then, it holds its parent no more."""
    posts: list[Post] = [*_told(run, begin, "held_no_more")] if held else []
    within = begin.within
    if within is not None and not within.detached:
        said: dict[str, JsonValue] = {"parent": str(within.parent), "node": within.node, "attempt": within.attempt}
        posts.append(_post(run, "child_ended", {**said, "status": _statuses[event.type]}))
    elif isinstance(event, WorkflowFailed) and on_failure is not None and begin.trigger not in _unheard and begin.replayed is None:
        posts.append(_post(run, "failure_workflow", {"workflow": on_failure}))
    if spawned:
        posts.append(_post(run, "cancel_children", {}))
    return posts


def _refused(run: ExecutionId, course: Course) -> Sequence[Post]:
    """More may have been allowed after a call was refused, by somebody who did not yet see its run paused."""
    if course.started is None:
        return ()
    accounts: list[JsonValue] = [account.model_dump(mode="json") for account in accounts_here(course, run)]
    return [_post(run, "look_at_budget", {"root": course.started.root or str(run.id), "accounts": accounts})]


def _held(event: WorkflowPaused | WorkflowResumed, run: ExecutionId, course: Course, begin: WorkflowStarted) -> Sequence[Post]:
    """What a budget holds holds the runs around it, and who lets it go on lets all go on that belong together: they ask again."""
    if isinstance(event, WorkflowPaused) and event.by == by_budget:
        return _told(run, begin, "tell_parent", waiting_for=list(event.waiting_for or ()))
    posts = [*_told(run, begin, "held_no_more")] if course.held else []
    if isinstance(event, WorkflowResumed) and event.by != by_budget and (course.held or event.budget is not None):
        posts.append(_post(run, "let_family_go_on", {"root": begin.root or str(run.id)}))
    return posts


def _told(run: ExecutionId, begin: WorkflowStarted, kind: PostKind, **said: JsonValue) -> Sequence[Post]:
    """Whoever looks at a run sees that a run of its own waits for a budget: it is paused too, and says why, until that goes on."""
    within = begin.within
    if within is None or within.detached:
        return ()
    return [_post(run, kind, {"parent": str(within.parent), **said})]


def _post(run: ExecutionId, kind: PostKind, data: Mapping[str, JsonValue]) -> Post:
    return Post(run.workspace, uuid4(), run.id, kind, data)
