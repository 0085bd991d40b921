"""What a vendor, or whoever sits in its place, may answer: each action of each connector says clearly what was wrong (issue 4, 9)."""

from __future__ import annotations

import base64
import json
import resource
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

import pytest
from pydantic import SecretStr
from tests.security.test_secrets_are_write_only import traces
from tests.vault.doors import canary, here
from tests.vault.loopback import Script, Seen, loopback, reply

from tenuto.core.account import Account
from tenuto.core.catalog import discover
from tenuto.core.connector import Outbound
from tenuto.core.errors import EgressRefused, InvalidOutput, Problem, Rejected, TooLarge, Uncertain, Unreachable, VendorFailed
from tenuto.core.ways import kind_of
from tenuto.engine.actions.act import Actor, Errand
from tenuto.engine.ports import Ticket
from tenuto.testing import example_params
from tenuto.vault.sender import VaultSender
from tenuto.vault.tokens import Credential, Setting, SettingSecrets

catalog = discover()
actions = {
    f"{connector.key}.{action.key}": (connector, action)
    for connector in catalog.connectors.values()
    for action in connector.actions.values()
    if connector.base_url.startswith("https://")
}
page = b"<!doctype html><html><title>Sign in to the hotel's network</title><p>Welcome</p></html>"
gigabytes = 10 * 1024**3
long = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {gigabytes}\r\n\r\n".encode()


@dataclass(frozen=True)
class Somewhere:
    """Whose account it is: everybody's, with the examples of its fields."""

    async def account(self, ticket: Ticket) -> Account:
        connector = catalog.connector(ticket.integration or "")
        fields = dict.fromkeys(connector.discovery.gives if connector.discovery else (), "x")
        fields |= {field.name: field.example for field in connector.fields}
        base = f"https://{connector.domains[0]}" if connector.domains else None
        return Account(id=UUID(int=1), name="mine", way=kind_of(connector.auth), fields=fields, base_url=base)


def secrets() -> SettingSecrets:
    found = {key: Credential(auth=each.auth, secret=SecretStr(canary), user="ann") for key, each in catalog.connectors.items()}
    return SettingSecrets({key: Setting(name=key, credential=credential) for key, credential in found.items()})


async def nowhere(host: str, port: int) -> Sequence[str]:
    raise OSError(f"no such name: {host}")


async def own_house(host: str, port: int) -> Sequence[str]:
    return ["127.0.0.1"]


async def attempt(sender: VaultSender, name: str, base: str | None = None) -> object:
    """What an action comes to: its result as text, or its problem."""
    connector, action = actions[name]
    bases = {connector.key: base + ("/bot{token}" if "{token}" in connector.base_url else "")} if base else {}
    actor = Actor(catalog, sender, bases=bases, accounts=Somewhere())
    ticket, params = Ticket(workspace=1, integration=connector.key), example_params(action)
    try:
        found = await actor.perform(
            Errand(connector=connector.key, action=action.key, params=params, ticket=ticket, key="k", now=datetime.now(UTC))
        )
    except Problem as problem:
        return problem
    return json.dumps(found)


class Outcome(NamedTuple):
    """What an action comes to, None where it asks somebody else than its vendor; and whether anything was sent that may have done it."""

    found: object
    wrote: bool


async def answered(script: Script, name: str) -> Outcome:
    """What an action comes to where everything is answered like this."""
    async with loopback() as server, VaultSender(secrets(), allow=here, resolve=nowhere, largest=100_000) as sender:
        server.routes = Everywhere(script)
        found = await attempt(sender, name, server.url)
        if not server.seen:
            assert isinstance(found, Unreachable), found
            return Outcome(None, False)
        wrote = writes(name) and any(each.method not in ("GET", "HEAD", "OPTIONS") and not greeting(each) for each in server.seen)
    if isinstance(found, Problem):
        assert found.data.detail.startswith((actions[name][0].name, "127.0.0.1")), "it says who it was"
        assert found.data.status != 500
        assert traces(found.data.model_dump_json()) == []
    return Outcome(found, wrote)


def greeting(seen: Seen) -> bool:
    """Whether an MCP server was only greeted, or asked for its tools, which is done by POST as everything is there."""
    return b'"jsonrpc"' in seen.body and b'"tools/call"' not in seen.body


class Everywhere(dict[str, "Script | Callable[[Seen], Script]"]):
    """The same at each address."""

    def __init__(self, script: Script) -> None:
        super().__init__()
        self._script = script

    def get(self, key: str, default: object = None) -> Script:  # type: ignore[override]
        return self._script


def writes(name: str) -> bool:
    return actions[name][1].effect in ("write", "idempotent_write")


@pytest.mark.parametrize("name", actions)
async def test_a_page_in_the_place_of_an_answer(name: str) -> None:
    found, wrote = await answered(reply(200, page, content_type="text/html; charset=utf-8"), name)
    if isinstance(found, str):
        assert not wrote
        assert "hotel" in found or base64.b64encode(page).decode()[:40] in found, "only who hands on what it was given may take it"
    else:
        assert found is None or isinstance(found, Uncertain if wrote else InvalidOutput), found
    found, wrote = await answered(reply(502, page, content_type="text/html"), name)
    assert found is None or isinstance(found, Uncertain | VendorFailed), found


@pytest.mark.parametrize("name", actions)
async def test_half_an_answer(name: str) -> None:
    half = b'{"ok": true, "id": "1", "items": [{"id": "a'
    found, wrote = await answered(reply(200, half, content_type="application/json"), name)
    if isinstance(found, str):  # who needs no answer takes any
        assert writes(name) or "items" in found or base64.b64encode(half).decode()[:20] in found
    else:
        assert found is None or isinstance(found, Uncertain if wrote else InvalidOutput), found
    cut = Script(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n" + half, close=True)
    found, wrote = await answered(cut, name)
    assert found is None or isinstance(found, Uncertain if wrote else VendorFailed), found


@pytest.mark.parametrize("name", actions)
async def test_an_answer_of_ten_gigabytes(name: str) -> None:
    found, wrote = await answered(Script(long, pieces=(b"[" * 65536,), endless=True), name)
    assert found is None or isinstance(found, Uncertain if wrote else TooLarge), found


async def test_ten_gigabytes_cost_no_memory() -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    async with loopback(endless=Script(long, pieces=(b"[" * 65536,), endless=True)) as server, VaultSender(secrets(), allow=here) as sender:
        for _ in range(3):
            with pytest.raises(TooLarge, match="10,485,760 bytes"):
                await sender.send(Outbound(method="GET", url=f"{server.url}/endless"), Ticket(workspace=1))
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 < 60, "megabytes"


@pytest.mark.parametrize("name", actions)
async def test_redirects_without_end(name: str) -> None:
    found, wrote = await answered(reply(302, location="/a"), name)
    assert found is None or isinstance(found, Uncertain if wrote else Rejected), found
    assert found is None or "redirects in a circle" in str(found)


@pytest.mark.parametrize("name", actions)
async def test_a_name_that_leads_into_the_own_house(name: str) -> None:
    async with VaultSender(secrets(), resolve=own_house) as sender:
        found = await attempt(sender, name)
    assert isinstance(found, EgressRefused), found
    assert "a loopback address" in found.data.detail
