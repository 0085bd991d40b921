"""What the headers of an answer say of a rate limit, in the dialects that vendors have."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from email.utils import parsedate_to_datetime

from tenuto.core.answer import Answer, bounded, retry_after
from tenuto.core.limits import Quota

_families: Sequence[tuple[str, str, str]] = tuple(
    (f"{name}-limit", f"{name}-remaining", f"{name}-reset") for name in ("x-ratelimit", "ratelimit", "x-rate-limit", "x-ratelimit-requests")
)
_policy = re.compile(r"\bq=(\d+)\b")
_state = re.compile(r"\br=(\d+)")
_until = re.compile(r"\bt=(\d+)")
_most = 2_000_000_000


def read_quota(answer: Answer, now: float) -> Quota | None:
    """What the usual headers say: `X-RateLimit-*` and its kin, `RateLimit` (IETF), HubSpot's, and `Retry-After` of a 429.

    `now` is when the answer was received, in seconds since 1970; a time of day in a header is taken by the vendor's own clock, its
    `Date`, so that ours need not agree with it.
    """
    headers = answer.headers
    found = _of_family(headers, now) or _of_draft(headers) or _of_hubspot(headers)
    if answer.status != 429:
        return found
    wait = retry_after(answer)
    if wait is None:
        wait = found.resets_in if found and found.resets_in is not None else 1.0
    return Quota(found.limit, 0, found.resets_in, found.rolling, wait) if found else Quota(refused=wait)


def _of_family(headers: Mapping[str, str], now: float) -> Quota | None:
    for limit, remaining, reset in _families:
        if remaining in headers:
            left, most = _number(headers[remaining]), _number(headers.get(limit, ""))
            if left is not None:
                return Quota(most, left, _resets_in(headers.get(reset, ""), headers.get("date"), now))
    return None


def _of_draft(headers: Mapping[str, str]) -> Quota | None:
    """draft-ietf-httpapi-ratelimit-headers-10: `RateLimit: "default";r=50;t=30` and `RateLimit-Policy: "default";q=100;w=60`."""
    if (found := _state.search(headers.get("ratelimit", ""))) is None:
        return None
    left, until = _number(found[1]), _until.search(headers["ratelimit"])
    most = _policy.search(headers.get("ratelimit-policy", ""))
    return Quota(_number(most[1]) if most else None, left, bounded(float(until[1])) if until else None)


def _of_hubspot(headers: Mapping[str, str]) -> Quota | None:
    most, span = _number(headers.get("x-hubspot-ratelimit-max", "")), _number(headers.get("x-hubspot-ratelimit-interval-milliseconds", ""))
    return Quota(most, None, None, span / 1000) if most and span else None


def _resets_in(text: str, date: str | None, now: float) -> float | None:
    """Seconds until a reset that is written as seconds to go, as a time (seconds or milliseconds since 1970), or as a date."""
    then = _clock(date, now)
    if re.fullmatch(r"\d{1,15}(\.\d+)?", text):
        value = float(text)
        if value < 1e8:
            return bounded(value)
        return bounded((value / 1000 if value > 1e11 else value) - then)
    try:
        return bounded(datetime.fromisoformat(text).timestamp() - then) if text else None
    except (ValueError, OverflowError, OSError):
        return None


def _clock(date: str | None, now: float) -> float:
    try:
        return parsedate_to_datetime(date).timestamp() if date else now
    except (ValueError, TypeError, OverflowError, OSError):
        return now


def _number(text: str) -> int | None:
    return min(int(text), _most) if text.isascii() and text.isdecimal() and len(text) < 16 else None
