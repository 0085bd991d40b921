"""A value that fits a JSON schema and sounds like an answer to the question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from pydantic import JsonValue

from tenuto.agents.simulated.leaves import boolean, chosen, chosen_of, number, text
from tenuto.agents.simulated.question import Question, stems_of
from tenuto.core.errors import InvalidOutput
from tenuto.core.language.schema import sentence, violations
from tenuto.core.values import JsonObject, encode

attempts = 8
deep = 6
"""From this level on nothing is put in that is not required, so that a schema that refers to itself comes to an end."""

_combining = ("anyOf", "oneOf")


def value_for(schema: JsonObject, question: Question) -> JsonValue:
    """The first of a few guesses that fits; the schema's formats count.

    Raises `Invalid` for a schema that is wrong, and `InvalidOutput` where no guess fits (`not`, `if`, cross-references).
    """
    issues = violations(None, schema)
    for attempt in range(attempts):
        value = _Guess(schema, question, attempt).value(dict(schema), "", 0)
        if not (issues := violations(value, schema)):
            return value
    raise InvalidOutput(
        f"No simulated answer fits the output schema: {sentence(issues)}.",
        fix="Simplify the schema, or run it with a real agent.",
        issues=issues,
    )


@dataclass(frozen=True)
class _Guess:
    root: JsonObject
    question: Question
    attempt: int
    """Later attempts take other options, and the second half leaves out what is not required."""

    def value(self, schema: JsonValue, name: str, depth: int) -> JsonValue:
        if not isinstance(schema, dict):
            return text({}, name, self.question)
        schema = self._flat(schema, depth)
        if "const" in schema:
            return schema["const"]
        if isinstance(members := schema.get("enum"), list) and members:
            return chosen(members, name, self.question)
        options = next((found for word in _combining if isinstance(found := schema.get(word), list) and found), None)
        if options:
            rest = {word: part for word, part in schema.items() if word not in _combining}
            return self.value(_merged(rest, self._flat(self._option(options, name, depth), depth)), name, depth + 1)
        return self._typed(schema, name, depth)

    def _typed(self, schema: dict[str, JsonValue], name: str, depth: int) -> JsonValue:
        match _type_of(schema):
            case "object":
                return self._object(schema, depth)
            case "array":
                return self._array(schema, name, depth)
            case "integer":
                return number(schema, name, self.question, whole=True)
            case "number":
                return number(schema, name, self.question, whole=False)
            case "boolean":
                return boolean(schema, name, self.question)
            case "null":
                return None
            case _:
                return text(schema, name, self.question)

    def _object(self, schema: dict[str, JsonValue], depth: int) -> JsonValue:
        properties = _object(schema.get("properties"))
        required = [name for name in _list(schema.get("required")) if isinstance(name, str)]
        wanted = properties if self.attempt < attempts // 2 and depth < deep else {}
        names = list(dict.fromkeys([*(name for name in properties if name in wanted or name in required), *required]))
        more = schema.get("additionalProperties", True)
        made = {name: self.value(properties.get(name, more), name, depth + 1) for name in names}
        least = schema.get("minProperties")
        while more is not False and isinstance(least, int) and len(made) < least:
            name = f"{self.question.pick(self.question.terms or ['entry'], 'name')}_{len(made) + 1}"
            made[name] = self.value(more, name, depth + 1)
        return made

    def _array(self, schema: dict[str, JsonValue], name: str, depth: int) -> JsonValue:
        first = [self.value(part, name, depth + 1) for part in _list(schema.get("prefixItems"))]
        least, most = _count(schema.get("minItems"), 0), _count(schema.get("maxItems"), 1_000_000)
        if "contains" in schema:
            first.append(self.value(schema["contains"], name, depth + 1))
        items = schema.get("items", not schema.get("prefixItems"))
        if items is not False:
            wanted = 0 if depth >= deep else 2
            first += self._items(items, name, depth, max(least, min(most, wanted)) - len(first))
        kept = _distinct(first) if schema.get("uniqueItems") else first
        return kept[:most]

    def _items(self, items: JsonValue, name: str, depth: int, count: int) -> list[JsonValue]:
        flat = self._flat(items, depth) if isinstance(items, dict) else {}
        members = flat.get("enum")
        if isinstance(members, list) and members:
            return list(chosen_of(members, name, self.question, max(count, 0)))
        if _type_of(flat) == "string" and not {"format", "pattern", "const"} & flat.keys():
            terms = [*self.question.terms, "general", *(f"point {number}" for number in range(count))]
            spoken = [text({**flat, "examples": [term]}, "", self.question) for term in terms[: max(count, 0)]]
            return list(spoken)
        inner = [_Guess(self.root, self._about(index), self.attempt) for index in range(count)]
        return [guess.value(items, name, depth + 1) for guess in inner]

    def _about(self, index: int) -> Question:
        """The same question to a slightly different one, so that the items of a list are not all the same."""
        return self.question if index == 0 else Question(f"{self.question.who}#{index}", self.question.text)

    def _option(self, options: Sequence[JsonValue], name: str, depth: int) -> dict[str, JsonValue]:
        known = [option for option in options if isinstance(option, dict)]
        nothing = [option for option in known if option.get("type") == "null"]
        if nothing and depth >= deep:
            return nothing[0]
        some = [option for option in known if option not in nothing] or known or [{}]
        said = [len(stems_of(encode(option).decode()) & self.question.stems) for option in some]
        return some[(said.index(max(said)) + self.attempt) % len(some)]

    def _flat(self, schema: dict[str, JsonValue], depth: int) -> dict[str, JsonValue]:
        """The schema with its `$ref` and `allOf` put in."""
        for _ in range(32):
            if isinstance(reference := schema.get("$ref"), str):
                rest = {word: part for word, part in schema.items() if word != "$ref"}
                schema = _merged(rest, self._target(reference))
            elif isinstance(parts := schema.get("allOf"), list):
                schema = {word: part for word, part in schema.items() if word != "allOf"}
                for part in parts:
                    schema = _merged(schema, self._flat(part, depth) if isinstance(part, dict) else {})
            else:
                break
        return schema

    def _target(self, reference: str) -> dict[str, JsonValue]:
        target: JsonValue = dict(self.root)
        for part in reference.removeprefix("#").split("/")[1:]:
            target = _object(target).get(part.replace("~1", "/").replace("~0", "~"))
        return _object(target)


def _merged(one: Mapping[str, JsonValue], other: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    merged: dict[str, JsonValue] = {**one, **other}
    for word in ("properties", "$defs"):
        if word in one and word in other:
            merged[word] = {**_object(one[word]), **_object(other[word])}
    if "required" in one and "required" in other:
        merged["required"] = [*_list(one["required"]), *_list(other["required"])]
    return merged


def _type_of(schema: Mapping[str, JsonValue]) -> JsonValue:
    kind = schema.get("type")
    if isinstance(kind, list):
        return next((one for one in kind if one != "null"), "null")
    if kind is None:
        return _implied(schema)
    return kind


def _implied(schema: Mapping[str, JsonValue]) -> str:
    """The type of a schema that names none, from the keywords it uses."""
    for kind, words in (
        ("object", ("properties", "required", "minProperties")),
        ("array", ("items", "prefixItems", "minItems", "contains")),
        ("number", ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")),
    ):
        if any(word in schema for word in words):
            return kind
    return "string"


def _distinct(values: Sequence[JsonValue]) -> list[JsonValue]:
    return list({encode(value): value for value in values}.values())


def _object(value: JsonValue) -> dict[str, JsonValue]:
    return value if isinstance(value, dict) else {}


def _list(value: JsonValue) -> list[JsonValue]:
    return value if isinstance(value, list) else cast("list[JsonValue]", [])


def _count(value: JsonValue, default: int) -> int:
    return int(value) if isinstance(value, int | float) else default
