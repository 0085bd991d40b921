"""How Lyzr says no: statuses, words, and the key that must not be repeated."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypeVar

from pydantic import JsonValue

from tenuto.core.connector import Answer, retry_after
from tenuto.core.errors import AuthRejected, CreditsExhausted, InvalidOutput, Outgoing, Problem, RateLimited, Rejected, VendorFailed

P = TypeVar("P", bound=Problem)

_key = re.compile(r"sk-[A-Za-z]+-[\w-]{6,}")
_credits = re.compile(r"credit|quota|billing|insufficient|balance|usage limit|upgrade your plan|subscription", re.IGNORECASE)
_rate = re.compile(r"rate.?limit|too many requests|throttl", re.IGNORECASE)
_credit_fix = "Top up the Lyzr account, then retry the run."


def redacted(text: str) -> str:
    """A vendor's text without anything that looks like an API key (`sk-default-…`)."""
    return _key.sub("sk-…", text)


def clean(problem: P) -> P:
    """The problem with its texts redacted."""
    data = problem.data
    problem.data = data.model_copy(
        update={
            "detail": redacted(data.detail),
            "raw": redacted(data.raw) if data.raw else None,
            "issues": tuple(issue.model_copy(update={"message": redacted(issue.message)}) for issue in data.issues),
        }
    )
    problem.args = (problem.data.detail,)
    return problem


def problem_of(answer: Answer) -> Problem | None:
    """The problem that an answer is, by its status and its words; None for a success."""
    if answer.status < 400:
        return None
    reason = _reason(answer)
    wait = retry_after(answer)
    return clean(_kind(answer.status, reason, wait))


def refusal(text: str, kind: type[Outgoing] = VendorFailed) -> Problem:
    """The problem of an error that came as words within a success: credits and rate limits by their name, else `kind`."""
    reason = " ".join(text.split())[:500] or "no reason given"
    if _credits.search(reason):
        return clean(CreditsExhausted(f"Lyzr refused because the account is used up: {reason}", fix=_credit_fix, raw=text))
    found = RateLimited if _rate.search(reason) else kind
    return clean(found(f"Lyzr reported an error: {reason}", raw=text))


def _kind(status: int, reason: str, wait: float | None) -> Problem:
    said = f": {reason}" if reason else "."
    match status:
        case 401 if "tool not found" in reason.lower():
            return Rejected(f"Lyzr does not know a tool of this agent{said}", fix="Add it in Lyzr Studio under Configure > Tools.")
        case 401 | 403:
            return AuthRejected(
                f"Lyzr refused the API key (status {status}){said}", fix="Check LYZR_API_KEY; keys are made in Lyzr Studio."
            )
        case 402:
            return CreditsExhausted(f"Lyzr refused because the account is used up{said}", fix=_credit_fix)
        case 404:
            return Rejected(f"Lyzr knows no such agent{said}", fix="Copy the agent's id (24 hexadecimal characters) from Lyzr Studio.")
        case 405:
            return Rejected(
                f"Lyzr does not take this request at this address{said}", fix="Check LYZR_BASE_URL: the host's root, with no path."
            )
        case 429:
            return _too_many(reason, wait)
        case _ if status >= 500:
            return VendorFailed(f"Lyzr failed with status {status}{said}", retry_after=wait)
        case _:
            return Rejected(f"Lyzr refused the request (status {status}){said}", fix="Check the agent's settings in Lyzr Studio.")


def _too_many(reason: str, wait: float | None) -> Problem:
    """429 means two things at Lyzr: slow down, or the credits are used up; only the first goes away by waiting."""
    if _credits.search(reason):
        return CreditsExhausted(f"Lyzr refused because the account is used up: {reason}", fix=_credit_fix)
    if wait is not None or _rate.search(reason):
        return RateLimited(f"Lyzr asks to wait{f': {reason}' if reason else '.'}", retry_after=wait)
    said = f" ({reason})" if reason else ""
    return CreditsExhausted(f"Lyzr answered 429 without a time to wait{said}, which means that the credits are used up.", fix=_credit_fix)


def _reason(answer: Answer) -> str:
    """What the body says: FastAPI's `detail`, as one string or one for each wrong field; nothing for a page."""
    try:
        body = answer.json
    except InvalidOutput:
        text = " ".join(answer.text.split())
        return "" if text.startswith("<") else text[:300]
    said = _first(body, ("detail", "error", "message")) if isinstance(body, dict) else body
    if isinstance(said, list):
        return "; ".join(_field(each) for each in said)[:500]
    return " ".join(str(said).split())[:500] if said else ""


def _field(detail: JsonValue) -> str:
    if not isinstance(detail, dict):
        return str(detail)
    where = detail.get("loc")
    place = ".".join(str(part) for part in where if part != "body") if isinstance(where, list) else ""
    message = str(detail.get("msg", "is wrong"))
    return f"{place}: {message}" if place else message


def _first(body: Mapping[str, JsonValue], names: tuple[str, ...]) -> JsonValue:
    return next((body[name] for name in names if body.get(name)), None)
