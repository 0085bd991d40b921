"""How each vendor's authorization server is asked, held against the vendors' own pages (their addresses stand beside each row).

Connectors state these facts and one client reads them; a wrong one is a grant that is lost or never given. A connector that signs in by
consent and has no row here fails: its row is written from the vendor's page, not from the connector.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

import pytest

from tenuto.core.auth import OAuth2
from tenuto.core.catalog import discover
from tenuto.core.connecting import ways_of
from tenuto.core.connector import Connector


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What a vendor's page says; addresses are without `https://`."""

    authorize: str
    token: str
    revoke: str | None = None
    introspect: str | None = None
    separator: str = " "
    client: frozenset[str] = frozenset({"body", "basic"})
    """Where the client's secret may stand."""
    body: frozenset[str] = frozenset({"form"})
    pkce: bool = True
    rotation: Literal["never", "optional", "always"] = "never"
    offline: tuple[tuple[str, str], ...] = ()
    """What has to be asked for to get a refresh token: parameters of the authorize address, or (scope, …) for a scope."""
    under: frozenset[str | None] = frozenset({None})
    base: str | None = None


_google = Facts(  # https://developers.google.com/identity/protocols/oauth2/web-server
    authorize="accounts.google.com/o/oauth2/v2/auth",
    token="oauth2.googleapis.com/token",
    revoke="oauth2.googleapis.com/revoke",
    offline=(("access_type", "offline"), ("prompt", "consent")),
)
_microsoft = Facts(  # https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow; tokens are not revoked one by one
    authorize="login.microsoftonline.com/{tenant}/oauth2/v2.0/authorize",
    token="login.microsoftonline.com/{tenant}/oauth2/v2.0/token",
    rotation="optional",
    offline=(("scope", "offline_access"),),
)
facts: Mapping[str, Facts] = {
    "gmail": _google,
    "google_calendar": _google,
    "google_sheets": _google,
    "google_drive": _google,
    "microsoft365": _microsoft,
    "slack": Facts(  # https://docs.slack.dev/authentication/installing-with-oauth
        authorize="slack.com/oauth/v2/authorize",
        token="slack.com/api/oauth.v2.access",
        revoke="slack.com/api/auth.revoke",
        separator=",",
        pkce=False,
        rotation="optional",
        under=frozenset({None, "authed_user"}),
    ),
    "github": Facts(  # https://docs.github.com/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps
        authorize="github.com/login/oauth/authorize",
        token="github.com/login/oauth/access_token",
        revoke="api.github.com/applications",  # below which the app's grant is deleted
        rotation="optional",
        client=frozenset({"body"}),
    ),
    "salesforce": Facts(  # https://help.salesforce.com/s/articleView?id=sf.remoteaccess_oauth_web_server_flow.htm
        authorize="{domain}/services/oauth2/authorize",
        token="{domain}/services/oauth2/token",
        revoke="{domain}/services/oauth2/revoke",
        introspect="{domain}/services/oauth2/introspect",
        rotation="optional",
        offline=(("scope", "refresh_token"),),
        base="instance_url",
    ),
    "jira": Facts(  # https://developer.atlassian.com/cloud/jira/platform/oauth-2-3lo-apps
        authorize="auth.atlassian.com/authorize",
        token="auth.atlassian.com/oauth/token",
        body=frozenset({"json"}),
        client=frozenset({"body"}),
        pkce=False,
        rotation="always",
        offline=(("audience", "api.atlassian.com"), ("prompt", "consent"), ("scope", "offline_access")),
    ),
    "notion": Facts(  # https://developers.notion.com/reference/create-a-token
        authorize="api.notion.com/v1/oauth/authorize",
        token="api.notion.com/v1/oauth/token",
        revoke="api.notion.com/v1/oauth/revoke",
        introspect="api.notion.com/v1/oauth/introspect",
        client=frozenset({"basic"}),
        body=frozenset({"json"}),
        pkce=False,
        rotation="optional",
        offline=(("owner", "user"),),
    ),
    "hubspot": Facts(  # https://developers.hubspot.com/docs/api-reference/auth-oauth-v1/tokens, dated versions since 2026-03
        authorize="app.hubspot.com/oauth/authorize",
        token="api.hubapi.com/oauth/2026-03/token",
        revoke="api.hubapi.com/oauth/2026-03/token/revoke",
        introspect="api.hubapi.com/oauth/2026-03/token/introspect",
        client=frozenset({"body"}),
    ),
    "zendesk": Facts(  # https://developer.zendesk.com/api-reference/ticketing/oauth/grant_type_tokens
        authorize="{subdomain}.zendesk.com/oauth/authorizations/new",
        token="{subdomain}.zendesk.com/oauth/tokens",
        revoke="{subdomain}.zendesk.com/api/v2/oauth/tokens/current.json",
        body=frozenset({"json", "form"}),
        client=frozenset({"body"}),
        rotation="always",
    ),
    "servicenow": Facts(  # https://www.servicenow.com/docs, OAuth 2.0 with an authorization code; to end one, a token would go into a URL
        authorize="{instance}.service-now.com/oauth_auth.do",
        token="{instance}.service-now.com/oauth_token.do",
        rotation="optional",
    ),
    "linear": Facts(  # https://linear.app/developers/oauth-2-0-authentication
        authorize="linear.app/oauth/authorize",
        token="api.linear.app/oauth/token",
        revoke="api.linear.app/oauth/revoke",
        separator=",",
        rotation="always",
    ),
    "airtable": Facts(  # https://airtable.com/developers/web/api/oauth-reference
        authorize="airtable.com/oauth2/v1/authorize",
        token="airtable.com/oauth2/v1/token",
        client=frozenset({"basic"}),
        rotation="always",
    ),
}

