"""Threat 13, XSS and origin: what came from elsewhere is never a page of ours, and the pages that are ours run only their own scripts."""

from __future__ import annotations

import hmac
import json
import re
import time
from collections.abc import AsyncGenerator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote, urlsplit

import httpx2
import pytest
import pytest_asyncio
from pydantic import JsonValue
from tests.api.conftest import Api, fresh_database, origin, served
from tests.api.hooking import body_of, path_of, plain, publish, webhook, workflow
from tests.api.runs import document, execute, until
from tests.security.surface import Route, routes
from tests.vault.loopback import loopback, reply

from tenuto.api.site.pages import places
from tenuto.store.server.embedded import Embedded

hostile = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>"
page_headers = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}

answers_policy = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
app_policy = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; worker-src 'self'; font-src 'self';"
    " base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types tenuto"
)
consent_policy = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    "; require-trusted-types-for 'script'"
)
documentation_policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
returning_policy = re.compile(
    r"default-src 'none'; style-src 'sha256-[\w+/=]+'; script-src 'sha256-[\w+/=]+'; frame-ancestors 'none'; base-uri 'none'; "
    r"form-action 'none'; require-trusted-types-for 'script'"
)

looking = [route for route in routes() if route.method == "GET"]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shown(server: Embedded, tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Api]:
    folder: Path = tmp_path_factory.mktemp("xss")
    async with fresh_database(server) as dsn, served(dsn, folder) as api:
        yield api


class Markup(HTMLParser):
    """What a page makes its browser run or load."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.inline: list[str] = []
        self.loaded: list[str] = []
        self._open = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.inline += [f"{tag} {name}" for name in given if name.startswith("on") or (name == "style")]
        self.loaded += [given[name] for name in ("src", "href", "action", "data", "srcdoc") if name in given and tag != "a"]
        self._open = tag if tag == "script" and "src" not in given else ""

    def handle_data(self, data: str) -> None:
        if self._open and data.strip():
            self.inline.append(f"script: {data.strip()[:60]}")


def is_page(answer: httpx2.Response) -> bool:
    return any(kind in answer.headers.get("content-type", "") for kind in ("html", "xml", "svg"))


def sound(answer: httpx2.Response) -> None:
    """No answer may run anything that is not ours, stand in a frame, or be taken for another kind than it says."""
    policy = answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    if is_page(answer):
        known = policy in {app_policy, consent_policy, documentation_policy} or returning_policy.fullmatch(policy)
        assert known or answer.url.path == "/favicon.svg", policy
        assert "<script>alert" not in answer.text
        assert "<img" not in answer.text
    else:
        assert policy == answers_policy or "sandbox" in policy or "/oauth/consent" in answer.url.path, policy


@pytest.mark.parametrize("route", looking, ids=lambda route: route.name)
async def test_every_address_answers_hostile_names_with_nothing_that_runs(route: Route, shown: Api) -> None:
    """As the owner and as nobody, as a browser opens a link: what is put into the path or the query is no markup in what comes back."""
    query = dict.fromkeys(route.query_names, hostile)
    for key in (shown.keys["owner"], None):
        answer = await shown.client(key, **page_headers).get(route.at(quote(hostile, safe="")), params=query)
        assert answer.status_code < 500 or answer.status_code == 503, answer.text
        sound(answer)


@pytest.mark.parametrize("path", ["/", "/sign-in", *(f"/{place}" for place in places), f"/{quote(hostile)}", "/runs/%3Cscript%3E"])
async def test_every_page_of_the_app_has_the_one_policy_and_no_script_in_itself(path: str, shown: Api) -> None:
    answer = await shown.client(**page_headers).get(path)
    assert answer.headers["content-security-policy"] == app_policy
    assert answer.headers["cross-origin-opener-policy"] == "same-origin-allow-popups"
    markup = Markup(answer.text)
    assert markup.inline == []
    assert all(urlsplit(address).scheme in ("", "data") and not address.startswith("//") for address in markup.loaded), markup.loaded
    if answer.status_code != 503:
        assert markup.loaded, "else this looks at nothing"


async def test_the_app_is_built_of_files_that_no_policy_has_to_be_widened_for(shown: Api) -> None:
    page = await shown.client(**page_headers).get("/")
    if page.status_code == 503:
        pytest.skip("the web app is not built here")
    scripts = [address for address in Markup(page.text).loaded if address.endswith(".js")]
    assert scripts
    for address in scripts:
        answer = await shown.client().get(address)
        assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
        assert not re.search(r"\bnew Function\(|\beval\(", answer.text), address


@pytest.mark.parametrize(
    "path",
    ["//evil.example", "//evil.example/", "/%5C%5Cevil.example/", "/\\evil.example/", "/runs//evil.example/", "/api/keys/", "/docs/"],
)
async def test_nobody_is_sent_to_another_host(path: str, shown: Api) -> None:
    """A slash too many is tidied by frameworks with a redirect, which is one to anywhere where it copies the path."""
    target = httpx2.URL(origin).copy_with(raw_path=path.encode())
    for key in (shown.keys["owner"], None):
        answer = await shown.client(key, **page_headers).get(
            target, params={"next": "https://evil.example", "redirect_uri": "//evil.example"}
        )
        place = urlsplit(answer.headers.get("location", ""))
        assert place.netloc in ("", urlsplit(origin).netloc), answer.headers["location"]
        assert not place.path.startswith("//")
        assert "evil.example" not in place.netloc


async def test_a_webhooks_answer_is_data(api: Api) -> None:
    """A sender that waits gets the run's outputs: HTML in them is text within JSON (CVE-2026-25051)."""
    owner = api.as_role("owner")
    page: dict[str, str] = {"html": f"<!doctype html>{hostile}", "content-type": "text/html"}
    [placed] = await publish(owner, workflow(webhook(scheme="hmac", respond="when_done"), value=page))
    body = body_of({"n": hostile})
    answer = await api.client(**page_headers).post(path_of(placed), content=body, headers=plain(placed["secret"], body))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["output"] == {"a": page}
    sound(answer)


