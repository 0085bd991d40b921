"""Whether a webhook comes from whom it says: its signature over the bytes that were sent, compared in constant time."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Literal, TypeAlias, assert_never

from pydantic import JsonValue

from tenuto.core.auth import BearerWebhook, HmacWebhook, PathWebhook, Webhook
from tenuto.core.errors import Invalid
from tenuto.core.values import decode

Refusal: TypeAlias = Literal["no-signature", "no-time", "stale", "wrong-signature", "no-secret"]
"""Why a delivery is not believed; `stale` is outside the time window, in either direction."""

_ahead = 60
"""Seconds that a sender's clock may be ahead of ours, where its window is no wider than that anyway."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """What came in: `headers` by lower-case name, the raw body, and the address it was sent to as the sender wrote it."""

    headers: Mapping[str, str]
    body: bytes
    method: str = "POST"
    uri: str = ""


def refusal(scheme: Webhook, incoming: Incoming, secrets: Sequence[str], now: datetime) -> Refusal | None:
    """Why this is refused; None if it is signed with one of the secrets and within the window around `now`."""
    match scheme:
        case PathWebhook():
            return None
        case BearerWebhook(header=header, prefix=prefix):
            return _bearer(incoming.headers.get(header), prefix, secrets)
        case HmacWebhook():
            return _signed(scheme, incoming, secrets, now)
        case _:
            assert_never(scheme)


def delivery_of(scheme: Webhook, incoming: Incoming, payload: JsonValue) -> str | None:
    """What names this delivery: the vendor's id of it, else a digest of what was signed; None where the same may come twice."""
    if scheme.delivery is not None and (named := incoming.headers.get(scheme.delivery)):
        return named if len(named) <= 200 else hashlib.sha256(named.encode()).hexdigest()
    if isinstance(scheme, PathWebhook):
        return None
    found = field_of(payload, scheme.delivery_field) if scheme.delivery_field is not None else None
    if isinstance(found, str | int) and not isinstance(found, bool) and 0 < len(str(found)) <= 200:
        return str(found)
    if isinstance(scheme, BearerWebhook):
        return None
    signed = (_sent_at(scheme, incoming) or "").encode() + b"\0" + incoming.body
    return "sha256:" + hashlib.sha256(signed).hexdigest()


def event_of(scheme: Webhook, incoming: Incoming, payload: JsonValue) -> str | None:
    """The event's name, `issues.opened`; None where the scheme does not know."""
    if not isinstance(scheme, HmacWebhook):
        return None
    parts = [incoming.headers.get(scheme.event)] if scheme.event else []
    parts += [_first_text(payload, names) for names in scheme.event_fields]
    return ".".join(part for part in parts if part)[:200] or None


def challenge_of(scheme: Webhook, payload: JsonValue) -> str | None:
    """What the vendor wants to hear back before it sends anything; None for an ordinary delivery."""
    if not isinstance(scheme, HmacWebhook) or scheme.challenge is None:
        return None
    name, value, answer = scheme.challenge
    found = field_of(payload, answer)
    return found if field_of(payload, name) == value and isinstance(found, str) else None


def matches(event: str | None, wanted: Sequence[str]) -> bool:
    """Whether an event is among those wanted: by its whole name, or by the beginning of it up to a dot."""
    if not wanted:
        return True
    return event is not None and any(event == name or event.startswith(f"{name}.") for name in wanted)


def allowed(address: str, networks: Sequence[str]) -> bool:
    """Whether an address lies in one of the networks (CIDR); none means all. An IPv4 address in IPv6 clothes is what is inside."""
    if not networks:
        return True
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return any(found in ip_network(network) for network in networks)


def field_of(value: JsonValue, path: str) -> JsonValue:
    """What stands at `a.b` in objects; None where nothing does."""
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _bearer(given: str | None, prefix: str, secrets: Sequence[str]) -> Refusal | None:
    if not given:
        return "no-signature"
    if given[: len(prefix)].lower() != prefix.lower():
        return "no-signature"
    return _among([given[len(prefix) :].strip(" ").encode()], [secret.encode() for secret in secrets])


