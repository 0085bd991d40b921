"""What the settings of a workflow say that would have no effect."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pydantic import JsonValue

from tenuto.core.errors import Issue
from tenuto.core.values import JsonObject, pointer

_label = r"[^\s*/:@?#.\[\]]+"
_pattern = re.compile(rf"(\*\.)?{_label}(\.{_label})*\.?(:(?P<port>\d{{1,5}}))?/?|\[[0-9a-fA-F:.]+\](:(?P<port6>\d{{1,5}}))?")
_address = re.compile(r"\d{1,3}(\.\d{1,3}){3}")
_numeric = re.compile(r"([^:]*\.)?(\d+|0x[0-9a-f]*)\.?(:\d+)?/?", re.IGNORECASE)
"""Hosts that some take for an address and some for a name: none of them is ever reached."""


def settings_issues(document: JsonObject) -> Iterator[Issue]:
    """Budgets that no run counts on, and allowed hosts that no request can have. What has the wrong shape is told with the shape."""
    settings = document.get("settings")
    if isinstance(settings, dict):
        yield from _egress(settings.get("egress"))
        if document.get("id") is None:
            yield from _budgets(settings.get("budget"))


def _egress(allowed: JsonValue) -> Iterator[Issue]:
    for index, text in enumerate(allowed if isinstance(allowed, list) else ()):
        if isinstance(text, str) and not _names_a_host(text):
            yield Issue(
                pointer=f"/settings/egress{pointer(index)}",
                code="no-such-host",
                message=f'"{text[:100]}" is no host name: it allows nothing.',
                fix="Write a host as in `api.example.com`, or `*.example.com` for all below it, without scheme and path.",
                severity="warning",
            )


def _names_a_host(text: str) -> bool:
    found = _pattern.fullmatch(text)
    port = found and (found["port"] or found["port6"])
    if found is None or (port and not 0 < int(port) < 65536):
        return False
    host = text.removesuffix("/").rpartition(":")[0] if found["port"] else text.removesuffix("/")
    return host.startswith("[") or bool(_address.fullmatch(host)) or not _numeric.fullmatch(host)


def _budgets(given: JsonValue) -> Iterator[Issue]:
    listed = isinstance(given, list)
    for index, budget in enumerate(given if isinstance(given, list) else [given]):
        period = budget.get("period", "run") if isinstance(budget, dict) else "run"
        if period != "run":
            yield Issue(
                pointer=f"/settings/budget{pointer(index) if listed else ''}/period",
                code="budget-without-id",
                message=f"A budget for each {period} counts all runs of one workflow, and this one has no id: nothing is held to it.",
                fix="Give the workflow an id; a workflow that is stored has one.",
                severity="warning",
            )
