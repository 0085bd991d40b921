"""A length of time as people write it: `30d`, `12h`, or in ISO 8601 (`P30D`)."""

from __future__ import annotations

import re
from datetime import timedelta

from pydantic import TypeAdapter, ValidationError

longest_age = timedelta(days=36525)
"""A hundred years: nobody means more, and a database cannot go back for ever."""
_short = re.compile(r"([0-9]{1,6})\s*([smhdw])", re.ASCII)
_units = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_iso = TypeAdapter(timedelta)


def age_of(text: str) -> timedelta:
    """How long that is. Raises `ValueError` for what is no length of time, or out of bounds."""
    if (short := _short.fullmatch(text.strip())) is not None:
        age = timedelta(**{_units[short[2]]: int(short[1])})
    else:
        try:
            age = _iso.validate_strings(text.strip())
        except ValidationError:
            raise ValueError(f"{text[:50]!r} is no length of time like 30d, 12h or P30D") from None
    if not timedelta(0) < age <= longest_age:
        raise ValueError("it has to be longer than nothing, and at most a hundred years")
    return age
