"""How a run that another one starts begins, where what it is given is large."""

from __future__ import annotations

from pydantic import JsonValue

from tenuto.core.events import Event, WorkflowStarted
from tenuto.core.execution import ExecutionId
from tenuto.engine.desk import Desk
from tenuto.engine.large.payloads import Payloads


async def beginning(desk: Desk, run: ExecutionId, event: WorkflowStarted) -> tuple[Event, bytes]:
    """The first event of a run, and its bytes; large values are written. Raises like `encode`."""
    payloads = Payloads(desk.journal.blobs, run, desk.values, desk.largest, desk.parts.addresses.concealed)
    made = payloads.part(event)
    await payloads.flush()
    return made


async def input_of(desk: Desk, run: ExecutionId, begin: WorkflowStarted) -> JsonValue:
    """What a run was given, whole. Raises `TooLarge`, `Damaged`."""
    payloads = Payloads(desk.journal.blobs, run, desk.values, desk.largest)
    if begin.refs:
        payloads.saw(begin)
    return await payloads.opened(begin.input)
