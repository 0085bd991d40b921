"""Requests held against a collection of examples: the shapes of addresses, methods and queries, which is all that examples can say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from urllib.parse import parse_qsl, urlsplit

from tests.connectors.contracts import Json, Refused, document

from tenuto.core.connector import Outbound


@dataclass(frozen=True)
class Postman:
    """A collection; `{{_endpoint}}` and `{{version}}` of its addresses are `server` and `version`."""

    file: str
    server: str
    version: str

    @cached_property
    def _shapes(self) -> list[tuple[str, re.Pattern[str], set[str]]]:
        return [self._shape(each["item"]) for each in document(self.file)["items"]]

    def _shape(self, item: Json) -> tuple[str, re.Pattern[str], set[str]]:
        url = str(item["url"]).replace("{{_endpoint}}", self.server).replace("{{version}}", self.version)
        address, _, query = url.partition("?")
        pattern = re.sub(r"\\\{\\\{\w+\\\}\\\}|<[A-Z_]+>", "[^/]+", re.escape(address.rstrip("/")))
        listed: list[Json] = item.get("queryParams") or []
        names: set[str] = {each["key"] for each in listed}
        return str(item["method"]), re.compile(pattern + "/?"), names | {name for name, _ in parse_qsl(query, keep_blank_values=True)}

    def check(self, request: Outbound) -> str:
        asked = {*request.query, *(name for name, _ in parse_qsl(urlsplit(request.url).query, keep_blank_values=True))}
        address = request.url.partition("?")[0]
        found = [each for each in self._shapes if each[0] == request.method and each[1].fullmatch(address)]
        if not found:
            raise Refused(f"no example asks {request.method} {request.url}")
        if unknown := asked - set[str]().union(*(names for *_, names in found)):
            raise Refused(f"no example of {request.method} {address} has the query parameter {', '.join(sorted(unknown))}")
        return f"{request.method} {found[0][1].pattern}"

    def spoiled(self, request: Outbound) -> Iterator[tuple[str, Outbound]]:
        yield "an unknown path", replace(request, url=request.url + "/no/such/path/at/all")
        yield "an unknown query parameter", replace(request, query={**request.query, "no_such_parameter": "1"})
        yield "the method OPTIONS", replace(request, method="OPTIONS")
