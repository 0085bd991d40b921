"""An OpenAPI document that can be asked: its operations, their parameters, and schemas without references."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from tenuto.core.connector import Method
from tenuto.core.errors import Invalid
from tenuto.core.values import JsonValue, pointer

Object: TypeAlias = dict[str, JsonValue]
methods: Mapping[str, Method] = {"get": "GET", "post": "POST", "put": "PUT", "patch": "PATCH", "delete": "DELETE", "head": "HEAD"}
most_references = 400
"""How many references of one operation are followed; after them, anything is taken."""
deepest = 8
deepest_answer = 3
"""Levels of schemas that stand in each other by reference; below, anything is taken."""


@dataclass(frozen=True, kw_only=True)
class Operation:
    """What a path offers under a method."""

    method: Method
    path: str
    at: str
    """The JSON pointer of the operation."""
    content: Object
    shared: Sequence[JsonValue]
    """The parameters of the whole path."""

    @property
    def identifier(self) -> str:
        return text(self.content.get("operationId"))

    @property
    def tags(self) -> tuple[str, ...]:
        tags = self.content.get("tags")
        return tuple(str(each) for each in tags) if isinstance(tags, list) else ()


class Document:
    """One document. Its references lead into itself; any other is refused."""

    def __init__(self, content: Object) -> None:
        self.content = content
        self._references = 0

    @classmethod
    def read(cls, content: JsonValue) -> Document:
        """Raises `Invalid` for what is no OpenAPI 3 document."""
        if not isinstance(content, dict):
            raise Invalid("This is no OpenAPI document: an object is expected.", fix="Give it the JSON or YAML that the vendor publishes.")
        version = content.get("openapi")
        if not isinstance(version, str) or not version.startswith("3."):
            old = "Swagger 2.0 documents have to be converted first (npx swagger2openapi)." if content.get("swagger") else None
            raise Invalid(
                f"OpenAPI 3 is expected, not {version or 'none'}.", pointer="/openapi", fix=old or "Give it an OpenAPI 3 document."
            )
        if not isinstance(content.get("paths"), dict):
            raise Invalid("It has no paths.", pointer="/paths", fix="Give it a document with operations.")
        return cls(content)

    @property
    def title(self) -> str:
        return text(part(self.content, "info").get("title"))

    @property
    def summary(self) -> str:
        info = part(self.content, "info")
        return first_sentence(text(info.get("summary")) or text(info.get("description")))

    @property
    def server(self) -> str:
        """The first server's address, its variables filled with their defaults."""
        servers = self.content.get("servers")
        first = servers[0] if isinstance(servers, list) and servers and isinstance(servers[0], dict) else Object()
        url = text(first.get("url"))
        for name, variable in part(first, "variables").items():
            if isinstance(variable, dict) and isinstance(variable.get("default"), str):
                url = url.replace("{" + name + "}", str(variable["default"]))
        return url

    def operations(self) -> Iterator[Operation]:
        """All of them, in the document's order."""
        for path, given in part(self.content, "paths").items():
            item = self.resolved(given, pointer("paths", path))
            shared = item.get("parameters")
            for name, method in methods.items():
                content = item.get(name)
                if isinstance(content, dict):
                    at = pointer("paths", path, name)
                    yield Operation(method=method, path=path, at=at, content=content, shared=shared if isinstance(shared, list) else ())

    def parameters(self, operation: Operation) -> Sequence[Object]:
        """The operation's, and those of its path that it does not replace."""
        own = operation.content.get("parameters")
        every = [*operation.shared, *(own if isinstance(own, list) else ())]
        found: dict[tuple[str, str], Object] = {}
        for each in every:
            parameter = self.resolved(each, operation.at + "/parameters")
            found[text(parameter.get("in")), text(parameter.get("name"))] = parameter
        return [*found.values()]

    def resolved(self, given: JsonValue, at: str) -> Object:
        """The object, or the one that its reference leads to."""
        for _ in range(32):
            if not isinstance(given, dict):
                raise Invalid("An object is expected here.", pointer=at)
            reference = given.get("$ref")
            if not isinstance(reference, str):
                return given
            given = self.at(reference, at)
        raise Invalid("References lead in a circle.", pointer=at)

    def at(self, reference: str, at: str) -> JsonValue:
        """What a reference leads to."""
        if not reference.startswith("#/"):
            raise Invalid(
                f"{reference} is elsewhere, and nothing is fetched.", pointer=at, fix="Bundle the document (npx @redocly/cli bundle)."
            )
        found: JsonValue = self.content
        for step in reference.removeprefix("#/").split("/"):
            name = step.replace("~1", "/").replace("~0", "~")
            if not isinstance(found, dict) or name not in found:
                raise Invalid(f"{reference} leads nowhere.", pointer=at)
            found = found[name]
        return found

    def follows(self) -> bool:
        """Whether one more reference of this operation is followed: schemas that refer to each other grow without end."""
        self._references += 1
        return self._references <= most_references

    def count_anew(self) -> None:
        """Count anew, for the next part of an operation."""
        self._references = 0


def part(content: Object, name: str) -> Object:
    """An object of an object, empty where there is none."""
    found = content.get(name)
    return found if isinstance(found, dict) else {}


def text(value: JsonValue) -> str:
    """A text, empty where there is none."""
    return value.strip() if isinstance(value, str) else ""


def first_sentence(words: str) -> str:
    """The first sentence of a description, in one line, at most 300 characters."""
    line = " ".join(words.partition("\n\n")[0].split())
    sentence = line.partition(". ")[0]
    return sentence[:300].rstrip(".") + "." if sentence else ""
