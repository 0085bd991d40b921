"""The page a person sees who comes back from a vendor, which says what came of it and what to do next, and holds no secret."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from html import escape
from http import HTTPStatus

from fastapi import Request
from fastapi.responses import Response

from tenuto.core.connection import Connection, everybody
from tenuto.core.errors import ProblemData

_style = """
:root { color-scheme: light dark; --canvas: #f5f6f8; --surface: #fff; --line: #d9dee6; --ink: #16191f; --muted: #4a5364; --accent: #1d4ed8; }
@media (prefers-color-scheme: dark) {
  :root { --canvas: #0e1115; --surface: #161a20; --line: #2c333e; --ink: #eceff4; --muted: #b3bccb; --accent: #7ca8ff; }
}
body { margin: 0; padding: 12vh 16px 16px; background: var(--canvas); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 34rem; margin: 0 auto; padding: 24px 28px; background: var(--surface); border: 1px solid var(--line); border-radius: 10px; }
h1 { margin: 0 0 12px; font-size: 1.35rem; line-height: 1.3; }
p, li { overflow-wrap: anywhere; }
ul { padding-left: 20px; color: var(--muted); }
a { color: var(--accent); margin-right: 16px; }
"""
"""In the page itself, by its hash: the app's own files have names that change with their content."""
_script = """
const { outcome, integration, said } = document.querySelector("main").dataset;
new BroadcastChannel("tenuto.connections").postMessage({ outcome, integration, said });
const back = sessionStorage.getItem("tenuto.back");
sessionStorage.removeItem("tenuto.back");
if (back === null) window.close();
else if (outcome === "connected" && /^[/][^/]/.test(back)) location.replace(back);
"""
"""Tells the page that waits in another window, whose tie to this one vendors cut (Cross-Origin-Opener-Policy), and makes room for it.

`tenuto.back` is there where no window could be opened, and one went to the vendor in the same.
"""


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


_policy = (
    f"default-src 'none'; style-src {_hash(_style)}; script-src {_hash(_script)}; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    "; require-trusted-types-for 'script'"
)
_headers = {
    "content-security-policy": _policy,
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",  # the address holds the code, used up as it is
}


def wants_page(request: Request) -> bool:
    """Whether a browser asks: it names HTML, which programs do not."""
    return "text/html" in request.headers.get("accept", "")


def connected(name: str, connection: Connection) -> Response:
    """The page after success; `name` is the integration's."""
    account = f" as {connection.account}" if connection.account else ""
    facts = [f"Name: {connection.name}", f"Used by: {_used_by(connection)}"]
    if connection.scopes:
        facts.append(f"Allowed: {', '.join(connection.scopes)}")
    if not connection.renewable and connection.expires_at is not None:
        facts.append(f"Ends: {connection.expires_at:%Y-%m-%d %H:%M} UTC; connect again before")
    following = "You can close this page. Runs use the account from now on; runs that failed for want of it can be retried."
    title = f"{name} is connected{account}"
    told = {"outcome": "connected", "integration": connection.integration, "said": title}
    return _page(title, "status", [following], facts=facts, status=HTTPStatus.OK, told=told)


def failed(data: ProblemData) -> Response:
    """The page after a failure: the problem's own sentence, and what to do about it."""
    said = [data.detail, "Nothing was connected, and nothing that was connected before has changed."]
    said.append(data.fix or ("Try again later." if data.retryable else "Begin again from the connections."))
    told = {"outcome": "failed", "said": " ".join((said[0], said[-1]))}
    return _page("Not connected", "alert", said, facts=(), status=HTTPStatus(data.status), told=told)


def _used_by(connection: Connection) -> str:
    if everybody in connection.shared_with:
        return "the runs of everybody in this workspace"
    return "your own runs, and those of users you share it with"


def _page(title: str, role: str, said: Sequence[str], *, facts: Sequence[str], status: HTTPStatus, told: Mapping[str, str]) -> Response:
    paragraphs = "\n".join(f"    <p>{escape(text)}</p>" for text in said)
    data = "".join(f' data-{name}="{escape(value)}"' for name, value in told.items())
    listed = "".join(f"\n    <li>{escape(fact)}</li>" for fact in facts)
    text = f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{escape(title)} · Tenuto</title>
<style>{_style}</style>
<main{data}>
  <h1>{escape(title)}</h1>
  <div role="{role}">
{paragraphs}
  </div>{f"{chr(10)}  <ul>{listed}{chr(10)}  </ul>" if listed else ""}
  <p><a href="/connections">Back to connections</a><a href="/">Go to Tenuto</a></p>
</main>
<script>{_script}</script>
</html>
"""
    return Response(text, status_code=status, media_type="text/html; charset=utf-8", headers=_headers)
