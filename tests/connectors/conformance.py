"""Outgoing requests held against the vendor's own OpenAPI document: a sender that checks before it sends."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from openapi_core import Config, OpenAPI
from openapi_core.datatypes import RequestParameters
from werkzeug.datastructures import Headers, ImmutableMultiDict

from tenuto.core.connector import Answer, Outbound
from tenuto.core.errors import EgressRefused
from tenuto.engine.ports import Sender, Ticket

specs = Path(__file__).parents[2].parent / "shared" / "specs"
files = {
    "gmail": "google-gmail.v1.openapi3.json",
    "slack": "slack-web-sdk3.47.openapi3.json",
    "github": "github-core.json",
}


def document(vendor: str, server: str) -> Document:
    """The vendor's document, served at `server`; skips the test where the documents are absent."""
    path = specs / files[vendor]
    if not path.exists():
        pytest.skip(f"vendor contracts are not there: {path.name} is looked for in <project>/../shared/specs")
    content = json.loads(path.read_text())
    content["servers"] = [{"url": server}]
    # "forbid" is the one word that makes unknown fields fail: any other is taken silently and does nothing.
    config = Config(spec_validator_cls=None, additional_properties_default_policy="forbid")  # pyright: ignore[reportArgumentType]
    return Document(vendor, server, content, OpenAPI.from_dict(content, config=config))


@dataclass
class Document:
    """A vendor's contract, and which of its operations were used."""

    vendor: str
    server: str
    content: dict[str, Any]
    api: OpenAPI
    used: set[tuple[str, str]] = field(default_factory=set)

    def check(self, request: Outbound) -> None:
        """Raises openapi-core's error for what the vendor would refuse, `ValueError` for a query parameter it does not know."""
        self.api.validate_request(_Described(request))
        template, operation = self._operation(request)
        known = {
            parameter["name"]
            for parameter in [*operation.get("parameters", []), *self.content["paths"][template].get("parameters", [])]
            for parameter in [self._resolved(parameter)]
            if parameter["in"] == "query"
        }
        if unknown := set(request.query) - known:
            raise ValueError(f"{template} knows no query parameter {', '.join(sorted(unknown))}")
        self.used.add((request.method, template))

    def _operation(self, request: Outbound) -> tuple[str, dict[str, Any]]:
        path = request.url.removeprefix(self.server)
        templates = [t for t in self.content["paths"] if re.fullmatch(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(t)), path)]
        template = min(templates, key=lambda each: each.count("{"))
        return template, self.content["paths"][template][request.method.lower()]

    def _resolved(self, parameter: dict[str, Any]) -> dict[str, Any]:
        reference = parameter.get("$ref")
        return self.content["components"]["parameters"][reference.rpartition("/")[2]] if reference else parameter


class Checked:
    """A sender that lets only conforming requests through."""

    def __init__(self, inner: Sender, documents: Mapping[str, Document]) -> None:
        self._inner, self._documents = inner, documents
        self.sent: list[Outbound] = []

    async def send(self, request: Outbound, ticket: Ticket) -> Answer:
        assert ticket.integration is not None
        self._documents[ticket.integration].check(request)
        self.sent.append(request)
        return await self._inner.send(request, ticket)

    def stream(self, request: Outbound, ticket: Ticket) -> Any:
        raise EgressRefused("No action streams.")


class _Described:
    """The protocol openapi-core asks of a request."""

    def __init__(self, request: Outbound) -> None:
        pairs = [
            (name, str(item).lower() if isinstance(item, bool) else str(item))
            for name, value in request.query.items()
            for item in (value if isinstance(value, (list, tuple)) else [value])
        ]
        url = urlsplit(request.url)
        self.parameters = RequestParameters(
            query=ImmutableMultiDict(parse_qsl(urlencode(pairs), keep_blank_values=True)),
            header=Headers(dict(request.headers)),
            cookie=ImmutableMultiDict({}),
        )
        self.host_url = f"{url.scheme}://{url.netloc}"
        self.path = url.path
        self.method = request.method.lower()
        self.body = json.dumps(request.json).encode() if request.json is not None else request.content
        given = {name.lower(): value for name, value in request.headers.items()}.get("content-type")
        self.content_type = (given or ("application/json" if request.json is not None else "")).split(";")[0]
