"""What is recorded of a node that waits without a process, and why it does."""

from __future__ import annotations

from datetime import datetime, timedelta

from tenuto.core.events import NodeWaiting
from tenuto.core.node import Deferred, Suspended


def waiting(node: str, now: datetime, outcome: Suspended | Deferred) -> NodeWaiting:
    """A node that suspended itself, or whose attempt a rate limit has put off."""
    match outcome:
        case Suspended(reason, until, data):
            return NodeWaiting(node=node, reason=reason, until=until, data=dict(data or {}))
        case Deferred(what, seconds, refused):
            until = now + timedelta(seconds=seconds)
            reason = f"the rate limit of {what}, until {until:%Y-%m-%d %H:%M:%S} UTC"
            return NodeWaiting(node=node, reason=reason, until=until, data={"refused": refused}, held=True)
