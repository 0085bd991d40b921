"""A batch of appends or starts as the parameters of its statement.

asyncpg looks at every element of an array twice, and converts each by itself. Numbers, ids and words of ours go as one text with
commas between them instead, which PostgreSQL takes apart (`string_to_array`); only free text and bytes go as arrays.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from typing import NamedTuple
from uuid import UUID

from pydantic import JsonValue

from tenuto.core.events import Event, format_version, node_of
from tenuto.core.execution import ExecutionId
from tenuto.core.outbox import Post
from tenuto.core.run import Claim, Projection, Start
from tenuto.core.values import encode
from tenuto.core.waits import Wait

Encoded = Sequence[tuple[Event, bytes]]


class Append(NamedTuple):
    """Events of one run, to be committed after its head `old`."""

    claim: Claim
    old: int
    events: Encoded
    projection: Projection
    consumed: Sequence[str]
    posts: Sequence[Post] = ()
    """What is left to be done after it."""

    @property
    def new(self) -> int:
        """The head afterwards."""
        return self.old + len(self.events)


class Insert(NamedTuple):
    """A run to be started, with its first events."""

    start: Start
    events: Encoded


def merged(items: Sequence[Append]) -> tuple[dict[ExecutionId, Append], Sequence[Append]]:
    """One row per run: two chained appends of a run in one statement would see the same old head.

    And those that continue nothing here, because somebody else has taken the run over meanwhile: one of the two is to be fenced.
    """
    rows: dict[ExecutionId, Append] = {}
    apart: list[Append] = []
    for item in items:
        before = rows.get(item.claim.id)
        if before is None:
            rows[item.claim.id] = item
        elif (before.claim.epoch, before.new) == (item.claim.epoch, item.old):
            rows[item.claim.id] = _joined(before, item)
        else:
            apart.append(item)
    return rows, apart


def _joined(before: Append, after: Append) -> Append:
    shown = after.projection
    if shown.usage is None:
        shown = replace(shown, usage=before.projection.usage)
    if before.projection.waits:
        shown = replace(shown, waits={**before.projection.waits, **shown.waits})
    events, consumed = [*before.events, *after.events], [*before.consumed, *after.consumed]
    return Append(after.claim, before.old, events, shown, consumed, [*before.posts, *after.posts])


def append_parameters(items: Sequence[Append]) -> list[object]:
    """The parameters of `statements.append`, for one item per run."""
    runs = [item.claim.id for item in items]
    shown = [item.projection for item in items]
    consumed = [(item.claim.id, key) for item in items for key in item.consumed]
    return [
        _numbers(run.workspace for run in runs),
        _ids(run.id for run in runs),
        _numbers(item.old for item in items),
        _numbers(item.new for item in items),
        _numbers(item.claim.epoch for item in items),
        _words(p.status.value for p in shown),
        _names(p.current_node for p in shown),
        [p.waiting_for for p in shown],
        [_error(p.error) for p in shown],
        _flags(p.ended for p in shown),
        *_event_parameters([(item.claim.id, item.old, item.events) for item in items]),
        _numbers(run.workspace for run, _ in consumed),
        _ids(run.id for run, _ in consumed),
        [key for _, key in consumed],
        [encode(p.usage) if p.usage is not None else None for p in shown],
    ]


def wait_parameters(items: Sequence[Append]) -> list[object]:
    """What `waiting.append` has beyond `statements.append`: what is waited for, and what is not any more, each as rows in JSON."""
    asked: list[object] = []
    over: list[object] = []
    for run, node, change in ((item.claim.id, node, change) for item in items for node, change in item.projection.waits.items()):
        (asked if isinstance(change, Wait) else over).append({"workspace": run.workspace, "id": run.id.hex, "node": node, **asdict(change)})
    return [encode(asked).decode(), encode(over).decode()]


def post_parameters(posts: Sequence[Post]) -> list[object]:
    """What `statements.with_posts` takes beyond the parameters of its statement."""
    return [
        [post.workspace for post in posts],
        [post.id for post in posts],
        [post.execution for post in posts],
        [post.kind for post in posts],
        [encode(dict(post.data)) for post in posts],
    ]


def start_parameters(items: Sequence[Insert], process: UUID) -> list[object]:
    """The parameters of `statements.start` but the last, which says when a process is dead."""
    starts = [item.start for item in items]
    shown = [start.projection for start in starts]
    return [
        _numbers(start.id.workspace for start in starts),
        _ids(start.id.id for start in starts),
        [start.public_id for start in starts],
        [start.workflow_id for start in starts],
        [start.definition.name for start in starts],
        _words(start.definition.version_hash for start in starts),
        _words(p.status.value for p in shown),
        _numbers(len(item.events) for item in items),
        _numbers(format_version for _ in starts),
        _flags(start.simulated for start in starts),
        _ids(start.run_as for start in starts),
        [start.user_id for start in starts],
        [start.session_id for start in starts],
        _numbers(start.priority for start in starts),
        [start.trigger for start in starts],
        ["\x1f".join(start.keys) or None for start in starts],
        _names(p.current_node for p in shown),
        [p.waiting_for for p in shown],
        [_error(p.error) for p in shown],
        _flags(start.owned for start in starts),
        _flags(p.ended for p in shown),
        process,
        *_event_parameters([(item.start.id, 0, item.events) for item in items]),
    ]


def _event_parameters(groups: Sequence[tuple[ExecutionId, int, Encoded]]) -> list[object]:
    events = [pair for _, _, group in groups for pair in group]
    return [
        ",".join([str(run.workspace) for run, _, group in groups for _ in group]),
        ",".join([name for run, _, group in groups for name in [run.id.hex] * len(group)]),
        ",".join([str(seq) for _, head, group in groups for seq in range(head + 1, head + len(group) + 1)]),
        ",".join([event.type for event, _ in events]),
        _names(node_of(event) for event, _ in events),
        [data for _, data in events],
    ]


def _numbers(values: Iterable[int]) -> str:
    return ",".join(map(str, values))


def _words(values: Iterable[str]) -> str:
    return ",".join(values)


def _ids(values: Iterable[UUID | None]) -> str:
    return ",".join(["" if value is None else value.hex for value in values])


def _flags(values: Iterable[bool]) -> str:
    return ",".join(["t" if value else "f" for value in values])


def _names(values: Iterable[str | None]) -> str:
    """Ids of nodes hold no control character and are never empty: nothing stands for none."""
    return "\x1f".join([value or "" for value in values])


def _error(error: JsonValue) -> bytes | None:
    return None if error is None else encode(error)
