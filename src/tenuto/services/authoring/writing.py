"""How a draft is written, whoever writes it: with what was changed, and with a way back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tenuto.core.access import Principal
from tenuto.core.documents.edits import operations_between
from tenuto.core.values import JsonObject
from tenuto.store.authoring.changes import Revisions
from tenuto.store.authoring.last_tests import LastTests
from tenuto.store.authoring.pins import Pins
from tenuto.store.authoring.restore_points import Reason, RestorePoint, RestorePoints
from tenuto.store.database import Transaction
from tenuto.store.workflows import Author, Workflow, Workflows

work = timedelta(minutes=10)
"""So much of it is between two restore points at most."""


def author(caller: Principal) -> Author:
    """The caller, as the one who changed something."""
    return Author(caller.label, caller.id)


async def write(tx: Transaction, caller: Principal, before: Workflow, document: JsonObject, *, reason: Reason | None = None) -> bool:
    """Make a document the draft, if it is another one; `before` was read with its lock. False if nothing changed.

    A restore point of what was there is kept for `reason`; without one, if the last is older than ten minutes.
    """
    operations = operations_between(before.draft, document)
    if not operations:
        return False
    await keep_point(tx, caller, before, reason)
    await Workflows(tx).write(before.id, document, author(caller))
    await Revisions(tx).append(before.id, before.revision + 1, operations, author(caller))
    return True


async def keep_point(tx: Transaction, caller: Principal, workflow: Workflow, reason: Reason | None, note: str | None = None) -> None:
    """Keep the draft as it is, as a restore point; without a reason only if it is time for one."""
    points = RestorePoints(tx)
    last = next(iter(await points.of(workflow.id, limit=1)), None)
    if reason is None and last is not None and datetime.now(UTC) - last.at < work:
        return
    point = RestorePoint(
        number=last.number + 1 if last else 1,
        revision=workflow.revision,
        at=datetime.now(UTC),
        by=author(caller),
        reason=reason or "work",
        note=note,
        document=workflow.draft,
    )
    await points.append(workflow.id, point)


async def forget(tx: Transaction, id: str) -> None:
    """Delete what is kept beside a draft."""
    await Revisions(tx).forget(id)
    await RestorePoints(tx).forget(id)
    await Pins(tx).forget(id)
    await LastTests(tx).forget(id)
