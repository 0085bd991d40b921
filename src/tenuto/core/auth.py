"""How an integration is signed in to, and how its webhooks are verified: facts as data."""

from __future__ import annotations

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


@dataclass(frozen=True, slots=True)
class Basic:
    """User name and password (RFC 7617)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuth2:
    """Authorization code with PKCE (RFC 6749, RFC 7636), and the ways in which a vendor differs."""

    authorize_url: str
    token_url: str
    revoke_url: str | None = None
    scopes: tuple[str, ...] = ()
    scope_separator: str = " "
    extra: tuple[tuple[str, str], ...] = ()
    """Further query parameters of the authorize URL."""
    rotation: Literal["never", "optional", "always"] = "never"


Auth: TypeAlias = NoAuth | ApiKey | Basic | OAuth2


@dataclass(frozen=True, slots=True, kw_only=True)
class HmacWebhook:
    """HMAC-SHA256 over the raw body: where the signature is, and what exactly is signed.

    `base` has `{timestamp}` and `{body}`; `window` is in seconds, None where the vendor sends no time.
    """

    signature: str
    timestamp: str | None = None
    base: str = "{body}"
    prefix: str = ""
    encoding: Literal["hex", "base64"] = "hex"
    window: int | None = None
    delivery: str | None = None
    """The header that names the delivery, for de-duplication."""
