"""What authorization servers answer, read as tokens or a problem; no text of theirs is shown but their error's name."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import cast
from urllib.parse import parse_qsl

from pydantic import JsonValue, SecretStr

from tenuto.core.answer import Answer, retry_after
from tenuto.core.auth import OAuth2
from tenuto.core.errors import AuthRejected, InvalidOutput, Misconfigured, RateLimited, Rejected, VendorFailed
from tenuto.vault.oauth.tokens import Granted, Tokens

longest_token = 16 * 1024
_longest_life = 10 * 365 * 86_400

_grant_over = frozenset(
    {
        *("invalid_grant", "bad_refresh_token", "invalid_refresh_token", "token_revoked", "token_expired", "account_inactive"),
        *("bad_verification_code", "invalid_code", "code_already_used", "unauthorized_client_grant"),
    }
)
_client_wrong = frozenset(
    {
        *("invalid_client", "unauthorized_client", "incorrect_client_credentials", "bad_client_secret", "invalid_client_id"),
        *("redirect_uri_mismatch", "bad_redirect_uri"),
    }
)


def granted(name: str, auth: OAuth2, answer: Answer) -> Granted:
    """The tokens of a token endpoint's answer.

    Raises `AuthRejected` where the grant is over, `Misconfigured` where our own app is refused, `RateLimited`, `VendorFailed`,
    `Rejected`, and `InvalidOutput` for an answer that is none.
    """
    body = read(name, answer)
    token = body
    if auth.token_under:
        under = body.get(auth.token_under)
        token = under if isinstance(under, dict) else {}
    access = token.get("access_token")
    if not isinstance(access, str) or not _printable(access):
        raise InvalidOutput(f"The token server of {name} answered without an access token.")
    refresh = token.get("refresh_token")
    scope = token.get("scope", body.get("scope"))
    return Granted(
        tokens=Tokens(access=SecretStr(access), refresh=SecretStr(refresh if isinstance(refresh, str) and _printable(refresh) else "")),
        lifetime=_seconds(token.get("expires_in")),
        refresh_lifetime=_seconds(token.get("refresh_token_expires_in", token.get("x_refresh_token_expires_in"))),
        scopes=tuple(re.split(r"[ ,]+", scope.strip())) if isinstance(scope, str) and scope.strip() else None,
        account=_within(body, auth.account) if auth.account else None,
        base_url=_within(body, (auth.base_url_field,)) if auth.base_url_field else None,
    )


def read(name: str, answer: Answer) -> Mapping[str, JsonValue]:
    """The fields of an answer that is no refusal. Raises as `granted`."""
    if answer.status == 429:
        raise RateLimited(f"The token server of {name} asks us to wait.", retry_after=retry_after(answer))
    if answer.status >= 500:
        raise VendorFailed(f"The token server of {name} failed with {answer.status}.")
    body = _fields(answer)
    if body is None:
        if answer.status >= 400:
            raise Rejected(f"The token server of {name} refused with {answer.status}.")
        raise InvalidOutput(f"The token server of {name} answered with something that is not JSON.")
    error = body.get("error")
    if answer.status >= 400 or error or body.get("ok") is False:
        _refuse(name, _word(error), answer.status)
    return body


def _refuse(name: str, error: str, status: int) -> None:
    if error in _grant_over:
        raise AuthRejected(f"{name} does not accept what it had granted any more ({error}).", fix="Connect the account again.")
    if error in _client_wrong:
        raise Misconfigured(f"{name} refuses our OAuth app ({error}).", fix="Compare its client id, secret and redirect address.")
    raise Rejected(f"The token server of {name} refused: {error or status}.")


def _fields(answer: Answer) -> Mapping[str, JsonValue] | None:
    media = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        text = answer.body.decode()
        if media == "application/x-www-form-urlencoded":
            return dict(parse_qsl(text))
        found: object = json.loads(text) if text.strip() else {}
    except (ValueError, RecursionError):
        return None
    return cast("dict[str, JsonValue]", found) if isinstance(found, dict) else None


def _word(error: JsonValue) -> str:
    """An error's name as it may be shown: nothing but small words ever comes through."""
    return error if isinstance(error, str) and re.fullmatch(r"[A-Za-z0-9_.-]{1,64}", error) else ""


def _printable(token: str) -> bool:
    return len(token) <= longest_token and re.fullmatch(r"[!-~]+", token) is not None


def _seconds(value: JsonValue) -> int | None:
    if isinstance(value, str) and value.isdecimal():
        value = int(value[:12])
    return min(int(value), _longest_life) if isinstance(value, int | float) and not isinstance(value, bool) and value > 0 else None


def _within(body: Mapping[str, JsonValue], path: tuple[str, ...]) -> str | None:
    found: JsonValue = cast("JsonValue", dict(body))
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    return found[:500] if isinstance(found, str) and found.isprintable() else None
