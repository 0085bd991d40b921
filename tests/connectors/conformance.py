"""Outgoing requests held against the vendor's own OpenAPI document: a sender that checks before it sends."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
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


def document(vendor: str) -> Document:
    """The vendor's document, read once; skips the test where the documents are absent."""
    path = specs / files[vendor]
    if not path.exists():
        pytest.skip(f"vendor contracts are not there: {path.name} is looked for in <project>/../shared/specs")
    return _document(path)


@cache
def _document(path: Path) -> Document:
    content = json.loads(path.read_text())
    config = Config(
        spec_validator_cls=None,  # pyright: ignore[reportArgumentType] - None is documented: the vendor's document is not on trial
        # "forbid" is the one word that makes unknown fields fail: any other is taken silently and does nothing.
        additional_properties_default_policy="forbid",
        # Google writes base64url where OpenAPI's "byte" means base64.
        extra_format_validators={"byte": lambda value: isinstance(value, str) and re.fullmatch(r"[\w+/=-]*", value) is not None},
    )
    return Document(content["servers"][0]["url"], content, OpenAPI.from_dict(content, config=config))


@dataclass(frozen=True)
class Document:
    """A vendor's contract; requests are checked as if they went to `server`, the vendor's own address."""

    server: str
    content: dict[str, Any]
    api: OpenAPI

    def check(self, request: Outbound) -> None:
        """Raises openapi-core's error for what the vendor would refuse, `ValueError` for a query parameter it does not know."""
        self.api.validate_request(_Described(request))
        template, operation = self._operation(request)
        parameters = [
            self._resolved(each) for each in [*operation.get("parameters", []), *self.content["paths"][template].get("parameters", [])]
        ]
        known = {parameter["name"] for parameter in parameters if parameter["in"] == "query"}
        if unknown := set(request.query) - known:
            raise ValueError(f"{template} knows no query parameter {', '.join(sorted(unknown))}")

    def _operation(self, request: Outbound) -> tuple[str, dict[str, Any]]:
        path = request.url.removeprefix(self.server)
        templates = [each for each in self.content["paths"] if re.fullmatch(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(each)), path)]
        template = min(templates, key=lambda each: each.count("{"))
        return template, self.content["paths"][template][request.method.lower()]

    def _resolved(self, parameter: dict[str, Any]) -> dict[str, Any]:
        reference = parameter.get("$ref")
        return self.content["components"]["parameters"][reference.rpartition("/")[2]] if reference else parameter


class Checked:
    """A sender that lets only conforming requests through; `bases` are the doubles' addresses by connector."""

    def __init__(self, inner: Sender, bases: Mapping[str, str]) -> None:
        self._inner, self._bases = inner, bases
        self.documents = {vendor: document(vendor) for vendor in bases}
        self.sent: list[Outbound] = []
        """The requests, addressed to the vendor itself."""

    async def send(self, request: Outbound, ticket: Ticket) -> Answer:
        vendor = ticket.integration or ""
        addressed = replace(request, url=self.documents[vendor].server + request.url.removeprefix(self._bases[vendor]))
        self.documents[vendor].check(addressed)
        self.sent.append(addressed)
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
