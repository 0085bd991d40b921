"""Which connections a definition needs, by the ways in which its integrations may be signed in to."""

from __future__ import annotations

import pytest

from tenuto.core.account import AccountField
from tenuto.core.auth import ApiKey, Auth, NoAuth
from tenuto.core.catalog import Catalog
from tenuto.core.connector import Connector
from tenuto.core.workflow import WorkflowDefinition
from tenuto.services.executions.uses import Need, credentials_used

host = AccountField(name="host", description="Its host.", example="feeds.acme.example")


def needs(connection: str | None, auth: Auth, also: tuple[Auth, ...] = (), base: str = "https://api.feeds.example") -> list[Need]:
    feeds = Connector(key="feeds", name="Feeds", base_url=base, auth=auth, also=also, fields=(host,))
    config = {"integration": "feeds", "action": "read", "params": {}} | ({"connection": connection} if connection else {})
    nodes = [{"id": "1", "type": "integration", "config": config}]
    definition = WorkflowDefinition.model_validate({"name": "W", "startNode": "1", "nodes": nodes})
    return list(credentials_used(definition, Catalog(kinds={}, connectors={"feeds": feeds}, providers={})))


@pytest.mark.parametrize(
    ("auth", "also"), [(ApiKey(), ()), (ApiKey(), (ApiKey(base_url="https://{host}"),)), (ApiKey(base_url="https://{host}"), ())]
)
def test_what_has_to_be_signed_in_to_needs_a_connection(auth: Auth, also: tuple[Auth, ...]) -> None:
    for connection in (None, "mine"):
        assert needs(connection, auth, also) == [Need("feeds", "feeds", connection)]


@pytest.mark.parametrize(("auth", "also"), [(NoAuth(), (ApiKey(),)), (ApiKey(), (NoAuth(),))])
def test_where_nobody_has_to_sign_in_only_a_named_connection_is_needed(auth: Auth, also: tuple[Auth, ...]) -> None:
    assert needs(None, auth, also) == []
    assert needs("mine", auth, also) == [Need("feeds", "feeds", "mine")]


def test_what_nobody_can_sign_in_to_needs_none_unless_it_is_the_customers_own() -> None:
    assert needs(None, NoAuth()) == needs("mine", NoAuth()) == []
    assert needs(None, NoAuth(), base="https://{host}/feeds") == [Need("feeds", "feeds", None)]


def test_a_connection_that_an_expression_names_is_found_later() -> None:
    assert needs("{{ input.connection }}", ApiKey()) == []
