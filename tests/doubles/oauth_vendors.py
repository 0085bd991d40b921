"""How vendors' authorization servers differ, as data: from the vendor facts of 2026-11 (§0 and §1), not from our client."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, kw_only=True)
class Vendor:
    """One authorization server. Paths are the vendor's own, under a prefix of the double."""

    authorize: str
    token: str
    revoke: str | None = None
    ends: Literal["rfc", "grant", "current"] = "rfc"
    """How a grant is ended: RFC 7009, GitHub's DELETE of an app's grant, or Zendesk's DELETE of the token that asks."""
    introspect: str | None = None
    separator: str = " "
    client: Literal["basic", "body", "either"] = "either"
    body: Literal["form", "json"] = "form"
    pkce: Literal["required", "allowed", "ignored"] = "allowed"
    lifetime: int | None = 3600
    """Seconds; None: the answer has no `expires_in`, and the token lives until it is revoked."""
    refresh: Literal["never", "stays", "rotates"] = "rotates"
    refresh_lifetime: int | None = None
    """Seconds; sent as `refresh_token_expires_in`."""
    offline: tuple[str, str] | None = None
    """What the authorize request has to say for a refresh token: (parameter, value), or ("scope", a scope)."""
    old_access_dies: bool = False
    """Whether a refresh ends the access token before."""
    refusals: Literal["rfc", "ok200", "slack"] = "rfc"
    """RFC 6749 §5.2 (400/401), the same with status 200 (GitHub), or Slack's 200 `{"ok":false}`."""
    form_unless_asked: bool = False
    """Whether the answer is form-encoded unless `Accept: application/json` is sent."""
    token_under: str | None = None
    """The field under which the user's token lies."""
    more: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Further fields of the token answer; `{url}` is the double's address."""
    issuer: bool = False
    """Whether the redirect carries `iss` (RFC 9207)."""
    scopes: tuple[str, ...] = ()
    """Scopes it knows; any, where there are none."""


vendors: Mapping[str, Vendor] = {
    "gmail": Vendor(
        authorize="/o/oauth2/v2/auth",
        token="/token",
        revoke="/revoke",
        lifetime=3599,
        refresh="stays",
        offline=("access_type", "offline"),
        issuer=True,
    ),
    "slack": Vendor(
        authorize="/oauth/v2/authorize",
        token="/api/oauth.v2.access",
        revoke="/api/auth.revoke",
        separator=",",
        lifetime=43200,
        pkce="ignored",
        refusals="slack",
        more={"ok": True, "team": {"id": "T0001", "name": "Acme"}, "bot_user_id": "U0001"},
    ),
    "slack_user": Vendor(
        authorize="/oauth/v2/authorize",
        token="/api/oauth.v2.access",
        separator=",",
        lifetime=None,
        refresh="never",
        pkce="ignored",
        refusals="slack",
        token_under="authed_user",
        more={"ok": True, "team": {"id": "T0001", "name": "Acme"}},
    ),
    "github": Vendor(
        authorize="/login/oauth/authorize",
        token="/login/oauth/access_token",
        revoke="/applications/{client}/grant",
        ends="grant",
        lifetime=28800,
        refresh_lifetime=15897600,
        old_access_dies=True,
        refusals="ok200",
        form_unless_asked=True,
    ),
    "salesforce": Vendor(
        authorize="/services/oauth2/authorize",
        token="/services/oauth2/token",
        revoke="/services/oauth2/revoke",
        introspect="/services/oauth2/introspect",
        pkce="required",
        lifetime=None,
        offline=("scope", "refresh_token"),
        more={"instance_url": "{url}/salesforce", "id": "{url}/salesforce/id/00D/005"},
    ),
    "jira": Vendor(
        authorize="/authorize",
        token="/oauth/token",
        body="json",
        pkce="ignored",
        client="body",
        offline=("scope", "offline_access"),
    ),
    "notion": Vendor(
        authorize="/v1/oauth/authorize",
        token="/v1/oauth/token",
        revoke="/v1/oauth/revoke",
        introspect="/v1/oauth/introspect",
        client="basic",
        body="json",
        pkce="ignored",
        lifetime=None,
        more={"bot_id": "b1", "workspace_name": "Acme"},
    ),
    "hubspot": Vendor(
        authorize="/oauth/authorize",
        token="/oauth/2026-03/token",
        revoke="/oauth/2026-03/token/revoke",
        introspect="/oauth/2026-03/token/introspect",
        client="body",
        lifetime=1800,
        refresh="stays",
    ),
    "zendesk": Vendor(
        authorize="/oauth/authorizations/new",
        token="/oauth/tokens",
        revoke="/api/v2/oauth/tokens/current.json",
        ends="current",
        body="json",
        lifetime=1800,
        refresh_lifetime=2592000,
        old_access_dies=True,
    ),
    "linear": Vendor(authorize="/oauth/authorize", token="/oauth/token", revoke="/oauth/revoke", separator=",", lifetime=86400),
}
"""By the key of the connector each is for."""
