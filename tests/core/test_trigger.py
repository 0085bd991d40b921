"""Triggers as they are written: what is accepted, and where each wrong part is said to be."""

from __future__ import annotations

from typing import Any

import pytest

from tenuto.core.catalog import discover
from tenuto.core.documents.validation import validate
from tenuto.core.trigger import PollTrigger, ScheduleTrigger, WebhookTrigger

catalog = discover()
poll = {
    "id": "p", "type": "poll", "connector": "github", "action": "list_issues", "params": {"owner": "a", "repo": "b"},
    "items": "{{ event.issues }}", "key": "{{ event.id }}",
}  # fmt: skip


def workflow(*triggers: Any) -> dict[str, Any]:
    return {"name": "W", "startNode": "a", "nodes": [{"id": "a", "type": "transform", "config": {"value": 1}}], "triggers": [*triggers]}


def test_each_kind_is_read_and_written_the_same() -> None:
    given = workflow(
        {"id": "gh", "type": "webhook", "connector": "github", "events": ["issues.opened"], "input": {"message": "{{ event.issue.title }}"},
         "respond": "immediately"},
        {"id": "morning", "type": "schedule", "cron": "0 9 * * 1-5", "timezone": "Europe/Berlin", "overlap": "skip", "catch_up": "PT1H"},
        {"id": "often", "type": "schedule", "every": "PT15M", "missed": "last", "jitter": "PT1M"},
        poll,
    )  # fmt: skip
    definition = validate(given, catalog).require()
    assert [type(trigger) for trigger in definition.triggers] == [WebhookTrigger, ScheduleTrigger, ScheduleTrigger, PollTrigger]
    assert validate(definition.document, catalog).require().version_hash == definition.version_hash


@pytest.mark.parametrize(
    ("trigger", "code", "pointer", "message"),
    [
        ({"id": "t"}, "invalid-value", "/triggers/0", ""),
        ({"id": "t", "type": "timer"}, "invalid-value", "/triggers/0", "timer"),
        ({"id": "t", "type": "schedule"}, "invalid-value", "/triggers/0", "exactly one of cron and every"),
        ({"id": "t", "type": "schedule", "cron": "0 25 * * *"}, "invalid-value", "/triggers/0", "bad hour"),
        ({"id": "t", "type": "schedule", "cron": "0 0 30 2 *"}, "invalid-value", "/triggers/0", "bad day-of-month"),
        ({"id": "t", "type": "schedule", "every": "PT0S"}, "invalid-value", "/triggers/0/every", "PT1S"),
        ({"id": "t", "type": "schedule", "every": "soon"}, "invalid-value", "/triggers/0/every", ""),
        ({"id": "t", "type": "schedule", "every": "PT1H", "timezone": "Berlin"}, "invalid-value", "/triggers/0/timezone", "Europe/Berlin"),
        ({"id": "t", "type": "schedule", "every": "PT1H", "timezone": "../etc/passwd"}, "invalid-value", "/triggers/0/timezone", ""),
        ({"id": "t", "type": "schedule", "every": "PT1H", "catch_up": "-PT1H"}, "invalid-value", "/triggers/0/catch_up", ""),
        ({"id": "t", "type": "webhook", "conector": "github"}, "unknown-field", "/triggers/0/conector", ""),
        ({"id": "t", "type": "webhook", "connector": "githup"}, "unknown-connector", "/triggers/0/connector", "githup"),
        ({"id": "t", "type": "webhook", "connector": "gmail"}, "no-webhooks", "/triggers/0/connector", "Gmail"),
        ({"id": "t", "type": "webhook", "connector": "github", "events": ["isues"]}, "unknown-event", "/triggers/0/events/0", "isues"),
        ({"id": "t", "type": "webhook", "path": "../x"}, "invalid-value", "/triggers/0/path", ""),
        ({"id": "t", "type": "webhook", "path": "chosen", "scheme": "path"}, "invalid-value", "/triggers/0", "leave path out"),
        ({"id": "t", "type": "webhook", "allow": ["10.0.0.1/8"]}, "invalid-value", "/triggers/0/allow/0", "host bits"),
        ({"id": "t", "type": "webhook", "filter": "event.x"}, "not-an-expression", "/triggers/0/filter", "one expression"),
        ({"id": "t", "type": "webhook", "filter": "{{ event. }}"}, "invalid-expression", "/triggers/0/filter", "column"),
        ({"id": "t", "type": "webhook", "input": {"a": "{{ nodes.a.output }}"}}, "unknown-name", "/triggers/0/input/a", "nodes"),
        ({**poll, "action": "list_isues"}, "unknown-action", "/triggers/0/action", "list_isues"),
        ({**poll, "action": "create_issue"}, "action-writes", "/triggers/0/action", "only read"),
        ({**poll, "params": {"owner": "a", "repo": "b", "own": 1}}, "unknown-parameter", "/triggers/0/params/own", "own"),
        ({**poll, "params": {"owner": "a"}}, "missing-parameter", "/triggers/0/params", "repo"),
        ({**poll, "key": "id"}, "not-an-expression", "/triggers/0/key", "one expression"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(trigger: dict[str, Any], code: str, pointer: str, message: str) -> None:
    found = [issue for issue in validate(workflow(trigger), catalog).errors if (issue.code, issue.pointer) == (code, pointer)]
    assert found, validate(workflow(trigger), catalog).errors
    assert message in found[0].message


def test_two_triggers_of_one_id_are_refused() -> None:
    twice = workflow({"id": "t", "type": "webhook"}, {"id": "t", "type": "webhook"})
    assert [issue.code for issue in validate(twice, catalog).errors] == ["duplicate-trigger-id"]


@pytest.mark.parametrize("triggers", [None, {}, "x", [1, None, "x"], [[]], [{"id": 1, "type": []}], [{"type": "poll", "connector": {}}]])
def test_nonsense_is_told_and_breaks_nothing(triggers: Any) -> None:
    assert validate({**workflow(), "triggers": triggers}, catalog).errors
