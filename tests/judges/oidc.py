"""oidc-provider, a certified authorization server, on loopback: `with judge(...) as server`."""

from __future__ import annotations

import json
import secrets
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx2
from tests.judges import serving

callback = "http://127.0.0.1:8400/api/oauth/callback"


@dataclass(frozen=True)
class Judge:
    """Where it is, and who we are there."""

    url: str
    client: str
    secret: str

    async def told(self) -> dict[str, Any]:
        """What has happened there."""
        async with httpx2.AsyncClient(timeout=60) as client:
            return (await client.get(f"{self.url}/told")).json()

    async def expire(self) -> None:
        """Have every access token that was given be too old."""
        async with httpx2.AsyncClient(timeout=60) as client:
            assert int((await client.get(f"{self.url}/expire")).text) > 0

    async def tell(self, path: str) -> None:
        """`deny`, or `grants`."""
        async with httpx2.AsyncClient(timeout=60) as client:
            (await client.get(f"{self.url}/{path}")).raise_for_status()

    async def allow(self, url: str) -> httpx2.URL:
        """Consent in a browser: where one is sent back to."""
        async with httpx2.AsyncClient(timeout=60) as browser:
            for _ in range(9):
                answer = await browser.get(url)
                assert answer.is_redirect, answer.text
                url = str(answer.next_request.url) if answer.next_request else ""
                if url.startswith(callback):
                    return httpx2.URL(url)
        raise AssertionError(url)


@contextmanager
def judge(
    *, lifetime: int = 3600, scopes: Sequence[str] = ("read", "write"), routes: Mapping[str, str] | None = None,
    method: str = "client_secret_post",
) -> Generator[Judge]:  # fmt: skip
    """It lives as long as the block. The secret holds what an encoding could go wrong with."""
    secret = f"{secrets.token_urlsafe(24)} 50%+/:&="
    given = {"redirects": [callback], "lifetime": lifetime, "scopes": list(scopes), "routes": dict(routes or {})}
    with serving("oidc.mjs", json.dumps({**given, "secret": secret, "method": method})) as told:
        yield Judge(told["url"], told["client"], secret)
