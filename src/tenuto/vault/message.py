"""An `Outbound` as an HTTP message: what may stand in it, how its body is written, and what is left of it after a redirect."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import get_args

import httpx2

from tenuto import __version__
from tenuto.core.connector import Method, Outbound, QueryValue
from tenuto.core.errors import Invalid
from tenuto.core.values import encode
from tenuto.vault.reach import checked_url, host_of, port_of

largest_json = 32 * 1024 * 1024

_methods: tuple[str, ...] = get_args(Method)
_token = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_value = re.compile(r"([!-~]([ -~\t]*[!-~])?)?")
_ours = frozenset(
    {
        *("connection", "content-length", "expect", "host", "keep-alive", "proxy-authenticate", "proxy-authorization"),
        *("proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"),
    }
)
"""Headers that frame or route a message: a caller who sets them could smuggle a second request, or reach another host's site."""
_harmless = ("accept", "accept-encoding", "accept-language", "user-agent")
_of_body = ("content-type", "content-encoding", "content-language")


def message(request: Outbound) -> httpx2.Request:
    """The message without any secret. Raises `EgressRefused` for the URL and `Invalid` for what HTTP cannot carry."""
    if request.method not in _methods:
        raise Invalid(f"The method has to be one of {', '.join(_methods)}.")
    url = checked_url(request.url)
    if query := _query(request.query):
        url = url.copy_merge_params(query)
    headers = _headers(request)
    match sum(part is not None for part in (request.json, request.content)) + bool(request.form is not None or request.files):
        case 0 | 1:
            pass
        case _:
            raise Invalid("A request has one body: json, content, or form and files.")
    if request.json is not None:
        headers.setdefault("content-type", "application/json")
        body = encode(request.json, limit=largest_json, what="The body")
        return httpx2.Request(request.method, url, headers=headers, content=body)
    if request.content is not None:
        return httpx2.Request(request.method, url, headers=headers, content=request.content)
    return _form(request, url, headers)


def put(message: httpx2.Request, header: tuple[str, str]) -> None:
    """Put a secret in, in place of whatever stood in that header."""
    message.headers[header[0]] = header[1]


def is_redirect(response: httpx2.Response) -> bool:
    """Whether an answer names another place to ask (RFC 9110, 15.4)."""
    return response.status_code in (301, 302, 303, 307, 308) and "location" in response.headers


def redirected(message: httpx2.Request, response: httpx2.Response) -> httpx2.Request:
    """What to send after a redirect (RFC 9110, 15.4; method changes as in the Fetch standard). Raises `EgressRefused` for its URL.

    To another scheme, host or port go only headers that describe the message: no secret, no cookie, nothing a caller wrote.
    """
    try:
        target = str(message.url.join(response.headers["location"]))
    except (httpx2.InvalidURL, UnicodeError, ValueError):
        target = ""
    url, status, method = checked_url(target), response.status_code, message.method
    as_get = (status == 303 and method not in ("GET", "HEAD")) or (status in (301, 302) and method == "POST")
    kept = {*_harmless, *_of_body} if not same_origin(url, message.url) else {name.lower() for name in message.headers} - _ours
    if as_get:
        kept -= set(_of_body)
    headers = {name: value for name, value in message.headers.items() if name.lower() in kept}
    content = None if as_get else message.content or None
    return httpx2.Request("GET" if as_get else method, url, headers=headers, content=content)


def same_origin(one: httpx2.URL, other: httpx2.URL) -> bool:
    """Whether scheme, host and port are the same."""
    return (one.scheme, host_of(one), port_of(one)) == (other.scheme, host_of(other), port_of(other))


def _query(query: Mapping[str, QueryValue]) -> dict[str, list[str]]:
    """Texts of each parameter; true and false in small letters as in JSON, None left out."""
    texts: dict[str, list[str]] = {}
    for name, value in query.items():
        match value:
            case None:
                continue
            case bool():
                texts[name] = [str(value).lower()]
            case str() | int() | float():
                texts[name] = [str(value)]
            case _:
                texts[name] = list(value)
    return texts


def _headers(request: Outbound) -> dict[str, str]:
    headers = {"user-agent": f"tenuto/{__version__}", "accept": "*/*", "accept-encoding": "gzip, deflate"}
    for name, value in request.headers.items():
        if not _token.fullmatch(name):
            raise Invalid("A header's name holds a character that HTTP does not allow there.")
        if not _value.fullmatch(value):
            raise Invalid(f"The header {name} holds a line break or another character that HTTP does not allow there.")
        if name.lower() in _ours:
            raise Invalid(f"The header {name} is written by Tenuto itself.", fix="Leave it out.")
        headers[name.lower()] = value
    return headers


def _form(request: Outbound, url: httpx2.URL, headers: dict[str, str]) -> httpx2.Request:
    """A form, with or without files; no body at all where there is neither."""
    if not request.files:
        return httpx2.Request(request.method, url, headers=headers, data=dict(request.form) if request.form else None)
    if any(not _value.fullmatch(media) for _, _, _, media in request.files):
        raise Invalid("The media type of a file holds a line break or another character that HTTP does not allow there.")
    headers.pop("content-type", None)  # the boundary is ours
    files = [(field, (name, content, media)) for field, name, content, media in request.files]
    built = httpx2.Request(request.method, url, headers=headers, data=dict(request.form or {}), files=files)
    built.read()
    return built
