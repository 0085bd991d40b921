"""Requests to places that are not meant to be reached: every spelling, every detour, every change of mind (threat 10)."""

from __future__ import annotations

import httpx2
import pytest
from tests.vault.doors import Names, door, get, here, plain, post, signed
from tests.vault.loopback import Seen, loopback, reply

from tenuto.core.errors import EgressRefused, Misconfigured, Problem, Unreachable
from tenuto.vault.egress import Guard

special = {
    "loopback": "127.0.0.1",
    "all of 127/8": "127.200.3.4",
    "unspecified": "0.0.0.0",
    "this network": "0.1.2.3",
    "private 10": "10.0.0.7",
    "private 172": "172.31.255.1",
    "private 192": "192.168.1.1",
    "carrier-grade NAT": "100.64.0.1",
    "link-local": "169.254.7.7",
    "metadata": "169.254.169.254",
    "metadata of Alibaba": "100.100.100.200",
    "metadata of Azure, a public address": "168.63.129.16",
    "metadata of Oracle": "192.0.0.192",
    "multicast": "239.1.2.3",
    "broadcast": "255.255.255.255",
    "reserved": "250.1.1.1",
    "documentation": "203.0.113.9",
    "benchmarks": "198.18.0.1",
    "6to4 relay": "192.88.99.1",
    "v6 loopback": "::1",
    "v6 unspecified": "::",
    "v6 unique local": "fd12::1",
    "v6 metadata": "fd00:ec2::254",
    "v6 link-local": "fe80::1",
    "v6 site-local": "fec0::1",
    "v6 multicast": "ff02::1",
    "v6 documentation": "2001:db8::1",
    "v6 not allocated": "4000::1",
    "v4-mapped": "::ffff:127.0.0.1",
    "v4-mapped, in hex": "::ffff:a9fe:a9fe",
    "v4-compatible": "::10.0.0.1",
    "v4-translated": "::ffff:0:10.0.0.1",
    "6to4": "2002:7f00:1::",
    "NAT64": "64:ff9b::10.0.0.1",
    "NAT64, local": "64:ff9b:1::1",
    "Teredo": "2001:0:53aa:64c:0:7d5:80ff:fffe",
    "ISATAP": "2600::5efe:10.0.0.1",
    "ISATAP, universal": "2600::200:5efe:10.0.0.1",
}
spellings = {
    "decimal": "http://2130706433/",
    "hex": "http://0x7f000001/",
    "hex in parts": "http://0x7f.0.0.0x1/",
    "octal": "http://0177.0.0.1/",
    "octal, whole": "http://017700000001/",
    "short": "http://127.1/",
    "a final number": "http://evil.example.1/",
    "percent": "http://127%2e0.0.1/",
    "full width": "http://１２７.0.0.1/",
    "circled": "http://①②⑦.0.0.1/",
    "zone": "http://[fe80::1%25eth0]/",
    "v6 without brackets": "http://::1/",
    "user name": "http://example.com@127.0.0.1/",
    "user name, empty": "http://@127.0.0.1/",
    "user name and password": "https://user:password@example.com/",
    "backslash": "http://example.com\\@127.0.0.1/",
    "backslash path": "http:\\\\127.0.0.1/",
    "no host": "http:///etc/passwd",
    "line break": "http://example.com/\r\nHost: x",
    "tab": "http://exa\tmple.com/",
    "space": " http://127.0.0.1/",
    "port 0": "http://example.com:0/",
    "port 70000": "http://example.com:70000/",
    "relative": "/etc/passwd",
    "empty": "",
}
schemes = ["file:///etc/passwd", "ftp://example.com/", "gopher://example.com/_", "dict://example.com:11211/", "ws://example.com/"]
public = ["8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"]


@pytest.mark.parametrize("address", special.values(), ids=special)
async def test_a_special_address_is_refused_written_plainly_and_behind_a_name(address: str) -> None:
    names = Names(innocent_example=[[address]], mixed_example=[["8.8.8.8", address]])
    literal = f"[{address}]" if ":" in address else address
    async with door(allow=(), names=names) as vault:
        for host in (literal, "innocent.example", "mixed.example", "INNOCENT.example."):
            with pytest.raises(EgressRefused):
                await vault.send(get(f"http://{host}:8400/latest/meta-data/"), plain())


@pytest.mark.parametrize("url", spellings.values(), ids=spellings)
async def test_a_host_in_disguise_is_refused_whatever_the_name_server_says(url: str) -> None:
    async with door(allow=("0.0.0.0/0", "::/0"), names=Names()) as vault:
        with pytest.raises(EgressRefused) as caught:
            await vault.send(get(url), plain())
    assert "127" not in caught.value.data.detail


