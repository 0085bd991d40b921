"""What a person sees who comes back from a vendor: a plain page that says what happened and what to do, and holds no secret."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import AsyncGenerator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx2
import pytest
from tests.api.conftest import Api, client_of
from tests.api.consenting import World, world

as_browser = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


class Page(HTMLParser):
    """A page as assistive technology meets it."""

    def __init__(self, answer: httpx2.Response) -> None:
        super().__init__()
        self.roles: dict[str, str] = {}
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._within: list[str] = []
        self.texts: dict[str, str] = {}
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; ")
        for directive, tag in (("style-src", "style"), ("script-src", "script")):
            _, inside = re.split(f"</?{tag}>", answer.text)[:2]
            digest = base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()
            assert f"; {directive} 'sha256-{digest}';" in policy, "that one and no other; without it the page has none"
        self.feed(answer.text)
        assert ("html", {"lang": "en"}) in self.tags
        assert [tag for tag, _ in self.tags].count("h1") == 1
        assert self.texts["title"].startswith(self.texts["h1"])
        assert [facts["href"] for tag, facts in self.tags if tag == "a"] == ["/connections", "/"]
        assert "link" not in {tag for tag, _ in self.tags}, "nothing that may not be there"
        assert not {"iframe", "img", "form"} & {tag for tag, _ in self.tags}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in {"meta", "link"}:
            self._within.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self._within and self._within.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self._within and data.strip():
            self.texts[self._within[-1]] = (self.texts.get(self._within[-1], "") + " " + data.strip()).strip()

    @property
    def role(self) -> str | None:
        return next(attributes["role"] for _, attributes in self.tags if "role" in attributes)


@pytest.fixture
async def there(dsn: str, tmp_path: Path) -> AsyncGenerator[World]:
    async with world(dsn, tmp_path) as made:
        yield made


def clean(there: World, answer: httpx2.Response, back: httpx2.URL) -> None:
    """Nothing of the consent or its tokens is on the page."""
    secrets = [back.params["state"], back.params.get("code", "-" * 9), *there.double.access, *there.double.refresh, *there.double.codes]
    assert [secret for secret in secrets if secret in answer.text] == []


async def test_success_says_what_is_connected_and_what_follows(there: World) -> None:
    browser, _ = await there.person()
    back = await there.consent(browser, "slack", shared="true", name="default")
    answer = await browser.get(str(back), headers=as_browser)
    page = Page(answer)
    assert (answer.status_code, page.role) == (200, "status")
    assert page.texts["h1"].startswith("Slack is connected")
    assert "You can close this page" in page.texts["p"]
    assert "everybody in this workspace" in page.texts["li"]
    assert "chat:write" in page.texts["li"]
    clean(there, answer, back)
    again = await browser.get(str(back), headers=as_browser)
    assert (again.status_code, Page(again).role) == (401, "alert")
    assert len((await browser.get("/api/connections")).json()["connections"]) == 1


async def test_what_a_person_refuses_is_said_on_a_page(there: World) -> None:
    browser, _ = await there.person()
    there.double.denials["github"] = 1
    back = await there.consent(browser, "github")
    answer = await browser.get(str(back), headers=as_browser)
    page = Page(answer)
    assert (answer.status_code, page.role, page.texts["h1"]) == (502, "alert", "Not connected")
    assert "access_denied" in page.texts["p"]
    assert "allow what is asked for" in page.texts["p"]
    clean(there, answer, back)


@pytest.mark.parametrize(("fault", "status"), [("html", 502), ("server_error", 502), ("drop_before", 502), ("rate_limited", 429)])
async def test_a_vendor_that_fails_is_said_on_a_page(there: World, fault: Any, status: int) -> None:
    browser, _ = await there.person()
    there.double.fail("github", "token", fault, times=9)
    back = await there.consent(browser, "github")
    answer = await browser.get(str(back), headers=as_browser)
    assert answer.status_code in {status, 502, 422}, answer.text
    assert Page(answer).texts["h1"] == "Not connected"
    clean(there, answer, back)


async def test_another_browser_and_nonsense_get_a_page_too(there: World) -> None:
    browser, _ = await there.person()
    back = await there.consent(browser, "github")
    stranger = client_of(there.api.app)
    there.api.clients.append(stranger)
    for address, status in ((str(back), 401), ("/api/oauth/callback", 400), ("/api/oauth/callback?state=1", 401)):
        answer = await stranger.get(address, headers=as_browser)
        assert answer.status_code == status, answer.text
        assert Page(answer).role == "alert"


async def test_what_others_wrote_is_text(there: World) -> None:
    browser, _ = await there.person()
    evil = "<script>alert(1)</script>"
    back = await there.consent(browser, "github", name=evil)
    answer = await browser.get(str(back), headers=as_browser)
    assert evil in Page(answer).texts["li"]
    back = (await there.consent(browser, "github")).copy_set_param("error", evil)
    assert "<script>" not in Page(await browser.get(str(back), headers=as_browser)).texts["p"]


async def test_who_cannot_begin_is_told_on_a_page(there: World) -> None:
    browser, _ = await there.person()
    answer = await browser.get("/api/oauth/gmail/authorize?scope=everything", headers=as_browser)
    assert (answer.status_code, "everything" in Page(answer).texts["p"]) == (422, True)


async def test_without_an_app_the_page_says_what_is_missing(api: Api) -> None:
    browser, _ = await World(api, None).person()  # type: ignore[arg-type]  # no vendor is asked
    answer = await browser.get("/api/oauth/github/authorize", headers=as_browser)
    page = Page(answer)
    assert "There is no OAuth app for github" in page.texts["p"]


async def test_programs_get_json_as_before(there: World) -> None:
    browser, _ = await there.person()
    assert (await there.connect(browser, "github")).status_code == 303
    answer = await browser.get("/api/oauth/callback", headers={"accept": "application/json"})
    assert answer.json()["success"] is False
