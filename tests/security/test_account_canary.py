"""Threat 9, of accounts: what opens one goes to its vendor and into the seal, and comes out nowhere else, in no encoding.

A vendor echoes every request in every way, as result, header, refusal and page of HTML, while accounts are connected, used, renewed, refused,
tested and ended. Then everything the house says or keeps is searched.
"""

from __future__ import annotations

import base64
import io
import json
import traceback
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import httpx2
import pytest
from pydantic import SecretStr
from tests.api.conftest import Api, local, settings_for
from tests.api.consenting import World, environment
from tests.api.runs import execute
from tests.doubles.oauth import OAuthDouble, client_id, client_secret, oauth_double
from tests.judges.oidc import callback
from tests.security.test_canary import dump, traces
from tests.vault.connecting import auths
from tests.vault.loopback import Loopback, Script, Seen, loopback, reply
from tests.vault.spans import Spans

from tenuto.app import house
from tenuto.core.access import Role
from tenuto.core.errors import AuthRejected
from tenuto.vault.oauth.apps import App
from tenuto.vault.oauth.client import OAuthClient, Server, authorize_url, new_verifier
from tenuto.vault.sender import VaultSender
from tenuto.vault.tokens import SettingSecrets

api_key = "xoxb-Canary/8y+7z=6w5v4u3t2s1r-0123456789"


def forms(secret: str) -> list[str]:
    """The ways in which an echo gives it back."""
    raw = secret.encode()
    encoded = [base64.b64encode(b"k" * offset + raw).decode() for offset in range(3)]
    return [secret, quote(secret, safe=""), raw.hex(), raw.hex().upper(), *encoded, json.dumps(secret)]


def told(seen: Seen) -> str:
    bearer = seen.headers.get("authorization", "").partition(" ")[2]
    return " ".join(forms(bearer)) if bearer else "nothing"


def echoing(seen: Seen) -> Script:
    """Results, refusals and pages that hold the token, by the repository's name."""
    said = told(seen)
    if seen.target.startswith("/repos/acme/refused"):
        return reply(403, {"message": f"Bad token {said}"}, x_echo=said, content_type="application/json")
    if seen.target.startswith("/repos/acme/page"):
        return reply(502, f"<html><title>{said}</title></html>".encode(), content_type="text/html")
    if seen.target.startswith("/repos/acme/late"):
        return Script(f"HTTP/1.1 200 OK\r\nx-echo: {said[:40]}\r\ncontent-length: 9\r\n\r\nhalf".encode(), close=True)
    if seen.target.startswith("/repos/acme/unauthorised"):
        return reply(401, {"message": f"Bad credentials {said}"}, content_type="application/json")
    issue: dict[str, object] = {
        "number": 1,
        "title": said,
        "body": said,
        "state": "open",
        "html_url": "https://github.com/a/b/issues/1",
        "id": 1,
        "labels": [],
    }
    return reply(200, [issue], x_echo=said, content_type="application/json")


@asynccontextmanager
async def at_work(dsn: str, folder: Path, double: OAuthDouble, vendor: Loopback) -> AsyncGenerator[Api]:
    settings = settings_for(dsn, folder, **environment(double), TENUTO_ENV="production")
    async with house(settings, bases={"github": vendor.url, "slack": vendor.url}) as built:
        keys = {role.value: (await built.services.keys.make(local(), role.value, role)).value.get_secret_value() for role in Role}
        api = Api(built, keys, "")
        try:
            yield api
        finally:
            for client in api.clients:
                await client.aclose()


def workflow(repo: str) -> dict[str, Any]:
    config = {"integration": "github", "action": "list_issues", "params": {"owner": "acme", "repo": repo}}
    return {
        "id": f"w-{repo}",
        "name": repo,
        "startNode": "n",
        "nodes": [{"id": "n", "type": "integration", "config": config, "retry": {"attempts": 1}}],
    }


