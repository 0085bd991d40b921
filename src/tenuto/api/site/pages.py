"""The web app: one page for all of its addresses, and the scripts and styles it loads."""

from __future__ import annotations

from typing import cast

from fastapi import Request
from fastapi.responses import Response

from tenuto.api.routing import Router
from tenuto.api.site.files import Found, WebFiles
from tenuto.core.errors import NotFound, Unavailable

router = Router(tag="Pages")

places = ("workflows", "runs", "approvals", "agents", "connections", "triggers", "templates", "settings")
"""The first part of each address of the app; what comes after it is the app's own affair."""

_policy = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; worker-src 'self'; font-src 'self';"
    " base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types tenuto"
)
_page = {
    "Content-Security-Policy": _policy,
    # The pop-up of a vendor's consent page has to come back to us (design/ux.md, B18).
    "Cross-Origin-Opener-Policy": "same-origin-allow-popups",
    "Cache-Control": "no-cache",
}
_forever = {"Cache-Control": "public, max-age=31536000, immutable"}
_unbuilt = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Tenuto</title>
<h1>The web app is not built here</h1>
<p>Run <code>make web</code> in the checkout and open this page again. The API and the command line work without it: see <a href="/docs">/docs</a>.
"""
_content = "a page without content; what it shows it asks for as whoever is signed in"


@router.get("/", permission=None, open_because=_content, response_class=Response)
async def home(request: Request) -> Response:
    """The web app, which asks for everything it shows as whoever is signed in."""
    return _index(request)


@router.get("/sign-in", permission=None, open_because="this is how one comes in", response_class=Response)
async def sign_in_page(request: Request) -> Response:
    """Posts the token that stands behind the `#` of a sign-in link."""
    return _index(request)


async def _place(request: Request) -> Response:
    """A page of the web app."""
    return _index(request)


for _name in places:
    for _path in (f"/{_name}", f"/{_name}/{{rest:path}}"):
        router.get(_path, permission=None, open_because=_content, response_class=Response, include_in_schema=False)(_place)


@router.get("/theme.js", permission=None, open_because="a script, the same for everybody", response_class=Response, include_in_schema=False)
async def theme(request: Request) -> Response:
    """What sets the chosen theme before anything is drawn."""
    return _sent(_web(request).page("theme.js", _accepted(request)), {"Cache-Control": "no-cache"}, "theme.js")


@router.get(
    "/favicon.svg", permission=None, open_because="a picture, the same for everybody", response_class=Response, include_in_schema=False
)
async def icon(request: Request) -> Response:
    """The sign of the product."""
    return _sent(_web(request).page("favicon.svg", _accepted(request)), {"Cache-Control": "max-age=86400"}, "favicon.svg")


@router.get("/assets/{name}", permission=None, open_because="scripts and styles, the same for everybody", response_class=Response)
async def asset(name: str, request: Request) -> Response:
    """A script or a style of the web app, whose name holds the hash of its content."""
    return _sent(_web(request).asset(name, _accepted(request)), _forever, name)


def nowhere(request: Request) -> Response | None:
    """The app, which says that there is no such page, for a person at an address that is nowhere; None for programs and within the API."""
    person = request.method == "GET" and "text/html" in request.headers.get("accept", "")
    if not person or request.url.path.startswith(("/api/", "/assets", "/oauth/", "/.well-known/")):
        return None
    found = _web(request).page("index.html", _accepted(request))
    return _sent(found, _page, "index.html", 404) if found is not None else None


def _index(request: Request) -> Response:
    found = _web(request).page("index.html", _accepted(request))
    if found is None and "text/html" in request.headers.get("accept", ""):
        return Response(_unbuilt, status_code=503, media_type="text/html; charset=utf-8", headers=_page)
    if found is None:
        raise Unavailable("The web app is not built here.", fix="Run `make web` in the checkout.", retry_after=60)
    return _sent(found, _page, "index.html")


def _sent(found: Found | None, headers: dict[str, str], name: str, status: int = 200) -> Response:
    if found is None:
        raise NotFound(f"The web app has no file {name[:100]}.", fix="Load the page again: it may have been built anew.")
    coding = {"Content-Encoding": found.coding} if found.coding else {}
    return Response(found.body, status, media_type=found.media, headers={**headers, **coding, "Vary": "Accept-Encoding"})


def _web(request: Request) -> WebFiles:
    return cast("WebFiles", request.app.state.web)


def _accepted(request: Request) -> str:
    return ",".join(request.headers.getlist("accept-encoding"))
