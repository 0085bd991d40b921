"""What can be wrong with the agents of a workflow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pydantic import ValidationError

from tenuto.core.agent import Agent
from tenuto.core.catalog import Catalog
from tenuto.core.connection import Connection
from tenuto.core.documents.scope import known
from tenuto.core.documents.tool_rules import tool_issues
from tenuto.core.errors import Issue
from tenuto.core.values import JsonObject, pointer


def agent_issues(document: JsonObject, catalog: Catalog, connections: Sequence[Connection] | None = None) -> Iterator[Issue]:
    """An id that is used twice, a provider or tool that there is not, and what the provider could never ask of an agent."""
    agents = document.get("agents")
    seen: set[str] = set()
    for index, agent in enumerate(agents if isinstance(agents, list) else []):
        if not isinstance(agent, dict):
            continue
        at = pointer("agents", index)
        name, provider = agent.get("id"), agent.get("provider", "lyzr")
        if isinstance(name, str) and name in seen:
            yield Issue(pointer=f"{at}/id", code="duplicate-agent-id", message=f'The agent id "{name}" is used twice.', fix="Rename one.")
        seen.add(str(name))
        if isinstance(provider, str) and provider not in catalog.providers:
            fix = known(catalog.providers, provider)
            yield Issue(pointer=f"{at}/provider", code="unknown-provider", message=f'There is no agent provider "{provider}".', fix=fix)
        for wrong in tool_issues(agent, catalog, connections):
            yield Issue(pointer=at + wrong.part, code=wrong.code, message=wrong.message, fix=wrong.fix, severity=wrong.severity)
        yield from _provider_issues(agent, at, catalog)


def _provider_issues(agent: JsonObject, at: str, catalog: Catalog) -> Iterator[Issue]:
    """What the provider itself finds; nothing where the agent cannot be read, which is said elsewhere."""
    try:
        read = Agent.model_validate(agent)
    except ValidationError:
        return
    provider = catalog.providers.get(read.provider)
    for issue in provider.issues(read) if provider is not None else ():
        yield issue.model_copy(update={"pointer": at + issue.pointer})
