"""What a delivery says, read after it was believed; and which of its headers may be kept."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl

from pydantic import JsonValue

from tenuto.core.errors import Invalid, Malformed
from tenuto.core.values import checked, decode

_names = {"content-type", "user-agent", "idempotency-key", "x-request-id", "x-signature-timestamp", "linear-delivery", "linear-event"}
_prefixes = (
    "x-github-",
    "x-slack-re",
    "x-hubspot-request",
    "x-atlassian-",
    "x-zendesk-",
    "x-goog-resource-",
    "x-goog-message-",
    "x-event-",
)
_secret = re.compile(r"sign|secret|token|auth|key|cookie|password")
_longest, _most = 500, 40
_most_fields = 1000


def payload_of(headers: Mapping[str, str], body: bytes) -> JsonValue:
    """The body as JSON: JSON itself, a form's fields (or the JSON in its field `payload`), else text; null for an empty one.

    Raises `Malformed` for a body that is not what its content type says.
    """
    if not body:
        return None
    essence = headers.get("content-type", "").partition(";")[0].strip().lower()
    if essence == "application/x-www-form-urlencoded":
        return _form(body)
    if essence.startswith("text/"):
        return checked(_text(body))
    try:
        return checked(decode(body))
    except Invalid as problem:
        if problem.data.pointer:
            raise
        raise Malformed("The body is not JSON.", fix="Send JSON, a form or text, with its content type.") from None


def kept_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers that are kept with a delivery: known ones that carry no secret, shortened."""
    found = {name: value[:_longest] for name, value in headers.items() if _harmless(name)}
    return dict(list(found.items())[:_most])


def _harmless(name: str) -> bool:
    return name in _names or (name.startswith(_prefixes) and not _secret.search(name))


def _form(body: bytes) -> JsonValue:
    try:
        fields = dict(parse_qsl(_text(body), keep_blank_values=True, strict_parsing=True, max_num_fields=_most_fields, errors="strict"))
    except ValueError:
        raise Malformed("The body is not a form.") from None
    if "payload" in fields:
        try:
            return checked(decode(fields["payload"]))
        except Invalid:
            raise Malformed("The form's field payload is not JSON.") from None
    return checked(dict[str, JsonValue](fields))


def _text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise Malformed("The body is not UTF-8.") from None
