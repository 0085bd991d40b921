"""How an integration is signed in to, and how its webhooks are verified: facts as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias


@dataclass(frozen=True, slots=True)
class NoAuth:
    """Nothing is sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key in a header: `prefix` is put before it (`Bearer `)."""

    header: str = "Authorization"
    prefix: str = ""
    label: str = "API key"
    """What the vendor calls it; people look for that word in its settings."""
    base_url: str | None = None
    """Where its requests go, where that is not the connector's base URL."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryKey:
    """A key in a parameter of the query."""

    parameter: str
    label: str = "API key"
    base_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PathToken:
    """A token in the path: the base URL has `{token}`, which the vault alone fills (`https://api.telegram.org/bot{token}`)."""

    label: str = "Token"
    base_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Basic:
    """User name and password (RFC 7617)."""

    user_label: str = "User name"
    label: str = "Password"
    user_suffix: str = ""
    """What is put behind the user name (`/token`, where the password is Zendesk's API token)."""
    base_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuth2:
    """Authorization code with PKCE (RFC 6749, RFC 7636), and the ways in which a vendor differs."""

    authorize_url: str
    token_url: str
    revoke_url: str | None = None
    introspect_url: str | None = None
    app: str = ""
    """Whose client id and secret are used, where several connectors share them (`google`); else the connector's key."""
    scopes: tuple[str, ...] = ()
    scope_separator: str = " "
    extra: tuple[tuple[str, str], ...] = ()
    """Further query parameters of the authorize URL."""
    rotation: Literal["never", "optional", "always"] = "never"
    client: Literal["body", "basic"] = "body"
    """Where the client's id and secret stand in a token request (RFC 6749, 2.3.1)."""
    body: Literal["form", "json"] = "form"
    pkce: bool = True
    issuer: str | None = None
    """The `iss` of its redirects (RFC 9207), where it sends one."""
    token_under: str | None = None
    """The field of the answer under which the token lies, where it is not the answer itself."""
    account: tuple[str, ...] = ()
    """Where in the answer the account is named: fields, each within the one before."""
    base_url_field: str | None = None
    """The field of the answer with the base URL of this account's API."""
    revoke_by: Literal["token", "bearer", "current", "grant"] = "token"
    """How a grant is ended: the token is a parameter (RFC 7009), or the request's own credential (`bearer`; `current` with DELETE); or the
    app's grant is deleted below `revoke_url`, `/{client id}/grant` (GitHub)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientCredentials:
    """A client's own id and secret for a token, without any person (RFC 6749, 4.4)."""

    token_url: str
    scopes: tuple[str, ...] = ()
    scope_separator: str = " "
    extra: tuple[tuple[str, str], ...] = ()
    """Further parameters of the token request (`audience`)."""
    client: Literal["body", "basic"] = "basic"
    body: Literal["form", "json"] = "form"
    token_under: str | None = None
    base_url_field: str | None = None
    base_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GitHubApp:
    """An installation of a GitHub App: a JWT of the app for a token of the installation, which lasts an hour.

    The user is the app's id, the secret its private key (PEM), `{installation_id}` a field of the account.
    """

    token_url: str = "https://api.github.com/app/installations/{installation_id}/access_tokens"  # noqa: S105 - an address


Auth: TypeAlias = NoAuth | ApiKey | QueryKey | PathToken | Basic | OAuth2 | ClientCredentials | GitHubApp


@dataclass(frozen=True, slots=True, kw_only=True)
class HmacWebhook:
    """HMAC-SHA256 over the raw body: where the signature is, and what exactly is signed.

    `base` has `{timestamp}`, `{body}`, `{method}` and `{uri}`; `window` is in seconds, None where the vendor sends no time.
    """

    signature: str
    timestamp: str | None = None
    base: str = "{body}"
    prefix: str = ""
    encoding: Literal["hex", "base64"] = "hex"
    window: int | None = None
    delivery: str | None = None
    """The header that names the delivery, for de-duplication."""
    listed: bool = False
    """Whether the header is a list `t=…,v1=…,v1=…`: the time, and one signature for each secret (`prefix` names it: `v1=`)."""
    unit: Literal["s", "ms", "iso"] = "s"
    """Of the timestamp."""
    signed_time: str | None = None
    """The field of the body that says when it was sent, where only the body is signed (milliseconds)."""
    delivery_field: str | None = None
    """The field of the body that names the delivery."""
    event: str | None = None
    """The header that names the event."""
    event_fields: tuple[str, ...] = ()
    """Fields of the body whose values, joined by dots, name the event; after the header's, where there is one. `a.b` goes down."""
    challenge: tuple[str, str, str] | None = None
    """(field, value, answer): a signed body whose field has that value is answered with another field's (Slack's `url_verification`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BearerWebhook:
    """The secret itself in a header, after `prefix`."""

    header: str = "authorization"
    prefix: str = "Bearer "
    delivery: str | None = "idempotency-key"
    delivery_field: str | None = None
    """The field of the body that names the delivery."""


@dataclass(frozen=True, slots=True)
class PathWebhook:
    """Nothing but the address, which nobody guesses."""

    delivery: str | None = "idempotency-key"


Webhook: TypeAlias = HmacWebhook | BearerWebhook | PathWebhook

schemes: Mapping[str, Webhook] = {
    "github": HmacWebhook(
        signature="x-hub-signature-256",
        prefix="sha256=",
        delivery="x-github-delivery",
        event="x-github-event",
        event_fields=("action",),
    ),
    "slack": HmacWebhook(
        signature="x-slack-signature",
        timestamp="x-slack-request-timestamp",
        base="v0:{timestamp}:{body}",
        prefix="v0=",
        window=300,
        delivery_field="event_id",
        event_fields=("event.type|type|command",),
        challenge=("type", "url_verification", "challenge"),
    ),
    "stripe": HmacWebhook(
        signature="stripe-signature",
        base="{timestamp}.{body}",
        prefix="v1=",
        window=300,
        listed=True,
        delivery_field="id",
        event_fields=("type",),
    ),
    "hubspot": HmacWebhook(
        signature="x-hubspot-signature-v3",
        timestamp="x-hubspot-request-timestamp",
        base="{method}{uri}{body}{timestamp}",
        encoding="base64",
        unit="ms",
        window=300,
    ),
    "notion": HmacWebhook(signature="x-notion-signature", prefix="sha256=", delivery_field="id", event_fields=("type",)),
    "linear": HmacWebhook(
        signature="linear-signature",
        signed_time="webhookTimestamp",
        window=60,
        delivery="linear-delivery",
        event_fields=("type", "action"),
    ),
    "zendesk": HmacWebhook(
        signature="x-zendesk-webhook-signature",
        timestamp="x-zendesk-webhook-signature-timestamp",
        base="{timestamp}{body}",
        encoding="base64",
        unit="iso",
        window=300,
        delivery="x-zendesk-webhook-invocation-id",
        event_fields=("type",),
    ),
    "jira": HmacWebhook(
        signature="x-hub-signature", prefix="sha256=", delivery="x-atlassian-webhook-identifier", event_fields=("webhookEvent",)
    ),
    "hmac": HmacWebhook(
        signature="x-signature",
        timestamp="x-signature-timestamp",
        base="{timestamp}.{body}",
        prefix="sha256=",
        window=300,
        delivery="idempotency-key",
    ),
    "bearer": BearerWebhook(),
    "path": PathWebhook(),
}
"""How senders prove themselves, by name: the vendors' own ways (`docs/how-to/start-by-webhook.md`), and three of ours."""
