"""What comes back from outside, and how a vendor's no becomes a problem."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from functools import cached_property

from pydantic import JsonValue

from tenuto.core.errors import AuthRejected, InvalidOutput, Problem, RateLimited, Rejected, VendorFailed
from tenuto.core.values import decode

longest_wait = 86_400.0
"""Seconds that a vendor can make us wait: a day, after which asking again costs nobody anything."""


@dataclass(frozen=True)
class Answer:
    """What came back: status, headers (lower-case names) and the whole body, within the size limit."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @cached_property
    def json(self) -> JsonValue:
        """The body as JSON. Raises `InvalidOutput` for anything else (HTML, truncated JSON, nothing)."""
        try:
            return decode(self.body)
        except Problem:
            kind = self.headers.get("content-type", "no content type")
            raise InvalidOutput(f"Expected JSON and got {kind} (status {self.status}).", raw=self.text) from None

    @property
    def text(self) -> str:
        """The body as text, undecodable bytes replaced."""
        return self.body.decode(errors="replace")


@dataclass(frozen=True)
class ErrorRule:
    """How a vendor says no: `when` recognises it, `message` is its sentence, `kinds` maps reasons to problems.

    Paths are dotted, list items by number (`error.errors.0.reason`).
    """

    when: Callable[[Answer], bool]
    message: str | Callable[[Answer], str]
    kinds: Mapping[str, type[Problem]] = field(default_factory=dict[str, type[Problem]])
    reason: str = ""
    """The path of the reason, where it is not the message."""
    kind: type[Problem] | None = None
    """The problem of every reason that `kinds` does not name; None goes by the status."""
    fixes: Mapping[str, str] = field(default_factory=dict[str, str])
    """What to do about it, by reason; `""` for any."""
    wait: Callable[[Answer], float | None] | None = None
    """Seconds to wait, where the vendor says so otherwise than in `Retry-After`."""


def refusal(name: str, rules: Sequence[ErrorRule], answer: Answer) -> Problem | None:
    """The problem that an answer is, by a vendor's rules and then by its status; None for a success."""
    for rule in rules:
        if rule.when(answer):
            return _refusal(name, rule, answer)
    if answer.status < 400:
        return None
    detail = f"{name} answered {answer.status}."
    return _kind_of(answer.status)(detail, retry_after=retry_after(answer), raw=answer.text)


def retry_after(answer: Answer) -> float | None:
    """Seconds the vendor asks us to wait, if it says so; never more than `longest_wait`.

    `Retry-After` is in seconds, or a date by the vendor's own clock (RFC 9110).
    """
    value = answer.headers.get("retry-after", "")
    if value.replace(".", "", 1).isdecimal() and value.isascii():
        return bounded(float(value))
    try:
        then, now = parsedate_to_datetime(value), parsedate_to_datetime(answer.headers["date"])
        return bounded(then.timestamp() - now.timestamp())
    except (ValueError, TypeError, KeyError, OverflowError):
        return None


def bounded(seconds: float | None) -> float | None:
    """A wait as it may be believed: hundreds of digits are infinite, which no timer, no JSON and no header can hold."""
    return seconds if seconds is None else max(0.0, min(seconds, longest_wait))


def _refusal(name: str, rule: ErrorRule, answer: Answer) -> Problem:
    message = _at(answer, rule.message) if isinstance(rule.message, str) else rule.message(answer)
    reason = _at(answer, rule.reason) if rule.reason else message
    kind = rule.kinds.get(reason) or rule.kind or _kind_of(max(answer.status, 400))
    wait = retry_after(answer)
    return kind(
        f"{name} refused: {(message or reason or 'no reason given').rstrip('.')}.",
        fix=rule.fixes.get(reason) or rule.fixes.get(""),
        retry_after=bounded(rule.wait(answer)) if wait is None and rule.wait else wait,
        raw=answer.text,
    )


def _kind_of(status: int) -> type[Problem]:
    if status == 401:
        return AuthRejected
    if status == 429:
        return RateLimited
    return VendorFailed if status >= 500 else Rejected


def _at(answer: Answer, path: str) -> str:
    try:
        value = answer.json
    except InvalidOutput:
        return ""
    for part in path.split("."):
        match value:
            case dict():
                value = value.get(part)
            case list() if part.isdecimal() and int(part) < len(value):
                value = value[int(part)]
            case _:
                return ""
    return str(value) if value is not None else ""
