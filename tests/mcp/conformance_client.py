"""The `mcp` connector as a program, for the conformance suite: `python -m tests.mcp.conformance_client URL`.

It does what a workflow would with the server of a scenario: list its tools, and call the one that the scenario offers.
"""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import UTC, datetime
from urllib.parse import urlsplit

from pydantic import JsonValue, SecretStr

from tenuto.connectors.mcp import mcp
from tenuto.core.catalog import Catalog
from tenuto.core.connector import Params
from tenuto.engine.actions.act import Actor, Errand
from tenuto.engine.actions.outbound import outbound
from tenuto.engine.ports import Ticket
from tenuto.vault.sender import VaultSender
from tenuto.vault.tokens import Credential, Setting, SettingSecrets


class NoParams(Params):
    """Of the request that checks a new secret."""


calls: dict[str, tuple[str, dict[str, JsonValue]]] = {
    "tools_call": ("add_numbers", {"a": 5, "b": 3}),
    "sse-retry": ("test_reconnection", {}),
    "elicitation-sep1034-client-defaults": ("test_client_elicitation_defaults", {}),
}


async def run(url: str, scenario: str) -> None:
    """Perform the scenario. Raises the connector's problems."""
    secrets = SettingSecrets({"mcp": Setting(name="MCP", credential=Credential(auth=mcp.auth, secret=SecretStr("test-token-of-a-person")))})
    async with VaultSender(secrets, allow=("127.0.0.1/32", "::1/128")) as sender:
        at = url.replace("localhost", "127.0.0.1")
        actor = Actor(Catalog(kinds={}, connectors={"mcp": mcp}, providers={}), sender, bases={"mcp": at})

        async def do(action: str, params: dict[str, JsonValue]) -> JsonValue:
            errand = Errand(
                connector="mcp", action=action, params=params, ticket=Ticket(workspace=1), key="run:node:1", now=datetime.now(UTC)
            )
            return await actor.perform(errand)

        if scenario == "initialize":  # as when a connection is made
            assert mcp.check is not None
            ticket = Ticket(workspace=1, integration="mcp", hosts=(urlsplit(at).netloc,))
            answer = await sender.send(outbound(mcp.check, NoParams(), connector=mcp, base=at), ticket)
            assert mcp.check.read is not None
            mcp.check.read(answer, None)
            return
        await do("list_tools", {})
        if scenario in calls:
            tool, arguments = calls[scenario]
            await do("call_tool", {"name": tool, "arguments": arguments})


if __name__ == "__main__":
    asyncio.run(run(sys.argv[-1], os.environ.get("MCP_CONFORMANCE_SCENARIO", "")))
