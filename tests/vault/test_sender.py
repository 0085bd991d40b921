"""The guarded door: what it sends, what it understands, and what it says when something goes wrong."""

from __future__ import annotations

import asyncio
import base64
import gc
import gzip
import re
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from pydantic import JsonValue
from tests.vault.certificates import certificate
from tests.vault.doors import Names, canary, door, get, plain, post, signed
from tests.vault.loopback import Loopback, Script, Seen, loopback, reply

from tenuto.core.auth import Basic, ClientCredentials, GitHubApp, NoAuth, OAuth2
from tenuto.core.connector import Answer, Method, Outbound
from tenuto.core.errors import (
    ConnectionMissing,
    EgressRefused,
    Invalid,
    InvalidOutput,
    Misconfigured,
    Outgoing,
    Problem,
    Rejected,
    TooLarge,
    Uncertain,
    Unreachable,
)
from tenuto.engine.ports import Sender


@pytest.fixture
async def server() -> AsyncIterator[Loopback]:
    async with loopback() as running:
        yield running


async def test_it_is_the_engines_sender_and_sends_what_was_described(server: Loopback) -> None:
    async with door() as vault:
        sender: Sender = vault
        query = {"q": "a b&c", "n": 3, "yes": True, "many": ("x", "y"), "none": None}
        answer = await sender.send(post(f"{server.url}/path?kept=1", query=query, json={"ü": [1, None]}, headers={"X-Note": "hi"}), plain())
    seen = server.seen[0]
    assert answer.status == 200
    assert seen.target == "/path?kept=1&q=a+b%26c&n=3&yes=true&many=x&many=y"
    assert seen.body == '{"ü":[1,null]}'.encode()
    assert (seen.headers["content-type"], seen.headers["x-note"], seen.headers["host"]) == ("application/json", "hi", server.host)
    assert seen.headers["user-agent"].startswith("tenuto/")
    assert "x-api-key" not in seen.headers


async def test_a_request_without_a_body_has_none(server: Loopback) -> None:
    methods: tuple[Method, ...] = ("GET", "DELETE", "POST", "OPTIONS")
    async with door() as vault:
        for method in methods:
            await vault.send(Outbound(method=method, url=server.url), plain())
    assert [(seen.body, "content-type" in seen.headers) for seen in server.seen] == [(b"", False)] * 4


async def test_forms_files_and_raw_content(server: Loopback) -> None:
    async with door() as vault:
        await vault.send(post(server.url, form={"a": "1 2", "b": "ü"}), plain())
        await vault.send(post(server.url, content=b"\x7f\0raw", headers={"content-type": "text/csv"}), plain())
        await vault.send(post(server.url, form={"a": "1"}, files=[("file", 'n"\r\nx.txt', b"data", "text/plain")]), plain())
    form, raw, files = server.seen
    assert form.body == b"a=1+2&b=%C3%BC"
    assert (raw.body, raw.headers["content-type"]) == (b"\x7f\0raw", "text/csv")
    assert files.headers["content-type"].startswith("multipart/form-data; boundary=")
    assert b'name="a"' in files.body
    assert b"\r\nx.txt" not in files.body
    assert b"Content-Type: text/plain\r\n\r\ndata\r\n" in files.body


@pytest.mark.parametrize(
    "bad",
    [
        {"headers": {"x": "a\r\nHost: evil"}},
        {"headers": {"x": "a\nb"}},
        {"headers": {"x": "a\0b"}},
        {"headers": {"x": "ü"}},
        {"headers": {"x\r\ny": "a"}},
        {"headers": {"x y": "a"}},
        {"headers": {"": "a"}},
        {"headers": {"Host": "evil.example"}},
        {"headers": {"Transfer-Encoding": "chunked"}},
        {"headers": {"content-length": "1"}},
        {"files": [("f", "n", b"", "text/plain\r\nx: y")]},
        {"json": {"a": float("nan")}},
        {"json": 1, "content": b"x"},
        {"form": {"a": "b"}, "content": b"x"},
        {"method": "CONNECT"},
        {"method": "GET / HTTP/1.1\r\nHost: evil\r\n\r\nGET"},
    ],
)
async def test_what_http_cannot_carry_is_refused_before_anything_leaves(server: Loopback, bad: dict[str, object]) -> None:
    request = Outbound(**{"method": "POST", "url": server.url} | bad)  # type: ignore[arg-type]
    async with door() as vault:
        with pytest.raises(Invalid) as caught:
            await vault.send(request, plain())
    assert "evil" not in str(caught.value)
    assert server.seen == []


