"""What triggers have to be: of names that exist, and with expressions where only an expression makes sense."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import JsonValue

from tenuto.core.catalog import Catalog
from tenuto.core.documents.scope import known
from tenuto.core.errors import InvalidExpression, Issue
from tenuto.core.language.expression import Expression
from tenuto.core.language.template import parse
from tenuto.core.values import JsonObject, pointer

_expressions = ("filter", "items", "key", "watermark")


def trigger_issues(document: JsonObject, catalog: Catalog) -> Iterator[Issue]:
    """Everything that is wrong with the triggers of a document and that their shape does not tell."""
    triggers = document.get("triggers")
    seen: set[str] = set()
    for index, trigger in enumerate(triggers if isinstance(triggers, list) else []):
        if not isinstance(trigger, dict):
            continue
        at, name = pointer("triggers", index), trigger.get("id")
        if isinstance(name, str) and name in seen:
            yield Issue(
                pointer=f"{at}/id", code="duplicate-trigger-id", message=f'The trigger id "{name}" is used twice.', fix="Rename one."
            )
        seen.add(str(name))
        yield from _connector(trigger, at, catalog)
        yield from _single(trigger, at)


def _connector(trigger: JsonObject, at: str, catalog: Catalog) -> Iterator[Issue]:
    name = trigger.get("connector")
    if not isinstance(name, str):
        return
    connector = catalog.connectors.get(name)
    if connector is None:
        sentence = f'There is no integration "{name}".'
        yield Issue(pointer=f"{at}/connector", code="unknown-connector", message=sentence, fix=known(catalog.connectors, name))
    elif trigger.get("type") == "webhook":
        if connector.webhook is None and trigger.get("scheme") is None:
            fix = "Name the scheme by which its deliveries are signed."
            yield Issue(pointer=f"{at}/connector", code="no-webhooks", message=f"{connector.name} sends no webhooks that we know.", fix=fix)
        yield from _events(trigger.get("events"), at, connector.name, dict.fromkeys(connector.events))
    elif trigger.get("type") == "poll":
        yield from _action(trigger, at, catalog, name)


def _events(events: JsonValue, at: str, name: str, there: dict[str, None]) -> Iterator[Issue]:
    for number, event in enumerate(events if isinstance(events, list) else []):
        if there and isinstance(event, str) and event.partition(".")[0] not in there:
            sentence, fix = f'{name} sends no event "{event}".', known(there, event.partition(".")[0])
            yield Issue(pointer=f"{at}/events/{number}", code="unknown-event", message=sentence, fix=fix)


def _action(trigger: JsonObject, at: str, catalog: Catalog, connector: str) -> Iterator[Issue]:
    name, actions = trigger.get("action"), catalog.connectors[connector].actions
    if not isinstance(name, str):
        return
    if name not in actions:
        sentence = f'{connector} has no action "{name}".'
        yield Issue(pointer=f"{at}/action", code="unknown-action", message=sentence, fix=known(actions, name))
    elif actions[name].effect not in {"pure", "read"}:
        sentence = f"{connector}.{name} changes something, and polling may only read."
        yield Issue(pointer=f"{at}/action", code="action-writes", message=sentence, fix="Choose an action that lists or reads.")
    else:
        fields = {field.alias or key: field for key, field in actions[name].params.model_fields.items()}
        params = trigger.get("params")
        given = params if isinstance(params, dict) else {}
        for extra in given.keys() - fields.keys():
            sentence = f'{connector}.{name} has no parameter "{extra}".'
            yield Issue(pointer=f"{at}/params{pointer(extra)}", code="unknown-parameter", message=sentence, fix=known(fields, extra))
        for key, field in fields.items():
            if field.is_required() and key not in given:
                yield Issue(pointer=f"{at}/params", code="missing-parameter", message=f'{connector}.{name} needs the parameter "{key}".')


def _single(trigger: JsonObject, at: str) -> Iterator[Issue]:
    """A filter or a place in an answer that is plain text, or text with expressions in it, would be no place and always true."""
    for name in _expressions:
        text = trigger.get(name)
        if not isinstance(text, str):
            continue
        try:
            whole = isinstance(parse(text), Expression)
        except InvalidExpression:
            continue  # told by the check of every expression
        if not whole:
            sentence = f'"{name}" is one expression, such as {{{{ event.id }}}}, and not text.'
            yield Issue(pointer=f"{at}/{name}", code="not-an-expression", message=sentence, fix="Write it between one pair of {{ }}.")
