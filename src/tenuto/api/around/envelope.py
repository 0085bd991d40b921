"""Around every request: which host was asked, what browsers are told, what is counted, and what becomes of an error nobody expected."""

from __future__ import annotations

import time
from collections.abc import Collection
from urllib.parse import urlsplit
from uuid import uuid4

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tenuto.api.around.metrics import HttpMetrics
from tenuto.api.problems import answer
from tenuto.core.errors import Malformed, ProblemData, internal

_log = structlog.get_logger(__name__)
_probes = {"/healthz", "/readyz", "/metrics"}
"""Asked by machines under any name; they answer nothing worth stealing."""

_hooks = "/api/hooks/"
_headers = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    "cache-control": "no-store",
}
"""Unless the answer says otherwise: a page of the web app brings a policy of its own."""


class Envelope:
    """ASGI middleware, the outermost."""

    def __init__(self, app: ASGIApp, *, hosts: Collection[str], secure: bool, metrics: HttpMetrics | None = None) -> None:
        """`hosts` are the names we answer to, without ports; none means every name."""
        self._app = app
        self._hosts = frozenset(host.lower() for host in hosts)
        self._headers = _headers | ({"strict-transport-security": "max-age=31536000"} if secure else {})
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        sent = _Sent(scope, send, self._headers, self._metrics)
        if not self._expected(scope):
            data = Malformed("This host name is not served here.", fix="Set TENUTO_PUBLIC_URL to the address that browsers use.").data
            await answer(data)(scope, receive, sent)
            return
        try:
            await self._app(scope, receive, sent)
        except ClientDisconnect:
            _log.info("http.hung_up", method=scope["method"], path=_named(scope))
        except Exception as error:
            number = uuid4().hex
            _log.exception("http.bug", method=scope["method"], path=_named(scope), instance=number, error=type(error).__name__)
            if sent.started:
                raise
            await answer(_bug(error), instance=number)(scope, receive, sent)

    def _expected(self, scope: Scope) -> bool:
        """A page that has its own name lead to us (DNS rebinding) says that name in `Host`."""
        if not self._hosts or scope["path"] in _probes:
            return True
        try:
            asked = urlsplit(f"//{Headers(scope=scope).get('host', '')}").hostname
        except ValueError:
            return False
        return asked in self._hosts


class _Sent:
    """What is sent, with our headers put in where there are none."""

    def __init__(self, scope: Scope, send: Send, headers: dict[str, str], metrics: HttpMetrics | None) -> None:
        self.started = False
        self._scope = scope
        self._send = send
        self._headers = headers
        self._metrics = metrics
        self._began = time.perf_counter()

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            headers = MutableHeaders(scope=message)
            for name, value in self._headers.items():
                headers.setdefault(name, value)
            if self._metrics is not None:
                route = getattr(self._scope.get("route"), "path", "other")
                self._metrics.count(self._scope["method"], route, message["status"], time.perf_counter() - self._began)
        await self._send(message)


def _named(scope: Scope) -> str:
    """The path as it may stand in a log: the address of a webhook may be a secret."""
    path: str = scope["path"]
    return f"{_hooks}…" if path.startswith(_hooks) else path[:200]


def _bug(error: Exception) -> ProblemData:
    return internal(error)
