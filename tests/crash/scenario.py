"""The run that is killed everywhere: every kind of node, every kind of effect, and what has to be true of it afterwards."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any, cast

from pydantic import JsonValue, SecretStr
from tests.crash import family
from tests.crash.counter import Addresses
from tests.doubles.lyzr import echo_agent, key
from tests.doubles.vendor import token

from tenuto.core.agent import AgentProvider
from tenuto.core.auth import ApiKey
from tenuto.core.catalog import discover
from tenuto.core.workflow import WorkflowDefinition
from tenuto.vault.sender import VaultSender
from tenuto.vault.tokens import Credential, Setting, SettingSecrets

catalog = discover()

path = [
    *("big", "topic", "shape", "ask", "work", "crew", "long", "fetch", "put", "post", "mail", "room"),
    *("each", "again", "count", "pause", "nap", "sure", "heard", "done"),
]
"""The way the run takes; `never` is the branch that it does not take."""

_program = """
issue = await github.create_issue(owner="octocat", repo="hello-world", title="code " + run)
await asyncio.sleep(0.4)
put = await http.request(method="PUT", url=url, body={"run": run})
print("both are done")
[issue["title"] == "code " + run, put["status"]]
"""
"""Two calls and a sleep of a code node."""


def definition(addresses: Addresses) -> WorkflowDefinition:
    """The scenario against these addresses."""
    effect = f"{addresses.counter}/effect"
    configs: dict[str, tuple[str, dict[str, JsonValue]]] = {
        **family.nodes(addresses),
        "big": ("condition", {"condition": "{{ input.n > 3 }}"}),
        "topic": ("switch", {"value": "{{ input.topic }}", "cases": [{"when": "cards", "port": "cards"}]}),
        "shape": ("transform", {"value": {"n": "{{ input.n * 6 }}", "id": "{{ execution.id }}"}}),
        "ask": ("agent", {"agent": "plain", "message": "{{ input.ask }}"}),
        "work": ("agent", {"agent": "skilled", "message": "{{ input.work }}"}),
        "crew": ("team", {"mode": "router", "coordinator": "plain", "agents": ["plain", "spare"], "task": "{{ input.crew }}"}),
        "long": ("agent", {"agent": "slow", "message": "{{ input.long }}"}),
        "fetch": ("http", {"url": effect + "/fetch/{{ execution.id }}"}),
        "put": ("http", {"method": "PUT", "url": effect + "/put", "body": {"run": "{{ execution.id }}"}}),
        "post": ("http", {"method": "POST", "url": effect + "/post", "body": {"run": "{{ execution.id }}"}}),
        "mail": ("integration", _action("gmail", "send_email", to="ada@example.com", subject="{{ execution.id }}", body="Hello")),
        "room": ("integration", _action("slack", "create_channel", name="{{ execution.id }}")),
        "count": ("code", {"code": _program, "inputs": {"run": "{{ execution.id }}", "url": effect + "/code"}}),
        "pause": ("delay", {"duration": "PT0.03S"}),
        "nap": ("delay", {"duration": "PT0.6S"}),
        "sure": ("approval", {"title": "Go on?"}),
        "heard": ("wait", {"event": "crash.heard", "match": "{{ event.run == execution.id }}"}),
        "done": (
            "end",
            {
                "output": {
                    "said": "{{ nodes.ask.output.text }}",
                    "kin": family.given,
                    "heard": "{{ nodes.heard.output.event }}",
                    "code": "{{ nodes.count.output }}",
                }
            },
        ),
        "never": ("http", {"method": "POST", "url": effect + "/never", "body": "{{ execution.id }}"}),
    }
    ports = {"big": "true", "topic": "cards", "sure": "approved"}
    edges = [{"from": a, "port": ports.get(a, "out"), "to": b} for a, b in pairwise(path)]
    edges += [{"from": "big", "port": "false", "to": "never"}, {"from": "sure", "port": "rejected", "to": "never"}]
    agent = {"provider": "lyzr", "agent_id": echo_agent}
    agents = [
        {"id": "plain", "name": "Plain", **agent},
        {"id": "skilled", "name": "Skilled", "tools": ["github.create_issue"], **agent},
        {"id": "spare", "name": "Spare", **agent},
        {"id": "slow", "name": "Slow", "type": "coordinator", **agent},
    ]
    nodes = [{"id": node, "type": kind, "config": config} for node, (kind, config) in configs.items()]
    settings: JsonValue = {"budget": {"tokens": 1_000_000, "calls": 1_000}}  # never used up, but asked before every call
    return WorkflowDefinition.model_validate(
        {"name": "Everything", "startNode": "big", "agents": agents, "nodes": nodes, "edges": edges, "settings": settings}
    )


def given(run: str) -> dict[str, JsonValue]:
    """The input of a run: what the vendors are to answer stands in its messages."""
    issue: JsonValue = {"owner": "octocat", "repo": "hello-world", "title": run}
    tool: JsonValue = {"tools": [[{"name": "github.create_issue", "arguments": issue}]], "answer": "Opened."}
    return {
        "run": run,
        "n": 7,
        "topic": "cards",
        "ask": _said({"answer": "Fine."}),
        "work": _said(tool),
        "crew": _said({"answer": {"agent": "spare"}}),
        "long": _said({"answer": "Slowly."}),
    }


def door() -> VaultSender:
    """The guarded door with the doubles' secrets."""
    found = {name: Credential(auth=each.auth, secret=SecretStr(token)) for name, each in catalog.connectors.items()}
    found["agent:lyzr"] = Credential(auth=ApiKey(header="x-api-key"), secret=SecretStr(key))
    secrets = SettingSecrets({name: Setting(name=name, credential=credential) for name, credential in found.items()})
    return VaultSender(secrets, allow=("127.0.0.0/8",))


def providers(addresses: Addresses) -> dict[str, AgentProvider]:
    """The providers, sent to the double."""
    return {name: each.configure({"LYZR_BASE_URL": addresses.lyzr}) for name, each in catalog.providers.items()}


def bases(addresses: Addresses) -> dict[str, str]:
    """The vendors' addresses by connector."""
    return {name: f"{addresses.vendors}/{name}" for name in ("gmail", "slack", "github")}


def happened(node: str, counts: dict[str, Any]) -> bool:
    """Whether a write whose fate the product does not know happened: what a person would look up."""
    return bool(counts["channels"]) if node == "room" else any(call[1] == f"/effect/{node}" for call in counts["http"])


def _action(integration: str, action: str, **params: str) -> dict[str, JsonValue]:
    return {"integration": integration, "action": action, "params": cast("dict[str, JsonValue]", params)}


def _said(directive: JsonValue) -> str:
    return f"Hello. [[double {json.dumps(directive)}]]"