def _signed(scheme: HmacWebhook, incoming: Incoming, secrets: Sequence[str], now: datetime) -> Refusal | None:
    header = incoming.headers.get(scheme.signature)
    if not header:
        return "no-signature"
    given = [part.removeprefix(scheme.prefix) for part in _parts(scheme, header) if part.startswith(scheme.prefix)]
    if not given:
        return "no-signature"
    sent = _sent_at(scheme, incoming)
    if sent is None and (scheme.timestamp or scheme.listed):
        return "no-time"
    base = _base(scheme, incoming, sent or "")
    expected = [_digest(scheme, secret, base) for secret in secrets]
    if wrong := _among([_case(scheme, text).encode() for text in given], expected):
        return wrong
    # After the signature: nobody learns anything about time from a forgery.
    return _timely(scheme, incoming, sent, now)


def _parts(scheme: HmacWebhook, header: str) -> list[str]:
    return [part.strip() for part in header.split(",")][:20] if scheme.listed else [header.strip()]


def _case(scheme: HmacWebhook, text: str) -> str:
    return text.lower() if scheme.encoding == "hex" else text


def _among(given: Sequence[bytes], expected: Sequence[bytes]) -> Refusal | None:
    """Every pair is compared, and each of them in constant time, so that time tells nothing."""
    if not expected:
        return "no-secret"
    found = False
    for one in given:
        for other in expected:
            found |= hmac.compare_digest(one, other)
    return None if found else "wrong-signature"


def _base(scheme: HmacWebhook, incoming: Incoming, sent: str) -> bytes:
    before, _, after = scheme.base.partition("{body}")
    return b"".join((_filled(before, incoming, sent), incoming.body, _filled(after, incoming, sent)))


def _filled(text: str, incoming: Incoming, sent: str) -> bytes:
    values = {"{timestamp}": sent, "{method}": incoming.method, "{uri}": incoming.uri}
    for name, value in values.items():
        if name in text:
            text = text.replace(name, value)
    return text.encode()


def _digest(scheme: HmacWebhook, secret: str, base: bytes) -> bytes:
    raw = hmac.digest(secret.encode(), base, "sha256")
    return raw.hex().encode() if scheme.encoding == "hex" else base64.b64encode(raw)


def _sent_at(scheme: HmacWebhook, incoming: Incoming) -> str | None:
    if scheme.listed:
        times = [part[2:] for part in _parts(scheme, incoming.headers.get(scheme.signature, "")) if part.startswith("t=")]
        return times[0] if len(times) == 1 else None
    return incoming.headers.get(scheme.timestamp) if scheme.timestamp else None


def _timely(scheme: HmacWebhook, incoming: Incoming, sent: str | None, now: datetime) -> Refusal | None:
    if scheme.window is None:
        return None
    if scheme.signed_time is not None:
        sent, unit = _time_in_body(scheme.signed_time, incoming.body), "ms"
    else:
        unit = scheme.unit
    at = _read_time(sent or "", unit)
    if at is None:
        return "no-time"
    return None if -max(_ahead, scheme.window) <= now.timestamp() - at <= scheme.window else "stale"


def _time_in_body(name: str, body: bytes) -> str | None:
    try:
        found = field_of(decode(body), name)
    except Invalid:
        return None
    return str(found) if isinstance(found, int | float) and not isinstance(found, bool) else None


def _read_time(text: str, unit: str) -> float | None:
    """Seconds since the epoch; None for what is no time."""
    try:
        if unit == "iso":
            at = datetime.fromisoformat(text)
            return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
        return int(text[:20]) / (1000 if unit == "ms" else 1) if text.isascii() and text.isdigit() else None
    except (ValueError, OverflowError):
        return None


def _first_text(payload: JsonValue, names: str) -> str | None:
    for name in names.split("|"):
        if isinstance(found := field_of(payload, name), str) and found:
            return found
    return None