@pytest.mark.parametrize("url", schemes)
async def test_other_schemes_are_refused(url: str) -> None:
    async with door(allow=("0.0.0.0/0",)) as vault:
        with pytest.raises(EgressRefused, match="http"):
            await vault.send(get(url), plain())


@pytest.mark.parametrize("address", public)
async def test_public_addresses_pass_the_check(address: str) -> None:
    assert len(await Guard((), Names(ok_example=[[address]])).addresses("ok.example", 443)) == 1


async def test_a_name_that_changes_its_mind_is_connected_to_where_it_was_checked() -> None:
    async with loopback() as server, loopback() as victim:
        # The name server allows the first look and would lead to the victim's address at the second.
        names = Names(rebind_example=[["127.0.0.1"], ["127.0.0.2"]])
        async with door(names=names) as vault:
            for _ in range(3):
                answer = await vault.send(get(f"http://rebind.example:{server.port}/"), plain())
                assert answer.status == 200
    assert names.asked == ["rebind.example"]
    assert [seen.headers["host"] for seen in server.seen] == [f"rebind.example:{server.port}"] * 3
    assert victim.seen == []


async def test_a_name_that_changes_its_mind_later_is_checked_again() -> None:
    names = Names(rebind_example=[["8.8.8.8"], ["169.254.169.254"]])
    first, second = Guard((), names), Guard((), names)
    await first.addresses("rebind.example", 80)
    with pytest.raises(EgressRefused, match="metadata"):
        await second.connect_tcp("rebind.example", 80)


async def test_a_host_of_the_own_network_that_leaves_it_gets_no_plain_secret() -> None:
    names = Names(mock_internal=[["127.0.0.1"]])
    guard = Guard(here, names)
    assert await guard.inside("mock.internal", 80)
    moved = Guard(here, Names(mock_internal=[["127.0.0.1"], ["8.8.8.8"]]), checked_for=0)
    assert await moved.inside("mock.internal", 80)
    with pytest.raises(EgressRefused, match="has left them"):
        await moved.connect_tcp("mock.internal", 80)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("target", ["http://169.254.169.254/", "http://[::1]/", "http://2130706433/", "file:///etc/passwd", "//10.0.0.1/x"])
async def test_every_hop_of_a_redirect_is_checked(status: int, target: str) -> None:
    async with loopback(away=reply(status, location=target)) as server, door() as vault:
        with pytest.raises(EgressRefused):
            await vault.send(get(f"{server.url}/away"), plain())


async def test_a_redirect_leaves_neither_the_allow_list_of_the_workflow() -> None:
    names = Names(one_example=[["127.0.0.1"]], two_example=[["127.0.0.1"]])
    async with loopback() as server, door(names=names) as vault:
        server.routes["/away"] = reply(302, location=f"http://two.example:{server.port}/")
        with pytest.raises(EgressRefused, match=r"two\.example is not on"):
            await vault.send(get(f"http://one.example:{server.port}/away"), plain("one.example"))
        assert (await vault.send(get(f"http://one.example:{server.port}/away"), plain("*.example"))).status == 200


async def test_the_operator_opens_networks_and_nothing_else() -> None:
    async with loopback() as server, door(names=Names(localhost=[["::1", "127.0.0.1"]])) as vault:
        assert (await vault.send(get(f"http://localhost:{server.port}/"), plain())).status == 200
        assert (await vault.send(get(f"http://[::ffff:127.0.0.1]:{server.port}/"), plain())).status == 200
        with pytest.raises(EgressRefused, match="loopback") as caught:
            await vault.send(get(f"http://127.0.0.2:{server.port}/"), plain())
        assert "TENUTO_EGRESS_ALLOW" in (caught.value.data.fix or "")


async def test_a_wide_network_does_not_open_a_metadata_service() -> None:
    for allow in (("169.254.0.0/16",), ("0.0.0.0/0",)):
        with pytest.raises(EgressRefused, match="metadata"):
            await Guard(allow, Names()).addresses("169.254.169.254", 80)
    assert await Guard(("169.254.169.254/32",), Names()).addresses("169.254.169.254", 80)


@pytest.mark.parametrize("text", ["10.0.0.1/8", "nonsense", "", "10.0.0.0/33"])
def test_an_allowed_network_that_cannot_be_read_stops_the_start(text: str) -> None:
    with pytest.raises(Misconfigured, match="TENUTO_EGRESS_ALLOW"):
        door(allow=(text,))


