"""Threat 8, confused deputy: a secret goes only to its own integration's hosts, whoever asks, whatever the address looks like."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from tests.api.conftest import served
from tests.api.runs import document, execute
from tests.engine.rig import rig
from tests.vault.doors import canary, door, get, here, post, signed
from tests.vault.loopback import Loopback, loopback, reply

from tenuto.core.auth import ApiKey
from tenuto.core.errors import EgressRefused, Problem
from tenuto.core.execution import Status
from tenuto.core.workflow import WorkflowDefinition
from tenuto.store.database import Database
from tenuto.vault.sender import VaultSender
from tenuto.vault.tokens import Credential, Setting, SettingSecrets

key = "sk-default-canaryA1b2C3d4E5f6G7h8"


@pytest.fixture
async def own() -> AsyncIterator[Loopback]:
    async with loopback() as running:
        yield running


@pytest.fixture
async def foreign() -> AsyncIterator[Loopback]:
    async with loopback() as running:
        yield running


def told(server: Loopback, secret: str = canary) -> bool:
    """Whether a server has seen the secret."""
    return any(secret in f"{seen.headers} {seen.body!r}" for seen in server.seen)


async def test_its_own_host_gets_it(own: Loopback) -> None:
    async with door() as vault:
        await vault.send(get(own.url), signed(own.host))
    assert told(own)


@pytest.mark.parametrize(
    "address",
    [
        "http://{foreign}/",
        "http://{own}@{foreign}/",
        "http://{own}:x@{foreign}/",
        "http://{foreign}/?{own}",
        "http://{foreign}#@{own}/",
        "http://{foreign}\\@{own}/",
        "http://{foreign}/{own}",
        "http://{own}.{foreign}/",
        "http://127.0.0.1:1@{foreign}/",
        "//{foreign}/",
    ],
)
async def test_no_spelling_leads_it_elsewhere(address: str, own: Loopback, foreign: Loopback) -> None:
    async with door() as vault:
        for make in (get, post):
            with pytest.raises(Problem):
                await vault.send(make(address.format(own=own.host, foreign=foreign.host)), signed(own.host))
    assert foreign.seen == []


async def test_another_port_of_the_same_address_is_another_host(own: Loopback, foreign: Loopback) -> None:
    assert own.host.partition(":")[0] == foreign.host.partition(":")[0]
    async with door() as vault:
        with pytest.raises(EgressRefused):
            await vault.send(get(foreign.url), signed(own.host))
    assert foreign.seen == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_does_not_take_it_along(status: int, own: Loopback, foreign: Loopback) -> None:
    own.routes["/"] = reply(status, location=foreign.url)
    async with door() as vault:
        await vault.send(get(own.url), signed(own.host))
        assert told(own)
        assert foreign.seen, "the redirect was followed, without the secret"
        own.routes["/"] = reply(307, location=foreign.url)
        with pytest.raises(EgressRefused):
            await vault.send(post(own.url, json={"a": canary}), signed(own.host))
    assert not told(foreign)


async def test_a_redirect_back_does_not_get_it_again(own: Loopback, foreign: Loopback) -> None:
    own.routes["/"] = reply(302, location=foreign.url)
    foreign.routes["/"] = reply(302, location=f"{own.url}/echo")
    own.routes["/echo"] = reply(200, b"here")
    async with door() as vault:
        await vault.send(get(own.url), signed(own.host))
    assert canary not in str(own.seen[-1].headers)


@pytest.mark.parametrize("connection", ["agent:lyzr", "lyzr", "LYZR_API_KEY", "default", "../agent:lyzr", "github"])
async def test_a_workflow_cannot_borrow_a_providers_key(connection: str, dsn: str, tmp_path: Path, foreign: Loopback) -> None:
    async with served(dsn, tmp_path, LYZR_API_KEY=key, TENUTO_ENV="production") as api:
        node = {"id": "a", "type": "http", "config": {"url": foreign.url, "connection": connection}}
        run = await execute(api.as_role("operator"), document(node), wait=30)  # type: ignore[arg-type]
        assert run["status"] == "failed", run
        assert "no connection named" in str(run["error"])
    assert foreign.seen == []


@pytest.mark.parametrize("agent_id", ["x/../../y", "http://evil.example/", "@evil.example", "?x=", "#"])
async def test_an_agents_id_does_not_move_the_request(agent_id: str, dsn: str, tmp_path: Path, own: Loopback, foreign: Loopback) -> None:
    own.routes["/"] = reply(404, b"{}")
    async with served(dsn, tmp_path, LYZR_API_KEY=key, LYZR_BASE_URL=own.url, TENUTO_ENV="production") as api:
        answer = await api.as_role("operator").post("/api/agent", json={"agent_id": agent_id, "message": foreign.url})
        assert answer.status_code < 500 or answer.status_code == 502, answer.text
        assert key not in answer.text
    assert {seen.target.partition("?")[0] for seen in own.seen} <= {"/v3/inference/chat/"}
    assert foreign.seen == []


@pytest.mark.parametrize(
    "owner",
    [
        "../../evil",
        "..",
        "x/../../../evil",
        "@{foreign}",
        "/{foreign}",
        "//{foreign}/",
        "http://{foreign}/",
        "?a=",
        "#",
        "x\\..",
        "%2e%2e",
        "\u2025",
    ],
)
async def test_no_parameter_of_an_action_moves_its_request(owner: str, database: Database, own: Loopback, foreign: Loopback) -> None:
    """The secret of GitHub goes to GitHub's own place of issues, whatever somebody (or an agent) calls the owner of a repository."""
    credential = Credential(auth=ApiKey(header="authorization", prefix="Bearer "), secret=SecretStr(canary))
    params = {"owner": owner.format(foreign=foreign.host), "repo": "hello-world", "limit": 1}
    node = {"id": "list", "type": "integration", "config": {"integration": "github", "action": "list_issues", "params": params}}
    definition = WorkflowDefinition.model_validate({"name": "W", "startNode": "list", "nodes": [node]})
    secrets = SettingSecrets({"github": Setting(name="GITHUB_TOKEN", credential=credential)})
    async with VaultSender(secrets, allow=here) as sender, rig(database, sender=sender, bases={"github": own.url}) as made:
        state = await made.run(definition)
    assert state.status is Status.failed, "refused, or a strange answer: never a list of issues"
    assert foreign.seen == []
    for seen in own.seen:
        assert seen.headers["host"] == own.host
        parts = seen.target.partition("?")[0].split("/")
        assert (len(parts), parts[1], parts[3:]) == (5, "repos", ["hello-world", "issues"]), seen.target
        assert not {".", ".."} & set(parts), seen.target


async def test_only_an_owner_acts_for_somebody_else(dsn: str, tmp_path: Path) -> None:
    async with served(dsn, tmp_path) as api:
        node = {"id": "a", "type": "transform", "config": {"value": "{{ vars.user_id }}"}}
        bodies = {
            "/api/workflow/execute": {"workflow": document(node), "user_id": "ann"},  # type: ignore[arg-type]
            "/api/integrations/slack": {"action": "list_channels", "context": {"user_id": "ann"}},
            "/api/agent": {"agent_id": "agent-default", "message": "x", "user_id": "ann"},
            "/api/agent/chat": {"message": "x", "user_id": "ann"},
        }
        for role in ("editor", "operator"):
            for path, body in bodies.items():
                answer = await api.as_role(role).post(path, json=body)
                assert answer.status_code == 403, (role, path, answer.text)
        for path, body in bodies.items():
            assert (await api.as_role("owner").post(path, json=body)).status_code < 300, path
