"""A server of feeds: RSS 2.0 and Atom 1.0 with validators, feeds that moved, and the broken ones that are found on the web.

From https://www.rssboard.org/rss-specification, RFC 4287 (Atom), RFC 9110 (conditional requests, redirects) and RFC 6585
(limits). No sign-in is asked for, but at `/private`, which asks for Basic.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from hashlib import sha256
from html import escape
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from tests.doubles.vendor import Books, Fault, Json, Routes, Vendor, basic

_rss, _atom = "application/rss+xml", "application/atom+xml"
_bomb = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "ha"}">' for n in range(9))


class Feeds(Vendor):
    """A site; its entries are the same in each of its feeds."""

    key = "rss"
    admissions = (basic,)
    open = (
        "/feed", "/atom", "/moved", "/permanent", "/temporary", "/loop", "/outside", "/gone", "/missing", "/page", "/empty", "/broken",
        "/cut", "/latin", "/bomb", "/entity", "/huge", "/bare",
    )  # fmt: skip

    def __init__(self, books: Books, url: str) -> None:
        super().__init__(books, url)
        self.title = "News & more"
        self.entries: list[Json] = []
        """The newest first."""
        self.validators = True
        """Whether it tells an ETag and when it changed, and heeds them."""
        self.target = "http://169.254.169.254/latest/meta-data"
        """Where `/outside` leads."""
        self.secret = "/etc/passwd"
        """What `/entity` would have the reader read."""
        self.bulk = 20 * 1024 * 1024
        """Bytes of `/huge`, at least."""

    def routes(self) -> Routes:
        found: dict[str, Callable[[], Response]] = {
            "/gone": lambda: Response("Gone", 410),
            "/missing": lambda: Response("<h1>Not found</h1>", 404, media_type="text/html"),
            "/empty": lambda: Response("", media_type=_rss),
            "/page": lambda: Response(self._page(), media_type="text/html"),
            "/broken": lambda: Response(self._feed().replace("</title>", "", 1).replace("&amp;", "&"), media_type=_rss),
            "/cut": lambda: Response(self._feed()[: len(self._feed()) // 2], media_type=_rss),
            "/latin": lambda: Response(self._feed("iso-8859-1").encode("latin-1"), media_type="text/xml; charset=iso-8859-1"),
            "/bomb": lambda: Response(self._with_entity(_bomb, "&e8;"), media_type=_rss),
            "/entity": lambda: Response(self._with_entity(f'<!ENTITY x SYSTEM "file://{self.secret}">', "&x;"), media_type=_rss),
            "/huge": lambda: Response(self._feed().replace("</channel>", f"<!--{'x' * self.bulk}--></channel>"), media_type=_rss),
            "/bare": lambda: Response(self._bare(), media_type="text/plain"),
            "/moved": lambda: RedirectResponse(f"{self.url}/feed", 301),
            "/permanent": lambda: RedirectResponse("feed", 308),
            "/temporary": lambda: RedirectResponse(f"{self.url}/feed", 302),
            "/loop": lambda: RedirectResponse(f"{self.url}/loop", 302),
            "/outside": lambda: RedirectResponse(self.target, 302),
        }
        routes: Routes = [("GET", path, _always(answer)) for path, answer in found.items()]
        validated = {"/feed": (self._feed, _rss), "/atom": (self._atom_feed, _atom), "/private": (self._feed, _rss)}
        return routes + [("GET", path, self._validated(write, media)) for path, (write, media) in validated.items()]

    def refuse(self, fault: Fault) -> Response:
        match fault.kind:
            case "unauthorized":
                return Response("Unauthorized", 401, {"www-authenticate": 'Basic realm="feeds"'})
            case "rate_limited" | "secondary_limit":
                return Response("Too many requests", 429, {"retry-after": "120"})
            case "forbidden":
                return Response("<h1>Forbidden</h1>", 403, media_type="text/html")
            case "invalid":
                return Response("Bad request", 400)
            case "unavailable":
                return Response("Try again later", 503, {"retry-after": format_datetime(datetime(2036, 1, 1, tzinfo=UTC), usegmt=True)})
            case _:
                return Response("<h1>Error</h1>", 500, media_type="text/html")

    def add(self, title: str, text: str = "", *, number: str | None = None, at: datetime | None = None, author: str = "Ada") -> Json:
        """Publish an entry."""
        number = number or f"urn:entry:{self.books.next()}"
        entry: Json = {"id": number, "title": title, "text": text, "at": at or datetime.now(UTC).replace(microsecond=0), "author": author}
        self.entries.insert(0, entry)
        return entry

    @property
    def changed(self) -> datetime:
        """When it was last changed."""
        return max((entry["at"] for entry in self.entries), default=datetime(2026, 1, 1, tzinfo=UTC))

    def _validated(self, write: Callable[[], str], media: str) -> Callable[[Request, Any], Any]:
        async def enter(request: Request, _sent: Any) -> Response:
            content = write()
            headers = {
                "etag": f'W/"{sha256(content.encode()).hexdigest()[:16]}"',
                "last-modified": format_datetime(self.changed, usegmt=True),
            }
            if not self.validators:
                return Response(content, media_type=media)
            known, since = request.headers.get("if-none-match"), request.headers.get("if-modified-since")
            # The tag goes before the time (RFC 9110, 13.2.2).
            fresh = headers["etag"] in [each.strip() for each in known.split(",")] if known else bool(since) and self._since(since or "")
            return Response(status_code=304, headers=headers) if fresh else Response(content, media_type=media, headers=headers)

        return enter

    def _since(self, time: str) -> bool:
        try:
            return self.changed <= parsedate_to_datetime(time)
        except ValueError:
            return False

    def _feed(self, encoding: str = "utf-8") -> str:
        items = "".join(
            f'<item><guid isPermaLink="false">{escape(each["id"])}</guid><title>{escape(each["title"])}</title>'
            f"<link>{self.url}/entries/{escape(each['id'])}</link><description>{escape(each['text'])}</description>"
            f"<author>{escape(each['author'])}</author><category>news</category>"
            f"<pubDate>{format_datetime(each['at'], usegmt=True)}</pubDate></item>"
            for each in self.entries
        )
        head = f"<title>{escape(self.title)}</title><link>{self.url}</link><description>All of it</description>"
        return f'<?xml version="1.0" encoding="{encoding}"?>\n<rss version="2.0"><channel>{head}{items}</channel></rss>'

    def _atom_feed(self) -> str:
        entries = "".join(
            f'<entry><id>{escape(each["id"])}</id><title>{escape(each["title"])}</title><link href="{self.url}/entries/{escape(each["id"])}"/>'
            f"<updated>{each['at'].isoformat()}</updated><author><name>{escape(each['author'])}</name></author>"
            f'<content type="html">{escape(each["text"])}</content></entry>'
            for each in self.entries
        )
        head = f"<id>{self.url}/atom</id><title>{escape(self.title)}</title><updated>{self.changed.isoformat()}</updated>"
        return f'<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">{head}{entries}</feed>'

    def _bare(self) -> str:
        """Without ids, links and times, and without a media type that says what it is."""
        items = "".join(f"<item><title>{escape(each['title'])}</title></item>" for each in self.entries)
        return f"<rss><channel>{items}</channel></rss>"

    def _with_entity(self, declared: str, used: str) -> str:
        body = f"<title>t</title><item><guid>1</guid><title>{used}</title></item>"
        return f'<?xml version="1.0"?><!DOCTYPE rss [{declared}]><rss version="2.0"><channel>{body}</channel></rss>'

    def _page(self) -> str:
        link = '<link rel="alternate" type="application/rss+xml" href="/rss/feed">'
        return f"<!doctype html><html><head><title>A page</title>{link}</head><body><p>No feed.</p></body></html>"


def _always(answer: Callable[[], Response]) -> Callable[[Request, Any], Any]:
    async def enter(_request: Request, _sent: Any) -> Response:
        return answer()

    return enter
