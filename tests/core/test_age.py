"""Lengths of time as people write them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tenuto.core.age import age_of


@pytest.mark.parametrize(
    ("text", "age"),
    [("30d", timedelta(days=30)), (" 12 h", timedelta(hours=12)), ("2w", timedelta(weeks=2)), ("90s", timedelta(seconds=90)),
     ("P30D", timedelta(days=30)), ("PT36H", timedelta(hours=36)), ("5m", timedelta(minutes=5))],
)  # fmt: skip
def test_an_age_is_read(text: str, age: timedelta) -> None:
    assert age_of(text) == age


@pytest.mark.parametrize(
    "text", ["", "soon", "30", "-1d", "0d", "-P1D", "P0D", "1y", "٣d", "9999999d", "999999w", "P999999999999D", "NaN", "1e5", "1d\0"]
)
def test_what_is_no_age_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"length of time|longer than nothing"):
        age_of(text)