async def test_the_secret_is_put_in_as_its_integration_wants_it(server: Loopback) -> None:
    for auth, user, header, value in (
        (OAuth2(authorize_url="", token_url=""), "", "authorization", f"Bearer {canary}"),
        (Basic(), "ann", "authorization", "Basic " + base64.b64encode(f"ann:{canary}".encode()).decode()),
        (Basic(user_suffix="/token"), "ann", "authorization", "Basic " + base64.b64encode(f"ann/token:{canary}".encode()).decode()),
        (ClientCredentials(token_url=""), "", "authorization", f"Bearer {canary}"),
        (GitHubApp(), "12", "authorization", f"Bearer {canary}"),
        (NoAuth(), "", "authorization", None),
    ):
        async with door(auth=auth, user=user) as vault:
            await vault.send(get(server.url), signed(server.host))
        assert server.seen[-1].headers.get(header) == value
    async with door() as vault:
        await vault.send(get(server.url, headers={"X-API-Key": "mine"}), signed(server.host))
    assert server.seen[-1].headers["x-api-key"] == canary


async def test_a_missing_connection_says_what_to_do_and_nothing_is_sent(server: Loopback) -> None:
    for secret, connection, fix in (
        (None, None, "Set LYZR_API_KEY and start again."),
        ("", None, "Set LYZR_API_KEY and start again."),
        (canary, "team", "Connect an account for agent:lyzr and name it team."),
    ):
        async with door(secret=secret) as vault:
            with pytest.raises(ConnectionMissing) as caught:
                await vault.send(get(server.url), signed(server.host, connection=connection))
        assert caught.value.data.fix == fix
        assert caught.value.data.status == 401
    assert server.seen == []


async def test_a_secret_that_no_header_may_hold_is_refused(server: Loopback) -> None:
    for secret in ("two\r\nlines", "trailing\n", "ümlaut"):
        async with door(secret=secret) as vault:
            with pytest.raises(Misconfigured) as caught:
                await vault.send(get(server.url), signed(server.host))
        assert secret not in str(caught.value)
    assert server.seen == []


async def test_without_tls_a_secret_stays_inside_the_allowed_networks() -> None:
    async with door(names=Names(api_example=[["8.8.8.8"]])) as vault:
        with pytest.raises(EgressRefused, match="without TLS"):
            await vault.send(get("http://api.example/"), signed("api.example"))
    async with door(allow=("0.0.0.0/0",), names=Names(api_example=[["8.8.8.8"]])) as vault:
        with pytest.raises(EgressRefused, match="without TLS"):
            await vault.send(get("http://api.example/"), signed("api.example"))


async def test_error_statuses_are_answers_with_small_header_names(server: Loopback) -> None:
    server.routes["/teapot"] = reply(418, {"short": "stout"}, X_Kind="Tea", retry_after="3")
    async with door() as vault:
        answer = await vault.send(get(f"{server.url}/teapot"), plain())
    assert (answer.status, answer.json, answer.headers["x-kind"]) == (418, {"short": "stout"}, "Tea")


