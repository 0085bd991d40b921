"""Where a secret stands in a message, and that no redirect leads it, or what is sent with it, to anybody else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from urllib.parse import quote, quote_plus

import pytest
from opentelemetry.trace import SpanKind
from pydantic import SecretStr
from tests.vault.doors import Names, canary, door, get, here, plain, post, signed
from tests.vault.loopback import Loopback, Seen, loopback, reply
from tests.vault.spans import Kept, Spans

from tenuto.core.auth import ApiKey, Auth, NoAuth, PathToken, QueryKey
from tenuto.core.errors import ConnectionMissing, EgressRefused, Misconfigured, Rejected, TooLarge
from tenuto.vault.sender import VaultSender
from tenuto.vault.tokens import Credential, Setting, SettingSecrets

key = QueryKey(parameter="api_key")
in_query = quote_plus(canary)
in_path = quote(canary, safe="!$&'()*+,;=:@")
bot = "/bot{token}"


@pytest.fixture
async def server() -> AsyncIterator[Loopback]:
    async with loopback() as running:
        yield running


@pytest.fixture
async def other() -> AsyncIterator[Loopback]:
    async with loopback() as running:
        yield running


async def test_a_key_stands_in_the_query_beside_the_rest_and_nobody_elses_in_its_place(server: Loopback) -> None:
    async with door(auth=key) as vault:
        await vault.send(get(f"{server.url}/a%2Fb?x=1&api_key=mine", query={"q": "a b"}), signed(server.host))
        await vault.send(post(server.url, json={"a": 1}), signed(server.host))
    assert server.seen[0].target == f"/a%2Fb?x=1&api_key={in_query}&q=a+b"
    assert (server.seen[1].target, server.seen[1].body) == (f"/?api_key={in_query}", b'{"a":1}')
    assert all("authorization" not in seen.headers for seen in server.seen)


async def test_a_token_stands_in_the_path_once_whatever_somebody_wrote_behind_it(server: Loopback) -> None:
    async with door(auth=PathToken()) as vault:
        await vault.send(get(f"{server.url}{bot}/send/%7Btoken%7D?text=%7Btoken%7D", query={"to": "{token}"}), signed(server.host))
    assert server.seen[0].target == f"/bot{in_path}/send/%7Btoken%7D?text=%7Btoken%7D&to=%7Btoken%7D"


async def test_a_bots_token_keeps_its_colon(server: Loopback) -> None:
    async with door(auth=PathToken(), secret="110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw") as vault:
        await vault.send(get(f"{server.url}{bot}/getMe"), signed(server.host))
    assert server.seen[0].target == "/bot110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw/getMe"


@pytest.mark.parametrize("secret", ["..", ".", "a\r\nb", "a\nb", " a", "é" * 9])
async def test_a_token_that_is_none_is_refused_before_anything_is_sent(secret: str, server: Loopback) -> None:
    for auth in (PathToken(), key):
        async with door(auth=auth, secret=secret) as vault:
            if auth is key and secret.strip(".") == "":
                continue  # dots move no query
            with pytest.raises(Misconfigured):
                await vault.send(get(f"{server.url}/{{token}}/x"), signed(server.host))
    assert server.seen == []


async def test_without_a_place_no_token_goes_out(server: Loopback) -> None:
    async with door(auth=PathToken()) as vault:
        with pytest.raises(Misconfigured, match="no place"):
            await vault.send(get(f"{server.url}/x?y=%7Btoken%7D"), signed(server.host))
    assert server.seen == []


@pytest.mark.parametrize("auth", [key, PathToken()])
async def test_no_other_host_gets_it(auth: Auth, server: Loopback, other: Loopback) -> None:
    async with door(auth=auth, names=Names(vendor_example=[["93.184.215.14"]])) as vault:
        with pytest.raises(EgressRefused, match="may not be sent"):
            await vault.send(get(f"{other.url}{bot}"), signed(server.host))
        with pytest.raises(EgressRefused, match="without TLS"):
            await vault.send(get(f"http://vendor.example{bot}"), signed("vendor.example"))
    assert other.seen == []


async def test_within_the_origin_a_redirect_has_the_key_again(server: Loopback) -> None:
    server.routes |= {"/a": reply(302, location="/b?page=2"), "/b": reply(307, location=f"/c?api_key={in_query}&z=1")}
    async with door(auth=key) as vault:
        await vault.send(get(f"{server.url}/a"), signed(server.host))
    assert [seen.target for seen in server.seen] == [
        f"/a?api_key={in_query}",
        f"/b?page=2&api_key={in_query}",
        f"/c?api_key={in_query}&z=1",
    ]


async def test_a_redirect_elsewhere_and_back_leaves_the_key_at_home(server: Loopback, other: Loopback) -> None:
    server.routes |= {"/a": reply(302, location=f"{other.url}/b"), "/d": reply(200)}
    other.routes |= {"/b": reply(302, location="/c"), "/c": reply(302, location=f"{server.url}/d")}
    async with door(auth=key) as vault:
        await vault.send(get(f"{server.url}/a"), signed(server.host))
    assert [seen.target for seen in (*other.seen, server.seen[-1])] == ["/b", "/c", "/d"]


forms = {
    "as it was sent": in_query,
    "quoted": quote(canary, safe=""),
    "in a path": in_path,
    "small letters": in_query.replace("%2B", "%2b"),
}


@pytest.mark.parametrize("form", forms.values(), ids=forms)
@pytest.mark.parametrize("auth", [key, PathToken(), ApiKey(header="x-api-key")], ids=["query", "path", "header"])
async def test_a_server_that_hands_it_on_is_not_followed(auth: Auth, form: str, server: Loopback, other: Loopback) -> None:
    for place in (f"/x?k={form}", f"/bot{form}/x", f"/x?u=http://a/?k={form}&z"):

        def astray(_: Seen, place: str = place) -> object:
            return reply(302, location=other.url + place)

        server.routes = dict.fromkeys(("/", f"/bot{in_path}"), astray)  # type: ignore[arg-type]  # pyright: ignore[reportAttributeAccessIssue]
        async with door(auth=auth) as vault:
            with pytest.raises(EgressRefused, match="hand the secret on") as refused:
                await vault.send(get(server.url + (bot if isinstance(auth, PathToken) else "/")), signed(server.host))
        assert form not in refused.value.data.model_dump_json()
    assert other.seen == []


async def test_redirects_of_a_signed_url_end(server: Loopback) -> None:
    server.routes["/a"] = reply(302, location="/a")
    async with door(auth=key) as vault:
        with pytest.raises(Rejected, match="circle"):
            await vault.send(get(f"{server.url}/a"), signed(server.host))


@pytest.mark.parametrize("auth", [key, PathToken(), ApiKey(header="x-api-key")], ids=["query", "path", "header"])
async def test_a_request_is_a_span_that_tells_neither_path_nor_query(auth: Auth, server: Loopback) -> None:
    server.routes |= {"/": reply(302, location="/again"), "/again": reply(503)}
    spans = Spans()
    async with door(auth=auth, tracer=spans) as vault:
        await vault.send(get(server.url + bot + "/private?q=private"), signed(server.host))
        with pytest.raises(EgressRefused):
            await vault.send(get("http://127.0.0.2/" + bot), signed(server.host))
        await vault.send(post(server.url, json=1), plain())
        with pytest.raises(TooLarge):
            await vault.send(get(server.url + bot + "/private", max_bytes=20), signed(server.host))
    where = {"server.address": "127.0.0.1", "server.port": server.port, "http.request.method": "GET"}
    done, refused, moved, large = spans.all
    assert done == Kept("HTTP GET", SpanKind.CLIENT, {**where, "http.response.status_code": 200}, ended=1)
    assert refused.attributes == {"http.request.method": "GET", "error.type": "egress-refused"}
    assert moved.attributes == {**where, "http.request.method": "POST", "http.response.status_code": 503}
    assert large.attributes == {**where, "http.response.status_code": 200, "error.type": "too-large"}
    for failed in (refused, large):
        assert (failed.name, failed.kind, failed.statuses, failed.ended) == ("HTTP GET", SpanKind.CLIENT, [("ERROR", None, None)], 1)
        assert failed.more == []


async def test_who_may_go_without_a_secret_does_where_there_is_none(server: Loopback) -> None:
    may = replace(signed(server.host), optional=True)
    async with door(secret=None) as vault:
        assert (await vault.send(get(server.url), may)).status == 200
        with pytest.raises(ConnectionMissing, match="named mine"):
            await vault.send(get(server.url), replace(may, connection="mine"))
        with pytest.raises(ConnectionMissing):
            await vault.send(get(server.url), replace(may, optional=False))
        with pytest.raises(EgressRefused, match="may not be sent"):
            await vault.send(get("http://127.0.0.3/"), may)
    async with door() as vault:
        await vault.send(get(server.url), may)
    assert ["x-api-key" in seen.headers for seen in server.seen] == [False, True]


async def test_an_account_without_a_secret_is_one(server: Loopback) -> None:
    """It has fields alone: where somebody's own installation is, which anybody may read."""
    secrets = SettingSecrets({"feeds": Setting(name="FEEDS", credential=Credential(auth=NoAuth(), secret=SecretStr("")))})
    async with VaultSender(secrets, allow=here) as vault:
        ticket = replace(plain(), integration="feeds", hosts=(server.host,))
        assert (await vault.send(get(server.url), ticket)).status == 200
