"""Requests held against OpenAPI 3 documents, and Swagger 2 ones translated to them."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, cast
from urllib.parse import parse_qsl, urlencode, urlsplit

from openapi_core import Config, OpenAPI
from openapi_core.datatypes import RequestParameters
from openapi_core.exceptions import OpenAPIError
from tests.connectors.contracts import Json, Refused, document
from tests.connectors.contracts.forms import check_form, check_query, form_type
from werkzeug.datastructures import Headers, ImmutableMultiDict

from tenuto.core.connector import Outbound

methods = ("GET", "POST", "PUT", "PATCH", "DELETE")
config = Config(
    spec_validator_cls=None,  # pyright: ignore[reportArgumentType] - None is documented: the vendor's document is not on trial
    # "forbid" is the one word that makes unknown fields fail: any other is taken silently and does nothing.
    additional_properties_default_policy="forbid",
    # Google writes base64url where OpenAPI's "byte" means base64.
    extra_format_validators={"byte": lambda value: isinstance(value, str) and re.fullmatch(r"[\w+/=-]*", value) is not None},
)


@dataclass(frozen=True)
class OpenApi:
    """Vendors' documents: the first that knows a request's operation is asked.

    `server` stands in place of theirs where that depends on the account. `repair` gets a copy of each document and mends what is
    known to be wrong in it, with the vendor's page beside it that says so.
    """

    files: Sequence[str]
    server: str | None = None
    repair: Callable[[Json], None] | None = None

    def check(self, request: Outbound) -> str:
        for each in self._documents():
            if each.knows(request):
                return each.check(request)
        raise Refused(f"no document knows {request.method} {request.url}")

    def spoiled(self, request: Outbound) -> Iterator[tuple[str, Outbound]]:
        found = next(each for each in self._documents() if each.knows(request))
        yield from found.spoiled(request)

    def _documents(self) -> Iterator[Document]:
        for name in self.files:
            if name not in self._read:
                self._read[name] = Document(self._content(name))
            yield self._read[name]

    @cached_property
    def _read(self) -> dict[str, Document]:
        return {}

    def _content(self, name: str) -> Json:
        content = copy.deepcopy(document(name))
        if content.get("swagger") == "2.0":
            content = translated(content)
        if self.server:
            content["servers"] = [{"url": self.server}]
        if self.repair:
            self.repair(content)
        return content


class Document:
    """One document, ready to be asked."""

    def __init__(self, content: Json) -> None:
        content["servers"] = [{"url": content["servers"][0]["url"].rstrip("/")}]
        content.pop("security", None)  # what signs a request in is put in after it was looked at
        self.server: str = content["servers"][0]["url"]
        self.content = content
        self._merge(content.get("components", {}).get("schemas", {}))

    @cached_property
    def _whole(self) -> OpenAPI:
        return self._without("")

    @cached_property
    def _bodiless(self) -> OpenAPI:
        """Without the bodies that openapi-core cannot read: nested forms and files."""
        return self._without("requestBody")

    def _without(self, left_out: str) -> OpenAPI:
        """Never with the parameters that it cannot read: those with fields in brackets."""

        def listed(parameters: list[Json]) -> list[Json]:
            return [each for each in parameters if self._resolved(each).get("style") != "deepObject"]

        def part(given: Any) -> Any:
            if isinstance(given, list):
                return listed(cast("list[Json]", given))
            if not isinstance(given, dict):
                return given
            return {
                name: part(each) if name == "parameters" else each
                for name, each in cast("Json", given).items()
                if name not in (left_out, "security")
            }

        paths = {path: {name: part(each) for name, each in item.items()} for path, item in self.content["paths"].items()}
        return OpenAPI.from_dict({**self.content, "paths": paths}, config=config)

    def knows(self, request: Outbound) -> bool:
        template = self._template(request)
        return template is not None and request.method.lower() in self.content["paths"][template]

    def check(self, request: Outbound) -> str:
        template = self._template(request)
        assert template is not None
        operation = self.content["paths"][template][request.method.lower()]
        in_parts = any(name.lower() == "content-type" and value.startswith("multipart/") for name, value in request.headers.items())
        by_hand = request.form is not None or bool(request.files) or in_parts
        try:
            plain = {name: value for name, value in request.query.items() if "[" not in name or name.endswith("[]")}
            (self._bodiless if by_hand else self._whole).validate_request(Described(replace(request, query=plain)))
        except OpenAPIError as refused:
            raise Refused(f"{request.method} {template}: {refused!r} because of {refused.__cause__ or refused.__context__}") from refused
        if request.form is not None:
            check_form(operation, request.form)
        parameters = [each for each in self._parameters(template, operation) if each["in"] == "query"]
        check_query([each for each in parameters if each.get("style") == "deepObject"], request.query)
        known = {parameter["name"] for parameter in parameters}
        if unknown := {
            name for name in request.query if name not in known and name.partition("[")[0] not in known and f"{name}[]" not in known
        }:
            raise Refused(f"{template} knows no query parameter {', '.join(sorted(unknown))}")
        return f"{request.method} {template}"

    def spoiled(self, request: Outbound) -> Iterator[tuple[str, Outbound]]:
        template = self._template(request)
        assert template is not None
        yield "an unknown query parameter", replace(request, query={**request.query, "no_such_parameter": "1"})
        yield "an unknown path", replace(request, url=request.url + "/no/such/path/at/all")
        for method in methods:
            if not self.knows(broken := replace(request, method=method)):
                yield f"the method {method}", broken
        if request.form is not None:
            yield "an unknown field of the form", replace(request, form={**request.form, "no_such_field": "1"})
        if isinstance(request.json, dict):
            yield "a bare string", replace(request, json="a bare string")
            if self._closed(template, request):
                yield "an unknown field", replace(request, json={**request.json, "no_such_field": 1})
            else:
                # An object that may hold anything is still no list.
                other = {
                    name: [{"no": "such"}] if isinstance(each, dict) else {"no": [{"such": "value"}]} for name, each in request.json.items()
                }
                yield "fields of another kind", replace(request, json=other)

    def _closed(self, template: str, request: Outbound) -> bool:
        """Whether the document does not itself allow any field at all."""
        body = self._resolved(self.content["paths"][template][request.method.lower()].get("requestBody", {}))
        schema = next((self._resolved(each["schema"]) for each in body.get("content", {}).values() if "schema" in each), Json())
        return not schema.get("additionalProperties")

    def _template(self, request: Outbound) -> str | None:
        if not request.url.startswith(self.server):
            return None
        path = request.url.removeprefix(self.server)
        found = [each for each in self.content["paths"] if re.fullmatch(re.sub(r"\\{[^/{}]+\\}", "[^/]+", re.escape(each)), path)]
        fitting = [each for each in found if request.method.lower() in self.content["paths"][each]] or found
        return min(fitting, key=lambda each: (each.count("{"), -len(each))) if fitting else None

    def _merge(self, schemas: Any) -> None:
        """`allOf` as one object: part by part, each would forbid the fields of the others."""
        for part in [*schemas.values()] if isinstance(schemas, dict) else schemas if isinstance(schemas, list) else ():
            if isinstance(part, dict) and "allOf" in part:
                self._merge_one(cast("Json", part))
            self._merge(part)

    def _merge_one(self, schema: Json) -> None:
        if len(schema["allOf"]) == 1 and "$ref" in schema["allOf"][0] and "properties" not in schema:
            reference = schema["allOf"][0]["$ref"]  # a name with a description beside it: written out, it would stand in itself
            schema.clear()
            schema["$ref"] = reference
            return
        parts = [self._resolved(each) for each in schema["allOf"]]
        for each in parts:
            if "allOf" in each:
                self._merge_one(each)
        if any("properties" in each for each in parts):
            del schema["allOf"]
            own = {**schema}
            for each in (*parts, own):
                schema["properties"] = schema.get("properties", {}) | each.get("properties", {})
                schema["required"] = [*dict.fromkeys([*schema.get("required", []), *each.get("required", [])])]
                if "additionalProperties" in each:
                    schema["additionalProperties"] = each["additionalProperties"]
            schema["type"] = "object"
            if not schema["required"]:
                del schema["required"]

    def _parameters(self, template: str, operation: Json) -> list[Json]:
        return [self._resolved(each) for each in [*operation.get("parameters", []), *self.content["paths"][template].get("parameters", [])]]

    def _resolved(self, part: Json) -> Json:
        while reference := part.get("$ref"):
            part = self.content
            for step in reference.removeprefix("#/").split("/"):
                part = part[step]
        return part


def translated(content: Json) -> Json:
    """A Swagger 2 document as OpenAPI 3, as far as requests go."""

    def parameter(given: Json) -> Json:
        given = content["parameters"][given["$ref"].rpartition("/")[2]] if "$ref" in given else given
        # A query parameter that "has to be" there is one that the sample's own platform fills in unseen: the Table API needs none.
        kept = {name: given[name] for name in ("name", "in", "required") if name in given and (name, given["in"]) != ("required", "query")}
        return {**kept, "schema": {name: given[name] for name in ("type", "format", "enum", "items") if name in given}}

    def operation(given: Json) -> Json:
        every = [parameter(each) | ({"body": each["schema"]} if each.get("in") == "body" else {}) for each in given.get("parameters", [])]
        made: Json = {"parameters": [each for each in every if each["in"] in ("query", "path")], "responses": {}}
        for each in every:
            if "body" in each:
                made["requestBody"] = {"content": {"application/json": {"schema": each["body"]}}, "required": True}
        return made

    paths = {
        path: {name: operation(each) for name, each in item.items() if name.upper() in methods} for path, item in content["paths"].items()
    }
    server = f"https://{content['host']}{content.get('basePath', '').rstrip('/')}"
    return {
        "openapi": "3.0.3",
        "info": content["info"],
        "servers": [{"url": server}],
        "paths": paths,
        "definitions": content.get("definitions", {}),
    }


class Described:
    """The protocol openapi-core asks of a request."""

    def __init__(self, request: Outbound) -> None:
        pairs = [
            (name, str(item).lower() if isinstance(item, bool) else str(item))
            for name, value in request.query.items()
            if value is not None
            for item in (value if isinstance(value, (list, tuple)) else [value])
        ]
        url = urlsplit(request.url)
        self.parameters = RequestParameters(
            query=ImmutableMultiDict(parse_qsl(urlencode(pairs), keep_blank_values=True)),
            header=Headers(dict(request.headers)),
            cookie=ImmutableMultiDict[str, Any]({}),
        )
        self.host_url = f"{url.scheme}://{url.netloc}"
        self.path = url.path
        self.method = request.method.lower()
        self.body = json.dumps(request.json).encode() if request.json is not None else request.content
        given = {name.lower(): value for name, value in request.headers.items()}.get("content-type")
        usual = "application/json" if request.json is not None else form_type if request.form is not None else ""
        self.content_type = (given or usual).split(";")[0]
