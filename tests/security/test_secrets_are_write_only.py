"""A secret that went in comes out nowhere: not in errors, logs, spans, answers or prints, in no encoding (threat 9)."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import traceback
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from urllib.parse import quote, quote_plus

import pytest
from pydantic import SecretStr
from tests.vault.doors import Names, canary, door, get, plain, post, signed
from tests.vault.loopback import Loopback, Script, loopback, reply

from tenuto.core.auth import ApiKey, Auth, Basic, ClientCredentials, GitHubApp, OAuth2, PathToken, QueryKey
from tenuto.core.connector import Answer, Outbound
from tenuto.core.errors import Problem
from tenuto.vault.crypto import Keyring, Place
from tenuto.vault.mask import Mask, forms
from tenuto.vault.tokens import Credential, Setting, SettingSecrets

oauth = OAuth2(authorize_url="", token_url="")
ways: dict[str, Auth] = {
    "api key": ApiKey(header="x-api-key"),
    "prefix": ApiKey(prefix="Key "),
    "basic": Basic(),
    "basic with a suffix": Basic(user_suffix="/token"),
    "oauth": oauth,
    "client": ClientCredentials(token_url=""),
    "app": GitHubApp(),
    "query": QueryKey(parameter="key"),
    "path": PathToken(),
}


def address(server: Loopback, auth: Auth) -> str:
    """Where a request goes that is signed this way."""
    return f"{server.url}/bot{{token}}" if isinstance(auth, PathToken) else f"{server.url}/"


def arrives(auth: Auth) -> str:
    """The path with which it arrives."""
    return f"/bot{Credential(auth=auth, secret=SecretStr(canary)).in_path()}" if isinstance(auth, PathToken) else "/"


@pytest.fixture
async def server() -> AsyncIterator[Loopback]:
    async with loopback() as running:
        yield running


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """Everything that any library logs, at its most talkative."""
    with caplog.at_level(logging.DEBUG):
        yield caplog


def traces(text: str, secret: str = canary) -> list[str]:
    """The forms in which the secret stands in a text. Base64 is looked for at all three offsets, without its first and last characters."""
    raw = secret.encode()
    forms = {secret, quote(secret, safe=""), quote(secret), quote_plus(secret), json.dumps(secret)[1:-1], raw.hex(), repr(secret)[1:-1]}
    forms.add(quote(secret, safe="!$&'()*+,;=:@"))
    for offset in range(3):
        middle = base64.b64encode(b"\0" * offset + raw)[4:-4].decode()
        forms |= {middle, middle.replace("+", "-").replace("/", "_")}
    return [form for form in forms if form in text]


@pytest.mark.parametrize("hidden", [canary, quote(canary), base64.b64encode(b"user:" + canary.encode()).decode(), canary.encode().hex()])
def test_the_search_finds_what_is_there(hidden: str) -> None:
    assert traces(f"... {hidden} ...")


failures: Mapping[str, Script] = {
    "no answer": Script(b"", close=True),
    "no HTTP": Script(b"garbage\r\n\r\n", close=True),
    "half": Script(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf", close=True),
    "late": Script(b"", delay=30),
    "circle": reply(302, location="/"),
    "scheme": reply(302, location="file:///etc/passwd"),
    "too much": reply(200, b"x" * 3000),
    "encoding": reply(200, b"no", content_encoding="gzip"),
}


@pytest.mark.parametrize("auth", ways.values(), ids=ways)
@pytest.mark.parametrize("script", failures.values(), ids=failures)
async def test_no_failure_tells_it(server: Loopback, log: pytest.LogCaptureFixture, script: Script, auth: Auth) -> None:
    server.routes |= {"/": script, arrives(auth): script}
    told = ""
    async with door(auth=auth, user="ann") as vault, asyncio.timeout(60):
        request = post(address(server, auth), json={"a": 1}, timeout=0.4 if script.delay else 20, max_bytes=2000)
        while not server.seen:  # where the machine stood still, the time was over before it left
            with pytest.raises(Problem) as caught:
                await vault.send(request, signed(server.host))
            told += "".join(traceback.format_exception(caught.value)) + caught.value.data.model_dump_json()
        told += log.text + repr(vault.__dict__)
    assert traces(told) == []
    assert traces(str(server.seen[0])) != []


async def test_failures_before_it_leaves_do_not_tell_it(log: pytest.LogCaptureFixture) -> None:
    async with door(names=Names(vendor_example=[["10.0.0.1"]])) as vault, loopback() as closed:
        tried: Sequence[tuple[str, str]] = (
            ("https://vendor.example", "vendor.example"),
            ("https://elsewhere.example", "vendor.example"),
            ("https://nowhere.example", "nowhere.example"),
            (f"https://user:{quote_plus(canary)}@vendor.example", "vendor.example"),
            (f"https://vendor.example:99999/{quote_plus(canary)}", "vendor.example"),
            (f"gopher://vendor.example/?{quote_plus(canary)}", "vendor.example"),
            (f"http://{closed.host.replace('127.0.0.1', '127.0.0.9')}/?key={quote_plus(canary)}", "127.0.0.9"),
        )
        for url, host in tried:
            with pytest.raises(Problem) as caught:
                await vault.send(get(url), signed(host))
            told = "".join(traceback.format_exception(caught.value)) + caught.value.data.model_dump_json()
            assert traces(told) == []
    assert traces(log.text) == []


@pytest.mark.parametrize("auth", ways.values(), ids=ways)
async def test_an_echo_is_blanked(server: Loopback, log: pytest.LogCaptureFixture, auth: Auth) -> None:
    def echo(_: object) -> Script:
        seen = server.seen[-1]
        sent = seen.headers.get("x-api-key") or seen.headers.get("authorization") or seen.target
        texts = (sent, canary, quote(canary), json.dumps(canary), base64.b64encode(sent.encode()).decode(), *shifted())
        return reply(400, "\n".join(texts).encode(), x_echo=sent)

    server.routes[arrives(auth)] = echo
    async with door(auth=auth, user="ann") as vault:
        answer = await vault.send(get(address(server, auth)), signed(server.host))
        [streamed] = [piece async for piece in vault.stream(get(address(server, auth)), signed(server.host))]
    assert isinstance(streamed, Answer)
    for each in (answer, streamed):
        assert each.body.count(b"***") >= 5
        assert traces(each.text + str(each.headers)) == []
    assert traces(log.text) == []


def shifted() -> list[str]:
    return [base64.b64encode(b"k" * offset + canary.encode() + b" and more").decode() for offset in range(3)]


async def test_an_echo_in_pieces_is_blanked(server: Loopback) -> None:
    middle = len(canary) // 2
    pieces = (b"data: " + canary[:middle].encode(), canary[middle:].encode() + b"\n\ndata: ca", b"na\n\n", b"end: can")
    server.routes["/"] = Script(b"HTTP/1.1 200 OK\r\n\r\n", pieces=pieces, close=True)
    async with door() as vault:
        whole = b"".join([piece async for piece in vault.stream(get(server.url), signed(server.host)) if isinstance(piece, bytes)])
    assert whole == b"data: ***\n\ndata: cana\n\nend: can"


def test_a_mask_leaves_everything_else_alone() -> None:
    mask = Mask(forms("short", ""))
    assert mask.hide(b"short words stay short") == b"short words stay short"
    mask = Mask(forms(canary))
    assert b"".join([*(mask.piece(bytes([byte])) for byte in f"<{canary}>{canary[:-1]}".encode()), mask.piece(b"", last=True)]) == (
        f"<***>{canary[:-1]}".encode()
    )


def test_nothing_that_holds_it_prints_it() -> None:
    credential = Credential(auth=Basic(), user="ann", secret=SecretStr(canary))
    setting = Setting(name="LYZR_API_KEY", credential=credential)
    keyring = Keyring([bytes(range(100, 132))])
    sealed = keyring.seal(SecretStr(canary), Place(1, "connections", "a"))
    holders = (credential, setting, SettingSecrets({"a": setting}), credential.mask(), keyring, sealed, door())
    text = "".join(f"{holder!r}{holder!s}{holder}" for holder in holders)
    assert traces(text) == []
    assert traces(repr(sealed.data)) == []
    assert bytes(range(100, 132)).hex() not in text


async def test_a_workflow_without_a_ticket_for_it_cannot_have_it(server: Loopback) -> None:
    async with door() as vault:
        await vault.send(Outbound(method="GET", url=server.url), plain())
    assert traces(str(server.seen[0])) == []