class Heard:
    """Everything that was answered."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self.client, self.texts = client, list[str]()

    async def ask(self, method: str, path: str, **more: Any) -> httpx2.Response:
        answer = await self.client.request(method, path, **more)
        self.texts.append(f"{answer.status_code} {dict(answer.headers)} {answer.text}")
        return answer


async def use(heard: Heard) -> None:
    """Run, look, export, and fail in every way."""
    for repo in ("fine", "refused", "page", "late", "unauthorised"):
        run = await execute(heard.client, workflow(repo), wait=30, message="hello")
        heard.texts.append(str(run))
        for path in ("", "/events", "/nodes/n"):
            await heard.ask("GET", f"/api/executions/{run['id']}{path}")
        await heard.ask("GET", f"/api/workflows/monitor?execution_id={run['id']}")
        await heard.ask("POST", "/api/workflows", json=workflow(repo))
        await heard.ask("POST", f"/api/workflows/w-{repo}/publish")
        await heard.ask("GET", f"/api/workflows/w-{repo}/export")
        call = {"action": "list_issues", "params": {"owner": "acme", "repo": repo}}
        await heard.ask("POST", "/api/integrations/github", json=call)
        await heard.ask("POST", f"/api/workflows/w-{repo}/test", json={"node": "n", "message": "hello", "simulate": False})
    for path in (
        "/api/connections",
        "/api/executions",
        "/api/workflows/executions",
        "/api/workflows",
        "/api/catalog",
        "/metrics",
        "/openapi.json",
    ):
        await heard.ask("GET", path)


async def keep(heard: Heard) -> None:
    """Tokens and keys over the kept routes, rightly and wrongly."""
    token = {"user_id": "ada", "integration": "slack", "access_token": api_key, "refresh_token": api_key[::-1], "expires_in": 60}
    for body in (token, token | {"expires_in": "soon"}, token | {"access_token": [api_key]}, token | {"access_token": api_key + "\n"}):
        await heard.ask("POST", "/api/oauth/tokens", json=body)
    secret = {"integration": "github", "name": "other", "secret": api_key}
    for body in (secret, secret | {"integration": "*"}, secret | {"secret": api_key + "\0"}, secret | {"more": api_key}):
        await heard.ask("POST", "/api/connections", json=body)
    for method in ("GET", "DELETE"):
        await heard.ask(method, "/api/oauth/tokens", params={"user_id": "ada", "integration": "slack"})


async def test_what_opens_an_account_comes_out_nowhere(dsn: str, tmp_path: Path, log: io.StringIO) -> None:
    async with oauth_double(callback) as double, loopback() as vendor:
        vendor.routes = Everything(echoing)  # type: ignore[assignment]
        async with at_work(dsn, tmp_path, double, vendor) as api:
            heard = Heard(api.as_role("owner"))
            world = World(api, double)
            browser, _ = await world.person()
            back = await world.consent(browser, "github", shared="true", name="default")
            begun = parse_qs(urlsplit(str(back)).query)
            finished = await browser.get(str(back), headers={"accept": "text/html"})
            assert finished.status_code == 200
            heard.texts.append(finished.text)
            await use(heard)
            (made,) = (await heard.client.get("/api/connections")).json()["connections"]
            await heard.ask("POST", f"/api/connections/{made['id']}/test")
            await keep(heard)
            kept = await dump(dsn)
            double.revoke(double.grants[0])
            await heard.ask("POST", f"/api/connections/{made['id']}/test")
            await heard.ask("DELETE", f"/api/connections/{made['id']}")
            kept += await dump(dsn)
        sent = {seen.headers.get("authorization", "").partition(" ")[2] for seen in vendor.seen} - {""}
        secrets = {*double.access, *double.refresh, *double.codes, *begun["state"], client_secret, api_key, api_key[::-1], *sent}
        secrets |= {verifier for call in double.calls for verifier in parse_qs(call.body.decode()).get("code_verifier", [])}
    assert len(sent) >= 2, "one that was refused, and the one that came in its place"
    assert len(secrets) >= 10
    answers = "\n".join(heard.texts)
    assert "***" in answers, "there was something to hide"
    for place, text in (("answers", answers), ("log", log.getvalue()), ("database", kept)):
        assert len(text) > 200, place
        for secret in secrets:
            assert traces(text, secret) == [], (place, secret[:6])


class Everything(dict[str, Any]):
    """One answer for every path."""

    def __init__(self, answer: Any) -> None:
        super().__init__()
        self._answer = answer

    def get(self, key: str, default: Any = None) -> Any:
        return self._answer


async def test_spans_of_token_requests_tell_nothing() -> None:
    spans = Spans()
    async with oauth_double(callback) as double, VaultSender(SettingSecrets({}), allow=("127.0.0.0/8",), tracer=spans) as door:
        server = Server(
            "Salesforce",
            auths["salesforce"],
            App(client_id=client_id, client_secret=SecretStr(client_secret), server=double.base("salesforce")),
        )
        client, verifier = OAuthClient(door), new_verifier()
        url = authorize_url(server, redirect=callback, state="s", verifier=verifier, scopes=("refresh_token",))
        async with httpx2.AsyncClient(timeout=60) as person:
            code = httpx2.URL((await person.get(url)).headers["location"]).params["code"]
        tokens = (await client.exchange(server, 1, code=code, redirect=callback, verifier=verifier)).tokens
        tokens = (await client.refresh(server, 1, tokens)).tokens
        assert await client.active(server, 1, tokens) is True
        assert await client.revoke(server, 1, tokens) is True
        with pytest.raises(AuthRejected) as caught:
            await client.refresh(server, 1, tokens)
        secrets = {*double.access, *double.refresh, code, client_secret, verifier.get_secret_value()}
    text = repr(spans.all) + "".join(traceback.format_exception(caught.value)) + repr(server)
    assert len(spans.all) == 5
    assert [secret[:6] for secret in secrets if traces(text, secret)] == []
