"""Every use case of the house, one field per noun: what the API, the MCP server and the command line are given."""

from __future__ import annotations

from dataclasses import dataclass

from tenuto.services.agents import Agents
from tenuto.services.authoring.editing import Editing
from tenuto.services.catalog import Catalog
from tenuto.services.connections import Connections
from tenuto.services.connections.apps import OAuthApps
from tenuto.services.conversations import Conversations
from tenuto.services.delegation import Delegation
from tenuto.services.executions import Executions
from tenuto.services.health import Health
from tenuto.services.integrations import Integrations
from tenuto.services.keys import Keys
from tenuto.services.members import Members
from tenuto.services.offers import Offers
from tenuto.services.people.approvals import Approvals
from tenuto.services.people.waits import Waits
from tenuto.services.rotation import KeyRotation
from tenuto.services.sign_in import SignIn
from tenuto.services.triggers import Triggers
from tenuto.services.versions import Versions
from tenuto.services.workflows import Workflows


@dataclass(frozen=True, slots=True)
class Services:
    """Made once, by the composition of the house. Who adds a noun adds a field here and a line there."""

    health: Health
    members: Members
    keys: Keys
    sign_in: SignIn
    executions: Executions
    approvals: Approvals
    waits: Waits
    workflows: Workflows
    editing: Editing
    versions: Versions
    agents: Agents
    catalog: Catalog
    integrations: Integrations
    conversations: Conversations
    offers: Offers
    triggers: Triggers
    rotation: KeyRotation
    connections: Connections
    oauth_apps: OAuthApps
    delegation: Delegation
