"""What Prometheus is told of HTTP and of what runs use, in a registry of this application's own."""

from __future__ import annotations

from typing import NamedTuple

from prometheus_client import CollectorRegistry, Counter, Histogram

from tenuto.core.usage import Usage

_seconds = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

_methods = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class HttpMetrics:
    """Counts and times by route and status; the route is its pattern, so that ids make no series of their own."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._requests = Counter("tenuto_http_requests", "Requests answered.", ["method", "route", "status"], registry=registry)
        self._seconds = Histogram(
            "tenuto_http_request_seconds", "Time until an answer began.", ["route"], buckets=_seconds, registry=registry
        )

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """An answer has begun. A method that is none of HTTP's is `other`: anybody may make one up, and every name would be kept."""
        self._requests.labels(method if method in _methods else "other", route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)


class _Series(NamedTuple):
    """What every turn counts on, looked up once: finding a series by its labels costs more than counting."""

    turns: Counter
    input: Counter
    output: Counter


class UsageMetrics:
    """Counts what this process used, as it is used.

    A model makes a series only where its price is known: anybody may write any name into a workflow, and every name would be kept.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        labels = ["provider", "model", "simulated"]
        self._calls = Counter("tenuto_calls", "Requests of connectors and http nodes, and refused turns.", ["simulated"], registry=registry)
        self._turns = Counter("tenuto_agent_turns", "Turns of agents.", labels, registry=registry)
        self._unpriced = Counter("tenuto_agent_turns_unpriced", "Turns whose price is not known.", ["provider"], registry=registry)
        self._tokens = Counter("tenuto_agent_tokens", "Tokens of agents' turns.", ["direction", *labels], registry=registry)
        self._cost = Counter("tenuto_agent_cost_usd", "US dollars of the turns whose price is known.", labels, registry=registry)
        self._of: dict[tuple[str, str, str], _Series] = {}

    def count(self, usage: Usage) -> None:
        """A turn or a call has ended."""
        simulated = str(usage.simulated).lower()
        if not usage.turns:
            self._calls.labels(simulated).inc(usage.calls)
            return
        model = (usage.model or "") if usage.price is not None else "other"
        labels = (usage.provider or "", model, simulated)
        if (series := self._of.get(labels)) is None:
            tokens = self._tokens.labels("input", *labels), self._tokens.labels("output", *labels)
            series = self._of[labels] = _Series(self._turns.labels(*labels), *tokens)
            if usage.cost is not None:
                self._cost.labels(*labels)  # from the first turn on, also where that costs nothing
        series.turns.inc(usage.turns)
        series.input.inc(usage.input_tokens)
        series.output.inc(usage.output_tokens)
        if usage.unpriced:
            self._unpriced.labels(usage.provider or "").inc(usage.unpriced)
        if usage.cost:
            self._cost.labels(*labels).inc(usage.cost / 1_000_000)
