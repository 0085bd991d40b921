"""What Prometheus is told of HTTP, in a registry of this application's own."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram

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
