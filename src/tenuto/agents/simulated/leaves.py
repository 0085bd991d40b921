"""Single values that sound like an answer: a member of a list, a number, a yes or no, a text."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from pydantic import JsonValue

from tenuto.agents.simulated.pattern import matching
from tenuto.agents.simulated.prose import brief
from tenuto.agents.simulated.question import Question, cut, stems_of

Schema = Mapping[str, JsonValue]

_ladders = (
    ("trivial", "lowest", "minor", "low", "normal", "medium", "moderate", "major", "high", "urgent", "highest", "critical", "blocker"),
    ("p5", "p4", "p3", "p2", "p1", "p0"),
    ("sev4", "sev3", "sev2", "sev1"),
)
_moods = {
    "positive": 1,
    "happy": 1,
    "satisfied": 1,
    "neutral": 0,
    "mixed": 0,
    "negative": -1,
    "angry": -1,
    "unhappy": -1,
    "dissatisfied": -1,
}
_last_resort = ("other", "general", "unknown", "none", "default", "misc", "en", "english", "open", "success")
_pressing = frozenset(("urgency", "urgent", "priority", "severity", "criticality", "risk", "escalate", "importance"))
_shares = frozenset(("confidence", "probability", "likelihood", "certainty", "relevance"))
_quantities = frozenset(("amount", "price", "total", "count", "number", "quantity", "age", "year", "days", "hours", "cost", "size"))
_spoken = frozenset(("text", "answer", "reply", "response", "message", "body", "content", "explanation", "rationale", "reasoning"))
_named = frozenset(("id", "reference", "order", "ticket", "number", "key", "code"))
_epoch = datetime(2026, 1, 5, 9, tzinfo=UTC)


def chosen(members: Sequence[JsonValue], name: str, question: Question) -> JsonValue:
    """The member that shares most with the question's words; else how urgent or friendly it sounds decides, else a fallback."""
    scores = _scores(members, question)
    best = max(scores)
    if best > 0:
        return members[scores.index(best)]
    for guess in (_by_urgency(members, question), _by_mood(members, question)):
        if guess is not None:
            return guess
    plain = [member for member in members if isinstance(member, str) and member.lower() in _last_resort]
    return plain[0] if plain else question.pick(members, name)


def chosen_of(members: Sequence[JsonValue], name: str, question: Question, count: int) -> Sequence[JsonValue]:
    """Different members, those that share words with the question first; `count` of them, as far as there are so many."""
    first = chosen(members, name, question)
    scores = _scores(members, question)
    ranked = sorted(range(len(members)), key=lambda index: (members[index] != first, -scores[index], index))
    return [members[index] for index in ranked[:count]]


def number(schema: Schema, name: str, question: Question, *, whole: bool) -> JsonValue:
    """A number within the bounds: high where the name asks for urgency and the question is urgent, else one that was mentioned."""
    low, high = _bounds(schema, whole=whole)
    words = _words(schema, name)
    if words & _pressing:
        low, high = (0.0 if low is None else low), (10.0 if high is None else high)
        return _fitted(low + question.urgency * (high - low), schema, low, high, whole=whole)
    if words & _shares:
        low, high = (0.0 if low is None else low), (1.0 if high is None else high)
        share = 0.7 + (question.roll(name) % 26) / 100
        return _fitted(low + share * (high - low), schema, low, high, whole=whole)
    mentioned = [one for one in question.numbers if (low is None or one >= low) and (high is None or one <= high)]
    if mentioned and (words & _quantities or not words):
        return _fitted(mentioned[0], schema, low, high, whole=whole)
    low = low if low is not None else min(0.0, high if high is not None else 0.0)
    high = high if high is not None else low + 10
    return _fitted(low + (question.roll(name) % 1_000) / 1_000 * (high - low), schema, low, high, whole=whole)


def boolean(schema: Schema, name: str, question: Question) -> bool:
    """Whether the name's words occur in the question; for urgency and the like, whether it is urgent."""
    words = _words(schema, name)
    if words & _pressing or words & {"human", "handover", "page", "alert"}:
        return question.urgency >= 0.7
    return bool(stems_of(name) & question.stems)


def text(schema: Schema, name: str, question: Question) -> str:
    """A text of the right format, pattern and length that says something about the question."""
    if isinstance(form := schema.get("format"), str) and (formed := _formatted(form, question, name)) is not None:
        return formed
    least, most = _whole(schema.get("minLength"), 0), _whole(schema.get("maxLength"), 4_000)
    said = _said(schema, name, question, most)
    if isinstance(pattern := schema.get("pattern"), str):
        found = matching(pattern, lambda salt: question.roll(name + salt))
        return found if found is not None else said
    said = cut(said, most)
    while len(said) < least:
        said = f"{said} {brief(question, 4_000)}".strip()[:most]
    return said


