"""RSS on a server of feeds, over real HTTP: entries, only what is new, what is no feed, and feeds that mean harm."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.doubles.feeds import Feeds
from tests.doubles.vendor import Kind
from tests.doubles.vendors import VendorsDouble
from tests.vault.loopback import loopback, reply

from tenuto.connectors.rss import rss
from tenuto.core.catalog import Catalog
from tenuto.core.errors import EgressRefused, Invalid, InvalidOutput, Problem, RateLimited, Rejected, TooLarge, VendorFailed
from tenuto.core.values import JsonObject
from tenuto.engine.actions.act import Actor, Errand
from tenuto.engine.actions.simulate import simulate
from tenuto.engine.ports import Ticket
from tenuto.testing import check_connector, example_params
from tenuto.vault.sender import VaultSender
from tenuto.vault.tokens import SettingSecrets


class World:
    def __init__(self, door: VaultSender, double: VendorsDouble) -> None:
        self.actor = Actor(Catalog(kinds={}, connectors={"rss": rss}, providers={}), door)
        self.double, self.feeds = double, double[Feeds]

    async def read(self, path: str, **params: Any) -> dict[str, Any]:
        asked: JsonObject = {"url": f"{self.feeds.url}{path}" if path.startswith("/") else path, **params}
        errand = Errand(connector="rss", action="read_feed", params=asked, ticket=Ticket(workspace=1), key="k", now=datetime.now(UTC))
        found = await self.actor.perform(errand)
        assert isinstance(found, dict)
        return found


@pytest.fixture
async def world(double: VendorsDouble) -> AsyncIterator[World]:
    async with VaultSender(SettingSecrets({}), allow=("127.0.0.1/32",)) as door:
        yield World(door, double)


def test_it_is_complete_and_can_be_simulated() -> None:
    assert check_connector(rss) == ()
    assert simulate(rss.actions["read_feed"], example_params(rss.actions["read_feed"]), key="k")


@pytest.mark.parametrize("path", ["/feed", "/atom"])
async def test_entries_are_read_with_all_that_is_known_of_them(world: World, path: str) -> None:
    world.feeds.add("First & <foremost>", "<p>Hi</p>", at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    world.feeds.add("Second")
    found = await world.read(path)
    assert (found["title"], found["total"], found["entries"][0]["title"]) == ("News & more", 2, "Second")
    first = found["entries"][1]
    assert (first["id"], first["published"], first["author"]) == (world.feeds.entries[1]["id"], "2026-01-02T03:04:05Z", "Ada")
    assert first["link"] == f"{world.feeds.url}/entries/{first['id']}"
    assert "<p>Hi</p>" in first["summary"] + first["content"]
    assert found["etag"]


async def test_a_feed_that_has_not_changed_is_not_read_again(world: World) -> None:
    world.feeds.add("One")
    first = await world.read("/feed")
    again = await world.read("/feed", etag=first["etag"], last_modified=first["last_modified"])
    assert (again["unchanged"], again["entries"], again["etag"]) == (True, [], first["etag"])
    assert world.double.calls[-1].headers["if-none-match"] == first["etag"]
    world.feeds.add("Two")
    assert len((await world.read("/feed", etag=first["etag"]))["entries"]) == 2


async def test_only_what_is_new_and_no_more_than_was_asked_for(world: World) -> None:
    for day in (1, 2, 3):
        world.feeds.add(str(day), at=datetime(2026, 1, day, tzinfo=UTC))
    assert [each["title"] for each in (await world.read("/feed", since="2026-01-01T00:00:00Z"))["entries"]] == ["3", "2"]
    assert [each["title"] for each in (await world.read("/feed", limit=1))["entries"]] == ["3"]


@pytest.mark.parametrize("path", ["/moved", "/permanent", "/temporary"])
async def test_a_feed_that_moved_is_found(world: World, path: str) -> None:
    world.feeds.add("One")
    assert (await world.read(path))["total"] == 1


@pytest.mark.parametrize("path", ["/broken", "/cut", "/latin", "/bare"])
async def test_a_feed_that_is_not_written_as_it_should_be_is_read_as_far_as_it_goes(world: World, path: str) -> None:
    world.feeds.title = "Grüße"
    world.feeds.add("Käse")
    world.feeds.add("Brot")
    found = await world.read(path)
    assert "Brot" in [each["title"] for each in found["entries"]]
    ids = [each["id"] for each in found["entries"]]
    assert len(set(ids)) == len(ids)
    assert all(ids)
    assert [each["id"] for each in (await world.read(path))["entries"]] == ids


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("/page", InvalidOutput),
        ("/empty", InvalidOutput),
        ("/gone", Rejected),
        ("/missing", Rejected),
        ("/loop", Rejected),
        ("/outside", EgressRefused),
        ("/huge", TooLarge),
        ("/private", Problem),
    ],
)
async def test_what_is_no_feed(world: World, path: str, wanted: type[Problem]) -> None:
    with pytest.raises(wanted):
        await world.read(path)


async def test_a_feed_of_a_few_megabytes_is_still_too_much_to_parse(world: World) -> None:
    world.feeds.bulk = 6 * 1024 * 1024
    with pytest.raises(TooLarge, match="are read at most"):
        await world.read("/huge")


async def test_nothing_is_opened_and_nothing_explodes(world: World) -> None:
    """No entity is fetched or read from a disk, and none grows; what looks like the name of a file is text."""
    for path in ("/entity", "/bomb"):
        try:
            found = await world.read(path)
        except InvalidOutput:
            continue
        text = str(found)
        assert "root:" not in text
        assert len(text) < 100_000


async def test_what_a_server_answers_is_never_the_name_of_a_file_or_an_address(world: World, tmp_path: Path) -> None:
    world.feeds.add("Inside")
    hidden = tmp_path / "feed.xml"
    async with loopback() as server:
        server.routes["/real"] = reply(200, b"<rss><channel><item><title>Fetched</title></item></channel></rss>")
        for body in (str(hidden), f"{server.url}/real"):
            hidden.write_text("<rss><channel><item><title>Read</title></item></channel></rss>")
            server.routes["/feed"] = reply(200, body.encode())
            with pytest.raises(InvalidOutput):
                await world.read(f"{server.url}/feed")
    assert [seen.target for seen in server.seen] == ["/feed", "/feed"]


async def test_scripts_do_not_come_through(world: World) -> None:
    world.feeds.add("x", '<p onclick="alert(1)">a</p><script>alert(2)</script><a href="javascript:alert(3)">b</a>')
    text = str(await world.read("/feed"))
    assert "<p>a</p>" in text
    assert "alert" not in text


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [
        ("rate_limited", RateLimited),
        ("forbidden", Rejected),
        ("unavailable", VendorFailed),
        ("server_error", VendorFailed),
        ("malformed", InvalidOutput),
    ],
)
async def test_refusals_are_problems(world: World, kind: Kind, wanted: type[Problem]) -> None:
    world.double.fail("rss", kind)
    with pytest.raises(wanted) as refused:
        await world.read("/feed")
    if wanted is RateLimited:
        assert refused.value.data.retry_after == 120


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "/etc/passwd", "feed://example.com", "https://me:secret@example.com/feed", "http://169.254.169.254/feed"]
)
async def test_other_addresses_are_refused(world: World, url: str) -> None:
    with pytest.raises((Invalid, EgressRefused)):
        await world.read(url if not url.startswith("/") else f"x{url}")


async def test_a_header_has_one_line(world: World) -> None:
    with pytest.raises(Invalid):
        await world.read("/feed", etag='"a"\r\nx-evil: 1')
    assert world.double.calls == []