@pytest.mark.parametrize(
    ("status", "method", "then", "body"),
    [
        (301, "POST", "GET", b""), (302, "POST", "GET", b""), (303, "POST", "GET", b""), (303, "PUT", "GET", b""),
        (307, "POST", "POST", b'{"a":1}'), (308, "PUT", "PUT", b'{"a":1}'), (302, "PUT", "PUT", b'{"a":1}'), (303, "HEAD", "HEAD", b""),
    ],
)  # fmt: skip
async def test_redirects_keep_or_change_the_method(server: Loopback, status: int, method: Method, then: str, body: bytes) -> None:
    server.routes |= {"/a": reply(status, location="/b?x=1"), "/b": reply(200)}
    json: JsonValue = None if method == "HEAD" else {"a": 1}
    async with door() as vault:
        await vault.send(Outbound(method=method, url=f"{server.url}/a", json=json, headers={"x-note": "kept"}), plain())
    last = server.seen[-1]
    assert (last.method, last.target, last.body, last.headers["x-note"]) == (then, "/b?x=1", body, "kept")
    assert ("content-type" in last.headers) == bool(body)


async def test_redirects_without_end(server: Loopback) -> None:
    def further(seen: Seen) -> Script:
        return reply(302, location=f"/n?{len(server.seen)}")

    server.routes |= {"/circle": reply(302, location="/circle"), "/n": further, "/none": reply(302), "/multiple": reply(300, location="/n")}
    async with door() as vault:
        with pytest.raises(Rejected, match="circle"):
            await vault.send(get(f"{server.url}/circle"), plain())
        assert len(server.seen) == 1
        with pytest.raises(Rejected, match="more than 5"):
            await vault.send(get(f"{server.url}/n"), plain())
        assert len(server.seen) == 1 + 6
        assert (await vault.send(get(f"{server.url}/none"), plain())).status == 302
        assert (await vault.send(get(f"{server.url}/multiple"), plain())).status == 300


async def test_connections_are_kept(server: Loopback) -> None:
    """For four seconds: a round that took longer says nothing."""
    clock, first, connections = asyncio.get_running_loop().time, 0, 0
    async with door() as vault:
        for _ in range(10):
            first, connections, began = len(server.seen), server.connections, clock()
            for _ in range(5):
                await vault.send(post(server.url, json=1), plain())
            await asyncio.gather(*(vault.send(get(server.url), plain()) for _ in range(20)))
            if clock() - began < 4:
                break
    assert len(server.seen) == first + 25
    assert server.connections - connections <= 20
    assert len({seen.connection for seen in server.seen[first : first + 5]}) == 1


half = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf"
lost = {
    "nothing": Script(b"", close=True),
    "half the headers": Script(b"HTTP/1.1 200 OK\r\ncont", close=True),
    "half the body": Script(half, close=True),
    "half a chunk": Script(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nff\r\nabc", close=True),
    "not HTTP": Script(b"SSH-2.0-OpenSSH\r\n\r\n", close=True),
    "too late": Script(b"", delay=30),
    "too slow a body": Script(half, pieces=(b"",), endless=True),
}


async def left(server: Loopback, ask: Callable[[], Awaitable[object]]) -> Problem:
    """The problem of a request that left before its time was over: on a machine that stands still another one may be needed for that."""
    for _ in range(20):
        seen = len(server.seen)
        with pytest.raises(Problem) as caught:
            await ask()
        if len(server.seen) > seen:
            return caught.value
    raise AssertionError("no request ever left")


@pytest.mark.parametrize("script", lost.values(), ids=lost)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_request_that_left_without_a_whole_answer_is_uncertain(server: Loopback, script: Script, method: Method) -> None:
    server.routes["/"] = script
    waits = script.delay > 0 or script.endless
    asked = Outbound(method=method, url=f"{server.url}/?q=private", timeout=0.5 if waits else 20)
    async with door() as vault:
        problem = await left(server, lambda: vault.send(asked, plain()))
        assert isinstance(problem, Uncertain)
        assert re.search(f"^{server.host} .* may or may not", str(problem))
        server.routes["/"] = reply(200, b"fine")
        assert (await vault.send(get(server.url), plain())).text == "fine"


async def test_a_request_that_never_left_is_unreachable(server: Loopback) -> None:
    async def no_tls(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Speak plainly\r\n\r\n")
        writer.close()

    async with loopback() as closed:
        port = closed.port
    rude = await asyncio.start_server(no_tls, "127.0.0.1", 0)
    async with rude, door(names=Names(slow_example=[["127.0.0.1"]])) as vault:
        for url, reason in (
            (f"http://127.0.0.1:{port}/", "does not accept connections"),
            ("http://nobody.example/", "has no address"),
            (f"https://127.0.0.1:{rude.sockets[0].getsockname()[1]}/", "TLS"),
        ):
            with pytest.raises(Unreachable, match=reason):
                await vault.send(post(url, json=1), plain())
    assert server.seen == []


async def test_time_runs_out_before_anything_left() -> None:
    async def never(host: str, port: int) -> list[str]:
        await asyncio.sleep(60)
        return []

    async with door(names=never) as vault:  # type: ignore[arg-type]
        with pytest.raises(Unreachable, match=r"longer than 0\.05 seconds"):
            await vault.send(get("https://slow.example/", timeout=0.05), plain())


async def test_a_hop_that_cannot_be_reached_after_one_that_was_is_uncertain(server: Loopback) -> None:
    async with loopback() as closed:
        gone = closed.url
    for location in (gone, "http://nobody.example/"):
        server.routes["/"] = reply(303, location=location)
        async with door() as vault:
            with pytest.raises(Uncertain):
                await vault.send(post(server.url, json=1), plain())


async def test_a_body_above_the_limit_stops_early(server: Loopback) -> None:
    bomb = gzip.compress(gzip.compress(b"\0" * 200_000_000))
    server.routes |= {
        "/long": reply(200, b"x" * 2001),
        "/right": reply(200, b"x" * 2000),
        "/endless": Script(b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n\r\n", pieces=(b"y" * 5000,), endless=True),
        "/bomb": reply(200, bomb, content_encoding="gzip, gzip"),
    }
    async with door() as vault:
        for path in ("long", "endless", "bomb"):
            with pytest.raises(TooLarge, match="2,000 bytes"):
                await vault.send(get(f"{server.url}/{path}", max_bytes=2000), plain())
        assert len((await vault.send(get(f"{server.url}/right", max_bytes=2000), plain())).body) == 2000


async def test_encodings(server: Loopback) -> None:
    server.routes |= {
        "/gzip": reply(200, gzip.compress(b"hello"), content_encoding="gzip"),
        "/deflate": reply(200, zlib.compress(b"hello"), content_encoding="deflate"),
        "/wrong": reply(200, b"hello", content_encoding="gzip"),
    }
    async with door() as vault:
        assert [(await vault.send(get(f"{server.url}/{path}"), plain())).text for path in ("gzip", "deflate")] == ["hello"] * 2
        with pytest.raises(InvalidOutput):
            await vault.send(get(f"{server.url}/wrong"), plain())


async def test_a_stream_gives_pieces_as_they_come_and_an_error_whole(server: Loopback) -> None:
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"
    server.routes |= {"/s": Script(head, pieces=(b"data: 1\n\n", b"data: 2\n\n"), close=True), "/e": reply(402, {"detail": "empty"})}
    async with door() as vault:
        head, *pieces = [piece async for piece in vault.stream(get(f"{server.url}/s"), plain())]
        assert isinstance(head, Answer)
        assert (head.status, head.headers["content-type"], head.body) == (200, "text/event-stream", b"")
        assert len(pieces) >= 2
        assert b"".join(piece for piece in pieces if isinstance(piece, bytes)) == b"data: 1\n\ndata: 2\n\n"
        [answer] = [piece async for piece in vault.stream(get(f"{server.url}/e"), plain())]
        assert isinstance(answer, Answer)
        assert (answer.status, answer.json) == (402, {"detail": "empty"})


@pytest.mark.parametrize(("path", "kind"), [("cut", Uncertain), ("endless", TooLarge), ("late", Uncertain)])
async def test_a_stream_that_goes_wrong_says_so(server: Loopback, path: str, kind: type[Outgoing]) -> None:
    server.routes |= {
        "/cut": Script(half, close=True),
        "/endless": Script(b"HTTP/1.1 200 OK\r\n\r\n", pieces=(b"z" * 500,), endless=True),
        "/late": Script(half, pieces=(b"",), endless=True),
    }
    async with door() as vault:

        async def ask() -> None:
            async for _ in vault.stream(get(f"{server.url}/{path}", timeout=0.5 if path == "late" else 20, max_bytes=5000), plain()):
                pass

        assert isinstance(await left(server, ask), kind)


async def test_a_stream_that_is_left_gives_its_connection_back(server: Loopback) -> None:
    server.routes["/s"] = Script(b"HTTP/1.1 200 OK\r\n\r\n", pieces=(b"data\n",), endless=True)
    async with door() as vault:
        for _ in range(3):
            stream = vault.stream(get(f"{server.url}/s"), plain())
            assert await anext(stream)
            assert await anext(stream)
            await stream.aclose()
        assert len(vault.transport.pool) == 0
    gc.collect()


async def test_who_cancels_gets_a_cancellation_and_no_connection_is_lost(server: Loopback) -> None:
    server.routes["/slow"] = Script(b"", delay=30)
    async with door() as vault:
        task = asyncio.create_task(vault.send(get(f"{server.url}/slow"), plain()))
        while not server.seen:
            await asyncio.sleep(0.005)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert len(vault.transport.pool) == 0


async def test_tls_keeps_the_name_though_the_address_is_connected_to(tmp_path: Path) -> None:
    serving, trusting = certificate(tmp_path, "api.example")
    names = Names(api_example=[["127.0.0.1"]], other_example=[["127.0.0.1"]])
    async with loopback(tls=serving) as server, door(names=names, tls=trusting) as vault:
        answer = await vault.send(get(f"https://api.example:{server.port}/"), signed(f"api.example:{server.port}"))
        assert answer.status == 200
        assert server.seen[0].headers["host"] == f"api.example:{server.port}"
        server.routes["/large"] = lambda seen: reply(200, seen.body)
        large = await vault.send(post(f"https://api.example:{server.port}/large", content=b"0123456789" * 500_000), plain())
        assert large.body == b"0123456789" * 500_000
        with pytest.raises(Unreachable, match="certificate"):
            await vault.send(get(f"https://other.example:{server.port}/"), plain())
    async with loopback(tls=serving) as server, door(names=names) as vault:
        with pytest.raises(Unreachable, match="certificate"):
            await vault.send(get(f"https://api.example:{server.port}/"), plain())


async def test_the_next_address_gets_its_turn(server: Loopback) -> None:
    names = Names(two_example=[["127.0.0.3", "127.0.0.1"]])
    async with door(allow=("127.0.0.0/8",), names=names) as vault:
        assert (await vault.send(get(f"http://two.example:{server.port}/"), plain())).status == 200


async def test_each_who_waited_for_a_name_gets_a_problem_of_their_own() -> None:
    async with door(names=Names(bad_example=[["10.0.0.1"]])) as vault:
        asked = (vault.send(get("http://bad.example/"), plain()) for _ in range(2))
        one, two = await asyncio.gather(*asked, return_exceptions=True)
    assert isinstance(one, EgressRefused)
    assert isinstance(two, EgressRefused)
    one.at(node="mine")
    assert two.data.node is None


async def test_many_at_once_ask_the_name_server_once(server: Loopback) -> None:
    names = Names(busy_example=[["127.0.0.1"]])
    async with door(names=names) as vault:
        await asyncio.gather(*(vault.send(get(f"http://busy.example:{server.port}/"), plain()) for _ in range(50)))
    assert names.asked == ["busy.example"]