consenting = [(connector, way) for connector in discover().connectors.values() for way in ways_of(connector) if isinstance(way, OAuth2)]


def address(url: str | None) -> str | None:
    """Without scheme and query; whatever a vendor's field is called, it is one."""
    if url is None:
        return None
    parts = urlsplit(url)
    assert parts.scheme == "https", url
    return parts.netloc + parts.path


def fits(pattern: str | None, url: str | None) -> bool:
    """Whether they are the same but for the names of fields."""
    names = ("{tenant}", "{domain}", "{subdomain}", "{instance}")
    given = address(url)
    if pattern is None or given is None:
        return pattern == given
    for name in names:
        if name in pattern:
            before, _, after = pattern.partition(name)
            return given.startswith(before) and given.endswith(after)
    return given == pattern


@pytest.mark.parametrize(("connector", "way"), consenting, ids=[connector.key for connector, _ in consenting])
def test_a_connector_states_what_its_vendor_does(connector: Connector, way: OAuth2) -> None:
    assert connector.key in facts, f"{connector.key} has no row here: write it from the vendor's page"
    known = facts[connector.key]
    assert fits(known.authorize, way.authorize_url), way.authorize_url
    assert fits(known.token, way.token_url), way.token_url
    assert way.revoke_url is None or fits(known.revoke, way.revoke_url), way.revoke_url
    assert way.introspect_url is None or fits(known.introspect, way.introspect_url), way.introspect_url
    assert (way.scope_separator, way.rotation, way.pkce) == (known.separator, known.rotation, known.pkce)
    assert way.client in known.client
    assert way.body in known.body
    assert way.token_under in known.under
    assert way.base_url_field == known.base
    for name, value in known.offline:
        assert value in way.scopes if name == "scope" else (name, value) in way.extra, (name, value)


@pytest.mark.parametrize(("connector", "way"), consenting, ids=[connector.key for connector, _ in consenting])
def test_a_vendor_that_can_end_a_grant_is_told_of_its_end(connector: Connector, way: OAuth2) -> None:
    known = facts[connector.key]
    assert (way.revoke_url is None) == (known.revoke is None), f"{connector.key}: {known.revoke}"


def test_connectors_of_one_vendor_share_its_app() -> None:
    """One app at Google, one at Microsoft: whoever sets it up does it once."""
    servers: dict[str, set[str]] = {}
    for connector, way in consenting:
        servers.setdefault(way.token_url, set()).add(way.app or connector.key)
    assert {url: apps for url, apps in servers.items() if len(apps) > 1} == {}
