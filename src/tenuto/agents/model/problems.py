"""How vendors of models say no: statuses, words, and keys that must not be repeated."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from pydantic import JsonValue

from tenuto.agents.model.choice import nearest
from tenuto.agents.model.vendors import Kind
from tenuto.core.answer import bounded
from tenuto.core.connector import Answer, retry_after
from tenuto.core.errors import AuthRejected, CreditsExhausted, InvalidOutput, Problem, RateLimited, Rejected, VendorFailed

_key = re.compile(r"\b(sk|gsk|sk-ant|sk-or|sk-proj|AIza)[-_]?[\w*.…-]{6,}")
_used_up = re.compile(
    r"insufficient_quota|billing|credit balance|exceeded your current quota|out of credits|insufficient (?:credit|balance|funds)|"
    r"exceeded_current_quota|payment required|spending limit",
    re.IGNORECASE,
)
_daily = re.compile(r'"quotaId": ?"\w*PerDay')
_too_long = re.compile(
    r"context.length|context.window|prompt is too long|input token count|too many (?:input )?tokens|maximum context", re.IGNORECASE
)
_bad_key = re.compile(r"API_KEY_INVALID|invalid.api.key|api key not valid", re.IGNORECASE)
_delay = re.compile(r'"retryDelay": ?"(\d{1,6}(?:\.\d{1,9})?)s"')
_longest_reason = 500


class Name(Protocol):
    """Who says no, to be named in the sentence; which model was asked for."""

    @property
    def kind(self) -> Kind: ...
    @property
    def name(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error of a vendor, freed of its shape; `status` 0 is one that came within a stream without saying its status."""

    status: int
    reason: str
    body: str
    wait: float | None = None


def problem_of(answer: Answer, asked: Name | None = None) -> Problem | None:
    """The problem that an answer is; None for a success."""
    if answer.status < 400:
        return None
    return problem(Refusal(answer.status, _reason(answer), answer.text, _wait(answer)), asked)


def problem(refused: Refusal, asked: Name | None = None) -> Problem:
    """What an error means, by its status and its words."""
    who = asked.kind.name if asked is not None else "The model's vendor"
    said = f": {redacted(refused.reason)}" if refused.reason else "."
    raw = redacted(refused.body)
    spent = _used_up.search(f"{refused.reason} {refused.body[:2000]}") or _daily.search(refused.body)
    if refused.status == 402 or (spent and refused.status in (0, 400, 403, 429)):
        fix = f"Top up the account at {who}, then retry the run."
        return CreditsExhausted(f"{who} refused because the account is used up{said}", fix=fix, raw=raw)
    if refused.status in (401, 403) or _bad_key.search(refused.body):
        return AuthRejected(f"{who} refused the API key (status {refused.status}){said}", fix=_connect(asked), raw=raw)
    if refused.status == 429:
        return RateLimited(f"{who} asks us to wait{said}", retry_after=refused.wait, raw=raw)
    if refused.status >= 500 or refused.status == 0:
        status = f" with status {refused.status}" if refused.status else ""
        return VendorFailed(f"{who} failed{status}{said}", retry_after=refused.wait, raw=raw)
    return _rejected(refused, who, said, raw, asked)


def redacted(text: str) -> str:
    """A vendor's text without anything that looks like an API key, whole or with its middle blotted out."""
    return _key.sub(lambda found: f"{found[1]}-…", text)


def clean(found: Problem) -> Problem:
    """The problem with its texts redacted."""
    data = found.data
    update = {"detail": redacted(data.detail), "raw": redacted(data.raw) if data.raw else None}
    found.data = data.model_copy(update=update)
    found.args = (found.data.detail,)
    return found


def unreadable(who: str, what: str, raw: str | None = None) -> Problem:
    """An answer that is none."""
    return InvalidOutput(f"{who} {what}.", raw=redacted(raw) if raw else None)


def _rejected(refused: Refusal, who: str, said: str, raw: str, asked: Name | None) -> Problem:
    if refused.status == 404:
        near = nearest(asked.kind, asked.name) if asked is not None else None
        mean = f'Did you mean "{asked.kind.key}:{near}"?' if asked is not None and near not in (None, asked.name) else None
        setting = asked.kind.base_setting if asked is not None else "the base URL"
        model = f' "{asked.name}"' if asked is not None else ""
        fix = mean or f"Check the model's name and {setting}."
        return Rejected(f"{who} knows no model{model} at this address{said}", fix=fix, raw=raw)
    if refused.status == 413 or _too_long.search(refused.reason):
        fix = "Ask a shorter question, give it fewer tools or smaller results, or choose a model that takes more."
        return Rejected(f"What was sent is too long for the model at {who}{said}", fix=fix, raw=raw)
    return Rejected(f"{who} refused the request (status {refused.status}){said}", fix="Check the agent's model and settings.", raw=raw)


def _connect(asked: Name | None) -> str:
    if asked is None:
        return "Check the API key."
    return f"Set {asked.kind.credential} to a valid key of {asked.kind.name} and start again."


def _reason(answer: Answer) -> str:
    """The vendor's sentence, wherever it stands; nothing of a page of HTML."""
    try:
        body = answer.json
    except InvalidOutput:
        return ""
    if isinstance(body, list) and body:
        body = body[0]
    return " ".join(_sentence(body).split())[:_longest_reason]


def _sentence(body: JsonValue) -> str:
    if isinstance(body, str):
        return body
    if not isinstance(body, Mapping):
        return ""
    inner = body.get("error")
    found = _first(inner) if isinstance(inner, Mapping) else inner
    return str(found or _first(body) or "")


def _first(body: Mapping[str, JsonValue]) -> JsonValue:
    return next((body[name] for name in ("message", "detail", "msg") if body.get(name)), None)


def _wait(answer: Answer) -> float | None:
    """What the vendor asks us to wait: by header, or as Google says it in the body."""
    said = retry_after(answer)
    if said is None and (found := _delay.search(answer.text)):
        return bounded(float(found[1]))
    return said
