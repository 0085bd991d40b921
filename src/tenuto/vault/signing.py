"""How a secret gets into a message, wherever its integration wants it, and where it may not follow a redirect."""

from __future__ import annotations

from urllib.parse import unquote, unquote_plus

import httpx2

from tenuto.core.auth import PathToken, QueryKey
from tenuto.core.errors import EgressRefused, Misconfigured
from tenuto.vault.message import put, redirected, same_origin
from tenuto.vault.reach import host_of
from tenuto.vault.tokens import Credential

_place = b"%7Btoken%7D"
"""`{token}` of a base URL, as a URL writes it."""


def sign(message: httpx2.Request, credential: Credential) -> None:
    """Put the secret in, in place of whatever stood there. Raises `Misconfigured` if it cannot stand there.

    The message may go to none but the secret's own hosts: whoever calls has looked.
    """
    match credential.auth:
        case QueryKey(parameter=name):
            message.url = message.url.copy_set_param(name, credential.plain())
        case PathToken():
            path, mark, query = message.url.raw_path.partition(b"?")
            if _place not in path:
                raise Misconfigured("The base URL has no place for the token.", fix="Put {token} where the token goes.")
            # Only the first is the base URL's: a later one was somebody's text.
            message.url = message.url.copy_with(raw_path=path.replace(_place, credential.in_path().encode(), 1) + mark + query)
        case _:
            if header := credential.header():
                put(message, header)


def followed(message: httpx2.Request, response: httpx2.Response, credential: Credential | None) -> httpx2.Request:
    """What to send after a redirect: with the key in its query as long as it stays with the origin that it was for.

    Raises `EgressRefused` for a URL elsewhere that the server wrote the secret into, and as `redirected`.
    """
    following = redirected(message, response)
    if credential is None:
        return following
    if not same_origin(message.url, following.url):
        url = str(following.url)
        if credential.mask().finds("\n".join((url, unquote(url), unquote_plus(url), unquote(unquote(url)))).encode()):
            raise EgressRefused(f"{host_of(message.url)} wants to hand the secret on to {host_of(following.url)}.")
    elif isinstance(credential.auth, QueryKey) and message.url.params.get(credential.auth.parameter) == credential.plain():
        sign(following, credential)
    return following