async def test_libraries_with_their_own_client_pass_the_same_guard() -> None:
    async with loopback() as server, door() as vault:
        client = httpx2.AsyncClient(transport=vault.transport, follow_redirects=True)
        server.routes["/away"] = reply(302, location="http://10.0.0.1/")
        assert (await client.get(server.url)).status_code == 200
        for url in (f"{server.url}/away", "http://127.0.0.2/", "http://user@127.0.0.1/"):
            with pytest.raises(EgressRefused):
                await client.get(url)


async def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async with loopback() as proxy, loopback() as server, door() as vault:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("ALL_PROXY", proxy.url)
        await vault.send(get(server.url), plain())
        assert (len(proxy.seen), len(server.seen)) == (0, 1)


@pytest.mark.parametrize(
    ("hosts", "url"),
    [
        (("api.vendor.example",), "https://api.vendor.example.evil.example/"),
        (("api.vendor.example",), "https://evil-api.vendor.example/"),
        (("api.vendor.example",), "https://api.vendor.example:8443/"),
        (("api.vendor.example:8443",), "https://api.vendor.example/"),
        (("vendor.example",), "https://api.vendor.example/"),
        (("*.vendor.example",), "https://vendor.example/"),
        (("*.vendor.example",), "https://evilvendor.example/"),
        (("*.vendor.example",), "https://api.vendor.example@evil.example/"),
        (("*",), "https://evil.example/"),
        (("*.",), "https://evil.example/"),
        (("127.0.0.1",), "https://127.0.0.1:1/"),
        ((), "https://api.vendor.example/"),
        (("api.vendor.example:80",), "http://api.vendor.example/"),
    ],
)
async def test_a_secret_goes_to_its_own_hosts_only(hosts: tuple[str, ...], url: str) -> None:
    names = Names(api_vendor_example=[["8.8.8.8"]])
    async with door(names=names) as vault:
        with pytest.raises(EgressRefused):
            await vault.send(get(url), signed(*hosts))


async def test_a_redirect_takes_no_secret_along() -> None:
    names = Names(one_example=[["127.0.0.1"]], two_example=[["127.0.0.1"]])
    async with loopback() as server, door(names=names) as vault:
        one, two = f"http://one.example:{server.port}", f"http://two.example:{server.port}"
        server.routes |= {
            "/out": reply(302, location=f"{two}/back"),
            "/back": reply(302, location=f"{one}/end"),
            "/near": reply(307, location="/end"),
        }
        hosts = (f"one.example:{server.port}", f"two.example:{server.port}")
        headers = {"cookie": "mine", "authorization": "Basic bWluZQ==", "x-note": "mine"}
        await vault.send(get(f"{one}/out", headers=headers), signed(*hosts))
        await vault.send(get(f"{one}/near", headers=headers), signed(*hosts))
        assert [where(seen) for seen in server.seen] == [
            ("one", "/out", True, True), ("two", "/back", False, False), ("one", "/end", False, False),
            ("one", "/near", True, True), ("one", "/end", True, True),
        ]  # fmt: skip


async def test_the_body_of_a_signed_request_is_not_sent_to_another_host() -> None:
    async with loopback() as server, loopback() as other, door() as vault:
        server.routes["/away"] = reply(307, location=other.url)
        with pytest.raises(EgressRefused, match="again"):
            await vault.send(post(f"{server.url}/away", json={"a": 1}), signed(server.host))
        assert other.seen == []


async def test_a_refusal_is_said_in_a_sentence_and_a_wrong_name_in_another() -> None:
    async with door(allow=(), names=Names(intranet_example=[["10.1.2.3"]])) as vault:
        with pytest.raises(EgressRefused) as refused:
            await vault.send(get("https://intranet.example/a?b=c"), plain())
        with pytest.raises(Unreachable) as missing:
            await vault.send(get("https://nowhere.example/a?b=c"), plain())
    assert refused.value.data.detail == "intranet.example leads to 10.1.2.3, a private address."
    assert missing.value.data.detail == "nowhere.example has no address."
    assert isinstance(refused.value, Problem)
    assert not refused.value.data.retryable
    assert missing.value.data.retryable


def where(seen: Seen) -> tuple[str, str, bool, bool]:
    """Host, path, whether the secret was there, whether the caller's own headers were."""
    host = seen.headers["host"].partition(".")[0]
    return host, seen.target, "x-api-key" in seen.headers, {"cookie", "authorization", "x-note"} <= seen.headers.keys()
