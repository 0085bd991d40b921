"""Tokens of an installation of a GitHub App: asked for with a JWT that the app's private key signs."""

from __future__ import annotations

import time
from datetime import datetime
from email.utils import parsedate_to_datetime

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey
from pydantic import JsonValue, SecretStr

from tenuto.core.answer import Answer, retry_after
from tenuto.core.connector import Outbound
from tenuto.core.errors import AuthRejected, InvalidOutput, RateLimited, Rejected, VendorFailed
from tenuto.vault.oauth.client import OAuthClient, answer_within, largest
from tenuto.vault.oauth.tokens import Granted, Tokens

_drift, _life = 60, 540
"""Seconds: GitHub takes no JWT of the future, nor one of more than ten minutes."""


async def installed(client: OAuthClient, name: str, url: str, workspace: int, tokens: Tokens) -> Granted:
    """A token for the installation at `url`; `tokens` are the app's id as user and its private key (PEM).

    Raises `AuthRejected` where the key is none, or GitHub does not know the app or the installation; `RateLimited`, `VendorFailed`,
    `Rejected`, `InvalidOutput`, and what the door raises.
    """
    bearer = _signed(tokens.user, tokens.refresh)
    headers = {"accept": "application/vnd.github+json", "authorization": f"Bearer {bearer}"}
    request = Outbound(method="POST", url=url, headers=headers, timeout=answer_within, max_bytes=largest)
    answer = await client.post(name, workspace, request)
    if answer.status >= 400:
        _refuse(name, answer)
    body = answer.json
    found: dict[str, JsonValue] = body if isinstance(body, dict) else {}
    token = found.get("token")
    if not isinstance(token, str) or not token.isascii() or not token.isprintable() or not token:
        raise InvalidOutput(f"{name} answered without a token for the installation.")
    fresh = Tokens(access=SecretStr(token), refresh=tokens.refresh, user=tokens.user)
    return Granted(tokens=fresh, lifetime=_seconds_until(found.get("expires_at"), answer), scopes=_permissions(found.get("permissions")))


def _signed(app: str, key: SecretStr) -> str:
    now = int(time.time())
    claims = {"iat": now - _drift, "exp": now + _life, "iss": app}
    try:
        return jwt.encode({"alg": "RS256"}, claims, RSAKey.import_key(key.get_secret_value()), algorithms=["RS256"])
    except (JoseError, ValueError, TypeError):
        raise AuthRejected(
            "The secret is no private key of an app.", fix="Give the PEM file that GitHub makes for the app, whole and without a password."
        ) from None


def _refuse(name: str, answer: Answer) -> None:
    match answer.status:
        case 401:
            raise AuthRejected(f"{name} does not take this private key for one of this app.", fix="Compare the app's id and its key.")
        case 404:
            raise AuthRejected(f"{name} knows no such installation of this app.", fix="Compare installation_id, or install the app again.")
        case 429:
            raise RateLimited(f"{name} asks us to wait.", retry_after=retry_after(answer))
        case 403 if "retry-after" in answer.headers or answer.headers.get("x-ratelimit-remaining") == "0":
            raise RateLimited(f"{name} asks us to wait.", retry_after=retry_after(answer))
        case 403:
            raise AuthRejected(f"{name} gives this installation no token: it may be suspended.", fix="Look at the installation on GitHub.")
        case status if status >= 500:
            raise VendorFailed(f"{name} failed with {status} when it was asked for a token.")
        case status:
            raise Rejected(f"{name} refused a token with {status}.")


def _seconds_until(end: JsonValue, answer: Answer) -> int | None:
    """By the vendor's own clock, where it tells."""
    try:
        until = datetime.fromisoformat(str(end)).timestamp()
    except ValueError:
        return None
    try:
        now = parsedate_to_datetime(answer.headers.get("date", "")).timestamp()
    except (ValueError, TypeError):
        now = time.time()
    return max(int(until - now), 1)


def _permissions(given: JsonValue) -> tuple[str, ...] | None:
    if not isinstance(given, dict):
        return None
    found = {f"{name}:{level}" for name, level in given.items() if isinstance(level, str)}
    return tuple(sorted(each for each in found if len(each) <= 100 and each.isprintable()))