def _said(schema: Schema, name: str, question: Question, most: int) -> str:
    words = frozenset(name.replace("-", "_").lower().split("_"))
    examples = schema.get("examples")
    if isinstance(default := schema.get("default"), str):
        return default
    if words & _spoken:
        return brief(question, min(most, 600))
    if words & {"email", "mail"}:
        return question.email or "ada@example.com"
    if words & _named and question.reference:
        return question.reference
    if words & {"subject", "title", "headline", "topic", "category", "label"}:
        return " ".join(question.terms).capitalize() or "General question"
    if words & {"language", "locale", "lang"}:
        return "en"
    if isinstance(examples, list) and examples and isinstance(example := examples[0], str):
        return example
    return question.summary(min(most, 200)) or "A general question"


def _formatted(form: str, question: Question, name: str) -> str | None:
    moment = _epoch + timedelta(minutes=question.roll(name) % 40_000)
    match form:
        case "date-time":
            return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
        case "date":
            return moment.strftime("%Y-%m-%d")
        case "time":
            return moment.strftime("%H:%M:%SZ")
        case "uuid":
            return str(UUID(int=question.roll(name) << 64 | question.roll(name + "'"), version=4))
        case "email" | "idn-email":
            return question.email or "ada@example.com"
        case _:
            return _fixed_formats.get(form)


_fixed_formats = {
    "duration": "PT1H",
    "hostname": "www.example.com",
    "idn-hostname": "www.example.com",
    "uri": "https://www.example.com/",
    "iri": "https://www.example.com/",
    "uri-reference": "/cases/1",
    "iri-reference": "/cases/1",
    "uri-template": "/cases/{id}",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "json-pointer": "/cases/0",
    "relative-json-pointer": "0",
    "regex": "[a-z]+",
}


def _scores(members: Sequence[JsonValue], question: Question) -> Sequence[float]:
    """How much each member shares with the question; a word that many members have counts less."""
    stems = [stems_of(member) if isinstance(member, str) else frozenset[str]() for member in members]
    spread = Counter(stem for each in stems for stem in each)
    found = [each & question.stems for each in stems]
    return [sum(1 / spread[stem] for stem in hit) + (len(hit) / len(each) if each else 0) for hit, each in zip(found, stems, strict=True)]


def _by_urgency(members: Sequence[JsonValue], question: Question) -> JsonValue:
    for ladder in _ladders:
        rungs = sorted((ladder.index(m.lower()), m) for m in members if isinstance(m, str) and m.lower() in ladder)
        if len(rungs) > 1 and 2 * len(rungs) >= len(members):
            return rungs[min(int(question.urgency * len(rungs)), len(rungs) - 1)][1]
    return None


def _by_mood(members: Sequence[JsonValue], question: Question) -> JsonValue:
    sign = (question.mood > 0) - (question.mood < 0)
    known = [member for member in members if isinstance(member, str) and member.lower() in _moods]
    if len(known) < 2:
        return None
    return next((member for member in known if _moods[member.lower()] == sign), None)


def _bounds(schema: Schema, *, whole: bool) -> tuple[float | None, float | None]:
    step = 1.0 if whole else 0.0
    lows = [_float(schema.get("minimum")), _beyond(_float(schema.get("exclusiveMinimum")), step, 1)]
    highs = [_float(schema.get("maximum")), _beyond(_float(schema.get("exclusiveMaximum")), step, -1)]
    return (
        max((low for low in lows if low is not None), default=None),
        min((high for high in highs if high is not None), default=None),
    )


def _beyond(bound: float | None, step: float, sign: int) -> float | None:
    if bound is None:
        return None
    if step:
        return math.floor(bound) + 1.0 if sign > 0 else math.ceil(bound) - 1.0
    return bound + sign * max(abs(bound) * 1e-6, 1e-6)


def _fitted(value: float, schema: Schema, low: float | None, high: float | None, *, whole: bool) -> int | float:
    """The nearest multiple within the bounds, rounded to what a person would say."""
    step = _float(schema.get("multipleOf")) or (1.0 if whole else None)
    if step is None:
        rounded = round(value, 2)
        inside = (low is None or rounded >= low) and (high is None or rounded <= high)
        return rounded if inside else value
    times = round(value / step)
    if high is not None and times * step > high:
        times = math.floor(high / step)
    if low is not None and times * step < low:
        times = math.ceil(low / step)
    product = times * step
    return round(product) if whole else round(product, 10)


def _words(schema: Schema, name: str) -> frozenset[str]:
    described = schema.get("description")
    text = f"{name} {described if isinstance(described, str) else ''}"
    return frozenset(text.replace("_", " ").replace("-", " ").lower().split())


def _float(value: JsonValue) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _whole(value: JsonValue, default: int) -> int:
    return int(value) if isinstance(value, int | float) else default
