"""A person in a browser who allows an application what it asks, and an application of the official SDK that asks."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx2
from mcp.client.auth import OAuthClientProvider
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientInformationFull, OAuthClientMetadata, OAuthToken
from tests.api.conftest import local
from tests.mcp.conftest import Place

from tenuto.core.access import Role

back = "http://127.0.0.1:53682/callback"
verifier = "v" * 64
challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


@asynccontextmanager
async def person(place: Place, role: Role = Role.operator, name: str = "Ada") -> AsyncGenerator[httpx2.AsyncClient]:
    """A browser in which a member is signed in, asking as our own pages do."""
    services = place.api.house.services
    member = await services.members.add(local(), name, role)
    cookie = (await services.sign_in.redeem((await services.sign_in.link(local(), member.id)).get_secret_value())).cookie
    headers = {"Cookie": f"tenuto={cookie.get_secret_value()}", "Origin": place.url, "Sec-Fetch-Site": "same-origin"}
    async with httpx2.AsyncClient(base_url=place.url, headers=headers, trust_env=False, timeout=60) as browser:
        yield browser


def request(place: Place, client_id: str, **other: str | None) -> dict[str, str]:
    """The parameters of an authorization request, as they should be but for `other`."""
    whole: dict[str, str | None] = {
        "client_id": client_id,
        "redirect_uri": back,
        "response_type": "code",
        "state": "xyz",
        "code_challenge": challenge,
        "code_challenge_method": "S256",
        "resource": f"{place.url}/mcp",
        **other,
    }
    return {name: value for name, value in whole.items() if value is not None}


async def registered(http: httpx2.AsyncClient, **other: object) -> str:
    """The id of an application that has just registered."""
    about = {"client_name": "Claude", "redirect_uris": [back], "grant_types": ["authorization_code", "refresh_token"], **other}
    answer = await http.post("/oauth/register", json=about)
    assert answer.status_code == 201, answer.text
    return answer.json()["client_id"]


async def allowed(browser: httpx2.AsyncClient, asked: dict[str, str], scopes: Sequence[str] | None = None) -> dict[str, str]:
    """What the application is sent back with, where the person allows all or some of it."""
    sought = await browser.get("/api/grants/asked", params=asked)
    assert sought.status_code == 200, sought.text
    chosen = list(scopes) if scopes is not None else [each["scope"] for each in sought.json()["scopes"]]
    answer = await browser.post("/api/grants", json={"request": asked, "decision": "allow", "scopes": chosen})
    assert answer.status_code == 200, answer.text
    return dict(parse_qsl(urlsplit(answer.json()["url"]).query))


async def exchanged(http: httpx2.AsyncClient, client_id: str, code: str, **other: str) -> httpx2.Response:
    """The answer to a code."""
    given = {"grant_type": "authorization_code", "client_id": client_id, "code": code, "redirect_uri": back, "code_verifier": verifier}
    return await http.post("/oauth/token", data=given | other)


async def renewed(http: httpx2.AsyncClient, client_id: str, token: str, **other: str) -> httpx2.Response:
    """The answer to a refresh token."""
    return await http.post("/oauth/token", data={"grant_type": "refresh_token", "client_id": client_id, "refresh_token": token} | other)


@dataclass
class Kept:
    """What the SDK's client keeps: nothing at first."""

    tokens: OAuthToken | None = None
    client: OAuthClientInformationFull | None = None
    asked: list[dict[str, str]] = field(default_factory=list)
    provider: OAuthClientProvider | None = None

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self.client = client_info


@asynccontextmanager
async def application(
    place: Place, browser: httpx2.AsyncClient, kept: Kept, *, scopes: Sequence[str] | None = None, mode: Any = "auto", query: str = ""
) -> AsyncGenerator[Client]:
    """The SDK's client, which is told nothing but the address; the person allows what it asks, or only `scopes`."""
    answers: list[dict[str, str]] = []

    async def sent_to(url: str) -> None:
        assert url.startswith(f"{place.url}/oauth/authorize?"), url
        page = await browser.get(url)
        assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
        asked = dict(parse_qsl(urlsplit(url).query))
        kept.asked.append(asked)
        asked.pop("prompt", None)
        answers.append(await allowed(browser, asked, scopes))

    async def comes_back() -> AuthorizationCodeResult:
        came = answers.pop()
        return AuthorizationCodeResult(code=came["code"], state=came["state"], iss=came["iss"])

    metadata = OAuthClientMetadata.model_validate({"client_name": "SDK", "redirect_uris": [back]})
    provider = OAuthClientProvider(f"{place.url}/mcp{query}", metadata, kept, sent_to, comes_back)
    kept.provider = provider
    async with (
        httpx2.AsyncClient(auth=provider, trust_env=False, timeout=60) as http,
        Client(streamable_http_client(f"{place.url}/mcp{query}", http_client=http), mode=mode) as client,
    ):
        yield client


def address(asked: dict[str, str]) -> str:
    return f"/oauth/authorize?{urlencode(asked)}"
