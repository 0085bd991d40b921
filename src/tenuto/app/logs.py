"""Logs: one line an event, JSON in production, and nothing in them that opens a door."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping, Sequence
from typing import TextIO, cast

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

_secret_name = re.compile(r"(?i)authorization|cookie|password|secret|token|api[_-]?key|credential|^key$")
_secret_value = re.compile(
    r"""(?x)
    \b(?:sk|pk|rk)-[\w-]{8,}                       # keys of model vendors
    | \bgh[pousr]_\w{16,} | \bxox[a-z]-[\w-]{8,}   # GitHub, Slack
    | \btn[tsl]_[\w-]{16,}                         # ours: keys, sessions, links
    | (?<=bearer\ )[\w.~+/=-]{8,} | (?<=Bearer\ )[\w.~+/=-]{8,}
    | (?<![\w-])eyJ[\w-]{8,}\.[\w-]+\.[\w-]*               # JSON web tokens
    | (?<=://)[^/\s:@]*:[^/\s@]+(?=@)              # user and password in an address
    """
)
_hidden = "***"


def redact(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """A structlog processor: values under the name of a secret, and whatever looks like one, become `***`."""
    return {name: _hidden if _names_secret(name, value) else _clean(value) for name, value in event.items()}


def begin_logging(*, development: bool, stream: TextIO | None = None, level: int = logging.INFO) -> None:
    """Have structlog and the standard library write the same lines, to standard error unless told."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact,
    ]
    end: Processor = structlog.dev.ConsoleRenderer(colors=False) if development else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[*shared[:3], *shared[4:-1], structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared[:-1], processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, redact, end]
    )
    output = logging.StreamHandler(stream or sys.stderr)
    output.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [output]
    root.setLevel(level)


def _names_secret(name: str, value: object) -> bool:
    return isinstance(value, (str, bytes)) and bool(_secret_name.search(name))


def _clean(value: object) -> object:
    match value:
        case str():
            return _secret_value.sub(_hidden, value)
        case bytes():
            return _secret_value.sub(_hidden, value.decode(errors="replace"))
        case Mapping():
            pairs = cast("MutableMapping[str, object]", value)
            return {name: _hidden if _names_secret(str(name), item) else _clean(item) for name, item in pairs.items()}
        case Sequence():
            return [_clean(item) for item in cast("Sequence[object]", value)]
        case _:
            return value
