"""What the server of feeds must do, over real HTTP; feedparser reads what it serves."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast

import feedparser  # pyright: ignore[reportMissingTypeStubs]
import httpx2
import pytest
from tests.doubles.feeds import Feeds
from tests.doubles.vendor import token, user
from tests.doubles.vendors import VendorsDouble

noon = datetime(2026, 1, 5, 12, tzinfo=UTC)


def parsed(answer: httpx2.Response) -> Any:
    return cast("Any", feedparser).parse(answer.content)


@pytest.fixture
def feeds(vendors: VendorsDouble) -> Feeds:
    feeds = vendors[Feeds]
    feeds.add("One & only", "<p>Grüße</p>", number="urn:1", at=noon)
    feeds.add("Two", number="urn:2", at=noon.replace(hour=13))
    return feeds


@pytest.mark.parametrize("path", ["feed", "atom", "latin", "moved", "permanent", "temporary"])
async def test_the_entries_are_read(feeds: Feeds, caller: httpx2.AsyncClient, path: str) -> None:
    read = parsed(await caller.get(f"/rss/{path}", follow_redirects=True))
    assert (bool(read.bozo), read.feed.title) == (False, "News & more")
    assert [(each.id, each.title) for each in read.entries] == [("urn:2", "Two"), ("urn:1", "One & only")]
    assert "Grüße" in read.entries[1].summary
    assert datetime(*(read.entries[1].get("published_parsed") or read.entries[1].updated_parsed)[:6], tzinfo=UTC) == noon


async def test_what_has_not_changed_is_not_sent_again(feeds: Feeds, caller: httpx2.AsyncClient) -> None:
    first = await caller.get("/rss/feed")
    by_tag, by_time = {"if-none-match": first.headers["etag"]}, {"if-modified-since": first.headers["last-modified"]}
    for headers in (by_tag, by_time):
        again = await caller.get("/rss/feed", headers=headers)
        assert (again.status_code, again.content) == (304, b"")
    feeds.add("Three", at=noon.replace(hour=14))
    for headers in (by_tag, by_time, {**by_tag, "if-modified-since": "Mon, 05 Jan 2037 12:00:00 GMT"}, {"if-modified-since": "soon"}):
        assert (await caller.get("/rss/feed", headers=headers)).status_code == 200
    feeds.validators = False
    assert "etag" not in (await caller.get("/rss/feed")).headers


async def test_redirects_are_of_their_kind(feeds: Feeds, caller: httpx2.AsyncClient) -> None:
    found = {path: await caller.get(f"/rss/{path}") for path in ("moved", "permanent", "temporary", "outside")}
    assert {path: each.status_code for path, each in found.items()} == {"moved": 301, "permanent": 308, "temporary": 302, "outside": 302}
    assert found["outside"].headers["location"] == feeds.target
    with pytest.raises(httpx2.TooManyRedirects):
        await caller.get("/rss/loop", follow_redirects=True)


@pytest.mark.parametrize(("path", "entries"), [("broken", 2), ("cut", 1), ("bare", 2), ("page", 0), ("empty", 0)])
async def test_broken_feeds_are_as_broken_as_on_the_web(feeds: Feeds, caller: httpx2.AsyncClient, path: str, entries: int) -> None:
    answer = await caller.get(f"/rss/{path}")
    read = parsed(answer)
    assert (answer.status_code, len(read.entries)) == (200, entries)
    assert bool(read.bozo) == (path in ("broken", "cut", "page"))


async def test_hostile_feeds_are_what_they_claim(feeds: Feeds, caller: httpx2.AsyncClient) -> None:
    assert "&e7;&e7;" in (await caller.get("/rss/bomb")).text
    assert "SYSTEM" in (await caller.get("/rss/entity")).text
    assert len((await caller.get("/rss/huge")).content) > feeds.bulk


async def test_what_is_gone_private_or_too_much(vendors: VendorsDouble, caller: httpx2.AsyncClient) -> None:
    assert [(await caller.get(f"/rss/{path}")).status_code for path in ("gone", "missing", "private")] == [410, 404, 401]
    assert (await caller.get("/rss/private", auth=(user, token))).is_success
    vendors.fail("rss", "rate_limited")
    assert (await caller.get("/rss/feed")).headers["retry-after"] == "120"
    vendors.fail("rss", "unavailable")
    assert (await caller.get("/rss/feed")).headers["retry-after"].endswith("2036 00:00:00 GMT")
