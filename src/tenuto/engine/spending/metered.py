"""What is said of usage where an attempt ends; pure."""

from __future__ import annotations

from collections.abc import Sequence

from tenuto.core.events import Event, node_of
from tenuto.core.usage import Usage


def metered(events: Sequence[Event], usage: Usage) -> Sequence[Event]:
    """The events of a node's end with what the node has used; as they are where it used nothing."""
    if not usage.calls:
        return events
    return tuple(event.model_copy(update={"usage": usage}) if node_of(event) else event for event in events)
