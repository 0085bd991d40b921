"""The base of the vendors' doubles: what goes wrong, what arrived, what happened, who may come in, and the app that serves any of them.

A vendor is one file with one subclass of `Vendor`: its state, its endpoints by route, and how it refuses. It is found, never registered
(`tests.doubles.vendors`), and served under `/<key>`. An effect is counted when it is applied, so that an answer lost afterwards
(`drop_after`) leaves a trace in `effects`: by the marker of the step that the request carried.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, TypeVar
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from tests.doubles import Wire

from tenuto.core.values import Frozen

token = "token-of-the-double-0123456789"
user = "ada@example.com"
"""Who signs in with the token by Basic."""
Json = dict[str, Any]
Kind = Literal[
    "rate_limited", "secondary_limit", "unauthorized", "forbidden", "invalid", "server_error", "unavailable",
    "html", "malformed", "drop_before", "drop_after",
]  # fmt: skip
Endpoint = Callable[[Request, Any], Awaitable[Response]]
Routes = list[tuple[str, str, Endpoint]]
Admission = Callable[[Headers], bool]


class Fault(Frozen):
    """What goes wrong with the next requests of a vendor whose place contains `path`; `error` is the vendor's own word."""

    vendor: str
    kind: Kind
    path: str = ""
    times: int = 1
    error: str = ""


class Call(Frozen):
    """A request as it arrived, without what it signed in with."""

    vendor: str
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any = None


@dataclass
class Books:
    """What the vendors of one server share."""

    calls: list[Call] = field(default_factory=list)
    faults: list[tuple[Fault, int]] = field(default_factory=list)
    effects: Counter[str] = field(default_factory=Counter)
    page_max: int = 100
    """No vendor puts more on a page, whatever it is asked for."""
    serial: int = 0

    def fault(self, vendor: str, place: str) -> Fault | None:
        """The fault of this request, used up by it."""
        for index, (fault, left) in enumerate(self.faults):
            if fault.vendor == vendor and fault.path in place and left:
                self.faults[index] = (fault, left - 1)
                return fault
        return None

    def next(self) -> int:
        """A new number."""
        self.serial += 1
        return self.serial


def bearer(headers: Headers) -> bool:
    """Signed in by `Authorization: Bearer`."""
    return headers.get("authorization") == f"Bearer {token}"


def basic(headers: Headers) -> bool:
    """Signed in by name and token."""
    return headers.get("authorization") == "Basic " + b64encode(f"{user}:{token}".encode()).decode()


def header(name: str) -> Admission:
    """Signed in by the bare token in a header."""
    return lambda headers: headers.get(name) == token


class Vendor:
    """One vendor: a subclass keeps its state in attributes that tests read and write."""

    key: ClassVar[str]
    admissions: tuple[Admission, ...] = (bearer,)
    open: ClassVar[tuple[str, ...]] = ()
    """Paths below the vendor's own that ask for no sign-in."""

    def __init__(self, books: Books, url: str) -> None:
        self.books = books
        self.url = url
        """Where it is served; a vendor that gives out links to itself needs it."""

    def routes(self) -> Routes:
        """Method, path below the vendor's own, endpoint."""
        raise NotImplementedError

    def refuse(self, fault: Fault) -> Response:
        """The vendor's own words for what went wrong."""
        raise NotImplementedError

    def place(self, request: Request, sent: Any) -> str:
        """What `Fault.path` is looked for in."""
        return request.url.path

    def limits(self, request: Request) -> Mapping[str, str]:
        """The headers that tell how the limit stands, on every answer."""
        return {}

    def happened(self, sent: Any, what: str) -> None:
        """Count an effect by the steps' markers that the request carried, wherever it carried them, and without one by `what` it was."""
        for name in set(re.findall(r"\b[0-9a-f]{24}\b", json.dumps(sent))) or [what]:
            self.books.effects[name] += 1

    def size(self, asked: object, usual: int) -> int:
        """How many go on a page."""
        return min(int(str(asked or usual)), self.books.page_max)


AnyVendor = TypeVar("AnyVendor", bound=Vendor)