async def test_a_challenge_that_is_given_back_is_text(api: Api) -> None:
    owner = api.as_role("owner")
    [placed] = await publish(owner, workflow(webhook(connector="slack", path="slack/events")))
    await owner.post(f"/api/triggers/{placed['id']}/secret", json={"secret": "8f742231b10e8888abcd99yyyzzz85a5"})
    body, stamp = body_of({"type": "url_verification", "challenge": hostile}), str(int(time.time()))
    signed = "v0=" + hmac.digest(b"8f742231b10e8888abcd99yyyzzz85a5", f"v0:{stamp}:".encode() + body, "sha256").hex()
    headers = {"content-type": "application/json", "x-slack-request-timestamp": stamp, "x-slack-signature": signed, **page_headers}
    answer = await api.client().post(path_of(placed), content=body, headers=headers)
    assert (answer.status_code, answer.text) == (200, hostile)
    assert answer.headers["content-type"].startswith("text/plain")
    sound(answer)


@pytest.mark.parametrize("media", ["text/html", "image/svg+xml", "application/xhtml+xml", "text/xml", "text/javascript"])
async def test_a_file_that_a_vendor_sends_is_saved_and_not_opened(api: Api, media: str) -> None:
    content = f'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg><!--{"x" * 100_000}-->'.encode()
    async with loopback() as outside:
        outside.routes["/"] = lambda seen: reply(200, content, content_type=media)
        owner = api.as_role("owner")
        fetch: JsonValue = {"id": "fetch", "type": "http", "config": {"method": "GET", "url": outside.url}}
        run = await execute(owner, {"name": "Fetch", "startNode": "fetch", "nodes": [fetch]})
        await until(owner, str(run["id"]), "completed")
    node = json.dumps((await owner.get(f"/api/executions/{run['id']}/nodes/fetch")).json())
    urls = set(re.findall(r"/api/executions/[^\"]+/blobs/[0-9a-f]{64}", node))
    assert urls
    for url in urls:
        answer = await api.client(api.keys["viewer"], **page_headers).get(url)
        assert answer.status_code == 200
        assert answer.headers["content-disposition"].startswith("attachment;")
        assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"


async def test_a_live_stream_is_no_page(api: Api) -> None:
    owner = api.as_role("owner")
    run = await execute(owner, document({"id": "a", "type": "transform", "config": {"value": hostile}}), wait=10)
    answer = await api.client(api.keys["owner"], **page_headers).get("/api/workflows/monitor", params={"execution_id": run["id"]})
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert "<script>alert" in answer.text, "else this looks at nothing"
    sound(answer)
