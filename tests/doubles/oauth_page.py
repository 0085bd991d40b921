"""The OAuth double as a process with the page on which a person allows or refuses, for tests in a browser.

`python -m tests.doubles.oauth_page http://127.0.0.1:8400/api/oauth/callback` prints its address and serves until it is ended. Like the
sign-in pages of Google and Microsoft, its page cuts the tie to the window that opened it (`Cross-Origin-Opener-Policy: same-origin`).
"""

from __future__ import annotations

import asyncio
import sys
from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from tests.doubles import loopback, served
from tests.doubles.oauth import OAuthDouble, oauth_app


def asking(double: OAuthDouble) -> ASGIApp:
    """The double, with a page of two links before what each vendor's authorize address answers."""
    whole = oauth_app(double)
    pages = {f"/{key}{vendor.authorize}": key for key, vendor in double.vendors.items()}

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        key = pages.get(scope["path"])
        answer = Request(scope).query_params.get("answer") if key is not None else None
        double.denials.update([key] if key is not None and answer == "Refuse" else [])
        await (_page(Request(scope)) if key is not None and answer is None else whole)(scope, receive, send)

    return app


def _page(request: Request) -> HTMLResponse:
    links = "".join(
        f'<p><a href="{escape(str(request.url.include_query_params(answer=word)))}">{word}</a></p>' for word in ("Allow", "Refuse")
    )
    text = f"<!doctype html><html lang=en><title>Vendor</title><h1>Tenuto wants to act for you</h1>{links}"
    return HTMLResponse(text, headers={"cross-origin-opener-policy": "same-origin"})


async def main(*redirects: str) -> None:
    """Serve until the process is ended."""
    bound = loopback()
    double = OAuthDouble(f"http://127.0.0.1:{bound.getsockname()[1]}", redirects=set(redirects))
    async with served(asking(double), bound, lambda: None):
        print(double.url, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
