"""Feeds in RSS and Atom: their entries, and only what is new.

RSS 2.0 (https://www.rssboard.org/rss-specification), Atom (RFC 4287) and their elders, as feedparser reads them; conditional requests
by RFC 9110, 13.
"""

from __future__ import annotations

import asyncio
import calendar
import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from io import BytesIO
from time import struct_time
from typing import Annotated, cast

from pydantic import Field, StringConstraints

from tenuto.core.auth import NoAuth
from tenuto.core.catalog import late
from tenuto.core.connector import Answer, Calls, Connector, Params, Request, Result
from tenuto.core.errors import InvalidOutput, TooLarge

largest = 5 * 1024 * 1024
"""Bytes of a feed: it is read in a thread, a mebibyte in about a second."""
_longest = 200_000
_accept = "application/atom+xml, application/rss+xml, application/xml;q=0.9, text/xml;q=0.8, */*;q=0.1"

Seen = Annotated[str, StringConstraints(min_length=1, max_length=1000, pattern=r"^[ -~]+$")]


class Feed(Params):
    """A feed, and how much of it."""

    url: Annotated[str, StringConstraints(max_length=2000, pattern=r"^https?://\S+$")] = Field(
        description="The feed's address.", examples=["https://example.com/feed.xml"]
    )
    limit: int = Field(default=50, ge=1, le=1000, description="How many entries at most, as the feed has them.", examples=[10])
    since: datetime | None = Field(
        default=None, strict=False, description="Only entries that are dated later; those without a date are left in.",
        examples=["2026-01-02T03:04:05Z"],
    )  # fmt: skip
    etag: Seen | None = Field(
        default=None, description="The `etag` of the answer before: the feed is read if it has changed.", examples=['"a1b2"']
    )
    last_modified: Seen | None = Field(
        default=None, description="The `last_modified` of the answer before, likewise.", examples=["Fri, 02 Jan 2026 03:04:05 GMT"]
    )


class Enclosure(Result):
    """A file of an entry."""

    url: str = Field(description="Where it is.", examples=["https://example.com/episode.mp3"])
    type: str | None = Field(default=None, description="Its media type.", examples=["audio/mpeg"])


class Entry(Result):
    """An entry of a feed."""

    id: str = Field(description="What tells it from the others; made of what it says where it has none.", examples=["urn:entry:1"])
    title: str = Field(description="Its headline.", examples=["Tenuto 1.0"])
    link: str | None = Field(default=None, description="Where it stands as a page.", examples=["https://example.com/tenuto-1-0"])
    published: datetime | None = Field(default=None, description="When it came out, or was changed.", examples=["2026-01-02T03:04:05Z"])
    author: str | None = Field(default=None, description="Who wrote it.", examples=["Ada"])
    summary: str = Field(default="", description="What it says in short; HTML without scripts.", examples=["It is there."])
    content: str = Field(
        default="", description="All it says, where the feed has that; HTML without scripts.", examples=["<p>It is there.</p>"]
    )
    categories: tuple[str, ...] = Field(default=(), description="What it is about.", examples=[["news"]])
    enclosures: tuple[Enclosure, ...] = Field(default=(), description="Its files.", examples=[[]])


class Entries(Result):
    """What a feed has."""

    title: str = Field(default="", description="What the feed is called.", examples=["News"])
    link: str | None = Field(default=None, description="The page that it is the feed of.", examples=["https://example.com"])
    entries: tuple[Entry, ...] = Field(description="In the feed's order, which is usually the newest first.")
    total: int = Field(description="How many these are.", examples=[1])
    unchanged: bool = Field(default=False, description="The feed is as it was; nothing was read.", examples=[False])
    etag: str | None = Field(default=None, description="To be given the next time.", examples=['"a1b2"'])
    last_modified: str | None = Field(default=None, description="To be given the next time.", examples=["Fri, 02 Jan 2026 03:04:05 GMT"])


class _Raw(Result):
    status: int
    headers: dict[str, str]
    body: bytes


