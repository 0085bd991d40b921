"""Stripe's form-encoded parameters: brackets on the wire, names and types of each endpoint, and what Stripe says of wrong ones.

From https://docs.stripe.com/api/errors, https://docs.stripe.com/error-codes and https://docs.stripe.com/api/metadata.
"""

from __future__ import annotations

import re
from typing import Any, cast
from urllib.parse import parse_qsl

from tests.doubles.vendor import Json

currencies = ("usd", "eur", "gbp", "chf", "jpy")
form = "application/x-www-form-urlencoded"
_step = re.compile(r"\[([^\]]*)\]")


class Refused(Exception):
    """Stripe says no; `saved` where an endpoint had begun, so that its idempotency key keeps the answer."""

    def __init__(self, message: str, *, status: int = 400, type: str = "invalid_request_error", saved: bool = False, **more: Any) -> None:
        super().__init__(message)
        self.status, self.saved = status, saved
        self.error: Json = {"message": message, "type": type} | more
        if "code" in more:
            self.error["doc_url"] = f"https://stripe.com/docs/error-codes/{more['code'].replace('_', '-')}"


def nested(body: bytes, media: str) -> Json:
    """`items[0][price]=p&expand[]=customer` as objects and lists."""
    if body and not media.startswith(form):
        raise Refused(f"Invalid request (check that your POST content type is {form}).")
    found: Json = {}
    for name, value in parse_qsl(body.decode(), keep_blank_values=True):
        root = name.partition("[")[0]
        steps = [root, *_step.findall(name[len(root) :])]
        place = found
        for step, following in zip(steps, [*steps[1:], None], strict=True):
            key = step or str(len(place))
            if following is None:
                place[key] = value
            elif isinstance(place.setdefault(key, {}), str):
                raise Refused(f"Invalid {root}", param=root)
            else:
                place = place[key]
    return {name: _lists(value) for name, value in found.items()}


def _lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    given = cast("Json", value)
    inner: Json = {name: _lists(each) for name, each in given.items()}
    listed: list[Any] = list(inner.values())
    return listed if listed and all(name.isdecimal() for name in inner) else inner


def fields(text: str) -> dict[str, str]:
    """`email balance:int address:map mode:payment|setup`: each name with its type, a text where none is said."""
    return {name: kind or "str" for name, _, kind in (each.partition(":") for each in text.split())}


def checked(sent: Json, known: dict[str, str], required: tuple[str, ...] = ()) -> Json:
    """The parameters by their types. Raises `Refused` in Stripe's words."""
    known = known | {"expand": "list", "metadata": "map"}
    for name in sent:
        if name not in known:
            raise Refused(f"Received unknown parameter: {name}", code="parameter_unknown", param=name)
    for name in required:
        if not sent.get(name):
            raise Refused(f"Missing required param: {name}.", code="parameter_missing", param=name)
    values = {name: _typed(name, value, known[name]) for name, value in sent.items()}
    _metadata(values.get("metadata"))
    if isinstance(email := values.get("email"), str) and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", email):
        raise Refused(f"Invalid email address: {email}", code="email_invalid", param="email")
    if (currency := values.get("currency")) is not None and currency.lower() not in currencies:
        raise Refused(
            f"Invalid currency: {currency}. Stripe currently supports these currencies: {', '.join(currencies)}", param="currency"
        )
    return values | ({"currency": values["currency"].lower()} if values.get("currency") else {})


def _typed(name: str, value: Any, kind: str) -> Any:
    if value == "" and kind in ("str", "map", "list"):
        return None
    if kind in ("map", "list"):
        if not isinstance(value, dict if kind == "map" else list):
            raise Refused(f"Invalid {'object' if kind == 'map' else 'array'}", param=name)
        return cast("Any", value)
    if not isinstance(value, str):
        raise Refused("Invalid string", param=name)
    if value == "":
        text = f"You passed an empty string for '{name}'. We assume empty values are an attempt to unset a parameter; however '{name}' cannot be unset."
        raise Refused(text, code="parameter_invalid_empty", param=name)
    match kind:
        case "str":
            if len(value) > 5000:
                raise Refused(f"Invalid string: {value[:10]}…; must be at most 5000 characters", param=name)
            return value
        case "int":
            if not re.fullmatch(r"-?\d{1,15}", value):
                raise Refused(f"Invalid integer: {value}", code="parameter_invalid_integer", param=name)
            return int(value)
        case "bool":
            if value not in ("true", "false"):
                raise Refused(f"Invalid boolean: {value}", param=name)
            return value == "true"
        case _:
            if value not in (choices := kind.split("|")):
                raise Refused(f"Invalid {name}: must be one of {', '.join(choices[:-1])}, or {choices[-1]}", param=name)
            return value


def _metadata(given: Json | None) -> None:
    for name, value in (given or {}).items():
        if len(name) > 40:
            text = f"Metadata keys can have up to 40 characters; yours has {len(name)} characters: {name}"
            raise Refused(text, param="metadata")
        if not isinstance(value, str) or len(value) > 500:
            raise Refused(
                f"Metadata values can have up to 500 characters; you passed in a value for {name} that is longer.", param="metadata"
            )
    if len(given or {}) > 50:
        raise Refused("Metadata can have up to 50 keys.", param="metadata")
