"""The services of those who write workflows, put together: definitions, agents, the catalog, and single calls."""

from __future__ import annotations

import importlib.resources
from pathlib import Path
from typing import NamedTuple

from tenuto.app.engine import Engine
from tenuto.core.catalog import Catalog as Installed
from tenuto.services.agents import Agents
from tenuto.services.authoring.attempts import Attempts
from tenuto.services.authoring.draft_runs import DraftRuns
from tenuto.services.authoring.drafts import Drafts
from tenuto.services.authoring.editing import Editing
from tenuto.services.authoring.pins import Pinning
from tenuto.services.authoring.previews import Previews
from tenuto.services.authoring.samples import Samples
from tenuto.services.authoring.states import States
from tenuto.services.authoring.templates import Templates
from tenuto.services.authoring.trials import Trials
from tenuto.services.catalog import Catalog
from tenuto.services.conversations import Conversations
from tenuto.services.executions import Executions
from tenuto.services.executions.sources import StoredAgents
from tenuto.services.integrations import Integrations
from tenuto.services.triggers.install import Installer
from tenuto.services.versions import Versions
from tenuto.services.workflows import Workflows
from tenuto.store.runs.again.replays import Replays


class Authoring(NamedTuple):
    """What they use."""

    workflows: Workflows
    editing: Editing
    versions: Versions
    agents: Agents
    catalog: Catalog
    integrations: Integrations
    conversations: Conversations


async def authoring(
    running: Engine,
    installed: Installed,
    installer: Installer,
    executions: Executions,
    *,
    workspace: int,
    agent_id: str | None,
    development: bool,
) -> Authoring:
    """The services, with the first agent there; `agent_id` is the one of the settings."""
    database, parts = running.database, running.parts
    agents, stored = Agents(database, installed), StoredAgents(database)
    await agents.ensure_default(workspace, agent_id)
    workflows = Workflows(database, installed, installer, running.checker)
    samples = Samples(database, installed)
    integrations = Integrations(parts, development=development)
    return Authoring(
        workflows=workflows,
        editing=Editing(
            drafts=Drafts(database, installed, running.checker),
            states=States(database),
            samples=samples,
            pins=Pinning(database, installed),
            previews=Previews(workflows, samples, parts.sandbox),
            attempts=Attempts(database, Trials(workflows, stored, installed, parts), samples),
            runs=_draft_runs(running, installed, workflows, samples, executions),
            templates=Templates(template_folder(), installed),
        ),
        versions=Versions(database, installed, installer, running.checker),
        agents=agents,
        catalog=Catalog(installed, integrations),
        integrations=integrations,
        conversations=Conversations(parts, stored, development=development),
    )


def _draft_runs(running: Engine, installed: Installed, workflows: Workflows, samples: Samples, executions: Executions) -> DraftRuns:
    return DraftRuns(
        database=running.database,
        journal=running.journal,
        replays=Replays(running.database, running.feed.bell),
        catalog=installed,
        workflows=workflows,
        samples=samples,
        starts=executions.starts,
    )


def template_folder() -> Path | None:
    """Where the templates are: in the installed package, or in the checkout that the package runs from."""
    package = Path(str(importlib.resources.files("tenuto")))
    places = (package / "examples", package.parents[1] / "examples")
    return next((place for place in places if (place / "inputs.json").is_file()), None)
