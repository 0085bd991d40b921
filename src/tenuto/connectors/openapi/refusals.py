"""How APIs say no, where all that is known of them is a document: the fields in which most of them put their sentence."""

from __future__ import annotations

from tenuto.core.answer import Answer, ErrorRule
from tenuto.core.errors import Problem
from tenuto.core.values import JsonValue

_words = ("detail", "message", "error_description", "error_message", "errorMessage", "title", "reason", "error", "errors", "msg")
"""RFC 9457 first, then OAuth's and the common ones; the sentence may lie below them."""


def _sentence(answer: Answer) -> str:
    try:
        return _found(answer.json, 0)[:500] or f"status {answer.status}"
    except Problem:
        return f"status {answer.status}"


def _found(value: JsonValue, level: int) -> str:
    if isinstance(value, str):
        return value if level else ""
    if isinstance(value, list):
        return next((found for each in value[:5] if (found := _found(each, level + 1))), "")
    if isinstance(value, dict) and level < 4:
        return next((found for word in _words if word in value and (found := _found(value[word], level + 1))), "")
    return ""


refused = ErrorRule(when=lambda answer: answer.status >= 400, message=_sentence)
"""Any error; which problem it is goes by its status."""