class Double(Books):
    """A server of vendors: `double[Gmail]` is the state of one of them."""

    def __init__(self, url: str, vendors: Iterable[type[Vendor]]) -> None:
        super().__init__()
        self.url = url
        self.vendors = {vendor.key: vendor(self, f"{url}/{vendor.key}") for vendor in vendors}

    def __getitem__(self, vendor: type[AnyVendor]) -> AnyVendor:
        found = self.vendors[vendor.key]
        assert isinstance(found, vendor)
        return found

    @property
    def bases(self) -> Mapping[str, str]:
        """Base URLs by connector key."""
        return {key: vendor.url for key, vendor in self.vendors.items()}

    def fail(self, vendor: str, kind: Kind, *, path: str = "", times: int = 1, error: str = "") -> None:
        """Let the next requests go wrong."""
        self.schedule(Fault(vendor=vendor, kind=kind, path=path, times=times, error=error))

    def schedule(self, fault: Fault) -> None:
        """Let the next requests go wrong; `KeyError` for a vendor that is not served, lest the fault never happen."""
        if fault.vendor not in self.vendors:
            raise KeyError(fault.vendor)
        self.faults.append((fault, fault.times))


def vendors_app(double: Double) -> Starlette:
    """The ASGI application over a double's state."""

    async def fail(request: Request) -> Response:
        double.schedule(Fault.model_validate_json(await request.body()))
        return JSONResponse({})

    async def effects(_request: Request) -> Response:
        return JSONResponse(dict(double.effects))

    routes = [
        Route(f"/{vendor.key}{path}", _entrance(double, vendor, endpoint, signed_in=path not in vendor.open), methods=[method])
        for vendor in double.vendors.values()
        for method, path, endpoint in vendor.routes()
    ]
    routes += [Route("/__double__/faults", fail, methods=["POST"]), Route("/__double__/effects", effects)]
    return Starlette(routes=routes)


def _entrance(double: Double, vendor: Vendor, endpoint: Endpoint, *, signed_in: bool) -> Callable[[Request], Awaitable[Response]]:
    async def enter(request: Request) -> Response:
        sent, wrong = _sent(await request.body(), request.headers.get("content-type", ""))
        headers = {name: value for name, value in request.headers.items() if name != "authorization" and token not in value}
        path, query = request.url.path.replace(token, "token"), dict(request.query_params)
        double.calls.append(Call(vendor=vendor.key, method=request.method, path=path, query=query, headers=headers, body=sent))
        fault = double.fault(vendor.key, vendor.place(request, sent))
        if signed_in and not any(admits(request.headers) for admits in vendor.admissions):
            fault = Fault(vendor=vendor.key, kind="unauthorized")
        elif wrong:
            fault = Fault(vendor=vendor.key, kind="invalid")
        answer = await _outcome(vendor, endpoint, request, sent, fault)
        for name, value in vendor.limits(request).items():
            answer.headers.setdefault(name, value)
        return answer

    return enter


async def _outcome(vendor: Vendor, endpoint: Endpoint, request: Request, sent: Any, fault: Fault | None) -> Response:
    match fault:
        case None:
            return await endpoint(request, sent)
        case Fault(kind="drop_before"):
            return Wire([], cut=True)
        case Fault(kind="drop_after"):
            await endpoint(request, sent)
            return Wire([], cut=True)
        case Fault(kind="html" | "malformed" as kind):
            await endpoint(request, sent)
            return Response("<h1>Hello</h1>" if kind == "html" else '{"id": ', media_type="text/html")
        case _:
            return vendor.refuse(fault)


def _sent(content: bytes, media: str) -> tuple[Any, bool]:
    """What was sent, and whether it is no JSON though it says so; a file is for its endpoint to read."""
    if media.startswith("application/x-www-form-urlencoded"):
        return dict(parse_qsl(content.decode(), keep_blank_values=True)), False
    if media.startswith("multipart/"):
        return None, False
    try:
        return (json.loads(content) if content else None), False
    except ValueError:
        return None, media.startswith("application/json")