rss = Connector(
    key="rss",
    name="RSS",
    doc="Entries of feeds in RSS and Atom.",
    base_url="https://feeds.invalid",  # each feed has an address of its own
    auth=NoAuth(),
)


@rss.action(effect="read")
async def read_feed(calls: Calls, params: Feed) -> Entries:
    """Read the entries of a feed. For a trigger that polls: the list is `entries`, and an entry's key its `id`."""
    headers = {"accept": _accept}
    headers |= {"if-none-match": params.etag} if params.etag else {}
    headers |= {"if-modified-since": params.last_modified} if params.last_modified else {}
    raw = await calls.send(Request(result=_Raw, method="GET", url=params.url, headers=headers, read=_raw))
    known = {"etag": raw.headers.get("etag"), "last_modified": raw.headers.get("last-modified")}
    if raw.status == 304:
        etag, modified = known["etag"] or params.etag, known["last_modified"] or params.last_modified
        return Entries(entries=(), total=0, unchanged=True, etag=etag, last_modified=modified)
    found = await asyncio.to_thread(_parsed, raw, params.url)
    entries = tuple(entry for entry in found.entries if _is_new(entry, params.since))[: params.limit]
    return found.model_copy(update={"entries": entries, "total": len(entries), **known})


def _raw(answer: Answer, params: Params) -> _Raw:
    del params
    return _Raw(status=answer.status, headers=dict(answer.headers), body=answer.body)


def _parsed(raw: _Raw, url: str) -> Entries:
    """The feed, even where it is not written as it should be. Raises `InvalidOutput` for what is none, and `TooLarge`."""
    if len(raw.body) > largest:
        raise TooLarge(f"The feed has {len(raw.body):,} bytes; {largest:,} are read at most.")
    headers = {"content-location": url, "content-type": raw.headers.get("content-type", "")}
    # A stream: of bytes it would try whether they are the name of a file.
    read = cast("Mapping[str, object]", late("feedparser").parse(BytesIO(raw.body), response_headers=headers))
    items, version = _list(read.get("entries")), read.get("version")
    if not version and not items:
        raise InvalidOutput(
            "This is no feed.", fix="Give the address of the feed, not that of the page.", raw=raw.body[:500].decode(errors="replace")
        )
    about = cast("Mapping[str, object]", read.get("feed") or {})
    return Entries(
        title=_text(about.get("title")), link=_text(about.get("link")) or None, entries=tuple(map(_entry, items)), total=len(items)
    )


def _entry(item: Mapping[str, object]) -> Entry:
    content = _list(item.get("content"))
    title, link, summary = _text(item.get("title")), _text(item.get("link")), _text(item.get("summary"))
    said = "\n".join((title, link, summary, _text(item.get("published"))))
    return Entry(
        id=_text(item.get("id")) or link or hashlib.sha256(said.encode()).hexdigest()[:32],
        title=title,
        link=link or None,
        published=_moment(item.get("published_parsed") or item.get("updated_parsed")),
        author=_text(item.get("author")) or None,
        summary=summary,
        content=_text(content[0].get("value")) if content else "",
        categories=tuple(text for tag in _list(item.get("tags")) if (text := _text(tag.get("term")))),
        enclosures=tuple(
            Enclosure(url=_text(each.get("href")), type=_text(each.get("type")) or None)
            for each in _list(item.get("enclosures"))
            if each.get("href")
        ),
    )


def _is_new(entry: Entry, since: datetime | None) -> bool:
    if since is None or entry.published is None:
        return True
    return entry.published > (since if since.tzinfo else since.replace(tzinfo=UTC))


def _list(value: object) -> Sequence[Mapping[str, object]]:
    return cast("Sequence[Mapping[str, object]]", value) if isinstance(value, list) else ()


def _text(value: object) -> str:
    return value[:_longest] if isinstance(value, str) else ""


def _moment(value: object) -> datetime | None:
    """feedparser gives times in UTC, and none for what it cannot read."""
    try:
        return datetime.fromtimestamp(calendar.timegm(value), UTC) if isinstance(value, struct_time) else None
    except (ValueError, OverflowError):
        return None
