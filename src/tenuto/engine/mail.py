"""Mail as signals: what somebody outside asked of a run, read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, cast

from pydantic import JsonValue

from tenuto.core.node import Answered
from tenuto.core.run import Mail
from tenuto.engine.signals import Cancelled, Decided, Paused, Progressed, Resumed, Signal


def opened(mail: Mail, now: datetime) -> Signal:
    """The signal in a piece of mail; the services that wrote it have checked it."""
    signal = mail.signal
    by = str(signal.get("by", "somebody"))
    match mail.kind:
        case "cancel":
            return Cancelled(by=by, reason=str(signal.get("reason", "")))
        case "pause":
            return Paused(by=by)
        case "resume":
            return Resumed(by=by)
        case "decide":
            decision = cast("Literal['done', 'retry', 'fail']", signal["decision"])
            return Decided(node=str(signal["node"]), decision=decision, by=by, now=now, output=signal.get("output"))
        case "progress" | "answer":
            return Progressed(data=signal.get("data"))


def asked(mail: Mail) -> Answered:
    """Somebody's answer to a waiting node."""
    data = mail.signal.get("data")
    return Answered(data=cast("Mapping[str, JsonValue]", data) if isinstance(data, dict) else {}, by=str(mail.signal.get("by", "somebody")))
