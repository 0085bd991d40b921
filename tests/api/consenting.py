"""A house whose OAuth apps are registered at the double, and a person in a browser who connects accounts there."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import httpx2
from tests.api.conftest import Api, client_of, local, origin, served
from tests.doubles.oauth import OAuthDouble, client_id, client_secret, oauth_double

from tenuto.core.access import Role

callback = origin + "/api/oauth/callback"
apps = {"gmail": "GOOGLE", "slack": "SLACK", "github": "GITHUB"}


@dataclass(frozen=True)
class World:
    """The house, and the vendors' servers."""

    api: Api
    double: OAuthDouble

    async def person(self, role: Role = Role.editor, name: str = "Ada") -> tuple[httpx2.AsyncClient, UUID]:
        """A browser in which a member is signed in, and the member's id."""
        services = self.api.house.services
        member = await services.members.add(local(), name, role)
        link = await services.sign_in.link(local(), member.id)
        browser = client_of(self.api.app)
        self.api.clients.append(browser)
        answer = await browser.post("/api/auth/sign-in", json={"token": link.get_secret_value(), "name": name}, headers={"origin": origin})
        assert answer.status_code == 200, answer.text
        return browser, member.id

    async def consent(self, browser: httpx2.AsyncClient, integration: str, **query: str) -> httpx2.URL:
        """Go to the vendor and allow it: the address one is sent back to."""
        answer = await browser.get(f"/api/oauth/{integration}/authorize", params=query)
        assert answer.status_code == 302, answer.text
        async with httpx2.AsyncClient(timeout=20) as outside:
            back = await outside.get(answer.headers["location"])
        assert back.status_code == 302, back.text
        return httpx2.URL(back.headers["location"])

    async def connect(self, browser: httpx2.AsyncClient, integration: str, **query: str) -> httpx2.Response:
        """The whole way."""
        return await browser.get(str(await self.consent(browser, integration, **query)))


def environment(double: OAuthDouble) -> dict[str, str]:
    """The operator's apps, at the double."""
    found: dict[str, str] = {}
    for vendor, app in apps.items():
        found |= {
            f"TENUTO_{app}_CLIENT_ID": client_id,
            f"TENUTO_{app}_CLIENT_SECRET": client_secret,
            f"TENUTO_{app}_OAUTH_SERVER": double.base(vendor),
        }
    return found


@asynccontextmanager
async def world(dsn: str, folder: Path, **more: str) -> AsyncGenerator[World]:
    async with oauth_double(callback) as double, served(dsn, folder, **environment(double), **more) as api:
        yield World(api, double)
