"""A tracer that keeps every span it was asked for, whole: what an exporter would send away."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from opentelemetry.trace import INVALID_SPAN_CONTEXT, Span, SpanContext, SpanKind, Tracer


@dataclass
class Kept(Span):
    """One span, and everything that was ever written on it."""

    name: str
    kind: SpanKind
    attributes: dict[str, Any]
    statuses: list[Any] = field(default_factory=list[Any])
    more: list[Any] = field(default_factory=list[Any])
    """Events, exceptions, links and further names."""
    ended: int = 0

    def end(self, end_time: int | None = None) -> None:
        self.ended += 1

    def get_span_context(self) -> SpanContext:
        return INVALID_SPAN_CONTEXT

    def set_attributes(self, attributes: Mapping[str, Any]) -> None:
        self.attributes.update(attributes)

    def set_attribute(self, key: str, value: Any) -> None:
        self.attributes[key] = value

    def add_event(self, name: str, attributes: Any = None, timestamp: int | None = None) -> None:
        self.more.append((name, attributes))

    def add_link(self, context: SpanContext, attributes: Any = None) -> None:
        self.more.append((context, attributes))

    def update_name(self, name: str) -> None:
        self.more.append(name)

    def is_recording(self) -> bool:
        return True

    def set_status(self, status: Any, description: str | None = None) -> None:
        code = getattr(status, "status_code", status)
        self.statuses.append((code.name, getattr(status, "description", None), description))

    def record_exception(
        self, exception: BaseException, attributes: Any = None, timestamp: int | None = None, escaped: bool = False
    ) -> None:
        self.more.append((exception, attributes))


class Spans(Tracer):
    """Keeps them."""

    def __init__(self) -> None:
        self.all: list[Kept] = []

    def start_span(
        self, name: str, context: Any = None, kind: SpanKind = SpanKind.INTERNAL, attributes: Any = None, *_: Any, **__: Any
    ) -> Kept:
        kept = Kept(name, kind, dict(attributes or {}))
        self.all.append(kept)
        return kept

    @contextmanager
    def _current(self, *arguments: Any, **named: Any) -> Iterator[Kept]:
        kept = self.start_span(*arguments, **named)
        yield kept
        kept.end()

    start_as_current_span = _current  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType,reportIncompatibleMethodOverride]
